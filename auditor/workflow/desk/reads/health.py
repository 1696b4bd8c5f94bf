"""Schedules and the signs of life: what is due, overdue, missed, and what runs now as the journal tells it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import psutil

from auditor.alerting import HealthReport
from auditor.clock import Clock
from auditor.custody import Journal, is_locked
from auditor.model.events import CaptureCommitted, GapRecorded, RunClosed, RunOpened, RunPlanned, parse_entry
from auditor.model.targets.estate import Schedule
from auditor.planning import SlotTime, covered_deployments, next_slot
from auditor.workflow.desk.reads.standing import ScopeStanding
from auditor.workflow.memory.schedule_memory import read_history
from auditor.workflow.views.status import WorkspaceStatus, workspace_status
from auditor.workspace import Workspace

RUNS_TOLD = 20


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One schedule."""

    schedule: Schedule
    next: SlotTime | None
    covered: int
    adopted: bool
    last: datetime | None
    """Close of its newest run that brought a complete capture."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run as the journal tells it; figures that name nobody."""

    id: str
    opened_at: datetime
    closed_at: datetime | None
    planned: int
    complete: int
    partial: int
    failed: int
    gaps: int
    interrupted: bool
    first_line: int
    unread: int = 0
    """Captures whose packages could not be read in the store when the run closed."""

    @property
    def done(self) -> int:
        return self.complete + self.partial + self.failed + self.gaps + self.unread


@dataclass(frozen=True, slots=True)
class HealthRead:
    """How the workspace lives."""

    health: HealthReport
    status: WorkspaceStatus | None
    """With the names of deployments; None for whoever sees no customer."""
    schedules: tuple[ScheduleLine, ...]
    runs: tuple[RunLine, ...]
    """Newest first."""
    busy: bool
    """Whether a process holds the workspace for writing."""
    disk_free: int
    disk_total: int
    load: tuple[float, float, float]
    memory_free: int


def read_health(workspace: Workspace, standing: ScopeStanding | None, clock: Clock) -> HealthRead:
    """The signs of life. `standing`: of who asks, whose scope must be everything to see names; None for nobody's."""
    status = workspace_status(workspace, clock)
    schedules: tuple[ScheduleLine, ...] = ()
    journal = Journal.open(workspace.root)
    try:
        history = read_history(journal)
        runs = tuple(read_runs(journal, RUNS_TOLD))
    finally:
        journal.close()
    whole = standing is not None and standing.whole
    if standing is not None and whole:
        schedules = tuple(
            ScheduleLine(
                one, next_slot(one, clock()), len(covered_deployments(one, standing.estate)), one.id in history.kept,
                history.succeeded.get(one.id),
            )
            for one in standing.estate.schedules.values()
        )  # fmt: skip
    usage = shutil.disk_usage(workspace.root)
    return HealthRead(
        status.health,
        status if whole else None,
        schedules,
        runs,
        is_locked(workspace.root),
        usage.free,
        usage.total,
        psutil.getloadavg(),
        psutil.virtual_memory().available,
    )


def read_runs(journal: Journal, most: int) -> Iterator[RunLine]:
    """The newest runs, newest first."""
    kinds = ("run.opened", "plan", "capture", "gap", "run.closed")
    newest = (entry for entry in journal.newest(("run.opened",)) if isinstance(parse_entry(entry), RunOpened))
    behind = journal.size
    for number, entry in enumerate(islice(newest, most)):
        planned = complete = partial = failed = gaps = unread = 0
        closed: datetime | None = None
        interrupted = False
        run = RunOpened.of(entry).run
        for line in journal.entries(start=entry.number, kinds=kinds):
            if line.number >= behind and number:
                break
            match parse_entry(line):
                case RunPlanned(run=name, slots=slots) if name == run:
                    planned += len(slots)
                case CaptureCommitted(run=name, state=state) if name == run:
                    complete, partial = complete + (state == "complete"), partial + (state == "partial")
                    failed += state == "failed"
                case GapRecorded(run=name, slots=slots) if name == run:
                    gaps += len(slots) if slots else 1
                case RunClosed(run=name) as said if name == run:
                    closed, interrupted, unread = line.at, bool(said.interrupted), said.unread or 0
                    if unread:  # what the lines of these captures say was seen by nobody else
                        complete, partial, failed = said.complete or 0, said.partial or 0, said.failed or 0
        behind = entry.number
        yield RunLine(
            run, entry.at, closed, planned, complete, partial, failed, gaps, interrupted, entry.number, unread
        )
