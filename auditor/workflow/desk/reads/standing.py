"""How everything stands for one scope at one journal line: composed once, shared by the pages until a line is added."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from auditor.clock import Clock, local_day, now
from auditor.custody import Journal, require_initialised, told_lines
from auditor.formats.evidence_layout import HEAD_FILE, TAIL_FILE
from auditor.index import Index
from auditor.model.findings import Finding, Position
from auditor.model.people import EVERYBODY, AccessScope
from auditor.model.reports import EvidenceRow, Report
from auditor.model.standing import ContractCounts
from auditor.model.targets.estate import Estate
from auditor.workflow.claim import claims_within
from auditor.workflow.index.unrecorded import still_unrecorded, unrecorded_captures
from auditor.workflow.report.customer import customer_selection, estate_of_customer
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.reporting import ListPart
    from auditor.workflow.desk.reads.findings import Inbox
    from auditor.workflow.desk.reads.lists import ListAnswer
    from auditor.workflow.desk.reads.overview import OverRow, Overview
    from auditor.workflow.desk.reads.search import TextShelf

ListName = Literal["positions", "findings"]
SCOPES_KEPT = 16
"""Scopes whose standing is kept in memory at once; the one not asked for longest goes first."""


class ScopeStanding(Protocol):
    """How everything stands for one scope: what pages, lists and the API are answered from, however it is kept."""

    @property
    def report(self) -> Report:
        """What stands around every page: moment, names, zone, notice. Of rows it has those alone that it says."""
        ...

    @property
    def estate(self) -> Estate:
        """With the deployments and contracts of the scope alone."""
        ...

    @property
    def line(self) -> int:
        """Lines of the journal that it is made from."""
        ...

    @property
    def whole(self) -> bool:
        """Whether the scope is everything."""
        ...

    @property
    def outstanding(self) -> int:
        """What is to be judged again: its rows are those of before."""
        ...

    @property
    def behind(self) -> bool:
        """Whether anything was added since that is not followed yet, and so is not among what is outstanding."""
        ...

    @property
    def practice(self) -> Sequence[str]:
        """Names of the practice authorities whose tokens the evidence has: they prove nothing to a third party."""
        ...

    @property
    def evidence(self) -> EvidenceByCapture:
        """Packages by capture."""
        ...

    def overview(self, asked: Mapping[str, str]) -> Overview:
        """Who is over, by how much, since when."""
        ...

    def positions(self, asked: Mapping[str, str]) -> ListAnswer[OverRow]:
        """The list of the overview alone."""
        ...

    def queue(self, asked: Mapping[str, str]) -> ListAnswer[Finding]:
        """The list of the inbox alone."""
        ...

    def told(self, name: Hashable, revision: Hashable, make: Callable[[], str]) -> str:
        """A part of a page that follows from its name and from the rows of a revision: made, or kept from when it was.
        `revision`: as the rows came with it."""
        ...

    def inbox(self, asked: Mapping[str, str]) -> Inbox:
        """The queue of findings, and the one that is looked at."""
        ...

    def listed(self, name: ListName, asked: Mapping[str, str]) -> Iterator[ListPart]:
        """The rows of a list in its order, a part at a time, with the packages that they cite: what the exporters
        write. One part at least; all of one moment."""
        ...

    def finding(self, fingerprint: str) -> Finding | None:
        """One finding, judged now; None where there is none."""
        ...

    def held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were first held after a moment."""
        ...

    def opened(self, deployment: str) -> Standing:
        """One deployment with all that is told of it; empty where there is none."""
        ...

    def contract_counts(self) -> Mapping[str, ContractCounts]:
        """By contract, how many deployments compared with it were captured, and how many are over."""
        ...

    def of_contract(self, contract: str) -> tuple[Sequence[Position], Sequence[Finding]]:
        """The positions and findings of a contract."""
        ...

    def beside(self, row: EvidenceRow) -> tuple[str, str]:
        """The captures before and after one of the same deployment; empty where there is none."""
        ...

    def unsealed(self) -> Sequence[EvidenceRow]:
        """Packages that wait for their seal."""
        ...

    def shelf(self) -> TextShelf:
        """Names and places of deployments and contracts, to be looked through."""
        ...

    def matching_findings(self, text: str, most: int) -> Sequence[str]:
        """Fingerprints that hold a text, whatever the case."""
        ...

    def matching_captures(self, text: str, most: int) -> Sequence[tuple[EvidenceRow, str]]:
        """Captures whose id or digest, or the digest of a file that they rest on, begins with a text; with the whole of
        what begins so."""
        ...

    def composed(self) -> Standing:
        """All of it, composed from every capture: for what is told of everything at once."""
        ...


class EvidenceByCapture(Protocol):
    """Packages by capture."""

    def __contains__(self, capture: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def get(self, capture: str, /) -> EvidenceRow | None: ...


@dataclass(frozen=True)
class Standing:
    """What one scope sees: nothing in it names anybody else."""

    report: Report
    estate: Estate
    """With the deployments and contracts of the scope alone."""
    line: int
    """Lines of the journal that it is made from."""
    last_at: datetime | None
    """The moment of the last of them."""
    whole: bool
    """Whether the scope is everything."""
    outstanding: frozenset[str] = frozenset()
    """Deployments of the scope of which the journal says something that is not in the index yet."""

    @cached_property
    def evidence(self) -> dict[str, EvidenceRow]:
        """Packages by capture."""
        return {row.capture: row for row in self.report.evidence}

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """Findings by fingerprint."""
        return {one.fingerprint: one for one in self.report.findings}

    @cached_property
    def positions(self) -> dict[str, list[Position]]:
        """Positions by deployment."""
        found: dict[str, list[Position]] = {}
        for one in self.report.positions:
            found.setdefault(one.deployment, []).append(one)
        return found

    @cached_property
    def captures(self) -> dict[str, list[EvidenceRow]]:
        """Packages by deployment, newest first."""
        found: dict[str, list[EvidenceRow]] = {}
        for row in sorted(self.report.evidence, key=lambda row: (row.captured_at, row.capture), reverse=True):
            found.setdefault(row.deployment, []).append(row)
        return found


@dataclass
class StandingCache:
    """The standings of one workspace, for all threads of a process; each is composed by the first that asks."""

    workspace: Workspace
    clock: Clock
    whole: Callable[[], Estate]
    """The estate of everybody as it was looked at lately: its files and its zone are part of the state."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: OrderedDict[AccessScope, tuple[object, Standing]] = field(default_factory=OrderedDict)
    _composing: dict[AccessScope, threading.Lock] = field(default_factory=dict)

    def everything(self) -> Standing:
        """How everything stands now, composed from every capture."""
        return self.of(EVERYBODY)

    def of(self, scope: AccessScope) -> Standing:
        """How the scope stands now. `ConfigError` where there is no workspace, or the scope names what is not there."""
        name = replace(scope, case="")
        state = self._state()
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and kept[0] == state:
                self._kept.move_to_end(name)
                return kept[1]
            composing = self._composing.setdefault(name, threading.Lock())
        with composing:
            with self._lock:
                kept = self._kept.get(name)
                if kept is not None and kept[0] == state:
                    return kept[1]
            made = compose_standing(self.workspace, scope, self.clock)
            with self._lock:
                self._kept[name] = (state, made)
                self._kept.move_to_end(name)
                while len(self._kept) > SCOPES_KEPT:
                    self._composing.pop(self._kept.popitem(last=False)[0], None)
            return made

    def _state(self) -> tuple[object, ...]:
        """What a standing is made of: it changes whenever a line, the index, a file of the targets or the day does."""
        db = self.workspace.db
        index = (_mark(db), _mark(db.with_name(f"{db.name}-wal")))
        return (*index, *journal_marks(self.workspace, self.whole(), self.clock()))


def journal_marks(workspace: Workspace, estate: Estate, moment: datetime) -> tuple[object, ...]:
    """What changes whenever a line, a file of the targets or the day does; and once readers are told of a line."""
    journal = workspace.journal
    lines = (_mark(journal / HEAD_FILE), _mark(journal / TAIL_FILE), told_lines(workspace.root))
    return (*lines, SourcesOf(estate), local_day(moment, estate.timezone))


class SourcesOf:
    """The files of an estate: equal where they are the same ones, which is seldom asked of two estates."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SourcesOf):
            return NotImplemented
        return self._estate is other._estate or self._estate.sources == other._estate.sources

    __hash__ = None  # type: ignore[assignment]


def compose_standing(workspace: Workspace, scope: AccessScope, clock: Clock = now) -> Standing:
    """The standing of a scope, from index and journal."""
    require_initialised(workspace.root)
    estate = read_targets_cached(workspace)
    # The journal first: what is told is then at least as new as the line that it names.
    journal = Journal.open(workspace.root)
    line, last_at = journal.size, journal.last_at
    try:
        late = _not_recorded(workspace, journal)
    finally:
        journal.close()
    if scope.everybody:
        request = WorkspaceReportRequest(as_of=clock())
        report = workspace_report(workspace, request, estate=estate)
        return Standing(report, estate, line, last_at, whole=True, outstanding=frozenset(late))
    contracts = tuple(sorted(scope.contracts & set(estate.contracts)))
    deployments = tuple(sorted(scope.deployments & set(estate.deployments)))
    as_of = clock() if scope.until is None else min(clock(), scope.until - timedelta(microseconds=1))
    selection = customer_selection(estate, contracts, deployments, as_of)
    own = estate_of_customer(estate, selection)
    own = replace(own, claims=claims_within(estate, own))
    if not contracts and not deployments:
        return Standing(_nothing(estate, as_of), own, line, last_at, whole=False)
    request = WorkspaceReportRequest(
        as_of=as_of, captured_from=scope.since, contracts=contracts, deployments=deployments
    )
    report = workspace_report(workspace, request, estate=estate)
    outstanding = frozenset(
        name
        for name, moments in late.items()
        if name in own.deployments
        and any((scope.since is None or at >= scope.since) and (scope.until is None or at < scope.until)
                for at in moments)
    )  # fmt: skip
    return Standing(report, own, line, last_at, whole=False, outstanding=outstanding)


def _not_recorded(workspace: Workspace, journal: Journal) -> Mapping[str, Sequence[datetime]]:
    """By deployment, when its captures were journalled of which the index does not say what the journal says."""
    with Index.open(workspace.db) as index:
        head = index.standing.head()  # up to its line, what is not recorded is awaited
        since = 0 if head is None else head.line
        missing = still_unrecorded(index, journal, index.standing.awaited())
        missing |= unrecorded_captures(index, journal, since)
    found: dict[str, list[datetime]] = {}
    for capture, deployment in missing.items():
        record = journal.ledger.package_record(capture)
        if record is not None:
            found.setdefault(deployment, []).append(record.at)
    return found


def _nothing(estate: Estate, as_of: datetime) -> Report:
    return Report(as_of, "", "", estate.notice, (), (), (), (), (), timezone=estate.timezone)


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    if not found.st_size:
        return (0, 0, 0)  # what SQLite lays beside an index that is only read
    return (found.st_mtime_ns, found.st_size, found.st_ino)
