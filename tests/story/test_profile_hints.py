"""What `auditor profile` says to somebody whose page is not described well yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.capture.base.scope import WRITE_REFUSED
from auditor.errors import ConfigError
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.readings import ListedRow, ListingReading, Locator
from auditor.reading import LAST_PAGE_NOT_REACHED, ON_PAGE, SurveyedPair
from auditor.workflow.profile.hints import listing_hint, refused_request_hint, require_usable
from auditor.workflow.profile.numbering import keep_numbers

PLACE = Locator("", "", "")
ROW = ListedRow({"login": "ann"}, PLACE, None)
DIFFERS = make_note("list.total_differs", stated=234, counted=1)
REMARK = quote_text("POST /graphql: only reading is allowed after login")
"""The sentence alone, as old bytes hold it: no decision rests on it."""


def on_page(remark: Note) -> Note:
    return make_note(ON_PAGE, page=1, remark=remark)


def refused(method: str, path: str) -> Note:
    return make_note(WRITE_REFUSED, method=method, path=path)


@pytest.mark.parametrize(
    ("total", "remarks", "said"),
    [
        (
            None,
            [on_page(make_note("list.longer_than_rows", pixels=368))],
            "368",
        ),
        (None, [on_page(make_note("list.row_count", stated=90, held=12))], "browser: {height: 3000}"),
        (234, [DIFFERS, make_note(LAST_PAGE_NOT_REACHED)], "visited by a run"),
        (234, [DIFFERS], "--next CSS"),
        (
            234,
            [DIFFERS, on_page(make_note("list.longer_than_rows", pixels=9))],
            "name that total",
        ),
        (None, [on_page(make_note("list.rows_again", rows=3))], "not counted: page 1: 3 rows"),
    ],
)
def test_a_list_that_is_not_whole_has_a_next_move(total: int | None, remarks: list[Note], said: str) -> None:
    assert said in listing_hint(ListingReading("list", "user", (ROW,), 1, total, False, tuple(remarks)))


def test_a_whole_list_needs_nothing() -> None:
    assert listing_hint(ListingReading("list", "user", (ROW,), 1, 1, True)) == ""


def test_a_refused_request_names_the_option_that_would_allow_it() -> None:
    said = refused_request_hint([refused("PUT", "/api/session/current/"), REMARK])
    assert said.endswith('--read-posts "PUT /api/session/current/"')
    assert refused_request_hint([refused("POST", "/graphql")]).endswith('--read-posts "/graphql"')
    assert refused_request_hint([refused("POST", "/settings/store")]) == "", "a writing one is not offered"
    assert refused_request_hint([refused("DELETE", "/users/1/list"), REMARK]) == ""


@pytest.mark.parametrize(
    ("patterns", "selectors", "said"),
    [
        ({"used": "([0-9]+"}, [], "--pattern used="),
        ({"used": "x{99999999999}"}, [], "--pattern used="),
        ({}, ["#seats >"], "--selector "),
        ({}, [""], "--selector "),
    ],
)
def test_what_could_match_nothing_is_refused_before_any_visit(
    patterns: dict[str, str], selectors: list[str], said: str
) -> None:
    require_usable({"used": "([0-9]+) seats"}, ["#seats > b"])
    with pytest.raises(ConfigError, match=said):
        require_usable(patterns, selectors)


def pairs(*labels: str) -> list[SurveyedPair]:
    return [SurveyedPair(label, "1", "count", "", (), PLACE, None, None, True, False, "beside") for label in labels]


def test_a_label_keeps_its_number_from_look_to_look(tmp_path: Path) -> None:
    path = tmp_path / "profiles" / "page.json"
    assert keep_numbers(path, pairs("used", "cap", "used")) == (1, 2, 3)
    assert keep_numbers(path, pairs("plan", "cap", "used", "used")) == (4, 2, 1, 3)
    assert keep_numbers(path, pairs("cap")) == (2,)
    assert keep_numbers(path, pairs("used", "new")) == (1, 5), "a number that is gone from the page is nobody else's"
    for broken in ("", "[1]", '{"cap": "2", "used": -1}'):
        path.write_text(broken, encoding="utf-8")
        assert keep_numbers(path, pairs("cap", "used")) == (1, 2)
