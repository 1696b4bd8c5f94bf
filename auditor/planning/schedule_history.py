"""What the journal says of schedules: since when each is kept, which slots were begun or missed, how runs ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.model.events import (
    AlertFailed,
    AlertSent,
    GapRecorded,
    HostDeferred,
    JournalEvent,
    RunClosed,
    RunOpened,
    RunPlanned,
    ScheduleAdopted,
    ScheduleDefinition,
    ScheduleDropped,
    ScheduleFinished,
    parse_entry,
)
from auditor.model.evidence import Event, EventKind
from auditor.model.targets.estate import Schedule

CORRECTION = timedelta(hours=1)
"""How far a clock is set back in good order, which makes nothing due a second time; further, it was wrong before."""
HISTORY_KINDS: tuple[EventKind, ...] = ("plan", "gap", "schedule", "run.opened", "run.closed")
"""The kinds of entry that a book is made from."""


def schedule_definition(schedule: Schedule) -> ScheduleDefinition:
    """What decides when a schedule is due; another definition counts from the moment it is taken up."""
    return ScheduleDefinition(
        cron=schedule.cron,
        every_seconds=schedule.every_seconds,
        timezone=schedule.timezone,
        blackout=schedule.blackout,
    )


@dataclass(frozen=True, slots=True)
class AdoptedSchedule:
    """A schedule as a scheduler took it up."""

    since: tuple[datetime, ...]
    """When it was taken up as it is defined; more than one moment where a clock was wrong at one of them."""
    definition: ScheduleDefinition


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, and the slot it was begun for."""

    id: str
    opened_at: datetime
    schedule: str = ""
    slot: str = ""
    closed_at: datetime | None = None
    whole: bool = False
    """Closed without an interruption or a request to stop."""
    complete: int = 0
    """Complete captures, as its close says."""


@dataclass(slots=True)
class ScheduleHistory:
    """Built with `take` over the entries in order; slots and times are those of the journal alone."""

    kept: dict[str, AdoptedSchedule] = field(default_factory=dict)
    settlements: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    """Schedule id to the planned moments, ascending, that were begun or recorded as a gap, each with when that was."""
    attempts: dict[str, int] = field(default_factory=dict)
    """Slot id to the runs begun for it, of the slots that `runs` were begun for."""
    runs: dict[str, RunRecord] = field(default_factory=dict)
    """Those under way, and the newest of each schedule: nothing asks for the others."""
    newest: dict[str, str] = field(default_factory=dict)
    """Schedule id to its newest run."""
    succeeded: dict[str, datetime] = field(default_factory=dict)
    """Schedule id to the close of its newest run that brought a complete capture; `` for any run at all."""
    left_alone: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Host to the moment at which it asked not to be visited, and until when."""
    told: set[str] = field(default_factory=set)
    """What alerts have told already, by key, until it is over."""
    refused: dict[str, datetime] = field(default_factory=dict)
    """What no receiver took, by key, and when it was last tried."""
    missed: int = 0
    """Slots recorded as gaps."""
    last_at: datetime | None = None

    @classmethod
    def of(cls, entries: Iterable[Event]) -> ScheduleHistory:
        book = cls()
        for entry in entries:
            book.take(entry)
        return book

    def copied(self) -> ScheduleHistory:
        """As it is now; taking more entries changes one of the two alone."""
        return replace(
            self, kept=dict(self.kept), settlements={name: list(known) for name, known in self.settlements.items()},
            attempts=dict(self.attempts), runs=dict(self.runs), newest=dict(self.newest),
            succeeded=dict(self.succeeded), left_alone=dict(self.left_alone), told=set(self.told),
            refused=dict(self.refused),
        )  # fmt: skip

    def take(self, entry: Event) -> None:
        """Learn from one entry; kinds that do not concern schedules are passed over unread.

        `IntegrityError` where an entry has a shape that no event has.
        """
        self.last_at = entry.at
        if entry.kind not in HISTORY_KINDS:
            return
        match parse_entry(entry):
            case RunOpened(run=run):
                self.runs[run] = RunRecord(run, entry.at)
            case RunPlanned() as plan:
                self._begun(entry.at, plan)
            case GapRecorded(schedule=str() as schedule, planned=datetime() as planned, count=count):
                self._settle(schedule, planned, entry.at)
                self.missed += 1 if count is None else count
            case RunClosed() as closed:
                self._closed(entry.at, closed)
            case event:
                self._schedule(entry.at, event)

    def _schedule(self, at: datetime, event: JournalEvent) -> None:
        match event:
            case ScheduleAdopted(schedule=name, definition=definition):
                kept = self.kept.get(name)
                before = kept.since if kept is not None and kept.definition == definition else ()
                self.kept[name] = AdoptedSchedule((*before, at), definition)
            case ScheduleDropped(schedule=name):
                self.kept.pop(name, None)
            case ScheduleFinished() if (run := self.runs.get(event.run)) is not None:
                self.runs[run.id] = replace(run, whole=True)
            case HostDeferred():
                self.left_alone[event.host] = (at, event.until)
            case AlertFailed():
                self.refused |= dict.fromkeys((*event.raised, *event.over), at)
            case AlertSent():
                self.told |= set(event.raised)
                self.told -= set(event.over)
                for key in (*event.raised, *event.over):
                    self.refused.pop(key, None)

    def _begun(self, at: datetime, plan: RunPlanned) -> None:
        if plan.schedule is None or plan.schedule_slot is None or plan.planned is None:
            return  # begun by hand
        if plan.part is not None and plan.part > 1:
            return  # the first line of the plan said it
        self._settle(plan.schedule, plan.planned, at)
        self.attempts[plan.schedule_slot] = self.attempts.get(plan.schedule_slot, 0) + 1
        if plan.run in self.runs:
            self.runs[plan.run] = replace(self.runs[plan.run], schedule=plan.schedule, slot=plan.schedule_slot)
            before = self.newest.get(plan.schedule, "")
            self.newest[plan.schedule] = plan.run
            self._forget(before)

    def _settle(self, schedule: str, planned: datetime, at: datetime) -> None:
        """What a clock that was ahead settled is undone by the next slot that is settled at its own time."""
        known = self.settlements.setdefault(schedule, [])
        while known and known[-1][0] >= planned and known[-1][1] > at:
            known.pop()
        if not known or known[-1][0] < planned:
            known.append((planned, at))

    def settled(self, schedule: str, now: datetime) -> datetime | None:
        """The planned moment of its newest slot, not later than now, that was begun or recorded as a gap.

        What was recorded at a moment further ahead of now than a clock is corrected by settles nothing.
        """
        known, latest = self.settlements.get(schedule, ()), now + CORRECTION
        return next((planned for planned, at in reversed(known) if planned <= now and at <= latest), None)

    def held_hosts(self, now: datetime) -> dict[str, datetime]:
        """Hosts that are to be left alone now, until when; what was asked at a moment ahead of now does not count."""
        return {host: until for host, (at, until) in self.left_alone.items() if at <= now < until}

    def _closed(self, at: datetime, event: RunClosed) -> None:
        run = self.runs.get(event.run)
        if run is None:
            return
        whole = not event.interrupted and not event.stopped
        complete = event.complete or 0
        self.runs[run.id] = replace(run, closed_at=at, whole=whole, complete=complete)
        if complete:
            self.succeeded[""] = at
            if run.schedule:
                self.succeeded[run.schedule] = at
        self._forget(run.id)

    def _forget(self, name: str) -> None:
        """A run that has ended and is the newest of no schedule."""
        run = self.runs.get(name)
        if run is None or run.closed_at is None or self.newest.get(run.schedule) == name:
            return
        del self.runs[name]
        if run.slot and all(other.slot != run.slot for other in self.runs.values()):
            self.attempts.pop(run.slot, None)

    def adopted(self, schedule: Schedule, now: datetime) -> bool:
        """Whether the schedule is kept as it is defined now, since a moment that does not lie ahead."""
        kept = self.kept.get(schedule.id)
        return (
            kept is not None
            and kept.definition == schedule_definition(schedule)
            and any(since <= now for since in kept.since)
        )

    def since(self, schedule: Schedule, now: datetime) -> datetime | None:
        """The moment after which its slots are still open; None where no scheduler took it up until now."""
        kept = self.kept.get(schedule.id)
        taken_up = [since for since in kept.since if since <= now] if kept is not None else []
        if not taken_up:
            return None
        settled = self.settled(schedule.id, now)
        return max(*taken_up, settled) if settled is not None else max(taken_up)

    def under_way(self) -> RunRecord | None:
        """The newest run that was opened and not closed."""
        return next((run for run in reversed(self.runs.values()) if run.closed_at is None), None)

    def unfinished(self, schedule: str) -> RunRecord | None:
        """The schedule's newest run, where it was interrupted or stopped before its end."""
        run = self.runs.get(self.newest.get(schedule, ""))
        return run if run is not None and run.closed_at is not None and not run.whole else None
