"""A confirmed count is carried while nothing it rests on changed, and says when it stopped: one rule for all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.findings import Decision, ExcludedRow, Position
from auditor.model.reading.observations import Observation
from auditor.model.targets.deployments import Deployment
from auditor.wording import note_text
from tests.reconciliation.rule_worlds import HEFEI, NANJING, World
from tests.reconciliation.worked_contract import at, day, rows, seen

LEFT_OUT = tuple(ExcludedRow(row["code"], row["name"], "not in use") for row in rows(2))


def decided(place: Deployment, value: int, *left_out: ExcludedRow) -> Decision:
    evidence = (f"c-{place.id}-2019-09-01",)
    return Decision("d", "confirmed_count", at("2019-09-02"), "Lin", "looked", place.id, evidence, value, "", left_out)


def position(place: Deployment, decision: Decision, *captures: Observation) -> Position:
    world = World(captures[-1].captured_at.date().isoformat(), captures, places=(place,), decisions=(decision,))
    (found,) = world.positions()
    return found


def monthly(place: Deployment, *counts: int, listed: bool = False) -> list[Observation]:
    return [
        seen(place.id, f"2019-{month:02}-01", count, 20, listed=rows(count) if listed else None)
        for month, count in enumerate(counts, 9)
    ]


@pytest.mark.parametrize(("place", "over"), [(HEFEI, 1), (NANJING, 21)])
def test_it_is_carried_where_the_same_is_shown_covered_or_not(place: Deployment, over: int) -> None:
    found = position(place, decided(place, 21), *monthly(place, 23, 23, 23))
    assert (found.confirmed, found.over_by, found.confirmation_stopped) == (21, over, None)
    assert any("nothing it rests on changed" in note_text(note, "en") for note in found.notes)


@pytest.mark.parametrize(("place", "over"), [(HEFEI, 19), (NANJING, 39)])
def test_it_stops_where_the_number_changed_and_says_when_and_why(place: Deployment, over: int) -> None:
    found = position(place, decided(place, 21), *monthly(place, 23, 23, 39))
    stopped = found.confirmation_stopped
    assert (found.confirmed, found.over_by, found.all_units) == (None, over, 39)
    assert stopped is not None
    assert (stopped.value, stopped.held_until, stopped.stopped_on) == (21, day("2019-10-01"), day("2019-11-01"))
    assert (stopped.capture, stopped.why.code) == (f"c-{place.id}-2019-11-01", "confirmation.count_changed")
    said = [note_text(note, lang) for note in found.notes for lang in ("en", "zh")]
    assert any("held until 2019-10-01; it holds no more since 2019-11-01" in text for text in said)
    assert any("由 23 变为 39" in text for text in said)


def test_it_does_not_come_back_by_itself() -> None:
    found = position(HEFEI, decided(HEFEI, 21), *monthly(HEFEI, 23, 39, 23))
    assert found.confirmed is None
    assert found.confirmation_stopped is not None and found.confirmation_stopped.stopped_on == day("2019-10-01")


def test_it_rests_on_the_rows_left_out_by_name() -> None:
    captures = monthly(HEFEI, 23, 23, listed=True)
    decision = decided(HEFEI, 21, *LEFT_OUT)
    assert position(HEFEI, decision, *captures).confirmed == 21
    first, *others = rows(23)
    swapped = [{**first, "code": "B900", "name": "another"}, *others]
    changed = [captures[0], replace(captures[1], rows=tuple(swapped))]
    found = position(HEFEI, decision, *changed)
    assert found.confirmation_stopped is not None
    assert found.confirmation_stopped.why.code == "confirmation.rows_gone"


def test_a_list_that_was_not_read_to_its_end_is_no_change() -> None:
    first, second = monthly(HEFEI, 23, 23, listed=True)
    cut = replace(second, listed=10, listed_complete=False, rows=second.rows[:10])
    assert position(HEFEI, decided(HEFEI, 21, *LEFT_OUT), first, cut).confirmed == 21


def test_findings_go_by_the_same_rule() -> None:
    world = World("2019-11-01", tuple(monthly(HEFEI, 23, 23, 39)), decisions=(decided(HEFEI, 21),))
    (told,) = [one for one in world.told() if one.rule == "Q101"]
    assert told.units == 19
    assert "21 confirmed by Lin held until 2019-10-01" in told.statement
    carried = World("2019-11-01", tuple(monthly(HEFEI, 23, 23, 23)), decisions=(decided(HEFEI, 20),))
    assert "Q101" not in {one.rule for one in carried.told()}


def test_a_difference_that_no_named_row_explains_is_said() -> None:
    found = position(HEFEI, decided(HEFEI, 18, *LEFT_OUT), *monthly(HEFEI, 23, 23))
    assert any("unexplained difference of 3 between 23 shown" in note_text(note, "en") for note in found.notes)
    whole = position(HEFEI, decided(HEFEI, 21, *LEFT_OUT), *monthly(HEFEI, 23, 23))
    assert not any("unexplained" in note_text(note, "en") for note in whole.notes)
