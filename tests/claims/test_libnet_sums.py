"""Every sum of the LIBNET case, to the last digit (G1 to G16), and what stands beside the sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from auditor.claims import (
    SEED_DECISIONS,
    amount_for_fee,
    court_fee,
    late_interest,
    limitation_start,
    statutory_available,
    units_paid,
)
from auditor.errors import ClaimError
from auditor.model.claims import ClaimResult, Scenario
from auditor.model.targets.contracts import Source
from tests.claims.libnet_case import DECISIONS, FILE, KEY_DATES, cny, result


def figures(found: ClaimResult) -> tuple[object, ...]:
    sums = (found.unit_price, found.base, found.punitive_total, found.expenses, found.uncapped, found.awarded)
    assert {money.currency for money in sums} == {"CNY"}
    price, base, total, expenses, uncapped, awarded = (money.amount for money in sums)
    return found.units, price, base, total, expenses, uncapped, awarded, found.binding_constraint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plaintiff", (70, 5800, 406_000, 2_030_000, 58_211, 2_088_211, 800_000, "claim")),
        ("first-instance", (70, 1500, 105_000, 341_789, 58_211, 400_000, 400_000, "award_given")),
        ("supreme-court", (70, 5000, 350_000, 1_400_000, 58_211, 1_400_000, 800_000, "claim")),
        ("supreme-court-additional", (70, 5000, 350_000, 1_750_000, 58_211, 1_750_000, 800_000, "claim")),
        ("defendant", (25, 1500, 37_500, 37_500, 0, 37_500, 37_500, "none")),
        ("over-cap-displayed", (19, 5000, 95_000, 95_000, 0, 95_000, 95_000, "none")),
        ("over-cap-confirmed", (15, 5000, 75_000, 75_000, 0, 75_000, 75_000, "none")),
        ("displayed-all", (77, 5000, 385_000, 385_000, 0, 385_000, 385_000, "none")),
    ],
)
def test_sums_of_the_case(name: str, expected: tuple[object, ...]) -> None:
    assert figures(result(name)) == expected


def test_implied_multiplier_of_the_first_award() -> None:
    found = result("first-instance")
    assert (str(found.implied_gross), str(found.implied_net)) == ("3.8095", "3.2551")


def test_break_even_multiplier_of_the_claim() -> None:
    found = result("supreme-court")
    assert (str(found.break_even_multiplier), str(found.break_even_net)) == ("2.2857", "2.1194")


def test_break_even_is_in_the_mode_of_the_scenario() -> None:
    assert str(result("supreme-court-additional").break_even_multiplier) == "1.2857"


@pytest.mark.parametrize(("units", "total"), [(17, 25_500), (3, 4_500)])
def test_reseller_payments(units: int, total: int) -> None:
    paid = Scenario(
        "paid", price_basis="contract_net", count_basis="stated", stated={"port-90": units}, stated_source=Source("QQ")
    )
    assert result(paid).base == cny(f"{total}.00")
    assert units_paid(Decimal(total), Decimal(1500)) == (units, Decimal(0))


def test_court_fee_scale_and_the_printed_figure() -> None:
    assert (court_fee(Decimal(800_000)), court_fee(Decimal(400_000))) == (Decimal(11_800), Decimal(7_300))
    assert [str(court_fee(Decimal(sum_))) for sum_ in (0, 10_000, 20_000_001)] == ["50.00", "50.00", "141800.01"]
    assert amount_for_fee(Decimal(11_180)) == 738_000
    flag = next(flag for flag in result("supreme-court").flags if flag.subject == "fee-first")
    assert flag.candidates == ("11180", "11800.00")
    assert "738000" in flag.text


def test_late_interest_a_day() -> None:
    assert str(late_interest(Decimal(800_000), 1)) == "140.00"


def test_split_by_the_defendants_dates() -> None:
    found = result("supreme-court").split
    assert found is not None
    assert (found.until, found.after, found.undated, found.at, found.by) == (45, 25, 0, date(2020, 2, 9), "defendant")


def test_growth_after_the_judgment_aggravates_and_is_not_summed() -> None:
    found = result("supreme-court")
    grown = [each for each in found.excluded if each.kind == "aggravation"]
    assert [(each.subject, each.units) for each in grown] == [("libmsc-com", 4)]
    assert {source.id for source in grown[0].sources} == {
        "libmsc-com-20211110",
        "libmsc-com-20220315",
        "date-first-judgment",
    }
    assert found.units == 70


def test_growth_as_a_scenario_of_its_own() -> None:
    grown = Scenario(
        "grown",
        count_basis="displayed",
        overage="growth_since",
        growth_since="first-judgment",
        deployments=("libmsc-com",),
    )
    found = result(grown)
    assert (found.units, found.rows[0].reference, found.rows[0].count) == (4, 18, 22)
    assert not [each for each in found.excluded if each.kind == "aggravation"]


def test_growth_needs_two_captures() -> None:
    grown = Scenario(
        "grown", count_basis="displayed", overage="growth_since", growth_since="term-end", deployments=("port-90",)
    )
    with pytest.raises(ClaimError, match="no two captures"):
        result(grown)


def test_reversed_decision_carries_its_status() -> None:
    case = SEED_DECISIONS["locojoy-first-instance"]
    assert case.total == cny("261240")
    assert case.status_text == "REVERSED 2019-06-20 by (2017)京73民终1194号"
    found = result(replace(FILE.scenarios["supreme-court"], relies_on=("locojoy-first-instance",)))
    assert any(flag.kind == "status" and "REVERSED 2019-06-20" in flag.text for flag in found.flags)


def test_the_varied_first_award_says_so_wherever_it_is_used() -> None:
    found = result("first-instance")
    assert any(flag.kind == "status" and "VARIED 2023-10-11" in flag.text for flag in found.flags)
    leaf = found.derivations["awarded"].inputs[0].inputs[0].inputs[0].sources[0]
    assert "VARIED" in leaf.text


def test_single_library_contract_prices_nothing() -> None:
    offered = replace(FILE.scenarios["plaintiff"], evidence="single-library")
    with pytest.raises(ClaimError, match="single-library is not comparable: it prices mode 单馆, the product is 集群"):
        result(offered)
    assert ("price_evidence", "single-library") in [
        (each.kind, each.subject) for each in result("supreme-court").excluded
    ]


def test_asserted_price_feeds_its_own_party_alone() -> None:
    with pytest.raises(ClaimError, match="plaintiff asserts that it is, nobody decided it"):
        result(replace(FILE.scenarios["plaintiff"], presented_by="court"))
    assert any(flag.kind == "price" for flag in result("plaintiff").flags)


def test_ambiguous_date_is_flagged_with_its_candidates_and_never_picked() -> None:
    undecided = DECISIONS[:-1]
    grown = Scenario("grown", count_basis="displayed", overage="growth_since", growth_since="first-judgment")
    with pytest.raises(ClaimError, match="ambiguous: 2021-01-27 or 2021-12-07"):
        result(grown, decisions=undecided)
    found = result("supreme-court", decisions=undecided)
    flag = next(flag for flag in found.flags if flag.subject == "first-judgment")
    assert flag.candidates == ("2021-01-27", "2021-12-07")
    grown_then = [each for each in found.excluded if each.kind == "aggravation"]
    assert [(each.subject, each.units) for each in grown_then] == [("libmsc-com", 4)]
    assert "ambiguous: 2021-01-27 or 2021-12-07" in grown_then[0].why
    assert not [flag for flag in result("supreme-court").flags if flag.subject == "first-judgment"]


def test_limitation_reaches_back_three_years_from_filing() -> None:
    assert result("supreme-court").limitation_from == date(2018, 10, 15)
    assert limitation_start(date(2024, 2, 29)) == date(2021, 2, 28)
    assert result("supreme-court", file=replace(FILE, filed="")).limitation_from is None


def test_edition_price_in_covers_the_units_it_includes() -> None:
    found = result(replace(FILE.scenarios["displayed-all"], edition_base="in"))
    assert [row.base.amount for row in found.rows] == [170_000, 100_000, 125_000]
    assert found.base == cny("395000.00")


def test_extrapolation_is_shown_apart() -> None:
    found = result("supreme-court")
    guess = next(each for each in found.excluded if each.kind == "extrapolation")
    assert (guess.units, guess.amount) == (100, cny("500000.00"))
    without = result("supreme-court", file=replace(FILE, extrapolations=()))
    assert figures(found) == figures(without)


def test_rows_left_out_of_a_confirmed_count_are_listed_with_their_reason() -> None:
    rows = [each for each in result("supreme-court").excluded if each.kind == "row"]
    assert len(rows) == 77 - 70
    assert {each.why for each in rows} == {"test body"}


def test_counting_variants() -> None:
    for basis, units in (("by_code", 24), ("by_body", 25), ("by_login", 73)):
        counted = Scenario("variant", count_basis=basis, deployments=("yjzhjy-cn",))  # type: ignore[arg-type]
        assert result(counted).units == units


@pytest.mark.parametrize(
    ("registered", "began", "published", "available"),
    [
        (None, date(2020, 1, 1), None, False),
        (date(2020, 1, 1), date(2020, 1, 1), None, True),
        (date(2020, 4, 1), date(2020, 2, 1), date(2020, 1, 1), True),
        (date(2020, 4, 2), date(2020, 2, 1), date(2020, 1, 1), False),
        (date(2020, 4, 1), date(2019, 12, 1), date(2020, 1, 1), False),
    ],
)
def test_registration_timing(registered: date | None, began: date, published: date | None, available: bool) -> None:
    assert statutory_available(registered, began, published)[0] is available


def test_key_dates_are_used_as_given() -> None:
    assert [key_date.id for key_date in KEY_DATES if key_date.on is None] == ["first-judgment"]
