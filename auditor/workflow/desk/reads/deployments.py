"""One deployment: why it may be visited, its positions with their timelines, findings, decisions, captures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model.findings import Decision, Finding, KeyDate, Position, Unobserved
from auditor.model.hosting import HostingRecord
from auditor.model.notices import NoticeRecord
from auditor.model.reading.observations import Observation
from auditor.model.reports import EvidenceRow
from auditor.model.targets.contracts import Contract
from auditor.model.targets.deployments import Deployment
from auditor.reporting import TimelineShapes, shape_timeline, sort_findings
from auditor.workflow.desk.reads.lists import ListAnswer, ListOrder, parse_query, portion
from auditor.workflow.desk.reads.standing import Standing


@dataclass(frozen=True, slots=True)
class PositionRead:
    """One position with what it is made of."""

    position: Position
    contract: Contract | None
    timeline: TimelineShapes | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One capture as a line of a list, with the number that it gave."""

    row: EvidenceRow
    seen: tuple[Observation, ...]
    missed: tuple[Unobserved, ...]
    changed: int | None
    """How far its first number is from that of the capture before; None where one of them has none."""


@dataclass(frozen=True, slots=True)
class DeploymentRead:
    """One deployment, whole."""

    deployment: Deployment
    positions: tuple[PositionRead, ...]
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    captures: ListAnswer[CaptureLine]
    hosting: tuple[HostingRecord, ...]
    notices: tuple[NoticeRecord, ...]
    key_dates: tuple[KeyDate, ...]
    kinds: tuple[str, ...]
    """Kinds of rows of its newest list, for a count that leaves some out."""
    newest: EvidenceRow | None


CAPTURE_ORDER: ListOrder[CaptureLine] = ListOrder(
    {"captured": lambda one: (one.row.captured_at.timestamp(),)},
    "captured",
    frozenset({"captured"}),
    lambda one: one.row.capture,
)


def read_deployment(standing: Standing, name: str, asked: Mapping[str, str]) -> DeploymentRead | None:
    """The deployment; None where the scope has none of that name."""
    deployment = standing.estate.deployments.get(name)
    if deployment is None:
        return None
    report = standing.report
    findings = tuple(sort_findings(one for one in report.findings if one.deployment == name))
    history = [one for one in report.history if one.deployment == name]
    missed = [one for one in report.unobserved if one.deployment == name]
    positions = []
    for one in standing.positions.get(name, []):
        contract = standing.estate.contracts.get(one.contract or "")
        dates = [
            key
            for key in report.key_dates
            if key.contract in ("", one.contract or "") and key.deployment in (None, name)
        ]
        points = sorted((seen for seen in history if seen.metric == one.metric), key=lambda seen: seen.captured_at)
        interval = contract.audit_interval_days if contract else 31
        positions.append(
            PositionRead(
                one,
                contract,
                shape_timeline(one, points, missed, dates, report.as_of, interval),
                tuple(found for found in findings if found.metric in ("", one.metric)),
            )
        )
    captures = {row.capture for row in standing.captures.get(name, [])}
    about = {one.fingerprint for one in findings} | {name}
    decisions = [made for made in report.decisions if made.subject in about or not captures.isdisjoint(made.evidence)]
    newest = standing.captures.get(name, [])
    rows = [row for seen in history if newest and seen.capture == newest[0].capture for row in seen.rows]
    return DeploymentRead(
        deployment,
        tuple(positions),
        findings,
        tuple(sorted(decisions, key=lambda made: (made.at, made.id), reverse=True)),
        _captures(standing, name, history, missed, asked),
        tuple(one for one in report.hosting if one.deployment == name),
        tuple(one for one in report.notices if one.deployment == name),
        tuple(
            key
            for key in report.key_dates
            if key.deployment == name or (key.deployment is None and key.contract in ("", deployment.contract))
        ),
        tuple(sorted({row.get("kind", "") for row in rows} - {""})),
        newest[0] if newest else None,
    )


def _captures(
    standing: Standing, name: str, history: list[Observation], missed: list[Unobserved], asked: Mapping[str, str]
) -> ListAnswer[CaptureLine]:
    seen: dict[str, list[Observation]] = {}
    for one in history:
        seen.setdefault(one.capture, []).append(one)
    rows = sorted(standing.captures.get(name, []), key=lambda row: (row.captured_at, row.capture))
    lines: list[CaptureLine] = []
    before: int | None = None
    for row in rows:
        numbers = tuple(seen.get(row.capture, ()))
        first = next((one.counted for one in numbers if one.counted is not None), None)
        changed = None if first is None or before is None else first - before
        lines.append(CaptureLine(row, numbers, tuple(one for one in missed if one.capture == row.capture), changed))
        before = before if first is None else first
    query = parse_query(asked, (), CAPTURE_ORDER)
    return portion(lines, len(lines), query, CAPTURE_ORDER)
