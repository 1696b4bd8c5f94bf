"""The moments at which a schedule is due between two instants. Time is passed in; nothing is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from auditor.model.targets.estate import Schedule
from auditor.model.targets.recurrence import Blackout, Cron

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON = timedelta(days=366 * 9)
"""How far ahead the next moment is looked for: 29 February comes back within eight years, once in a century later."""


@dataclass(frozen=True, slots=True, order=True)
class SlotTime:
    """One planned moment of a schedule."""

    at: datetime
    """UTC."""
    schedule: str

    @property
    def id(self) -> str:
        """Made from the schedule and the planned moment alone, so that every process finds the same: `weekly/20260105T
        190000Z`."""
        return f"{self.schedule}/{self.at:%Y%m%dT%H%M%SZ}"


def slots_between(schedule: Schedule, after: datetime, until: datetime) -> Iterator[SlotTime]:
    """The planned moments later than `after` and not later than `until`, in order."""
    if schedule.every_seconds:
        return _interval(schedule.id, schedule.every_seconds, after, until)
    return _cron(schedule, after, until)


def next_slot(schedule: Schedule, after: datetime) -> SlotTime | None:
    """The first planned moment later than `after`; None where there is none within nine years."""
    return next(iter(slots_between(schedule, after, after + HORIZON)), None)


def _interval(schedule: str, seconds: int, after: datetime, until: datetime) -> Iterator[SlotTime]:
    """Counted from 1970-01-01T00:00Z, so that a restart does not shift it."""
    number = int((after - EPOCH) / timedelta(seconds=seconds)) + 1
    while (at := EPOCH + timedelta(seconds=seconds * number)) <= until:
        yield SlotTime(at, schedule)
        number += 1


def _cron(schedule: Schedule, after: datetime, until: datetime) -> Iterator[SlotTime]:
    cron, zone = Cron.parse(schedule.cron), ZoneInfo(schedule.timezone)
    # A day of margin on both sides: the zone may lie up to fifteen hours from UTC.
    day, last = after.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date() + timedelta(days=1)
    times = cron.times()
    while day <= last:
        if cron.on(day):
            for at in _day_moments(cron, times, day, zone):
                if after < at <= until:
                    yield SlotTime(at, schedule.id)
        day += timedelta(days=1)


def _day_moments(cron: Cron, times: tuple[time, ...], day: date, zone: ZoneInfo) -> list[datetime]:
    return sorted({at for clock in times for at in moments_of(day, clock, zone, both=cron.every_hour)})


def latest_slots(schedule: Schedule, after: datetime, until: datetime) -> Iterator[SlotTime]:
    """The same moments as `slots_between`, newest first, so that few of many can be taken."""
    if schedule.every_seconds:
        step = timedelta(seconds=schedule.every_seconds)
        at = EPOCH + step * ((until - EPOCH) // step)
        while at > after:
            yield SlotTime(at, schedule.id)
            at -= step
        return
    cron, zone = Cron.parse(schedule.cron), ZoneInfo(schedule.timezone)
    first, day = after.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date() + timedelta(days=1)
    times = cron.times()
    while day >= first:
        if cron.on(day):
            for at in reversed(_day_moments(cron, times, day, zone)):
                if after < at <= until:
                    yield SlotTime(at, schedule.id)
        day -= timedelta(days=1)


def count_slots(schedule: Schedule, after: datetime, until: datetime) -> int:
    """How many moments `slots_between` gives, without making them: centuries of minutes are counted at once."""
    if schedule.every_seconds:
        step = timedelta(seconds=schedule.every_seconds)
        return max(0, (until - EPOCH) // step - (after - EPOCH) // step)
    cron, zone = Cron.parse(schedule.cron), ZoneInfo(schedule.timezone)
    begins, ends = after.astimezone(zone).date(), until.astimezone(zone).date()
    day, count, times = begins - timedelta(days=1), 0, cron.times()
    while day <= ends + timedelta(days=1):
        if cron.on(day):
            inner = begins + timedelta(days=1) < day < ends - timedelta(days=1)
            if inner and _one_offset(day, zone):
                count += len(times)
            else:
                count += sum(after < at <= until for at in _day_moments(cron, times, day, zone))
        day += timedelta(days=1)
    return count


def _one_offset(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks are not changed from the day before to the day after."""
    noons = (datetime.combine(day + timedelta(days=shift), time(12), zone) for shift in (-1, 0, 1))
    return len({noon.utcoffset() for noon in noons}) == 1


def moments_of(day: date, clock: time, zone: ZoneInfo, *, both: bool) -> tuple[datetime, ...]:
    """The instants at which clocks of a zone show that time.

    Where clocks are set forward over it, the instant as long after the change as the time lies after it; where they are
    set back over it, the first of the two, or `both`, for what recurs every hour.
    """
    early = datetime.combine(day, clock, zone)
    first, second = early.astimezone(UTC), early.replace(fold=1).astimezone(UTC)
    skipped = first.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, clock)
    if both and skipped:
        return ()
    return (first, second) if both and first != second else (first,)


def blackout_at(schedule: Schedule, at: datetime) -> str:
    """The blackout window of the schedule that covers a moment, as it is written; empty where none does."""
    local = at.astimezone(ZoneInfo(schedule.timezone))
    return next((text for text in schedule.blackout if Blackout.parse(text).covers(local)), "")


def visit_offset(schedule: Schedule, slot: SlotTime, deployment: str) -> float:
    """Seconds after the planned moment at which a deployment is visited: the same in every process."""
    if not schedule.jitter_seconds:
        return 0.0
    digest = hashlib.sha256(f"{slot.id}/{deployment}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48) * schedule.jitter_seconds


def first_few(slots: Iterator[SlotTime], most: int) -> tuple[SlotTime, ...]:
    """At most so many of them."""
    return tuple(islice(slots, most))
