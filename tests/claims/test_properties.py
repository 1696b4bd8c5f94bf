"""What must hold for any input: monotone sums, no award above the claim, one currency, break-even that breaks even."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditor.claims import amount_for_fee, court_fee, late_interest, units_paid
from auditor.model.claims import ClaimAmount, ClaimFile, ClaimResult, PriceEvidence, Scenario
from tests.claims.libnet_case import FILE, cny, result

UNTIMED = settings(deadline=None)
UNITS = st.integers(0, 10**6)
MONEY = st.decimals(0, 10**7, places=2)
TIMES = st.decimals(1, 5, places=2)
MODES: st.SearchStrategy[Literal["total", "additional"]] = st.sampled_from(["total", "additional"])
EXPENSES: st.SearchStrategy[Literal["in", "on_top", "none"]] = st.sampled_from(["in", "on_top", "none"])


def computed(
    units: int,
    price: Decimal,
    times: Decimal,
    mode: Literal["total", "additional"] = "total",
    *,
    claim: Decimal = Decimal("800000.00"),
    expenses: Literal["in", "on_top", "none"] = "on_top",
    capped: bool = True,
    includes: bool = True,
) -> ClaimResult:
    offered = PriceEvidence("e", "LIBNET", "集群", "", "", cny(str(price)), "yes", "same product")
    file: ClaimFile = replace(
        FILE, price_evidence=(offered,), claim=ClaimAmount(cny(str(claim)), includes), aggravation_since=""
    )
    scenario = Scenario(
        "any",
        count_basis="stated",
        stated={"port-90": units},
        price_basis="evidence",
        evidence="e",
        multiplier=times,
        multiplier_mode=mode,
        expenses=expenses,
        cap_by_claim=capped,
    )
    return result(scenario, file=file)


@UNTIMED
@given(UNITS, UNITS, MONEY, TIMES, MODES)
def test_monotone_in_units(
    one: int, other: int, price: Decimal, times: Decimal, mode: Literal["total", "additional"]
) -> None:
    low, high = computed(min(one, other), price, times, mode), computed(max(one, other), price, times, mode)
    assert low.base.amount <= high.base.amount
    assert low.uncapped.amount <= high.uncapped.amount
    assert low.awarded.amount <= high.awarded.amount


@UNTIMED
@given(UNITS, MONEY, MONEY, TIMES, MODES)
def test_monotone_in_price(
    units: int, one: Decimal, other: Decimal, times: Decimal, mode: Literal["total", "additional"]
) -> None:
    low, high = computed(units, min(one, other), times, mode), computed(units, max(one, other), times, mode)
    assert low.uncapped.amount <= high.uncapped.amount
    assert low.awarded.amount <= high.awarded.amount


@UNTIMED
@given(UNITS, MONEY, TIMES, TIMES, MODES)
def test_monotone_in_multiplier(
    units: int, price: Decimal, one: Decimal, other: Decimal, mode: Literal["total", "additional"]
) -> None:
    low, high = computed(units, price, min(one, other), mode), computed(units, price, max(one, other), mode)
    assert low.uncapped.amount <= high.uncapped.amount
    assert low.awarded.amount <= high.awarded.amount


@UNTIMED
@given(UNITS, MONEY, TIMES, MODES, MONEY, EXPENSES)
def test_award_never_exceeds_the_claim(
    units: int,
    price: Decimal,
    times: Decimal,
    mode: Literal["total", "additional"],
    claim: Decimal,
    expenses: Literal["in", "on_top", "none"],
) -> None:
    found = computed(units, price, times, mode, claim=claim, expenses=expenses)
    assert found.awarded.amount <= claim
    assert (found.binding_constraint == "claim") == (found.uncapped.amount > claim)
    free = computed(units, price, times, mode, claim=claim, expenses=expenses, capped=False)
    assert free.awarded == free.uncapped


@UNTIMED
@given(UNITS, MONEY, TIMES, MONEY)
def test_a_claim_without_expenses_leaves_room_for_them(
    units: int, price: Decimal, times: Decimal, claim: Decimal
) -> None:
    found = computed(units, price, times, claim=claim, includes=False)
    assert found.awarded.amount <= claim + found.expenses.amount
    assert found.break_even_net is None


@UNTIMED
@given(UNITS, MONEY, TIMES)
def test_additional_is_one_base_more(units: int, price: Decimal, times: Decimal) -> None:
    total, additional = computed(units, price, times), computed(units, price, times, "additional")
    gap = additional.punitive_total.amount - total.punitive_total.amount
    assert abs(gap - total.base.amount) <= Decimal("0.01")


@UNTIMED
@given(st.integers(1, 10**4), st.decimals("0.01", 10**5, places=2), MODES)
def test_break_even_breaks_even(units: int, price: Decimal, mode: Literal["total", "additional"]) -> None:
    found = computed(units, price, Decimal(2), mode, expenses="none")
    meets = found.break_even_multiplier
    assert meets is not None
    factor = meets + 1 if mode == "additional" else meets
    assert abs(found.base.amount * factor - Decimal(800_000)) <= found.base.amount * Decimal("0.00005")


@UNTIMED
@given(UNITS, MONEY, TIMES, MODES)
def test_every_figure_is_its_formula_over_its_inputs(
    units: int, price: Decimal, times: Decimal, mode: Literal["total", "additional"]
) -> None:
    found = computed(units, price, times, mode)
    for name in ("units", "unit_price", "base", "punitive_total", "uncapped", "awarded"):
        tree = found.derivations[name]
        assert all(part.value is not None for part in tree.inputs)
        shown = getattr(found, name)
        assert tree.value == (shown if isinstance(shown, int) else shown.amount)


@UNTIMED
@given(MONEY, MONEY)
def test_court_fee_rises_and_is_never_above_the_sum_and_the_fixed_fee(one: Decimal, other: Decimal) -> None:
    low, high = court_fee(min(one, other)), court_fee(max(one, other))
    assert 50 <= low <= high <= 50 + max(one, other)


@UNTIMED
@given(st.decimals(10_001, 10**8, places=0))
def test_fee_and_its_inverse(amount: Decimal) -> None:
    back = amount_for_fee(court_fee(amount))
    assert back is not None
    assert abs(back - amount) <= 2


@UNTIMED
@given(MONEY, st.integers(0, 4000), st.integers(0, 4000))
def test_late_interest_rises_with_days(amount: Decimal, one: int, other: int) -> None:
    assert late_interest(amount, min(one, other)) <= late_interest(amount, max(one, other))


@UNTIMED
@given(MONEY, st.decimals("0.01", 10**4, places=2))
def test_units_paid_account_for_the_whole_payment(paid: Decimal, price: Decimal) -> None:
    assume(price > 0)
    units, left = units_paid(paid, price)
    assert units * price + left == paid
    assert 0 <= left < price
