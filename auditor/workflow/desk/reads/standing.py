"""How everything stands for one scope at one journal line: composed once, shared by the pages until a line is added."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from auditor.clock import Clock, local_day, now
from auditor.custody import Journal, require_initialised
from auditor.formats.evidence_layout import HEAD_FILE, TAIL_FILE
from auditor.model.findings import Finding, Position
from auditor.model.people import AccessScope
from auditor.model.reports import EvidenceRow, Report
from auditor.model.targets.estate import Estate
from auditor.workflow.desk.estates import read_told_estate
from auditor.workflow.report.customer import customer_selection, estate_of_customer
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workspace import Workspace

SCOPES_KEPT = 16
"""Scopes whose standing is kept in memory at once; the one not asked for longest goes first."""


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
    clock: Clock = now
    whole: Callable[[], Estate] | None = None
    """The estate of everybody as it was looked at lately: its files and its zone are part of the state."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: OrderedDict[AccessScope, tuple[object, Standing]] = field(default_factory=OrderedDict)
    _composing: dict[AccessScope, threading.Lock] = field(default_factory=dict)

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
        """What a standing is made of: it changes whenever a line, the index, the targets or the day does."""
        journal, db = self.workspace.journal, self.workspace.db
        files = (journal / HEAD_FILE, journal / TAIL_FILE, db, db.with_name(f"{db.name}-wal"), self.workspace.targets)
        estate = read_told_estate(self.workspace) if self.whole is None else self.whole()
        return (*map(_mark, files), *sorted(estate.sources.items()), local_day(self.clock(), estate.timezone))


def compose_standing(workspace: Workspace, scope: AccessScope, clock: Clock = now) -> Standing:
    """The standing of a scope, from index and journal."""
    require_initialised(workspace.root)
    estate = read_told_estate(workspace)
    # The journal first: what is told is then at least as new as the line that it names.
    journal = Journal.open(workspace.root)
    line, last_at = journal.size, journal.last_at
    journal.close()
    if scope.everybody:
        request = WorkspaceReportRequest(as_of=clock())
        return Standing(workspace_report(workspace, request, estate=estate), estate, line, last_at, whole=True)
    contracts = tuple(sorted(scope.contracts & set(estate.contracts)))
    deployments = tuple(sorted(scope.deployments & set(estate.deployments)))
    as_of = clock() if scope.until is None else min(clock(), scope.until)
    selection = customer_selection(estate, contracts, deployments, as_of)
    own = estate_of_customer(estate, selection)
    if not contracts and not deployments:
        return Standing(_nothing(estate, as_of), own, line, last_at, whole=False)
    request = WorkspaceReportRequest(as_of=as_of, contracts=contracts, deployments=deployments)
    report = workspace_report(workspace, request, estate=estate)
    return Standing(_within(report, scope), own, line, last_at, whole=False)


def _within(report: Report, scope: AccessScope) -> Report:
    """The report as far as its captures lie in the window of a case."""
    since = scope.since
    if since is None:
        return report
    early = {row.capture for row in report.evidence if row.captured_at < since}

    def later(at: datetime | None) -> bool:
        return at is not None and at >= since

    return replace(
        report,
        positions=tuple(
            replace(
                one,
                over_since=one.over_since if later(one.over_since) else None,
                hwm=one.hwm if later(one.hwm_at) else None,
                hwm_at=one.hwm_at if later(one.hwm_at) else None,
            )
            for one in report.positions
            if one.capture not in early
        ),
        findings=tuple(one for one in report.findings if early.isdisjoint(basis.capture for basis in one.basis)),
        decisions=tuple(one for one in report.decisions if later(one.at) and early.isdisjoint(one.evidence)),
        hosting=(),
        notices=(),
        changes=(),
        evidence=tuple(row for row in report.evidence if row.capture not in early),
        history=tuple(one for one in report.history if one.capture not in early),
        unobserved=tuple(one for one in report.unobserved if one.at >= since),
    )


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
