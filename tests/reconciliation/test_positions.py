"""Statuses, what does not count, what was not observed, duration, and contracts that add to or replace others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.findings import Decision, Position, Unobserved
from auditor.model.notes import quote_text
from auditor.model.targets.contracts import AfterEnd, Exemption, Overage
from auditor.reconciliation import estate_as_known, sum_by_currency, uncovered_counts
from auditor.reconciliation.observations.reasons import INCOMPLETE, OF_STATUS, gap_note
from auditor.wording import english
from tests.reconciliation.described_places import CONFIRMED, places
from tests.reconciliation.rule_worlds import BASE, HEFEI, NANJING, World, whole
from tests.reconciliation.worked_contract import S1, at, day, deployment, estate, order, rows, seen, yuan

MIXED = tuple({**row, "kind": "总馆"} if row["code"] in ("B001", "B002") else row for row in rows(22))


def words(position: Position) -> list[str]:
    return [english(note) for note in position.notes]


def hefei(world: World) -> Position:
    return next(one for one in world.positions() if one.deployment == "hefei")


def one(used: int | None, **more: object) -> World:
    return World(observations=(seen("hefei", "2019-11-20", used, 20, **more),))  # type: ignore[arg-type]


def terms(**more: object) -> World:
    return replace(one(22), contract=replace(BASE, overage=Overage(**more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("world", "status", "over"),
    [
        (one(20), "within", 0),
        (one(21), "over", 1),
        (terms(tolerance_units=2), "over_permitted", 2),
        (terms(tolerance_units=1), "over", 2),
        (terms(tolerance_days=1), "over_permitted", 2),
        (terms(permitted="true_up"), "over_permitted", 2),
        (World("2015-02-28", (seen("hefei", "2015-02-28", 3, 20),)), "unlicensed", 3),
        (World(), "unverified", None),
    ],
)
def test_statuses(world: World, status: str, over: int | None) -> None:
    found = hefei(world)
    assert (found.status, found.over_by) == (status, over)


def test_before_the_order_nothing_is_entitled_which_is_not_zero() -> None:
    found = hefei(World("2015-02-28", (seen("hefei", "2015-02-28", 3, 20),)))
    assert found.entitled is None
    assert english(found.rule) == "every unit where nothing is entitled on the day"


def test_rows_of_kinds_that_the_metric_excludes_do_not_count_for_a_covered_deployment() -> None:
    found = hefei(one(22, listed=MIXED))
    assert (found.displayed, found.listed, found.all_units, found.over_by) == (22, 22, 20, 0)
    assert [row.code for row in found.excluded] == ["B001", "B002"]
    assert all("附件一" in english(row.why) for row in found.excluded)


def test_a_list_that_disagrees_with_the_headline_leaves_nothing_out() -> None:
    assert hefei(one(23, listed=MIXED)).over_by == 3


def test_a_complete_list_alone_is_compared_and_said_to_be_a_list() -> None:
    found = hefei(one(None, listed=rows(23)))
    assert (found.displayed, found.listed, found.counted, found.all_units) == (None, 23, 23, 23)
    assert (found.status, found.over_by, found.hwm) == ("over", 3, 23)
    assert found.basis[-1].locator == "/listed"
    assert "the page states no number: the 23 rows of its complete list are counted" in words(found)


def test_over_by_a_list_alone_is_likely_at_best_and_its_sentence_does_not_say_that_the_page_states_it() -> None:
    twice = (seen("hefei", "2019-11-19", None, listed=rows(23)), seen("hefei", "2019-11-20", None, listed=rows(23)))
    (finding,) = (each for each in World(observations=twice).told() if each.rule == "Q101")
    assert (finding.certainty, finding.units) == ("likely", 3)
    assert "23 branch units (counted on its complete list" in finding.statement
    assert "按完整列表计数" in finding.statement_zh


def test_rows_of_excluded_kinds_do_not_count_on_a_list_alone() -> None:
    found = hefei(one(None, listed=MIXED))
    assert (found.displayed, found.listed, found.all_units, found.over_by) == (None, 22, 20, 0)


def test_a_list_that_is_not_complete_gives_no_number_and_never_zero() -> None:
    found = hefei(
        one(
            None,
            listed=rows(23),
            listed_complete=False,
            unreadable={"listed": gap_note(INCOMPLETE, quote_text("page 2 of 3"))},
        )
    )
    assert (found.status, found.displayed, found.listed, found.counted, found.over_by) == (
        "unverified", None, None, None, None,
    )  # fmt: skip
    assert any("incomplete: page 2 of 3" in note for note in words(found))


def test_a_suspect_described_by_its_list_counts_its_rows() -> None:
    world = World(observations=(seen("nanjing", "2019-11-20", None, 20, listed=rows(22)),), places=(NANJING,))
    (found,) = world.positions()
    assert (found.over_by, found.excess_over_cap) == (22, 2)
    assert uncovered_counts([found]).all_displayed == 22


def test_a_suspect_counts_every_displayed_unit_of_every_kind() -> None:
    world = World(observations=(seen("nanjing", "2019-11-20", 22, 20, listed=MIXED),), places=(NANJING,))
    (found,) = world.positions()
    assert (found.over_by, found.entitled, found.excluded) == (22, 0, ())


def test_exempt_units_do_not_count_and_are_said() -> None:
    exempt = Exemption("hefei", None, 2, day("2019-11-20"), day("2019-11-20"), "§4.2")
    found = hefei(replace(one(22), contract=replace(BASE, exemptions=(exempt,))))
    assert (found.over_by, found.all_units) == (0, 20)
    past = replace(exempt, from_=day("2019-01-01"), through=day("2019-11-19"))
    assert hefei(replace(one(22), contract=replace(BASE, exemptions=(past,)))).over_by == 2
    assert "2 units are exempt by contract and not counted" in words(found)
    assert any(english(step.why) == "exempt: 2 units do not count" and step.total == 20 for step in found.timeline)


def test_a_failed_visit_gives_no_number_and_says_how_old_the_last_one_is() -> None:
    missed = Unobserved("hefei", "", "timed_out", quote_text("no label within 15 s"), at("2019-11-30"), "c-9")
    found = hefei(replace(one(25), on="2019-12-01", unobserved=(missed,)))
    assert (found.status, found.displayed, found.over_by, found.age_days) == ("unverified", None, None, None)
    assert "the last number, 25, is 11 days old (capture c-hefei-2019-11-20)" in words(found)
    assert any("timed out" in note for note in words(found))
    assert found.list_value is None


def test_a_later_good_visit_makes_the_number_current_again() -> None:
    missed = Unobserved("hefei", "", "timed_out", quote_text("slow"), at("2019-11-19"), "c-9")
    assert hefei(replace(one(25), unobserved=(missed,))).displayed == 25


def test_an_observation_without_a_number_is_no_zero() -> None:
    blank = seen(
        "hefei",
        "2019-11-21",
        None,
        20,
        unreadable={"displayed": gap_note(OF_STATUS["unreadable"], quote_text("a dash"))},
    )
    found = hefei(World("2019-11-21", (*one(25).observations, blank)))
    assert (found.status, found.displayed) == ("unverified", None)
    assert any("a dash" in note for note in words(found))


def test_captures_and_decisions_after_the_moment_are_not_looked_at() -> None:
    later = Decision("d", "confirmed_count", at("2019-12-02"), "a", "r", "hefei", ("c-hefei-2019-11-20",), 1)
    world = replace(one(25), on="2019-11-30", decisions=(later,))
    found = hefei(replace(world, observations=(*world.observations, seen("hefei", "2019-12-01", 40, 20))))
    assert (found.displayed, found.confirmed, found.captures) == (25, None, 1)


def test_a_confirmed_count_is_for_its_capture_and_a_covered_deployment_that_grew_is_counted_again() -> None:
    decided = Decision("d", "confirmed_count", at("2019-11-21"), "a", "r", "hefei", ("c-hefei-2019-11-20",), 20)
    world = replace(one(22), on="2019-12-20", decisions=(decided,))
    assert (hefei(world).over_by, hefei(world).confirmed) == (0, 20)
    grown = replace(world, observations=(*world.observations, seen("hefei", "2019-12-20", 45, 20)))
    assert (hefei(grown).over_by, hefei(grown).confirmed) == (25, None)
    assert any("holds no more since 2019-12-20" in note and "22 became 45" in note for note in words(hefei(grown)))


def test_a_superseded_decision_no_longer_counts() -> None:
    first = Decision("d1", "confirmed_count", at("2019-11-21"), "a", "r", "nanjing", (), 20)
    second = Decision("d2", "confirmed_count", at("2019-11-20"), "b", "r", "nanjing", (), 18, supersedes="d1")
    world = World("2019-11-30", (seen("nanjing", "2019-11-20", 22, 20),), places=(NANJING,), decisions=(first, second))
    (found,) = world.positions()
    assert (found.confirmed, found.over_by, found.confirmed_by) == (18, 18, "b")


def test_days_over_count_between_captures_that_both_were_over_and_a_gap_breaks_them() -> None:
    counts = (("2019-01-01", 21), ("2019-01-11", 23), ("2019-01-21", 20), ("2019-02-01", 22), ("2019-05-01", 22))
    found = hefei(World("2019-05-01", tuple(seen("hefei", on, used, 20) for on, used in counts)))
    assert (found.over_days, found.over_instants, found.captures) == (10, 4, 5)
    assert english(found.over_days_rule).startswith("between:")
    assert "observed_only: 4 of 5 captures" in english(found.over_days_rule)
    assert (found.hwm, found.hwm_capture) == (23, "c-hefei-2019-01-11")


def test_units_that_must_stop_are_all_counted_after_the_wind_down() -> None:
    contract = replace(BASE, term=replace(BASE.term, after_end=AfterEnd("forbidden", "forbidden", "must_stop", 30)))
    for on, status, over in (("2022-03-11", "within", 0), ("2022-03-12", "unlicensed", 12)):
        found = hefei(World(on, (seen("hefei", on, 12, 20),), contract))
        assert (found.status, found.over_by) == (status, over)


def test_a_contract_that_adds_to_another_adds_its_units() -> None:
    more = replace(BASE, id="AG-2", adds_to=BASE.id, authorised=(order("hefei", "2018-01-01", "PO-2", "2018-01-02"),))
    world = replace(one(41), others={"AG-2": more})
    (found,) = [one for one in world.positions() if one.deployment == "hefei"]
    assert (found.contract, found.entitled, found.over_by) == (BASE.id, 40, 1)


def test_a_contract_that_replaces_another_stands_alone_from_its_first_day() -> None:
    start = order("hefei", "2018-01-01", "PO-2", "2018-01-02")
    new = replace(BASE, id="AG-2", replaces=BASE.id, authorised=(start,), amendments=(replace(S1, units=1),))
    world = replace(one(22), contract=replace(BASE, amendments=(S1,)), others={"AG-2": new})
    (found,) = [one for one in world.positions() if one.deployment == "hefei"]
    assert (found.contract, found.entitled, found.over_by) == ("AG-2", 21, 1)


def test_an_amendment_learnt_later_is_not_in_a_position_as_known_before() -> None:
    learnt = replace(S1, known_from=day("2019-12-01"))
    world = estate(replace(BASE, amendments=(learnt,)), (HEFEI,))
    captures = one(22).observations
    for known, total in ((None, 25), (day("2019-11-30"), 20), (day("2019-12-01"), 25)):
        then = world if known is None else estate_as_known(world, known)
        (found,) = whole(then, captures, "2020-01-01").positions
        assert found.entitled == total


def test_review_only_findings_are_never_in_totals() -> None:
    named = {"licensee": "南京某图书馆"}
    bare = World(observations=(seen("nanjing", "2019-11-20", 12, 20, fields=named),), places=(NANJING,))
    (unproven,) = [one for one in bare.told() if one.rule == "D301"]
    assert (unproven.kind, unproven.certainty) == ("review", "needs_review")
    assert sum_by_currency(bare.positions(), bare.told()) == ()
    proven = {"licensee": "南京某图书馆", "version": "V1"}
    known = World(observations=(seen("nanjing", "2019-11-20", 12, 20, fields=proven),), places=(NANJING,))
    (total,) = sum_by_currency(known.positions(), known.told())
    assert total.list_value == yuan("60000.00")
    dismissed = tuple(replace(one, life="dismissed") for one in known.told())
    assert sum_by_currency(known.positions(), dismissed) == ()


def test_several_places_are_summed_once_each() -> None:
    places = (HEFEI, replace(deployment("wuhu"), name="芜湖"))
    contract = replace(BASE, authorised=(*BASE.authorised, order("wuhu", "2015-05-01", "PO", "2015-05-06")))
    captures = (
        seen("hefei", "2019-10-20", 23, 20),
        seen("hefei", "2019-11-20", 22, 20),
        seen("wuhu", "2019-11-20", 21, 20),
    )
    world = World(observations=captures, places=places, contract=contract)
    (total,) = sum_by_currency(world.positions(), world.told())
    assert (total.units, total.list_value, total.net_value) == (3, yuan("15000.00"), yuan("4500.00"))
    assert len(total.lines) == 2


def test_an_unclear_reading_is_told_and_not_summed() -> None:
    world = one(22, certain=False)
    (found,) = [told for told in world.told() if told.rule == "Q101"]
    assert (found.kind, found.certainty) == ("fail", "needs_review")
    assert sum_by_currency(world.positions(), world.told()) == ()


def test_a_deployment_that_two_contracts_list_is_summed_once() -> None:
    other = replace(BASE, id="AG-2")
    world = replace(one(22), others={"AG-2": other})
    assert [found.over_by for found in world.positions()] == [2, 2]
    (total,) = sum_by_currency(world.positions(), world.told())
    assert total.units == 2
    assert any(
        "AG-2 and AG-2015-007 both cover hefei" in told.statement for told in world.told() if told.rule == "T505"
    )


def test_certain_takes_two_captures_over_and_a_list_that_agrees() -> None:
    twice = (
        seen("hefei", "2019-10-20", 21, 20, places=places()),
        seen("hefei", "2019-11-20", 21, 20, listed=rows(21), places=places()),
    )
    for captures, decisions, certainty in (
        (twice, CONFIRMED, "certain"),
        (twice, (), "likely"),
        (twice, CONFIRMED[:1], "likely"),
        (twice[1:], CONFIRMED, "likely"),
        ((twice[0], one(21).observations[0]), CONFIRMED, "likely"),
    ):
        (found,) = [told for told in World(observations=captures, decisions=decisions).told() if told.rule == "Q101"]
        assert found.certainty == certainty


def test_where_no_payment_at_all_is_on_record_that_is_open_and_a_reference_is_left_alone() -> None:
    bare = replace(BASE, authorised=(replace(BASE.authorised[0], payments=()),))
    (found,) = [told for told in World(contract=bare).told() if told.rule == "P701"]
    assert (found.kind, found.severity, found.certainty) == ("open", "low", "needs_review")
    reference = World(contract=bare, places=(replace(HEFEI, legal_status="reference"),))
    assert "P701" not in {told.rule for told in reference.told()}
