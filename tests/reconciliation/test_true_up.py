"""What a true-up owes, since when a position is over, and sentences that print the quantity they compare."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.model.findings import Finding, Position
from auditor.model.targets.contracts import Contract, Overage, Source
from auditor.reconciliation.rules.texts.position_words import unit_text
from tests.reconciliation.rule_worlds import BASE, World
from tests.reconciliation.worked_contract import S1, at, day, rows, seen, yuan

TRUE_UP = replace(BASE, overage=Overage(permitted="true_up", source=Source("§5.5")))
CLOSED = tuple({**row, "kind": "已关闭"} if row["code"] in ("B001", "B002") else row for row in rows(23))


def world(*counts: tuple[str, int], contract: Contract = TRUE_UP) -> World:
    return World(counts[-1][0], tuple(seen("hefei", on, used, 20) for on, used in counts), contract)


def only(one: World) -> Position:
    (found,) = one.positions()
    return found


def said(one: World, rule: str) -> Finding:
    (found,) = [finding for finding in one.told() if finding.rule == rule]
    return found


def test_a_permitted_excess_is_owed_with_its_amount_and_is_no_mere_information() -> None:
    one = world(("2019-11-20", 23))
    (owed,) = only(one).true_up
    assert (owed.units, owed.amount, owed.day, owed.year_from) == (
        Decimal(3),
        yuan("4500.00"),
        day("2019-11-20"),
        day("2019-02-10"),
    )
    finding = said(one, "Q110")
    assert (finding.severity, finding.favours, finding.units, finding.net_value) == (
        "medium",
        "licensor",
        3,
        yuan("4500.00"),
    )
    assert "4,500.00 CNY" in finding.statement
    assert "4,500.00 CNY" in finding.statement_zh


def test_a_high_water_mark_is_owed_also_where_the_latest_capture_is_within() -> None:
    one = world(("2019-09-20", 25), ("2019-11-20", 20))
    assert only(one).status == "within"
    (owed,) = only(one).true_up
    assert (owed.units, owed.day) == (Decimal(5), day("2019-09-20"))
    assert "5, the most over (on 2019-09-20)" in said(one, "Q110").statement


def test_each_contract_year_owes_its_own_peak() -> None:
    one = world(("2018-03-01", 24), ("2018-06-01", 22), ("2019-03-01", 21))
    assert [(part.year_from, part.units) for part in only(one).true_up] == [
        (day("2018-02-10"), Decimal(4)),
        (day("2019-02-10"), Decimal(1)),
    ]
    assert said(one, "Q110").net_value == yuan("7500.00")


@pytest.mark.parametrize(
    ("overage", "units"),
    [
        (Overage(permitted="true_up", measure="point_in_time"), [1]),
        (Overage(permitted="true_up", measure="time_weighted_average"), [Decimal("1.0000")]),
        (Overage(permitted="true_up", tolerance_units=3), [4]),
        (Overage(permitted="true_up", tolerance_units=4), []),
        (Overage(tolerance_units=9), []),
    ],
)
def test_the_contract_says_by_what_measure_and_from_how_many_units(overage: Overage, units: list[Decimal]) -> None:
    one = world(("2019-10-20", 24), ("2019-11-01", 21), contract=replace(BASE, overage=overage))
    assert [part.units for part in only(one).true_up] == units


def test_units_that_an_amendment_covered_later_are_owed_only_where_it_does_not_cure_the_past() -> None:
    counts = (("2016-05-20", 23), ("2016-08-20", 23))
    cured = replace(TRUE_UP, amendments=(replace(S1, cures_past_overage=None),))
    assert only(world(*counts, contract=cured)).true_up == ()
    kept = replace(TRUE_UP, amendments=(replace(S1, cures_past_overage=False),))
    assert [part.units for part in only(world(*counts, contract=kept)).true_up] == [3]


def test_an_excess_without_a_price_is_owed_without_an_amount_and_not_as_nothing() -> None:
    one = world(("2019-11-20", 23), contract=replace(TRUE_UP, price=None))
    (owed,) = only(one).true_up
    assert (owed.units, owed.amount) == (Decimal(3), None)
    assert "no price is recorded" in said(one, "Q110").statement


@pytest.mark.parametrize("contract", [BASE, TRUE_UP])
def test_over_since_is_the_first_capture_of_the_run_however_far_apart_captures_lie(contract: Contract) -> None:
    counts = (("2018-01-01", 25), ("2018-03-01", 20), ("2018-09-01", 21), ("2019-06-01", 22), ("2019-11-20", 23))
    found = only(world(*counts, contract=contract))
    assert found.over_since == at("2018-09-01")
    assert only(world(*counts[:2], contract=contract)).over_since is None


def test_growth_prints_the_units_over_that_it_compares() -> None:
    """The entitlement fell between two captures of the same count: what rose is not what the page shows."""
    fewer = replace(S1, id="S0", kind="remove_units", units=4, signed_on=day("2019-09-15"))
    fewer = replace(fewer, effective=replace(fewer.effective, on=day("2019-10-15")))
    one = world(("2019-09-01", 21), ("2019-10-01", 24), ("2019-11-01", 24), contract=replace(BASE, amendments=(fewer,)))
    statement = said(one, "Q104").statement
    assert "1 → 4 → 8 over" in statement
    assert "21 → 24 → 24" not in statement


def test_what_is_compared_is_stated_beside_what_the_page_shows() -> None:
    def listing(contract: Contract) -> World:
        return World("2019-11-20", (seen("hefei", "2019-11-20", 23, 20, listed=CLOSED),), contract)

    assert "used 21 branch units (of 23 shown), 20 entitled" in said(listing(TRUE_UP), "Q110").statement
    assert "Not counted: 2." in said(listing(BASE), "Q101").statement
    tolerant = replace(BASE, overage=Overage(tolerance_units=2))
    assert "used 21 branch units (of 23 shown), 1 above the 20" in said(listing(tolerant), "Q110").statement
    before = seen("hefei", "2019-09-20", 30, 20)
    now_within = World("2019-11-20", (before, seen("hefei", "2019-11-20", 22, 20, listed=CLOSED[:22])), BASE)
    assert "it uses 20, within the 20" in said(now_within, "Q102").statement


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("branch", "branch units"),
        ("unit", "units"),
        ("Units", "units"),
        ("work_unit", "work_units"),
        ("bed units", "bed units"),
    ],
)
def test_units_are_named_once(metric: str, text: str) -> None:
    assert unit_text(metric) == text
