"""One deployment judged now, as the report of it alone: what its page, its findings and the API are answered from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.custody import Journal
from auditor.formats.evidence_layout import CABINETS
from auditor.index import Index
from auditor.model.findings import Finding
from auditor.model.reports import Report
from auditor.model.standing import EVERYTHING, OpenedDeployment
from auditor.model.targets.estate import Estate
from auditor.workflow.desk.reads.standing import Standing
from auditor.workflow.desk.standings.keeper import KnownNow, StandingKeeper
from auditor.workflow.standing.known import unobserved_at
from auditor.workflow.standing.opening import judge_opened, judge_record


def open_alone(keeper: StandingKeeper, index: Index, frame: Report, deployment: str) -> Standing:
    """A deployment with all that is told of it, judged now. Rows that say something else are judged again."""
    known = keeper.known()
    now, estate = known.known, known.known.estate
    opened = judged_alone(keeper, index, known, deployment)
    place = estate.deployments.get(deployment)
    packages = tuple(row for row in index.packages_at(deployment) if row.captured_at <= now.moment)
    inputs = now.inputs(index, (deployment,))[0]
    report = replace(
        frame,
        as_of=now.moment,
        positions=opened.positions,
        findings=opened.findings,
        unobserved=tuple(unobserved_at(index, (deployment,), now.moment).get(deployment, ())),
        history=index.series(deployment, now.moment),
        evidence=packages,
        decisions=known.decisions,
        key_dates=tuple(inputs.key_dates),
    )
    if place is not None and any((keeper.workspace.evidence / name).is_dir() for name in CABINETS):
        report = _with_cabinets(keeper, index, report, estate, deployment)
    late = {deployment} & set(index.standing.awaited().values())
    return Standing(report, estate, known.size, None, whole=True, outstanding=frozenset(late))


def judged_alone(keeper: StandingKeeper, index: Index, known: KnownNow, deployment: str) -> OpenedDeployment:
    """A deployment judged now. Rows that say something else than they were said to are judged again."""
    units, opened = judge_opened(index, known.known, deployment, EVERYTHING)
    if opened.differing:
        keeper.doubt(units)
    return opened


def finding_now(keeper: StandingKeeper, index: Index, kept: Finding) -> Finding | None:
    """A finding judged now, in place of its row; None where it stands no more."""
    known = keeper.known()
    if kept.deployment in known.known.estate.deployments:
        told: Sequence[Finding] = judged_alone(keeper, index, known, kept.deployment).findings
    else:  # it is said of a contract alone, or of what is listed and nowhere described
        units, told, differing = judge_record(index, known.known, kept.contract or "")
        if differing:
            keeper.doubt(units)
    return next((one for one in told if one.fingerprint == kept.fingerprint), None)


def _with_cabinets(keeper: StandingKeeper, index: Index, report: Report, estate: Estate, deployment: str) -> Report:
    from auditor.workflow.hosting.records import recorded_hosting  # few have any; laws and letters are not loaded
    from auditor.workflow.notices.records import notice_records

    root = keeper.workspace.root
    journal = Journal.open(root)
    try:
        return replace(
            report,
            hosting=recorded_hosting(root, journal, [estate.deployments[deployment]], report.as_of),
            notices=notice_records(root, journal, index, estate, report.as_of, [deployment]),
        )
    finally:
        journal.close()
