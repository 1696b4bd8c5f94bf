"""The same rows made from a whole recomputation, to hold the kept ones against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.custody import Journal
from auditor.index import Index, Sums, finding_body, finding_columns, position_body, position_columns
from auditor.reconciliation import index_contracts, reconcile, unit_kind
from auditor.workflow.report.compose import report_moments
from auditor.workflow.standing.contributions import contributed_by
from auditor.workflow.standing.judging import Readers
from auditor.workflow.standing.known import IndexedSeries, Known

REMEMBERED = ("first_seen", "changed_at")
"""What no evidence says again."""
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WholeStanding:
    """Every row as it should be, by its key."""

    positions: Mapping[tuple[str, str, str], Row]
    """By deployment, contract and metric."""
    findings: Mapping[str, Row]
    sums: Mapping[str, str]
    """By scope, as text."""

    def unit(self, fingerprint: str) -> str:
        """The unit that should hold a finding."""
        row = self.findings[fingerprint]
        return unit_of_finding(str(row["rule"]), str(row["deployment"]), str(row["contract"] or ""))


def unit_of_finding(rule: str, deployment: str, contract: str) -> str:
    """The unit that a finding of a rule belongs to."""
    kind = unit_kind(rule)
    return f"{kind}:{deployment if kind in ('d', 'i') else contract}"


def recompute(index: Index, journal: Journal, known: Known) -> WholeStanding:
    """Everything judged at once, in the way that reports are judged: of what is kept, nothing is asked."""
    now, before = report_moments(known.estate, index, journal, known.moment, known.receipts)
    found = reconcile(known.estate, IndexedSeries(index, known.moment), index, now, before)
    readers = Readers(known, index_contracts(known.estate))
    positions = {
        (one.deployment, one.contract or "", one.metric): position_columns(
            one, readers.customer(one.contract, one.deployment), position_body(one)
        )
        for one in found.positions
    }
    findings: dict[str, dict[str, object]] = {}
    for one in found.findings:
        if one.baseline == "absent":
            continue
        twin = sum(name.partition("#")[0] == one.fingerprint for name in findings) if one.fingerprint in findings else 0
        row = finding_columns(one, finding_body(one), "", readers.place(one), twin)
        findings[str(row["fingerprint"])] = {**row, **dict.fromkeys(REMEMBERED, known.moment.isoformat())}
    return WholeStanding(positions, findings, dict(_sums(known, positions, findings)))


def _sums(
    known: Known, positions: Mapping[tuple[str, str, str], Row], findings: Mapping[str, Row]
) -> Iterator[tuple[str, str]]:
    by_deployment: dict[str, tuple[list[Row], list[Row]]] = {}
    for row in positions.values():
        by_deployment.setdefault(str(row["deployment"]), ([], []))[0].append(row)
    for row in findings.values():
        by_deployment.setdefault(str(row["deployment"]), ([], []))[1].append(row)
    totals: dict[str, Sums] = {}
    for name, (mine, told) in by_deployment.items():
        for scope, one in contributed_by(known.estate.deployments.get(name), mine, told).items():
            totals.setdefault(scope, Sums()).add(one.sums)
    return ((scope, total.to_text()) for scope, total in totals.items() if not total.empty)
