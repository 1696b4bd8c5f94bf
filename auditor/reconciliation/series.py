"""A series of sparse observations: its peak and how long it was over, by rules that are printed with the result.

Nobody saw what happened between two captures. A peak is the highest observed value, a lower bound. Days over are
counted between two consecutive captures that both were over; a gap longer than the audit interval breaks the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from auditor.model.findings import Observation


@dataclass(frozen=True, slots=True)
class Point:
    """One observed count with what was entitled on its own day."""

    observation: Observation
    day: date
    used: int
    """Counted units: displayed, else listed, less what by contract does not count; or confirmed."""
    over: int
    """Units over on that day; 0 where within."""

    @property
    def at(self) -> datetime:
        return self.observation.captured_at


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a series was over: days by the rule `between`, and the captures by the rule `observed_only`."""

    days: int
    instants: int
    rule: str


def peak(points: Sequence[Point]) -> Point | None:
    """The highest count, the earliest of equals."""
    return min(points, key=lambda point: (-(point.observation.counted or 0), point.at), default=None)


def peak_over(points: Sequence[Point]) -> Point | None:
    """The point with the most units over, the earliest of equals; None where none was over."""
    found = [point for point in points if point.over > 0]
    return min(found, key=lambda point: (-point.over, point.at), default=None)


def duration(points: Sequence[Point], interval_days: int) -> Duration:
    """Days over between consecutive captures that both were over and lie no further apart than the interval."""
    days = 0
    for earlier, later in pairwise(points):
        apart = (later.day - earlier.day).days
        if earlier.over > 0 and later.over > 0 and apart <= interval_days:
            days += apart
    instants = sum(1 for point in points if point.over > 0)
    rule = (
        f"between: days between two consecutive captures that both were over, at the lower of the two; a gap of more "
        f"than {interval_days} days counts nothing; observed_only: {instants} of {len(points)} captures"
    )
    return Duration(days, instants, rule)


def current_run(points: Sequence[Point]) -> tuple[Point, ...]:
    """The captures at the end of the series that all were over."""
    run: list[Point] = []
    for point in reversed(points):
        if point.over <= 0:
            break
        run.append(point)
    return tuple(reversed(run))


def gaps(points: Sequence[Point], interval_days: int) -> tuple[tuple[Point, Point], ...]:
    """Consecutive captures more than two intervals apart: at least one visit is missing between them."""
    return tuple(
        (earlier, later) for earlier, later in pairwise(points) if (later.day - earlier.day).days > 2 * interval_days
    )
