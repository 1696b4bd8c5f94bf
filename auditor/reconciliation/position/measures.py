"""Quantities over time. Nothing between two captures is invented.

Measures of licensing practice: the high-water mark of each stretch of a contract (a peak belongs to its own year and
is not carried into the next), and the time-weighted average of the units over between two captures, at the lower of
the two, over the days that lie between captures close enough to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from auditor.reconciliation.entitlement.calendar import Span
from auditor.reconciliation.position.counted_series import CountedPoint


@dataclass(frozen=True, slots=True)
class Peak:
    """The most units over in one stretch, with the capture that shows it; None where nothing was observed in it."""

    span: Span
    over: int | None
    capture: str = ""
    captures: int = 0


@dataclass(frozen=True, slots=True)
class WeightedAverage:
    """Units over, weighted by time: `unit_days` / `days`."""

    unit_days: int
    days: int
    """Days between captures that lie no further apart than the interval; days in wider gaps are in neither figure."""
    not_observed: int
    """Days of those wider gaps."""

    @property
    def units(self) -> Decimal | None:
        """To four places; None where no stretch was observed, which is not 0."""
        return None if not self.days else (Decimal(self.unit_days) / self.days).quantize(Decimal("0.0001"))


def peak_per_span(points: Sequence[CountedPoint], spans: Sequence[Span]) -> tuple[Peak, ...]:
    """The peak of each stretch by itself: it begins anew with the stretch."""
    found = []
    for span in spans:
        inside = [one for one in points if span.from_ <= one.day and (span.through is None or one.day <= span.through)]
        most = min(inside, key=lambda one: (-one.over, one.at), default=None)
        if most is None:
            found.append(Peak(span, None))
        else:
            found.append(Peak(span, most.over, most.count.capture, len(inside)))
    return tuple(found)


def weighted_average(points: Sequence[CountedPoint], interval_days: int) -> WeightedAverage:
    """The time-weighted average of the units over, between captures, at the lower of two neighbours."""
    unit_days = days = gap = 0
    for earlier, after in pairwise(sorted(points, key=lambda one: one.at)):
        apart = (after.day - earlier.day).days
        if apart > interval_days:
            gap += apart
        else:
            unit_days, days = unit_days + min(earlier.over, after.over) * apart, days + apart
    return WeightedAverage(unit_days, days, gap)
