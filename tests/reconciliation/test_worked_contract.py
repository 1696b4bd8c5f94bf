"""The worked contract gives exactly the results of the licensing reference, section 4.2."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from auditor.model.findings import Finding, Position
from auditor.model.targets.contracts import Effective
from auditor.reconciliation import sum_by_currency
from auditor.reconciliation.entitlement.calendar import check_notice, term_spans
from auditor.reconciliation.entitlement.rebates import rebate_basis, rebate_on, rebate_years
from auditor.reconciliation.entitlement.timeline import entitled_on, entitlement_timeline
from auditor.wording import english
from tests.reconciliation.rule_worlds import whole
from tests.reconciliation.worked_contract import CONTRACT, LIBSYS, REBATE, S2, day, deployment, estate, rows, seen, yuan

CAPTURES = (
    seen("hefei", "2016-05-20", 22, 20),
    seen("hefei", "2019-11-20", 34),
    seen("hefei", "2021-06-01", 41),
    seen("hefei", "2022-06-15", 45),
)


def judged(on: str) -> tuple[Position, tuple[Finding, ...]]:
    world = estate()
    result = whole(world, CAPTURES, on)
    return next(one for one in result.positions if one.deployment == "hefei"), result.findings


def of(told: tuple[Finding, ...], rule: str, place: str = "hefei") -> list[Finding]:
    return [one for one in told if one.rule == rule and one.deployment == place]


@pytest.mark.parametrize(
    ("on", "total"),
    [
        ("2015-02-28", None),
        ("2015-03-01", 20),
        ("2016-06-30", 20),
        ("2016-07-01", 25),
        ("2018-03-14", 25),
        ("2018-03-15", 33),
        ("2022-06-15", 33),
    ],
)
def test_entitled_branches(on: str, total: int | None) -> None:
    steps = entitlement_timeline(CONTRACT, LIBSYS, "hefei", "branch", as_of=day("2022-06-15"))
    assert entitled_on(steps, day(on)) == total


@pytest.mark.parametrize(
    ("on", "used", "total", "over", "listed", "net"),
    [
        ("2016-05-20", 22, 20, 2, "10000.00", "3000.00"),
        ("2019-11-20", 34, 33, 1, "5000.00", "1500.00"),
        ("2021-06-01", 41, 33, 8, "40000.00", "12000.00"),
        ("2022-06-15", 45, 33, 12, "60000.00", "18000.00"),
    ],
)
def test_over_by_and_both_values(on: str, used: int, total: int, over: int, listed: str, net: str) -> None:
    position, _ = judged(on)
    assert (position.displayed, position.entitled, position.over_by, position.status) == (used, total, over, "over")
    assert (position.list_value, position.net_value) == (yuan(listed), yuan(net))


def test_over_before_the_amendment_is_told_as_such_with_its_own_value() -> None:
    _, told = judged("2016-08-01")
    (past,) = of(told, "Q103")
    assert (past.units, past.list_value, past.net_value) == (2, yuan("10000.00"), yuan("3000.00"))
    assert not of(told, "Q101")
    assert sum_by_currency(judged("2016-08-01")[:1], told) == ()


def test_over_entitlement_beside_an_unlimited_cap() -> None:
    _, told = judged("2019-11-20")
    (over,) = of(told, "Q101")
    assert over.units == 1
    assert "20 base + 5 S1 + 8 S2" in over.statement
    (cap,) = of(told, "C202")
    assert cap.severity == "high"
    assert "不限" in cap.statement


def test_the_peak_is_the_highest_of_four_captures_and_excesses_are_never_added_up() -> None:
    position, told = judged("2022-06-15")
    assert (position.hwm, position.captures, position.hwm_capture) == (45, 4, "c-hefei-2022-06-15")
    (over,) = of(told, "Q101")
    assert over.units == 12
    (total,) = sum_by_currency((position,), told)
    assert (total.units, total.list_value, total.net_value) == (12, yuan("60000.00"), yuan("18000.00"))
    assert any("highest of 4 captures" in english(note) for note in position.notes)
    assert any("never added up" in english(note) for note in position.notes)


def test_four_units_more_than_before_the_end() -> None:
    _, told = judged("2022-06-15")
    (added,) = of(told, "T503")
    assert added.units == 4
    assert added.list_value is None
    assert "AG-2015-007 end (2022-02-09): +4" in added.statement
    assert not of(judged("2021-06-01")[1], "T503")


def test_the_second_amendment_is_six_thousand_short_and_still_counts() -> None:
    _, told = judged("2022-06-15")
    (short,) = of(told, "P701")
    assert short.net_value == yuan("6000.00")
    assert "S2" in short.statement
    assert "S1" not in short.statement


def test_upon_payment_the_second_amendment_counts_nothing_until_paid_in_full() -> None:
    upon = replace(S2, effective=Effective(upon="payment"))
    contract = replace(CONTRACT, amendments=(CONTRACT.amendments[0], upon))
    steps = entitlement_timeline(contract, LIBSYS, "hefei", "branch", as_of=day("2022-06-15"))
    assert entitled_on(steps, day("2022-06-15")) == 25


def test_rebate_of_the_first_year_differs_sixfold_by_method() -> None:
    (first, *_) = rebate_years(CONTRACT, LIBSYS, REBATE, day("2016-06-01"))
    assert (first.span.from_, first.span.through) == (day("2015-02-10"), day("2016-02-09"))
    assert rebate_basis(CONTRACT, LIBSYS, REBATE, first.span) == yuan("120000.00")
    assert first.computed == yuan("3600.00")
    assert rebate_on(replace(REBATE, method="slice"), yuan("120000.00")) == yuan("600.00")


def test_terms_by_rule_and_the_initial_term() -> None:
    found = term_spans(CONTRACT.term, day("2022-06-15"))
    assert [(one.through, one.by_rule) for one in found] == [
        (date(2020, 2, 9), False),
        (date(2021, 2, 9), True),
        (date(2022, 2, 9), True),
    ]
    assert (date(2020, 2, 9) - found[0].from_).days + 1 == 1826


def test_notice_is_in_time_on_both_readings() -> None:
    checked = check_notice(CONTRACT)
    assert checked is not None
    assert checked.needed_by == day("2021-12-11")
    assert (checked.given_days, checked.received_days) == (81, 78)
    assert (checked.in_time_as_given, checked.in_time_as_received) == (True, True)


@pytest.mark.parametrize("status", ["suspect", "licensed"])
def test_nanjing_gives_two_findings_and_its_money_once(status: str) -> None:
    base = estate()
    place = deployment("nanjing", "suspect" if status == "suspect" else "licensed", "CN-JS")
    world = replace(base, deployments={**base.deployments, "nanjing": place})
    names = {"licensee": "南京某图书馆", "version": "V1"}
    captures = (seen("nanjing", "2019-12-01", 12, 20, listed=rows(12), fields=names),)
    result = whole(world, captures, "2019-12-01")
    found, told = result.positions, result.findings
    high = [one for one in told if one.deployment == "nanjing" and one.severity == "high"]
    assert sorted(one.rule for one in high) == ["D301", "G401"]
    nanjing = next(one for one in found if one.deployment == "nanjing")
    assert (nanjing.status, nanjing.entitled, nanjing.over_by) == ("unlicensed", 0, 12)
    (total,) = sum_by_currency(found, told)
    assert (total.units, total.list_value, total.net_value) == (12, yuan("60000.00"), yuan("18000.00"))
