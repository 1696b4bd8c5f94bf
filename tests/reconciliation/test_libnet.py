"""The LIBNET case: both counting rules, the split by the other side's dates, growth, clones, variants."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from auditor.model.findings import Decision, Finding, Position
from auditor.model.reading.observations import Observation
from auditor.model.targets.contracts import Amendment, Effective
from auditor.reconciliation import sum_by_currency, uncovered_counts
from auditor.reconciliation.entitlement.prices import rule_price
from auditor.wording import english
from tests.reconciliation.libnet_case import ALL, CONFIRMED, CONTRACT, ESTATE, FIRST, JUDGMENT, LIBNET, RESOLVED, SITES
from tests.reconciliation.rule_worlds import whole
from tests.reconciliation.worked_contract import day, yuan


def judged(
    observations: Sequence[Observation], decisions: Sequence[Decision], on: str
) -> tuple[dict[str, Position], tuple[Finding, ...]]:
    result = whole(ESTATE, observations, on, decisions, (JUDGMENT,))
    return {one.deployment: one for one in result.positions}, result.findings


def of(told: Sequence[Finding], rule: str) -> dict[str, Finding]:
    return {one.deployment: one for one in told if one.rule == rule}


def test_every_unit_counts_displayed_and_confirmed() -> None:
    found, _ = judged(FIRST, (), "2021-11-30")
    assert [found[name].over_by for name in SITES] == [34, 18, 25]
    assert {found[name].status for name in SITES} == {"unlicensed"}
    assert {found[name].entitled for name in SITES} == {0}
    found, told = judged(FIRST, CONFIRMED, "2021-11-30")
    assert [(found[name].displayed, found[name].confirmed, found[name].over_by) for name in SITES] == [
        (34, 30, 30),
        (18, 15, 15),
        (25, 25, 25),
    ]
    assert [len(found[name].excluded) for name in SITES] == [4, 3, 0]
    counted = uncovered_counts(tuple(found.values()))
    assert (counted.all_displayed, counted.all_confirmed) == (77, 70)
    (total,) = sum_by_currency(tuple(found.values()), told)
    assert (total.units, total.list_value, total.net_value) == (70, yuan("350000"), yuan("105000.00"))


def test_excess_over_the_cap_of_the_reference_is_shown_beside_it() -> None:
    found, _ = judged(FIRST, CONFIRMED, "2021-11-30")
    assert [found[name].excess_over_cap for name in SITES] == [14, 0, 5]
    assert {found[name].reference_cap for name in SITES} == {20}
    counted = uncovered_counts(tuple(found.values()))
    assert (counted.excess_displayed, counted.excess_confirmed) == (19, 15)
    each = yuan("5000")
    assert (each.times(19), each.times(15)) == (yuan("95000"), yuan("75000"))
    assert counted.not_observed == ()


def test_the_reference_is_within_and_a_public_page_has_no_position() -> None:
    found, told = judged(FIRST, (), "2021-11-30")
    assert (found["libmsc-cn"].status, found["libmsc-cn"].entitled, found["libmsc-cn"].over_by) == ("within", 20, 0)
    assert "libmsc-net" not in found
    assert "libmsc-cn" not in of(told, "D301")


def test_an_unlimited_cap_is_told_beside_the_reference_of_the_same_edition() -> None:
    _, told = judged(FIRST, (), "2021-11-30")
    caps = of(told, "C202")
    assert sorted(caps) == sorted(SITES)
    for name in SITES:
        assert "shows 20 of 20" in caps[name].statement
        assert "不限" in caps[name].statement
        assert "20" in caps[name].statement_zh
        assert caps[name].severity == "high"


def test_a_deployment_of_a_later_first_account_is_new_after_the_end() -> None:
    _, told = judged(FIRST, CONFIRMED, "2021-11-30")
    new = of(told, "T502")
    assert list(new) == ["yjzhjy-cn"]
    assert "2021-03-27" in new["yjzhjy-cn"].statement


def test_growth_after_the_judgment_is_listed_and_stays_out_of_the_base() -> None:
    found, told = judged(ALL, (*CONFIRMED, RESOLVED), "2022-03-20")
    added = of(told, "T503")
    assert list(added) == ["libmsc-com"]
    assert (added["libmsc-com"].units, added["libmsc-com"].list_value) == (4, None)
    assert "first-judgment (2021-12-07): +4" in added["libmsc-com"].statement
    grown = found["libmsc-com"]
    assert (grown.displayed, grown.confirmed, grown.over_by) == (22, None, 22)
    assert grown.confirmation_stopped is not None and grown.confirmation_stopped.value == 15
    assert any("18 became 22" in english(note) for note in grown.notes)
    (total,) = sum_by_currency(tuple(found.values()), told)
    assert total.units == 77


def test_without_a_decision_every_displayed_unit_counts_after_the_growth_too() -> None:
    found, _ = judged(ALL, (), "2022-03-20")
    assert [found[name].over_by for name in SITES] == [34, 22, 25]
    assert found["libmsc-com"].captures == 2


def test_an_unresolved_date_keeps_both_readings_and_is_told() -> None:
    _, told = judged(ALL, CONFIRMED, "2022-03-20")
    assert "first-judgment (2021-01-27 / 2021-12-07): +4" in of(told, "T503")["libmsc-com"].statement
    (open_date,) = [one for one in told if one.rule == "R902"]
    assert "2021-01-27 / 2021-12-07" in open_date.statement
    assert not [one for one in judged(ALL, (RESOLVED,), "2022-03-20")[1] if one.rule == "R902"]


def test_three_deployments_share_version_and_registration_date() -> None:
    _, told = judged(FIRST, (), "2021-11-30")
    clones = of(told, "D303")
    assert sorted(clones) == ["libmsc-cn", "libmsc-com", "yjzhjy-cn"]
    for name, clone in clones.items():
        assert sorted((name, *clone.others)) == ["libmsc-cn", "libmsc-com", "yjzhjy-cn"]
        assert "旗舰版V1.2.2, 2019-08-29" in clone.statement
        assert clone.units is None


def test_one_code_used_by_several_bodies_gives_each_variant() -> None:
    found, _ = judged(FIRST, (), "2021-11-30")
    assert dict(found["yjzhjy-cn"].variants) == {"by_code": 23, "by_body": 25, "by_login": 25}


@pytest.mark.parametrize(("units", "amount"), [(17, "25500"), (3, "4500")])
def test_payments_follow_the_reseller_price(units: int, amount: str) -> None:
    added = Amendment(
        "A", "", "add_units", "libmsc-cn", "branch", units, day("2019-11-24"), Effective(upon="signature")
    )
    assert rule_price(CONTRACT, LIBNET, added) == yuan(amount)


def test_each_finding_is_told_once_and_cites_what_it_says_about_a_page() -> None:
    _, told = judged(ALL, CONFIRMED, "2022-03-20")
    prints = [one.fingerprint for one in told]
    assert len(prints) == len(set(prints))
    pages = [one for one in told if one.rule[0] in "QCD" or one.rule in ("T502", "T503", "P706")]
    assert pages
    assert all(one.basis for one in pages)
