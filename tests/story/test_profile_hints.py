"""What `auditor profile` says to somebody whose page is not described well yet."""

from __future__ import annotations

import pytest

from auditor.model.readings import ListedRow, ListingReading, Locator
from auditor.workflow.profile.hints import listing_hint, refused_request_hint

ROW = ListedRow({"login": "ann"}, Locator("", "", ""), None)


@pytest.mark.parametrize(
    ("total", "remarks", "said"),
    [
        (
            None,
            ["page 1: the list is 368 pixels longer than its rows: others are built only when it is scrolled"],
            "368",
        ),
        (None, ["page 1: the list says that it has 90 rows; the document holds 12"], "browser: {height: 3000}"),
        (234, ["the pager states 234 rows, 1 were counted", "the last page was not reached"], "visited by a run"),
        (234, ["the pager states 234 rows, 1 were counted"], "--next CSS"),
        (
            234,
            ["the pager states 234 rows, 1 were counted", "page 1: built only when it is scrolled"],
            "name that total",
        ),
        (None, ["page 1: 3 rows stand on an earlier page too and are counted once"], "not counted: page 1: 3 rows"),
    ],
)
def test_a_list_that_is_not_whole_has_a_next_move(total: int | None, remarks: list[str], said: str) -> None:
    assert said in listing_hint(ListingReading("list", "user", (ROW,), 1, total, False, tuple(remarks)))


def test_a_whole_list_needs_nothing() -> None:
    assert listing_hint(ListingReading("list", "user", (ROW,), 1, 1, True)) == ""


def test_a_refused_request_names_the_option_that_would_allow_it() -> None:
    refused = ["PUT /api/session/current/: only reading is allowed after login", "A remark.", "POST /q: nothing"]
    assert refused_request_hint(refused).endswith('--read-posts "PUT /api/session/current/"')
    assert refused_request_hint(["POST /graphql: only reading is allowed after login"]).endswith(
        '--read-posts "/graphql"'
    )
    assert refused_request_hint(["POST /settings/store: only reading is allowed after login"]) == "", (
        "a writing one is not offered"
    )
    assert refused_request_hint(["DELETE /users/1: only reading is allowed after login", "A remark."]) == ""
