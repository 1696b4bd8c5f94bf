"""The order in which things are told: the same report is always told in the same order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from auditor.model.evidence import TokenVerdict
from auditor.model.findings import Decision, Finding, Position, Unobserved
from auditor.model.reading.observations import Observation
from auditor.model.reports import EvidenceRow, Report
from auditor.model.severity import BASELINES, CERTAINTIES, CLOSED_STATES, SEVERITIES

STATUSES = ("unlicensed", "over", "over_permitted", "unverified", "incomplete", "within")


def sort_findings(items: Iterable[Finding]) -> list[Finding]:
    """By severity, then certainty, new ones first, then rule and deployment."""
    return sorted(
        items,
        key=lambda finding: (
            SEVERITIES.index(finding.severity),
            CERTAINTIES.index(finding.certainty),
            BASELINES.index(finding.baseline),
            finding.rule,
            finding.deployment,
            finding.metric,
            finding.contract or "",
        ),
    )


def group_findings(items: Iterable[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """Findings in their order, grouped: severity, certainty, findings."""
    ordered = sort_findings(items)
    return [
        (severity, certainty, list(group))
        for (severity, certainty), group in groupby(ordered, key=lambda finding: (finding.severity, finding.certainty))
    ]


def open_findings(report: Report) -> list[Finding]:
    """The findings that are open and speak for the licensor or for neither side, and were found this time."""
    return [
        finding
        for finding in report.findings
        if finding.favours != "other_side"
        and finding.life != "suppressed"
        and finding.life not in CLOSED_STATES
        and finding.baseline != "absent"
    ]


def findings_for_other_side(report: Report) -> list[Finding]:
    """Findings in the other side's favour, whatever became of them, unless they are no longer found."""
    return sort_findings(f for f in report.findings if f.favours == "other_side" and f.baseline != "absent")


def closed_findings(report: Report) -> list[Finding]:
    """Findings that a person explained, settled or dismissed, and those no longer found."""
    return sort_findings(
        finding
        for finding in report.findings
        if finding.life != "suppressed"
        and (finding.baseline == "absent" or (finding.life in CLOSED_STATES and finding.favours != "other_side"))
    )


def suppressed_findings(report: Report) -> list[Finding]:
    """Findings under a suppression: counted in every report, told in none but the JSON one."""
    return sort_findings(finding for finding in report.findings if finding.life == "suppressed")


def positions_by_id(items: Iterable[Position]) -> list[Position]:
    """Positions by deployment, metric and contract."""
    return sorted(items, key=lambda position: (position.deployment, position.metric, position.contract or ""))


def positions_by_weight(items: Iterable[Position]) -> list[Position]:
    """Positions with the most units over first, then by status and id: for people."""
    return sorted(
        positions_by_id(items),
        key=lambda position: (
            STATUSES.index(position.status) > 2,
            -(position.over_by or 0),
            STATUSES.index(position.status),
        ),
    )


def sort_observations(items: Iterable[Observation]) -> list[Observation]:
    """Observations by deployment and metric, oldest first."""
    return sorted(items, key=lambda seen: (seen.deployment, seen.metric, seen.captured_at, seen.capture))


def sort_unobserved(items: Iterable[Unobserved]) -> list[Unobserved]:
    """What gave no number, by deployment and page, oldest first."""
    return sorted(items, key=lambda item: (item.deployment, item.page, item.at, item.capture))


def sort_evidence(items: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Packages by deployment, oldest first."""
    return sorted(items, key=lambda row: (row.deployment, row.captured_at, row.capture))


def sort_decisions(items: Iterable[Decision]) -> list[Decision]:
    """Decisions, oldest first."""
    return sorted(items, key=lambda decision: (decision.at, decision.id))


def is_confirmed_on_other_captures(position: Position, report: Report) -> bool:
    """Whether the confirmed count rests on other captures than the one whose displayed count stands beside it."""
    old = {decision.supersedes for decision in report.decisions}
    standing = [
        decision
        for decision in sort_decisions(report.decisions)
        if decision.kind == "confirmed_count"
        and (decision.subject, decision.metric or position.metric) == (position.deployment, position.metric)
        and decision.id not in old
    ]
    if position.confirmed is None or not standing or not standing[-1].evidence:
        return False
    return position.capture not in standing[-1].evidence


def practice_tokens(report: Report) -> list[TokenVerdict]:
    """The verified tokens of practice authorities, which prove nothing to a third party; one of each authority."""
    found = {
        verdict.authority: verdict
        for row in report.evidence
        for verdict in row.seal.verdicts
        if verdict.practice and verdict.status == "verified"
    }
    return [found[authority] for authority in sorted(found)]
