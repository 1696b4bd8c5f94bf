"""How a small scope stands: composed from every capture of it, and kept until something is added."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from auditor.clock import parse_timestamp
from auditor.model.findings import Finding, Position
from auditor.model.reports import EvidenceRow, Report
from auditor.model.standing import LARGEST_PAGE, ContractCounts
from auditor.model.targets.estate import Estate
from auditor.reporting import OVER_STATUSES, ListPart, practice_tokens
from auditor.workflow.desk.reads.findings import (
    Inbox,
    is_late,
    listed_findings,
    read_inbox,
    read_queue,
)
from auditor.workflow.desk.reads.lists import ListAnswer
from auditor.workflow.desk.reads.overview import (
    OverRow,
    Overview,
    listed_positions,
    read_overview,
    read_positions,
)
from auditor.workflow.desk.reads.search import TextShelf
from auditor.workflow.desk.reads.standing import EvidenceByCapture, ListName, Standing

HeldAfter = Callable[[Sequence[str], datetime], frozenset[str]]


class ComposedStanding:
    """A `ScopeStanding` over one composed report."""

    behind = False

    def __init__(self, now: Callable[[], Standing], held_after: HeldAfter) -> None:
        """`now`: composes it where anything was added since. `held_after`: which of some findings were first held after
        a moment, as it is kept of everybody."""
        self._now, self._standing = now, now()
        self._held_after = held_after

    @property
    def report(self) -> Report:
        return self._standing.report

    @property
    def estate(self) -> Estate:
        return self._standing.estate

    @property
    def outstanding(self) -> int:
        """Deployments of the scope of which something is journalled and not in the index yet."""
        return len(self._standing.outstanding)

    @cached_property
    def practice(self) -> Sequence[str]:
        """Names of the practice authorities whose tokens the evidence has."""
        return [one.authority for one in practice_tokens(self.report)]

    @property
    def line(self) -> int:
        return self._standing.line

    @property
    def whole(self) -> bool:
        return self._standing.whole

    @property
    def evidence(self) -> EvidenceByCapture:
        return self._standing.evidence

    def overview(self, asked: Mapping[str, str]) -> Overview:
        """Who is over, by how much, since when."""
        return read_overview(self._standing, asked)

    def positions(self, asked: Mapping[str, str]) -> ListAnswer[OverRow]:
        """The list of the overview alone."""
        return read_positions(self._standing, asked)

    def queue(self, asked: Mapping[str, str]) -> ListAnswer[Finding]:
        """The list of the inbox alone."""
        return read_queue(self._asked(asked), asked)

    def told(self, name: Hashable, revision: Hashable, make: Callable[[], str]) -> str:
        """A part of a page."""
        return make()

    def inbox(self, asked: Mapping[str, str]) -> Inbox:
        """The queue of findings, and the one that is looked at."""
        return read_inbox(self._asked(asked), asked)

    def _asked(self, asked: Mapping[str, str]) -> Standing:
        """With the findings alone that were first held after a moment, where that is asked for."""
        if not asked.get("new"):
            return self._standing
        kept = self.held_after(list(self._standing.findings), parse_timestamp(asked["new"]))
        rows = tuple(one for one in self.report.findings if one.fingerprint in kept)
        return replace(self._standing, report=replace(self.report, findings=rows))

    def listed(self, name: ListName, asked: Mapping[str, str]) -> Iterator[ListPart]:
        """The rows of a list in its order, a part at a time, with the packages that they cite."""
        positions = listed_positions(self._standing, asked) if name == "positions" else ()
        findings = listed_findings(self._asked(asked), asked) if name == "findings" else ()
        late, known = self._standing.outstanding, self._standing.evidence
        for first in range(0, max(len(positions), len(findings), 1), LARGEST_PAGE):
            some, told = positions[first : first + LARGEST_PAGE], findings[first : first + LARGEST_PAGE]
            cited = cited_captures(some, told)
            judged_again = frozenset(one.fingerprint for one in told if is_late(one, late)) if told else late
            yield ListPart(
                list_report(self.report, some, told, [known[one] for one in cited if one in known]), judged_again
            )

    def finding(self, fingerprint: str) -> Finding | None:
        """One finding, judged now; None where there is none."""
        return self._now().findings.get(fingerprint)

    def held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings of the scope that stand and were first held after a moment."""
        known = self._standing.findings
        return self._held_after(
            [one for one in fingerprints if one in known and known[one].baseline != "absent"], moment
        )

    def opened(self, deployment: str) -> Standing:
        """One deployment with all that is told of it, among the others."""
        return self._standing

    def contract_counts(self) -> Mapping[str, ContractCounts]:
        """By contract, how many deployments compared with it were captured, and how many are over."""
        found: dict[str, tuple[set[str], set[str]]] = {}
        late: dict[str, set[str]] = {}
        for one in self.report.positions:
            captured, over = found.setdefault(one.contract or "-", (set(), set()))
            captured |= {one.deployment} if one.captured_at is not None else set()
            over |= {one.deployment} if one.status in OVER_STATUSES else set()
            late.setdefault(one.contract or "-", set()).update({one.deployment} & self._standing.outstanding)
        return {
            name: ContractCounts(len(captured), len(over), len(late[name])) for name, (captured, over) in found.items()
        }

    def of_contract(self, contract: str) -> tuple[Sequence[Position], Sequence[Finding]]:
        """The positions and findings of a contract."""
        return (
            [one for one in self.report.positions if one.contract == contract],
            [one for one in self.report.findings if one.contract == contract],
        )

    def beside(self, row: EvidenceRow) -> tuple[str, str]:
        """The captures before and after one of the same deployment; empty where there is none."""
        order = [one.capture for one in reversed(self._standing.captures.get(row.deployment, []))]
        place = order.index(row.capture) if row.capture in order else -1
        return (
            order[place - 1] if place > 0 else "",
            order[place + 1] if 0 <= place < len(order) - 1 else "",
        )

    def unsealed(self) -> Sequence[EvidenceRow]:
        """Packages that wait for their seal."""
        return [row for row in self.report.evidence if not row.seal.sealed]

    def shelf(self) -> TextShelf:
        """Names and places of deployments and contracts, to be looked through."""
        return TextShelf(self.estate)

    def matching_findings(self, text: str, most: int) -> Sequence[str]:
        """Fingerprints that hold a text, whatever the case."""
        wanted = text.casefold()
        return [name for name in self._standing.findings if wanted in name.casefold()]

    def matching_captures(self, text: str, most: int) -> Sequence[tuple[EvidenceRow, str]]:
        """As `ScopeStanding` says."""
        resting: dict[str, set[str]] = {}
        for seen in self.report.history:
            resting.setdefault(seen.capture, set()).update(basis.sha256 for basis in seen.basis.values())

        found = []
        for row in self.report.evidence:
            places = (*row.handles, *sorted(resting.get(row.capture, ())))
            found += [(row, one) for one in places if one.startswith(text)][:1]
        return found

    def composed(self) -> Standing:
        """All of it."""
        return self._standing


def cited_captures(positions: Iterable[Position], findings: Iterable[Finding]) -> frozenset[str]:
    """The captures that rows of lists cite."""
    found = {name for one in positions for name in (one.capture, one.hwm_capture)}
    found |= {basis.capture for one in findings for basis in one.basis}
    return frozenset(found - {""})


def list_report(
    report: Report, positions: Sequence[Position], findings: Sequence[Finding], evidence: Iterable[EvidenceRow]
) -> Report:
    """The report of some rows alone, with the packages that they cite."""
    return replace(
        report, positions=tuple(positions), findings=tuple(findings), evidence=tuple(_in_order(evidence)),
        unobserved=(), history=(), decisions=(), key_dates=(), changes=(), sums=(), claims=(), hosting=(), notices=(),
        comparisons=(), figures=MappingProxyType({}), left_out=MappingProxyType({"history": 0, "evidence": 0}),
    )  # fmt: skip


def _in_order(evidence: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    def place(row: EvidenceRow) -> tuple[datetime, str]:
        return (row.captured_at, row.capture)

    return sorted(evidence, key=place)
