"""Quantities over time, and what a true-up costs by them. Nothing between two captures is invented.

Measures of licensing practice: the high-water mark of each stretch of a contract (a peak belongs to its own year and
is not carried into the next), and the time-weighted average of the units over between two captures, at the lower of
the two, over the days that lie between captures close enough to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from auditor.model.contracts import Contract, Money, Period, Rounding
from auditor.reconciliation.entitlement.calendar import DAY, Span, add_period
from auditor.reconciliation.entitlement.prices import round_money
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
            found.append(Peak(span, most.over, most.observation.capture, len(inside)))
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


@dataclass(frozen=True, slots=True)
class TrueUp:
    """What the excess of each stretch costs; `lines` redo the sum."""

    amount: Money
    lines: tuple[str, ...]


def annual_true_up(contract: Contract, found: Sequence[Peak], per_unit_year: Money) -> TrueUp:
    """The year's highest excess at the full yearly price."""
    known = [one for one in found if one.over is not None]
    most = max((one.over or 0 for one in known), default=0)
    amount = round_money(per_unit_year.times(most), _rounding(contract))
    return TrueUp(amount, (f"{most} × {per_unit_year.amount} = {amount.amount}",))


def prorated_true_up(contract: Contract, found: Sequence[Peak], per_unit_year: Money) -> TrueUp:
    """Each stretch's new excess, paid for the stretches of the year that remain after it, itself not included.

    Units once paid for are not paid for again in the same year: only the rise over the highest excess so far is due.
    The last stretch leaves nothing to pay for. All stretches are taken as equal parts of the year.
    """
    amount = Money(Decimal(0), per_unit_year.currency)
    paid, lines, parts = 0, [], len(found)
    for number, one in enumerate(found, start=1):
        rise = max(0, (one.over or 0) - paid)
        remaining = parts - number
        if one.over is None or not rise or not remaining:
            continue
        each = Money(per_unit_year.amount * rise * remaining / parts, per_unit_year.currency)
        amount, paid = amount + each, paid + rise
        lines.append(f"{rise} × {per_unit_year.amount} × {remaining}/{parts} = {each.amount}")
    return TrueUp(round_money(amount, _rounding(contract)), tuple(lines))


def split_span(span: Span, length: Period) -> tuple[Span, ...]:
    """A stretch cut into parts of a length (`P3M`), the last one cut at its end. Raises `ValueError` for one without
    an end, or a length of nothing."""
    if span.through is None or add_period(span.from_, length) <= span.from_:
        raise ValueError(f"{span.from_}: cannot be cut into parts of {length.text or length}")
    found, number = [], 0
    while (start := add_period(span.from_, length, number)) <= span.through:
        found.append(Span(start, min(add_period(span.from_, length, number + 1) - DAY, span.through)))
        number += 1
    return tuple(found)


def _rounding(contract: Contract) -> Rounding:
    return Rounding() if contract.price is None else contract.price.rounding
