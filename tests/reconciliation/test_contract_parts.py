"""Corrections, the calendar of terms, rebates, merged timelines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from auditor.model.targets.contracts import (
    ContractEnd,
    Correction,
    Effective,
    ListPrice,
    Payment,
    Period,
    Rebate,
    RebateTier,
    Renewal,
    Term,
)
from auditor.reconciliation.entitlement.calendar import add_period, check_notice, contract_years, day_of, term_spans
from auditor.reconciliation.entitlement.corrections import apply_corrections
from auditor.reconciliation.entitlement.coverage import merge_timelines
from auditor.reconciliation.entitlement.prices import price_on
from auditor.reconciliation.entitlement.rebates import rebate_on
from auditor.reconciliation.entitlement.timeline import entitled_on, entitlement_timeline
from auditor.wording import english
from tests.reconciliation.worked_contract import CONTRACT, LIBSYS, REBATE, S1, at, day, yuan


def correction(of: str, field: str, was: str, now: str, on: str) -> Correction:
    return Correction(of, field, was, now, day(on), "clerical error")


UNITS = correction("amendments.S1", "units", "5", "6", "2017-01-10")


@pytest.mark.parametrize(("known", "units"), [(None, 6), ("2017-01-10", 6), ("2017-01-09", 5)])
@pytest.mark.parametrize("written", [5, 6])
def test_a_correction_counts_from_the_day_it_was_recorded(written: int, known: str | None, units: int) -> None:
    contract = replace(CONTRACT, amendments=(replace(S1, units=written),), corrections=(UNITS,))
    found, left = apply_corrections(contract, None if known is None else day(known))
    assert (found.amendments[0].units, left) == (units, ())
    steps = entitlement_timeline(
        contract, LIBSYS, "hefei", "branch", as_known_on=None if known is None else day(known), as_of=day("2018-01-01")
    )
    assert entitled_on(steps, day("2016-12-01")) == 20 + units


def test_corrections_of_one_fact_follow_each_other() -> None:
    second = correction("amendments.S1.units", "units", "6", "7", "2018-01-10")
    contract = replace(CONTRACT, corrections=(second, UNITS))
    values = [apply_corrections(contract, known)[0].amendments[0].units for known in (day("2017-12-31"), None)]
    assert values == [6, 7]


@pytest.mark.parametrize(
    "wrong",
    [
        correction("amendments.S9", "units", "5", "6", "2017-01-10"),
        correction("amendments.S1", "units", "5", "six", "2017-01-10"),
        correction("amendments.S1", "title", "a", "b", "2017-01-10"),
        correction("nonsense", "x", "a", "b", "2017-01-10"),
    ],
)
def test_a_correction_that_cannot_be_applied_is_given_back(wrong: Correction) -> None:
    found, left = apply_corrections(replace(CONTRACT, corrections=(wrong,)))
    assert left == (wrong,)
    assert found.amendments == CONTRACT.amendments


def test_dates_of_orders_and_terms_can_be_corrected() -> None:
    fixes = (
        correction("authorised.hefei", "from", "2015-03-01", "2015-03-02", "2015-04-01"),
        correction("term.ended", "last_day", "2022-02-09", "2022-02-10", "2022-03-01"),
    )
    found, left = apply_corrections(replace(CONTRACT, corrections=fixes))
    assert left == ()
    assert found.authorised[0].from_ == day("2015-03-02")
    assert found.term.ended is not None
    assert found.term.ended.last_day == day("2022-02-10")


def test_before_the_notice_was_received_the_term_renews_by_rule() -> None:
    before = entitlement_timeline(
        CONTRACT, LIBSYS, "hefei", "branch", as_known_on=day("2021-11-22"), as_of=day("2022-06-15")
    )
    assert any(step.from_ == day("2022-02-10") and step.by_rule for step in before)
    after = entitlement_timeline(
        CONTRACT, LIBSYS, "hefei", "branch", as_known_on=day("2021-11-23"), as_of=day("2022-06-15")
    )
    assert [english(step.why) for step in after if step.from_ == day("2022-02-10")] == [
        "contract ended; existing units perpetual"
    ]


@pytest.mark.parametrize(
    ("start", "period", "times", "expected"),
    [
        ("2016-02-29", Period(years=1), 1, "2017-02-28"),
        ("2016-02-29", Period(years=1), 4, "2020-02-29"),
        ("2015-01-31", Period(months=1), 1, "2015-02-28"),
        ("2015-01-31", Period(months=1), 2, "2015-03-31"),
        ("2015-12-15", Period(months=1, days=20), 1, "2016-02-04"),
    ],
)
def test_calendar_lengths_do_not_drift(start: str, period: Period, times: int, expected: str) -> None:
    assert add_period(day(start), period, times) == day(expected)


def test_a_moment_belongs_to_the_day_of_the_contracts_zone() -> None:
    moment = at("2016-06-30").replace(hour=16, minute=0)
    assert day_of(moment, "Asia/Shanghai") == day("2016-07-01")
    assert day_of(moment, "UTC") == day("2016-06-30")
    with pytest.raises(ValueError, match="without a time zone"):
        day_of(moment.replace(tzinfo=None), "UTC")


def test_terms_stop_at_the_end_and_evergreen_has_none() -> None:
    term = Term(day("2020-01-01"), day("2020-12-31"), Renewal("automatic", Period(years=1)))
    assert [one.through for one in term_spans(term, day("2022-06-01"))] == [
        date(2020, 12, 31),
        date(2021, 12, 31),
        date(2022, 12, 31),
    ]
    cut = replace(term, ended=ContractEnd("agreement", day("2021-06-30")))
    assert [one.through for one in term_spans(cut, day("2022-06-01"))] == [date(2020, 12, 31), date(2021, 6, 30)]
    assert [one.through for one in term_spans(Term(day("2020-01-01"), None), day("2022-06-01"))] == [None]


def test_contract_years_run_from_the_first_day_of_the_contract() -> None:
    years = contract_years(CONTRACT.term, day("2017-02-10"))
    assert [(one.from_, one.through) for one in years][-1] == (day("2017-02-10"), day("2018-02-09"))
    assert len(years) == 3


def test_notice_one_day_late_is_late() -> None:
    ended = CONTRACT.term.ended
    assert ended is not None
    term = replace(CONTRACT.term, ended=replace(ended, given_on=day("2021-12-11"), received_on=day("2021-12-12")))
    found = check_notice(replace(CONTRACT, term=term))
    assert found is not None
    assert (found.in_time_as_given, found.in_time_as_received) == (True, False)


@pytest.mark.parametrize(
    ("method", "amount", "rebate"),
    [
        ("whole_amount", "99999.99", "0.00"),
        ("whole_amount", "100000.00", "3000.00"),
        ("whole_amount", "300000.00", "15000.00"),
        ("slice", "100000.00", "0.00"),
        ("slice", "300000.00", "6000.00"),
        ("slice", "400000.00", "11000.00"),
        ("slice", "100000.17", "0.01"),
    ],
)
def test_rebates_at_the_edges_of_their_tiers(method: str, amount: str, rebate: str) -> None:
    found: Rebate = replace(REBATE, method="slice" if method == "slice" else "whole_amount")
    assert rebate_on(found, yuan(amount)) == yuan(rebate)


def test_libnet_yearly_rebate_of_the_whole_amount() -> None:
    tiers = tuple(RebateTier(Decimal(number * 100000), Decimal(number)) for number in range(6))
    found = replace(REBATE, tiers=tiers)
    assert [rebate_on(found, yuan(amount)).amount for amount in ("99999", "100000", "250000", "900000")] == [
        Decimal("0.00"),
        Decimal("1000.00"),
        Decimal("5000.00"),
        Decimal("45000.00"),
    ]


def test_merged_timelines_add_and_unlimited_stays_unlimited() -> None:
    one = entitlement_timeline(CONTRACT, LIBSYS, "hefei", "branch", as_of=day("2019-01-01"))
    other = entitlement_timeline(CONTRACT, LIBSYS, "wuhu", "branch", as_of=day("2019-01-01"))
    both = merge_timelines(one, other)
    assert [entitled_on(both, day(on)) for on in ("2015-02-28", "2015-03-01", "2015-05-01", "2018-03-15")] == [
        None, 20, 40, 53,
    ]  # fmt: skip


def test_an_amendment_on_the_last_day_counts_and_one_after_it_does_not() -> None:
    for on, total in (("2022-02-09", 25), ("2022-02-10", 20)):
        contract = replace(CONTRACT, amendments=(replace(S1, effective=Effective(on=day(on))),))
        steps = entitlement_timeline(contract, LIBSYS, "hefei", "branch", as_of=day("2022-06-15"))
        assert entitled_on(steps, day("2022-06-15")) == total
    assert any("S1 not counted" in english(step.why) for step in steps)


def test_upon_payment_means_the_day_the_last_yuan_is_paid() -> None:
    halves = (Payment(day("2016-07-05"), yuan("7499.99")), Payment(day("2016-08-01"), yuan("0.01")))
    upon = replace(S1, effective=Effective(upon="payment"), payments=halves)
    contract = replace(CONTRACT, amendments=(upon,))
    for known, on, total in (
        (None, "2016-07-31", 20),
        (None, "2016-08-01", 25),
        ("2016-07-31", "2016-12-01", 20),
        ("2016-08-01", "2016-12-01", 25),
    ):
        learnt = None if known is None else day(known)
        steps = entitlement_timeline(contract, LIBSYS, "hefei", "branch", as_known_on=learnt, as_of=day("2017-01-01"))
        assert entitled_on(steps, day(on)) == total


def test_the_list_price_of_its_first_day_is_in_force_that_day() -> None:
    newer = ListPrice(day("2019-11-20"), yuan("120000.00"), 25, yuan("6000.00"), "2019")
    edition = replace(LIBSYS.editions[0], list_prices=(*LIBSYS.editions[0].list_prices, newer))
    for on, each in (("2019-11-19", "5000.00"), ("2019-11-20", "6000.00")):
        price = price_on(edition, day(on))
        assert price is not None
        assert price.per_extra == yuan(each)
    assert price_on(edition, day("2014-12-31")) is None
