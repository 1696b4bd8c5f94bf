"""Displayed numbers and over-use week by week, as what each week differs by from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from auditor.model.findings import Position
from auditor.model.reading.observations import Count
from auditor.model.standing import WeekChange
from auditor.reporting import OVER_STATUSES

WEEKS = 26
"""Weeks of the trend, the present one included."""


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """The numbers displayed by the end of a week, and how far they were over what was entitled then."""

    monday: date
    displayed: int
    over: int
    deployments: int
    """Deployments over."""


def week_changes(position: Position, points: Sequence[Count]) -> tuple[WeekChange, ...]:
    """What a position adds to each week: its newest number of that week against that of the week before. `points`: its
    counts, oldest first."""
    newest: dict[date, Count] = {}
    for one in points:
        if one.counted is not None:
            newest[monday_of(one.captured_at)] = one
    found: list[WeekChange] = []
    stood = (0, 0, 0)
    for monday, seen in newest.items():
        beyond = over_then(position, seen)
        now = (seen.counted or 0, beyond, int(bool(beyond)))
        displayed, over, deployments = (after - before for after, before in zip(now, stood, strict=True))
        if not found or displayed or over or deployments:
            found.append(WeekChange(monday, displayed, over, deployments, int(not found)))
        stood = now
    return tuple(found)


def trend_weeks(changes: Iterable[WeekChange], as_of: datetime) -> tuple[TrendWeek, ...]:
    """The sums by the end of each week up to a moment, from the first with a number on, at most `WEEKS`."""
    by_week: dict[date, list[WeekChange]] = {}
    for one in changes:
        by_week.setdefault(one.monday, []).append(one)
    if not by_week:
        return ()
    last = monday_of(as_of)
    weeks = min(WEEKS, (last - min(by_week)).days // 7 + 1)
    starts = [last - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]
    displayed = over = deployments = 0
    found, due = [], sorted(by_week)
    for monday in starts:
        while due and due[0] <= monday:
            for one in by_week[due.pop(0)]:
                displayed, over, deployments = (
                    displayed + one.displayed, over + one.over, deployments + one.deployments,
                )  # fmt: skip
        found.append(TrendWeek(monday, displayed, over, deployments))
    return tuple(found)


def over_then(position: Position, seen: Count) -> int:
    """How far a displayed number was over what its contract entitled to on that day."""
    counted = seen.counted or 0
    total: int | str | None = position.entitled
    steps = [step for step in position.timeline if step.from_ <= seen.captured_at.date()]
    if position.timeline:
        total = steps[-1].total if steps else None
    if total == "unlimited":
        return 0
    if position.status == "unlicensed" or not isinstance(total, int):
        return counted if position.status in OVER_STATUSES else 0
    return max(0, counted - total)


def monday_of(at: datetime) -> date:
    """The Monday of a moment's week, in UTC."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def last_before(points: Sequence[Count], since: datetime | None) -> datetime | None:
    """The last capture with a number before a moment; None for no moment, or where there is none."""
    if since is None:
        return None
    return max((seen.captured_at for seen in points if seen.captured_at < since), default=None)
