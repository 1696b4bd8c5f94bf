"""Legal models at work: statutory ranges, registration timing, licensed deployments, notes beside the sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from auditor.claims import LEGAL_MODELS, SEED_DECISIONS
from auditor.errors import ClaimError
from auditor.model.claims import ClaimAmount, ClaimFile, GivenAward, PriceEvidence, Scenario, StatutoryRange
from auditor.model.findings import KeyDate
from auditor.model.targets.contracts import UNLIMITED, Money
from tests.claims.libnet_case import DECISIONS, ESTATE, FILE, POSITIONS, SEEN, cny, position, result


def usd(text: str) -> Money:
    return Money(Decimal(text), "USD")


AMERICAN = ClaimFile(
    currency="USD",
    scenarios={},
    legal_model="us",
    claim=ClaimAmount(usd("1000000.00"), False),
    price_evidence=(PriceEvidence("quote", "LIBNET", "集群", "", "", usd("700.00"), "yes", "same product"),),
)
ACTUAL = Scenario("actual", price_basis="evidence", evidence="quote", head="actual_loss")


def test_actual_damages_have_no_multiplier() -> None:
    found = result(ACTUAL, file=AMERICAN)
    assert (found.base, found.awarded, found.binding_constraint) == (usd("49000.00"), usd("49000.00"), "none")
    assert found.legal_model.multiplier_min is None


@pytest.mark.parametrize(
    ("asked", "awarded", "bound"),
    [
        (StatutoryRange(works=1, registered="2014-08-25", began="2018-03-10"), "30000.00", "statutory_max"),
        (StatutoryRange(works=1, wilful=True, registered="2014-08-25", began="2018-03-10"), "49000.00", "none"),
        (StatutoryRange(works=2, registered="2014-08-25", began="2018-03-10"), "49000.00", "none"),
        (StatutoryRange(works=100, registered="2014-08-25", began="2018-03-10"), "75000.00", "statutory_min"),
    ],
)
def test_statutory_damages_are_per_work(asked: StatutoryRange, awarded: str, bound: str) -> None:
    found = result(replace(ACTUAL, statutory=asked), file=AMERICAN)
    assert (found.awarded, found.binding_constraint) == (usd(awarded), bound)
    limits = [part for part in found.derivations["awarded"].inputs if part.name.startswith("statutory")]
    assert {source.kind for part in limits for source in part.sources} == {"statute"}


def test_statutory_damages_need_registration_in_time() -> None:
    late = StatutoryRange(registered="2019-01-01", began="2018-03-10")
    with pytest.raises(ClaimError, match="infringement began 2018-03-10, before registration 2019-01-01"):
        result(replace(ACTUAL, statutory=late), file=AMERICAN)
    with pytest.raises(ClaimError, match="the work is not registered"):
        result(replace(ACTUAL, statutory=StatutoryRange(began="2018-03-10")), file=AMERICAN)
    with pytest.raises(ClaimError, match="need the day infringement began"):
        result(replace(ACTUAL, statutory=StatutoryRange()), file=AMERICAN)
    with pytest.raises(ClaimError, match="began: unknown date 'then'"):
        result(replace(ACTUAL, statutory=StatutoryRange(began="then")), file=AMERICAN)


def test_chinese_range_is_per_case_and_leaves_the_expenses_on_top() -> None:
    dear = replace(FILE.price_evidence[0], value=cny("100000.00"), comparable="yes")
    wide = replace(FILE, price_evidence=(dear,), claim=ClaimAmount(cny("9000000.00"), True))
    scenario = replace(
        FILE.scenarios["plaintiff"],
        multiplier=None,
        multiplier_mode=None,
        statutory=StatutoryRange(works=7),
        head="statutory",
    )
    found = result(scenario, file=wide)
    assert (found.awarded, found.binding_constraint) == (cny("5058211.00"), "statutory_max")
    assert found.uncapped == cny("7058211.00")
    narrow = result(scenario, file=replace(wide, claim=ClaimAmount(cny("800000.00"), True)))
    assert (narrow.awarded, narrow.binding_constraint) == (cny("800000.00"), "claim")


def test_a_range_over_a_multiplied_sum_is_flagged() -> None:
    found = result(replace(FILE.scenarios["supreme-court"], statutory=StatutoryRange()))
    assert any(flag.subject == "statutory" for flag in found.flags)


def test_licensed_deployment_counts_over_its_entitlement() -> None:
    deployments = {**ESTATE.deployments, "port-90": replace(ESTATE.deployments["port-90"], legal_status="licensed")}
    estate = replace(ESTATE, deployments=deployments)
    held = replace(position("port-90", 34, SEEN), legal_status="licensed", entitled=33)
    scenario = Scenario("held", count_basis="displayed", overage="over_cap", deployments=("port-90",))
    over = result(scenario, positions=(held,), estate=estate)
    assert (over.units, over.rows[0].rule) == (1, "excess over the entitlement")
    told = str(over.derivations["units"])
    assert "as entitled by contract" in told and "as registered" not in told and "over the cap" not in told
    free = replace(held, entitled=UNLIMITED)
    found = result(scenario, positions=(free,), estate=estate)
    assert (found.units, found.rows[0].reference) == (0, None)
    with pytest.raises(ClaimError, match="has no entitlement on record"):
        result(scenario, positions=(replace(held, entitled=None),), estate=estate)
    whole = result(replace(scenario, overage="all_units"), positions=(held,), estate=estate)
    assert any(flag.subject == "port-90" and "licensed" in flag.text for flag in whole.flags)


def test_unsealed_capture_and_missing_digest_are_flagged() -> None:
    loose = tuple(replace(row, sealed=False, basis=()) for row in POSITIONS)
    found = result("over-cap-displayed", positions=loose)
    texts = [flag.text for flag in found.flags if flag.kind == "evidence"]
    assert any("is not sealed" in text for text in texts)
    assert any("names no artefact digest" in text for text in texts)


def test_court_fee_and_late_payment_stand_beside_the_award() -> None:
    said = {flag.subject: flag.text for flag in result("supreme-court").flags if flag.kind == "law"}
    assert "11800.00" in said["court fee"]
    assert "140.00 a day" in said["late payment"]


def test_a_split_leaves_undated_units_unsorted() -> None:
    short = replace(FILE.splits[0], dates=FILE.splits[0].dates[:1])
    found = result("supreme-court", file=replace(FILE, splits=(short,))).split
    assert found is not None
    assert (found.until, found.after, found.undated) == (30, 0, 40)


def test_the_last_day_itself_is_still_in_the_term() -> None:
    edge = replace(FILE.splits[0].dates[2], on="2020-02-09")
    file = replace(FILE, splits=(replace(FILE.splits[0], dates=(*FILE.splits[0].dates[:2], edge)),))
    found = result("supreme-court", file=file).split
    assert found is not None
    assert (found.until, found.after) == (70, 0)


def test_growth_under_readings_that_differ_is_shown_for_each() -> None:
    unclear = KeyDate("first-judgment", "judgment", None, (date(2021, 1, 27), date(2022, 1, 1)), "?")
    seen = (*POSITIONS, position("libmsc-com", 19, SEEN.replace(month=12)))
    found = result("supreme-court", positions=seen, decisions=DECISIONS[:3], key_dates=(unclear, *case_dates()))
    grown = sorted((each.units or 0, each.why) for each in found.excluded if each.kind == "aggravation")
    assert [units for units, _ in grown] == [3, 4]
    assert "2022-01-01" in grown[0][1]
    assert "2021-01-27" in grown[1][1]


def case_dates() -> tuple[KeyDate, ...]:
    from tests.claims.libnet_case import KEY_DATES

    return tuple(each for each in KEY_DATES if each.id != "first-judgment")


def test_an_award_with_its_expenses_beside_it() -> None:
    case = SEED_DECISIONS["locojoy-first-instance"]
    assert case.expenses is not None
    costs = replace(FILE.expenses[0], amount=case.expenses)
    scenario = replace(FILE.scenarios["first-instance"], expenses="on_top", award=GivenAward(case.damages, case.id))
    found = result(scenario, file=replace(FILE, expenses=(costs,)))
    assert (found.punitive_total, found.uncapped, found.awarded) == (
        cny("250000.00"),
        cny("261240.00"),
        cny("261240.00"),
    )
    assert any("REVERSED 2019-06-20" in flag.text for flag in found.flags)


def test_models_state_their_sources() -> None:
    for model in LEGAL_MODELS.values():
        said = (model.source, model.multiplier_source, model.statutory_source, model.limitation_source)
        assert all(said), model.id
        assert model.fee_source if model.fee_bands else True
