"""Measures over time: GitLab's worked example to the last digit, peaks that begin anew, averages without invention."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.model.contracts import Money, Overage, Period
from auditor.reconciliation import (
    annual_true_up,
    contract_years,
    peak_per_span,
    prorated_true_up,
    split_span,
    weighted_average,
)
from auditor.reconciliation.entitlement.calendar import Span
from auditor.reconciliation.position.counted_series import CountedPoint
from tests.reconciliation.rule_worlds import BASE, World
from tests.reconciliation.worked_contract import CONTRACT, day, seen

YEAR = Span(day("2021-01-01"), day("2021-12-31"))
QUARTERS = split_span(YEAR, Period(months=3))
FEE = Money(Decimal(100), "CNY")


def point(on: str, over: int, seats: int = 100) -> CountedPoint:
    return CountedPoint(seen("hefei", on, seats + over), day(on), seats + over, over)


GITLAB = tuple(
    point(on, over) for on, over in (("2021-02-10", 10), ("2021-05-10", 5), ("2021-08-10", 20), ("2021-11-10", 20))
)
"""100 seats; quarter maxima 110, 105, 120, 120; 100 a year."""


def test_the_worked_example_of_a_true_up_by_year_and_by_quarter() -> None:
    assert [(one.from_.isoformat(), one.through) for one in QUARTERS][-1] == ("2021-10-01", day("2021-12-31"))
    by_year = annual_true_up(CONTRACT, peak_per_span(GITLAB, (YEAR,)), FEE)
    assert by_year.amount == Money(Decimal("2000.00"), "CNY")
    by_quarter = prorated_true_up(CONTRACT, peak_per_span(GITLAB, QUARTERS), FEE)
    assert by_quarter.amount == Money(Decimal("1000.00"), "CNY")
    assert by_quarter.lines == ("10 × 100 × 3/4 = 750", "10 × 100 × 1/4 = 250")


def test_the_peak_of_a_year_is_not_carried_into_the_next() -> None:
    years = contract_years(CONTRACT.term, day("2018-06-01"))
    found = peak_per_span((point("2016-03-01", 30), point("2017-06-01", 4), point("2018-03-01", 2)), years)
    assert [one.over for one in found] == [None, 30, 4, 2]
    assert found[0].captures == 0


def test_what_was_not_observed_is_no_peak_of_zero_and_costs_nothing() -> None:
    found = peak_per_span((point("2021-02-10", 10),), QUARTERS)
    assert [one.over for one in found] == [10, None, None, None]
    assert prorated_true_up(CONTRACT, found, FEE).amount.amount == Decimal("750.00")
    assert prorated_true_up(CONTRACT, peak_per_span((), QUARTERS), FEE).amount.amount == 0
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


@given(st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=4, max_size=4))
def test_paying_by_the_quarter_never_costs_more_than_the_year(overs: list[int | None]) -> None:
    days = ("2021-02-10", "2021-05-10", "2021-08-10", "2021-11-10")
    points = [point(on, over) for on, over in zip(days, overs, strict=True) if over is not None]
    by_quarter = prorated_true_up(CONTRACT, peak_per_span(points, QUARTERS), FEE).amount.amount
    assert 0 <= by_quarter <= annual_true_up(CONTRACT, peak_per_span(points, (YEAR,)), FEE).amount.amount


def test_a_contract_that_measures_by_average_says_it_with_the_position() -> None:
    terms = replace(BASE, overage=Overage(measure="time_weighted_average"))
    seen_twice = (seen("hefei", "2019-11-01", 24), seen("hefei", "2019-11-11", 22))
    (position,) = World(contract=terms, observations=seen_twice).positions()
    assert position.over_by == 2
    assert "units over, averaged over time: 2.0000 (20 unit-days in 10 days between captures, 0 days not observed)" in (
        position.notes
    )
