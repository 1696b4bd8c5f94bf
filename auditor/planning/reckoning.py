"""From a schedule, the book and the present: what was missed and why, what is to be visited now, what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.estate import Estate, Schedule
from auditor.planning.book import Book
from auditor.planning.slots import SlotTime, blacked_out, due, next_due

MOST_MISSED = 500
"""Missed slots that are recorded one by one; older ones share one record that counts them."""
MOST_ATTEMPTS = 3
"""Runs begun for one slot before the rest of it stays a gap."""
NOT_RUNNING = "the scheduler was not running"


@dataclass(frozen=True, slots=True)
class Busy:
    """A time in which this scheduler was at work on something else."""

    begins: datetime
    ends: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A slot that ended without a visit; `count` slots from `first` to `slot` where they share one record."""

    slot: SlotTime
    why: str
    count: int = 1
    first: SlotTime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done for one schedule now."""

    missed: tuple[Missed, ...] = ()
    visit: SlotTime | None = None
    late: bool = False
    """The visit makes up for missed slots: none of them was visited at its time."""
    after_run: str = ""
    """Run whose unvisited deployments alone are to be visited, where it was interrupted."""

    @property
    def idle(self) -> bool:
        return not self.missed and self.visit is None


def reckon(schedule: Schedule, book: Book, now: datetime, *, awake_since: datetime, busy: Sequence[Busy] = ()) -> Turn:
    """What is due for a schedule now. Asking again after it was journalled gives nothing.

    A clock that was set back makes nothing due a second time; one that was set forward makes the slots between missed.
    """
    since = book.since(schedule)
    if since is None:
        return Turn()
    slots = list(due(schedule, since, now))
    if not slots:
        return Turn() if blacked_out(schedule, now) else _unfinished(schedule, book)
    newest, grace = slots[-1], timedelta(seconds=schedule.grace_seconds)
    on_time = now - newest.at <= grace and not blacked_out(schedule, newest.at)
    past = slots[:-1] if on_time else slots
    missed = [Missed(slot, _why(schedule, slot, awake_since, busy)) for slot in past]
    if on_time:
        return Turn(_bounded(missed), newest)
    wanted = [one for one in missed if not one.why.startswith("blackout")]
    if schedule.missed == "skip" or not wanted:
        return Turn(_bounded(missed))
    if blacked_out(schedule, now):
        return Turn()  # what is to be caught up waits for the end of the window
    return Turn(_bounded(missed), wanted[-1].slot, late=True)


def _unfinished(schedule: Schedule, book: Book) -> Turn:
    """What an interruption left of the newest slot is visited later, a bounded number of times."""
    run = book.unfinished(schedule.id)
    if run is None or schedule.missed != "catch_up" or book.attempts.get(run.slot, 0) >= MOST_ATTEMPTS:
        return Turn()
    at = book.settled[schedule.id]
    return Turn((), SlotTime(at, schedule.id), late=True, after_run=run.id)


def _why(schedule: Schedule, slot: SlotTime, awake_since: datetime, busy: Iterable[Busy]) -> str:
    if window := blacked_out(schedule, slot.at):
        return f"blackout window {window}"
    if slot.at < awake_since:
        return NOT_RUNNING
    other = next((one for one in busy if one.begins <= slot.at <= one.ends), None)
    if other is not None:
        return f"overlap: {other.what} was still under way"
    return f"misfire: not begun within {schedule.grace_seconds} s of its time"


def _bounded(missed: list[Missed]) -> tuple[Missed, ...]:
    if len(missed) <= MOST_MISSED:
        return tuple(missed)
    older, kept = missed[: 1 - MOST_MISSED], missed[1 - MOST_MISSED :]
    return (Missed(older[-1].slot, older[-1].why, len(older), older[0].slot), *kept)


def members(schedule: Schedule, estate: Estate) -> tuple[str, ...]:
    """Ids of the deployments that a schedule covers, in the order of the file."""
    visited = [one for one in estate.deployments.values() if one.pages]
    covered = {
        authorised.deployment
        for name in schedule.contracts
        if name in estate.contracts
        for authorised in estate.contracts[name].authorised
    }
    contracts, groups = set(schedule.contracts), set(schedule.groups)
    chosen = [
        one.id
        for one in visited
        if one.schedule == schedule.id or one.id in covered or one.contract in contracts or one.group in groups
    ]
    if chosen or contracts or groups:
        return tuple(chosen)
    return tuple(one.id for one in visited if not one.schedule)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A schedule whose slot has neither begun nor ended, by the journal."""

    schedule: str
    slot: str
    since: datetime
    why: str


def overdue(schedules: Mapping[str, Schedule], book: Book, now: datetime, *, silence: float) -> tuple[Overdue, ...]:
    """What any process can say from the journal alone. `silence`: seconds without a new line after which a run that
    is under way counts as stalled."""
    found = []
    for schedule in schedules.values():
        since = book.since(schedule)
        if since is None:
            found.append(Overdue(schedule.id, "", now, "no scheduler has taken it up yet"))
            continue
        if blacked_out(schedule, now):
            continue
        late = (
            slot
            for slot in due(schedule, since, now - timedelta(seconds=schedule.grace_seconds))
            if not blacked_out(schedule, slot.at)
        )
        slot = next(late, None)
        if slot is not None:
            found.append(Overdue(schedule.id, slot.id, slot.at, "neither begun nor recorded as missed"))
    run = book.under_way()
    if run is not None and book.last_at is not None and (now - book.last_at).total_seconds() > silence:
        why = f"run {run.id} is under way and has journalled nothing since"
        found.append(Overdue(run.schedule, run.slot, book.last_at, why))
    return tuple(found)


def coming(schedules: Iterable[Schedule], now: datetime) -> SlotTime | None:
    """The next moment at which any schedule is due."""
    found = [slot for schedule in schedules if (slot := next_due(schedule, now)) is not None]
    return min(found, default=None)
