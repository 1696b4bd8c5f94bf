"""What the journal says of schedules: since when each is kept, which slots were begun or missed, how runs ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.model.estate import Schedule
from auditor.model.evidence import Event, EventKind

HISTORY_KINDS: tuple[EventKind, ...] = ("plan", "gap", "schedule", "run.opened", "run.closed")
"""The kinds of entry that a book is made from."""
_DEFINING = ("cron", "every_seconds", "timezone", "blackout")


def schedule_definition(schedule: Schedule) -> dict[str, object]:
    """What decides when a schedule is due; another definition counts from the moment it is taken up."""
    found = {name: getattr(schedule, name) for name in _DEFINING}
    return {**found, "blackout": list(schedule.blackout)}


@dataclass(frozen=True, slots=True)
class AdoptedSchedule:
    """A schedule as a scheduler took it up."""

    since: datetime
    definition: Mapping[str, object]


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
    settled: dict[str, datetime] = field(default_factory=dict)
    """Schedule id to the planned moment of its newest slot that was begun or recorded as a gap."""
    attempts: dict[str, int] = field(default_factory=dict)
    """Slot id to the runs begun for it."""
    runs: dict[str, RunRecord] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    """Schedule id to its newest run."""
    succeeded: dict[str, datetime] = field(default_factory=dict)
    """Schedule id to the close of its newest run that brought a complete capture; `` for any run at all."""
    left_alone: dict[str, datetime] = field(default_factory=dict)
    """Host to the moment before which it asked not to be visited."""
    told: set[str] = field(default_factory=set)
    """What alerts have told already, by key, until it is over."""
    missed: int = 0
    """Slots recorded as gaps."""
    last_at: datetime | None = None

    @classmethod
    def of(cls, entries: Iterable[Event]) -> ScheduleHistory:
        book = cls()
        for entry in entries:
            book.take(entry)
        return book

    def take(self, entry: Event) -> None:
        """Learn from one entry; kinds and members that do not concern schedules are passed over."""
        body = entry.body
        self.last_at = entry.at
        match entry.kind:
            case "schedule":
                self._schedule(entry)
            case "run.opened":
                run = str(body.get("run", ""))
                self.runs[run] = RunRecord(run, entry.at)
            case "plan" if body.get("schedule"):
                self._begun(body)
            case "gap" if body.get("schedule") and body.get("planned"):
                self._settle(str(body["schedule"]), str(body["planned"]))
                count = body.get("count", 1)
                self.missed += count if isinstance(count, int) else 1
            case "run.closed":
                self._closed(entry)

    def _schedule(self, entry: Event) -> None:
        body, name = entry.body, str(entry.body.get("schedule", ""))
        match body.get("action"):
            case "adopted":
                found = body.get("definition")
                self.kept[name] = AdoptedSchedule(entry.at, found if isinstance(found, Mapping) else {})
            case "dropped":
                self.kept.pop(name, None)
            case "finished" if (run := self.runs.get(str(body.get("run", "")))) is not None:
                self.runs[run.id] = replace(run, whole=True)
            case "retry_after":
                self.left_alone[str(body.get("host", ""))] = parse_journal_time(str(body.get("until", "")))
            case "alerted":
                raised, over = body.get("raised"), body.get("over")
                self.told |= {str(key) for key in raised} if isinstance(raised, list | tuple) else set()
                self.told -= {str(key) for key in over} if isinstance(over, list | tuple) else set()

    def _begun(self, body: Mapping[str, object]) -> None:
        schedule, slot, run = (str(body.get(name, "")) for name in ("schedule", "schedule_slot", "run"))
        self._settle(schedule, str(body.get("planned", "")))
        self.attempts[slot] = self.attempts.get(slot, 0) + 1
        if run in self.runs:
            self.runs[run] = replace(self.runs[run], schedule=schedule, slot=slot)
            self.newest[schedule] = run

    def _settle(self, schedule: str, planned: str) -> None:
        at = parse_journal_time(planned)
        self.settled[schedule] = max(at, self.settled.get(schedule, at))

    def _closed(self, entry: Event) -> None:
        body = entry.body
        run = self.runs.get(str(body.get("run", "")))
        if run is None:
            return
        whole = not body.get("interrupted") and not body.get("stopped")
        complete = body.get("complete", 0)
        complete = complete if isinstance(complete, int) else 0
        self.runs[run.id] = replace(run, closed_at=entry.at, whole=whole, complete=complete)
        if complete:
            self.succeeded[""] = entry.at
            if run.schedule:
                self.succeeded[run.schedule] = entry.at

    def adopted(self, schedule: Schedule) -> bool:
        """Whether the schedule is kept as it is defined now."""
        kept = self.kept.get(schedule.id)
        return kept is not None and _plain(kept.definition) == _plain(schedule_definition(schedule))

    def since(self, schedule: Schedule) -> datetime | None:
        """The moment after which its slots are still open; None where no scheduler ever took it up."""
        kept = self.kept.get(schedule.id)
        if kept is None:
            return None
        return max(kept.since, self.settled.get(schedule.id, kept.since))

    def under_way(self) -> RunRecord | None:
        """The newest run that was opened and not closed."""
        return next((run for run in reversed(self.runs.values()) if run.closed_at is None), None)

    def unfinished(self, schedule: str) -> RunRecord | None:
        """The schedule's newest run, where it was interrupted or stopped before its end."""
        run = self.runs.get(self.newest.get(schedule, ""))
        return run if run is not None and run.closed_at is not None and not run.whole else None


def parse_journal_time(text: str) -> datetime:
    """A moment as the journal writes it; the beginning of time for anything else."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _plain(value: Mapping[str, object]) -> dict[str, object]:
    return {name: list(item) if isinstance(item, list | tuple) else item for name, item in value.items()}
