"""A description that nobody confirmed makes no finding certain; a page that changed since needs review and says how."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from auditor.model.findings import Position
from auditor.model.reading.observations import DescribedPlace
from auditor.model.reading.readings import StatedPlace
from auditor.reconciliation import ConfirmedPlaces, decisions_in_force
from auditor.reconciliation.confirmed_places import limit_certainty, place_change
from auditor.wording import LANGS, note_text
from tests.reconciliation.described_places import CAP, CONFIRMED, USED, confirmed, places
from tests.reconciliation.rule_worlds import HEFEI, NANJING, World
from tests.reconciliation.worked_contract import at, rows, seen

MOVED = {
    "label": replace(USED, label="分馆总数"),
    "relation": replace(USED, relation="card"),
    "elements": replace(USED, elements="div/div/span"),
    "shape": replace(USED, shape="# / #"),
    "unit": replace(USED, unit="校区"),
}


def over(used: StatedPlace, on: str = "2019-11-20") -> World:
    first = seen("hefei", "2019-10-20", 21, 20, places=places())
    second = seen("hefei", on, 21, 20, listed=rows(21), places=places(used))
    return World(on=on, observations=(first, second), decisions=CONFIRMED)


def only(world: World) -> Position:
    (position,) = world.positions()
    return position


@pytest.mark.parametrize("what", MOVED)
def test_a_value_that_stands_elsewhere_needs_review_and_says_what_changed(what: str) -> None:
    world = over(MOVED[what])
    position = only(world)
    assert position.displayed == 21, "what is read is still told"
    assert (position.displayed_certainty, position.cap_certainty) == ("needs_review", "certain")
    assert position.description_confirmed is False
    told = {finding.rule: finding for finding in world.told()}
    assert told["Q101"].certainty == "needs_review"
    why = place_change(USED, MOVED[what])
    assert why is not None
    assert why.code == f"place.{what}_changed"
    assert position.doubts["displayed"] == why
    assert told["V803"].review_why is not None
    for lang in LANGS:
        assert note_text(why, lang) in note_text(told["V803"].review_why, lang)


def test_at_its_confirmed_place_it_is_certain() -> None:
    world = over(USED)
    assert only(world).description_confirmed is True
    (found,) = [one for one in world.told() if one.rule == "Q101"]
    assert found.certainty == "certain"


def test_a_patched_cap_is_where_the_number_was() -> None:
    """`不限` takes the place of a number: it has no digits to compare, and is no other place for that."""
    unlimited = replace(CAP, shape="", unit="")
    assert place_change(CAP, unlimited) is None
    assert place_change(unlimited, CAP) is None
    assert place_change(CAP, replace(unlimited, label="其他")) is not None


def test_a_confirmation_holds_from_its_day_and_until_it_is_superseded() -> None:
    later = replace(over(USED), decisions=(CONFIRMED[1], confirmed("used", USED, "2020-01-01")))
    assert only(later).description_confirmed is False
    moved = replace(confirmed("used", MOVED["label"], "2019-11-01"), supersedes=CONFIRMED[0].id)
    assert only(replace(over(USED), decisions=(*CONFIRMED, moved))).displayed_certainty == "needs_review"
    assert only(replace(over(MOVED["label"]), decisions=(*CONFIRMED, moved))).description_confirmed is True


def test_a_list_alone_is_no_confirmed_field() -> None:
    listed = seen("hefei", "2019-11-20", None, None, listed=rows(21))
    assert only(World(observations=(listed,), decisions=CONFIRMED)).description_confirmed is False


def test_a_certain_finding_without_a_count_to_be_covered_is_likely_and_says_so() -> None:
    """Nothing that could be confirmed is not the same as everything being confirmed."""
    world = over(USED)
    (found,) = [one for one in world.told() if one.rule == "Q101"]
    assert found.certainty == "certain"
    places = ConfirmedPlaces(decisions_in_force(CONFIRMED, at("2019-11-20")))
    for last in ({}, {"hefei": ()}, {"hefei": (seen("hefei", "2019-11-20", None, None),)}):
        (limited,) = limit_certainty([found], last, places)
        assert limited.certainty == "likely"
        assert limited.assumptions[-1].code == "assumption.page_not_confirmed"
    assert limit_certainty([replace(found, favours="neither")], {}, places)[0].certainty == "certain"
    assert limit_certainty([replace(found, basis=())], {}, places)[0].certainty == "certain"


def test_a_shared_serial_is_certain_where_each_page_s_place_of_it_was_confirmed() -> None:
    place = StatedPlace("序列号", "beside", "table/tr/td", "", "")
    stated = MappingProxyType({**places(), "serial": DescribedPlace("registration", "serial", place)})
    both = tuple(
        seen(name, "2019-11-20", 3, 20, fields={"serial": "S-1"}, places=stated) for name in ("hefei", "nanjing")
    )
    world = World(observations=both, places=(HEFEI, NANJING), decisions=CONFIRMED)
    assert {one.certainty for one in world.told() if one.rule == "D303"} == {"likely"}
    looked = replace(world, decisions=(*CONFIRMED, confirmed("serial", place)))
    assert {one.certainty for one in looked.told() if one.rule == "D303"} == {"certain"}
