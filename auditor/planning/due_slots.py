"""From a schedule, the book and the present: what was missed and why, what is to be visited now, what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from auditor.model.notes import Note, make_note
from auditor.model.targets.estate import Estate, Schedule
from auditor.planning.schedule_history import ScheduleHistory
from auditor.planning.slots import SlotTime, blackout_at, count_slots, latest_slots, next_slot, slots_between

MAX_MISSED_RECORDS = 500
"""Missed slots that are recorded one by one; older ones share one record that counts them."""
MAX_ATTEMPTS = 3
"""Runs begun for one slot before the rest of it stays a gap."""
BLACKOUT = "slot.blackout"
"""Why a slot is missed on purpose: nothing is caught up and nobody is told."""
NOT_RUNNING = make_note("slot.not_running")


@dataclass(frozen=True, slots=True)
class BusyPeriod:
    """A time in which this scheduler was at work on something else."""

    begins: datetime
    ends: datetime
    what: str


@dataclass(frozen=True, slots=True)
class MissedSlot:
    """A slot that ended without a visit; `count` slots from `first` to `slot` where they share one record."""

    slot: SlotTime
    why: Note
    count: int = 1
    first: SlotTime | None = None

    @property
    def intended(self) -> bool:
        """Whether the schedule itself forbids the slot."""
        return self.why.code == BLACKOUT


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done for one schedule now."""

    missed: tuple[MissedSlot, ...] = ()
    visit: SlotTime | None = None
    late: bool = False
    """The visit makes up for missed slots: none of them was visited at its time."""
    after_run: str = ""
    """Run whose unvisited deployments alone are to be visited, where it was interrupted."""

    @property
    def idle(self) -> bool:
        return not self.missed and self.visit is None


def plan_turn(
    schedule: Schedule, book: ScheduleHistory, now: datetime, *, awake_since: datetime, busy: Sequence[BusyPeriod] = ()
) -> Turn:
    """What is due for a schedule now. Asking again after it was journalled gives nothing.

    A clock that was set back makes nothing due a second time; one that was set forward makes the slots between missed.
    What a clock that was ahead recorded of moments later than now settles nothing.
    """
    since = book.since(schedule, now)
    if since is None:
        return Turn()
    slots = list(islice(latest_slots(schedule, since, now), MAX_MISSED_RECORDS + 1))[::-1]
    if not slots:
        return Turn() if blackout_at(schedule, now) else _unfinished(schedule, book, now)
    newest, grace = slots[-1], timedelta(seconds=schedule.grace_seconds)
    on_time = now - newest.at <= grace and not blackout_at(schedule, newest.at)
    past = slots[:-1] if on_time else slots
    missed = _bounded(
        [MissedSlot(slot, _why(schedule, slot, awake_since, busy)) for slot in past],
        count_slots(schedule, since, now) - int(on_time),
        next(slots_between(schedule, since, now)),
    )
    if on_time:
        return Turn(missed, newest)
    wanted = next((slot for slot in latest_slots(schedule, since, now) if not blackout_at(schedule, slot.at)), None)
    if schedule.missed == "skip" or wanted is None:
        return Turn(missed)
    if blackout_at(schedule, now):
        return Turn()  # what is to be caught up waits for the end of the window
    return Turn(missed, wanted, late=True)


def _unfinished(schedule: Schedule, book: ScheduleHistory, now: datetime) -> Turn:
    """What an interruption left of the newest slot is visited later, a bounded number of times."""
    run = book.unfinished(schedule.id)
    at = book.settled(schedule.id, now)
    if run is None or at is None or schedule.missed != "catch_up" or book.attempts.get(run.slot, 0) >= MAX_ATTEMPTS:
        return Turn()
    return Turn((), SlotTime(at, schedule.id), late=True, after_run=run.id)


def _why(schedule: Schedule, slot: SlotTime, awake_since: datetime, busy: Iterable[BusyPeriod]) -> Note:
    if window := blackout_at(schedule, slot.at):
        return make_note(BLACKOUT, window=window)
    if slot.at < awake_since:
        return NOT_RUNNING
    other = next((one for one in busy if one.begins <= slot.at <= one.ends), None)
    if other is not None:
        return make_note("slot.overlap", what=other.what)
    return make_note("slot.misfire", seconds=f"{schedule.grace_seconds}")


def _bounded(missed: list[MissedSlot], count: int, first: SlotTime) -> tuple[MissedSlot, ...]:
    """`missed`: the newest of `count` that begin with `first`; the others are counted in one record, never listed."""
    if count <= MAX_MISSED_RECORDS:
        return tuple(missed)
    older, kept = missed[-MAX_MISSED_RECORDS], missed[1 - MAX_MISSED_RECORDS :]
    return (MissedSlot(older.slot, older.why, count - len(kept), first), *kept)


def covered_deployments(schedule: Schedule, estate: Estate) -> tuple[str, ...]:
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
class OverdueSlot:
    """A schedule whose slot has neither begun nor ended, by the journal."""

    schedule: str
    slot: str
    since: datetime
    why: Note


def find_overdue(
    schedules: Mapping[str, Schedule], book: ScheduleHistory, now: datetime, *, silence: float
) -> tuple[OverdueSlot, ...]:
    """What any process can say from the journal alone. `silence`: seconds without a new line after which a run that
    is under way counts as stalled."""
    found = []
    for schedule in schedules.values():
        since = book.since(schedule, now)
        if since is None:
            found.append(OverdueSlot(schedule.id, "", now, make_note("slot.not_taken_up")))
            continue
        if blackout_at(schedule, now):
            continue
        late = (
            slot
            for slot in slots_between(schedule, since, now - timedelta(seconds=schedule.grace_seconds))
            if not blackout_at(schedule, slot.at)
        )
        slot = next(late, None)
        if slot is not None:
            found.append(OverdueSlot(schedule.id, slot.id, slot.at, make_note("slot.not_begun")))
    run = book.under_way()
    if run is not None and book.last_at is not None and (now - book.last_at).total_seconds() > silence:
        why = make_note("slot.silent", run=run.id)
        found.append(OverdueSlot(run.schedule, run.slot, book.last_at, why))
    return tuple(found)


def earliest_slot(schedules: Iterable[Schedule], now: datetime) -> SlotTime | None:
    """The next moment at which any schedule is due."""
    found = [slot for schedule in schedules if (slot := next_slot(schedule, now)) is not None]
    return min(found, default=None)
