"""Measures over time: peaks that begin anew, averages without invention."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.model.targets.contracts import Overage
from auditor.reconciliation.entitlement.calendar import Span, contract_years
from auditor.reconciliation.position.counted_series import CountedPoint
from auditor.reconciliation.position.measures import peak_per_span, weighted_average
from auditor.wording import english
from tests.reconciliation.rule_worlds import BASE, World
from tests.reconciliation.worked_contract import CONTRACT, day, seen

QUARTERS = tuple(
    Span(day(start), day(end))
    for start, end in (
        ("2021-01-01", "2021-03-31"),
        ("2021-04-01", "2021-06-30"),
        ("2021-07-01", "2021-09-30"),
        ("2021-10-01", "2021-12-31"),
    )
)


def point(on: str, over: int, seats: int = 100) -> CountedPoint:
    return CountedPoint(seen("hefei", on, seats + over), day(on), seats + over, over)


def test_the_peak_of_a_year_is_not_carried_into_the_next() -> None:
    years = contract_years(CONTRACT.term, day("2018-06-01"))
    found = peak_per_span((point("2016-03-01", 30), point("2017-06-01", 4), point("2018-03-01", 2)), years)
    assert [one.over for one in found] == [None, 30, 4, 2]
    assert found[0].captures == 0


def test_what_was_not_observed_is_no_peak_of_zero() -> None:
    found = peak_per_span((point("2021-02-10", 10),), QUARTERS)
    assert [one.over for one in found] == [10, None, None, None]
    assert weighted_average((point("2021-02-10", 10),), 31).units is None


def test_an_average_counts_the_lower_of_two_neighbours_and_leaves_gaps_out() -> None:
    mean = weighted_average(
        (point("2021-01-01", 10), point("2021-01-11", 4), point("2021-06-01", 9), point("2021-06-02", 9)), 31
    )
    assert (mean.unit_days, mean.days, mean.not_observed) == (49, 11, 141)
    assert mean.units == Decimal("4.4545")


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12), st.integers(1, 30))
def test_an_average_lies_between_the_lowest_and_the_highest_and_under_a_daily_count(
    overs: list[int], apart: int
) -> None:
    start = day("2021-01-01")
    points = [point((start + timedelta(days=apart * n)).isoformat(), over) for n, over in enumerate(overs)]
    mean = weighted_average(points, 31)
    daily = [min(overs[n // apart], overs[n // apart + 1]) for n in range(apart * (len(overs) - 1))]
    assert (mean.unit_days, mean.days) == (sum(daily), len(daily))
    assert mean.units is not None
    assert min(overs) <= mean.units <= max(overs)


def test_a_contract_that_measures_by_average_says_it_with_the_position() -> None:
    terms = replace(BASE, overage=Overage(measure="time_weighted_average"))
    seen_twice = (seen("hefei", "2019-11-01", 24), seen("hefei", "2019-11-11", 22))
    (position,) = World(contract=terms, observations=seen_twice).positions()
    assert position.over_by == 2
    assert "units over, averaged over time: 2.0000 (20 unit-days in 10 days between captures, 0 days not observed)" in (
        [english(note) for note in position.notes]
    )
