"""`auditor confirm` end to end on a small workspace: what is recorded, what is shown, what is refused in one line."""

from __future__ import annotations

import json

import pytest

from auditor.custody import Journal
from tests.cli.small_workspace import Small

SIGNED = ("--by", "A. Analyst", "--reason", "seen on the page")
FOUR_AND_A_TEST = ("分馆",) * 4 + ("测试",)


def test_a_confirmed_count_stands_beside_the_displayed_one_with_its_reasons(small: Small) -> None:
    capture = small.capture("suspect", 5, "不限", FOUR_AND_A_TEST)
    assert small.position("suspect")["over_by"] == 5
    said = small.run("confirm", "count", "suspect", "4", "--exclude", "B005=a test row", *SIGNED)
    assert said.startswith("recorded confirmed_count d-")
    shown = small.position("suspect")
    assert (shown["displayed"], shown["confirmed"], shown["over_by"]) == (5, 4, 4)
    assert shown["excluded"] == [{"code": "B005", "name": "分馆5", "reason": "a test row", "reason_code": "quoted"}]
    assert (shown["confirmed_by"], shown["confirmed_why"]) == ("A. Analyst", "seen on the page")
    page = small.root / "r.html"
    small.run("report", "-o", str(page))
    text = page.read_text(encoding="utf-8")
    assert "a test row" in text
    assert capture in text


def test_a_decision_is_superseded_and_never_edited(small: Small) -> None:
    small.capture("suspect", 5, "不限", FOUR_AND_A_TEST)
    small.run("confirm", "count", "suspect", "4", "--exclude-kind", "测试=a test row", *SIGNED)
    small.run("confirm", "count", "suspect", "5", "--by", "B. Senior", "--reason", "the row is in use")
    first, second = json.loads(small.run("confirm", "list"))
    assert (first["value"], second["value"]) == (4, 5)
    assert second["supersedes"] == first["id"]
    assert first["excluded"][0]["code"] == "B005"
    assert small.position("suspect")["over_by"] == 5
    assert len(small.report()["decisions"]) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("count", "nowhere", "4", *SIGNED), "nowhere: no such deployment; there are covered, suspect"),
        (("count", "covered", "4", *SIGNED), "no capture with a number of branch to decide on. Run: auditor run"),
        (("count", "suspect", "4", "--metric", "user", *SIGNED), "no capture with a number of user"),
        (("count", "suspect", "3", "--exclude", "B005=a test row", *SIGNED), "5 displayed less 1 rows left out is 4"),
        (("count", "suspect", "4", "--exclude", "B009=gone", *SIGNED), "row 'B009' is not on the list"),
        (("count", "suspect", "4", "--exclude", "B005", *SIGNED), "expected NAME=REASON"),
        (("count", "suspect", "4", "--exclude-kind", "总馆=hq", *SIGNED), "no row of kind '总馆'"),
        (("count", "suspect", "4", "--evidence", "c-999", *SIGNED), "captures c-999 with a number of branch"),
        (("count", "suspect", "4", "--reason", "x"), "Missing option '--by'"),
        (("count", "suspect", "-4", *SIGNED), "-4"),
        (("count", "suspect", "4.5", *SIGNED), "4.5"),
        (("date", "judgment-9", "2021-12-07", *SIGNED), "no such key date"),
        (("date", "judgment-1", "2021-12-08", *SIGNED), "not among its candidates (2021-01-27, 2021-12-07)"),
        (("date", "judgment-1", "7.12.2021", *SIGNED), "is not a day such as 2021-12-07"),
        (("other", "nowhere", "the reader", *SIGNED), "nowhere: no such deployment"),
        (("other", "offer-1", "good", "--kind", "price_evidence", *SIGNED), "expected comparable or not_comparable"),
        (("finding", "Q101/AG-7/nowhere/branch", "settled", *SIGNED), "no such finding now; there are"),
        (("finding", "D301/AG-7/suspect/branch", "forgotten", *SIGNED), "forgotten"),
        (("event", "n1", "notice", "2021-02-30", "--what", "x"), "2021-02-30"),
        (("event", "n1", "notice", "2021-02-03", "--what", "x", "--contract", "AG-9"), "AG-9: no such contract"),
        (("event", "judgment-1", "judgment", "2021-02-03", "--what", "x"), "resolve it with: confirm date"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_one_line(small: Small, arguments: tuple[str, ...], says: str) -> None:
    small.capture("suspect", 5, "不限", FOUR_AND_A_TEST)
    assert says in small.refused("confirm", *arguments)
    assert json.loads(small.run("confirm", "list")) == []


def test_an_ambiguous_date_is_resolved_by_a_named_person(small: Small) -> None:
    small.capture("suspect", 5, "不限")
    (before,) = small.report()["key_dates"]
    assert (before["on"], len(before["candidates"])) == (None, 2)
    small.run("confirm", "date", "judgment-1", "2021-12-07", *SIGNED)
    (decision,) = small.report()["decisions"]
    assert (decision["kind"], decision["text"], decision["by"]) == ("date", "2021-12-07", "A. Analyst")


def test_price_evidence_feeds_a_sum_only_after_a_person_found_it_comparable(small: Small) -> None:
    small.capture("suspect", 5, "不限")
    assert "nobody decided it yet" in small.refused("claim", "offered")
    small.run("confirm", "other", "offer-1", "comparable", "--kind", "price_evidence", *SIGNED)
    assert json.loads(small.run("claim", "offered", "--json"))["base"] == "20000.00"
    small.run("confirm", "other", "offer-1", "not_comparable", "--kind", "price_evidence", *SIGNED)
    assert "not comparable" in small.refused("claim", "offered")


def test_an_identity_is_recorded(small: Small) -> None:
    small.capture("suspect", 5, "不限")
    small.run("confirm", "other", "suspect", "合肥市图书馆", *SIGNED)
    (decision,) = small.report()["decisions"]
    assert (decision["kind"], decision["subject"], decision["text"]) == ("identity", "suspect", "合肥市图书馆")


def test_an_event_is_a_key_date_from_then_on(small: Small) -> None:
    small.capture("suspect", 5, "不限")
    said = small.run(
        "confirm", "event", "n1", "notice", "2021-02-03", "--what", "notice sent", "--document", "letter",
        "--contract", "AG-7",
    )  # fmt: skip
    assert said.strip() == "recorded notice n1 on 2021-02-03"
    found = {key["id"]: key for key in small.report()["key_dates"]}
    assert (found["n1"]["kind"], found["n1"]["on"], found["n1"]["contract"]) == ("notice", "2021-02-03", "AG-7")


def test_the_life_of_a_finding(small: Small) -> None:
    small.capture("covered", 8)
    mark = "Q101/AG-7/covered/branch"
    assert small.life("Q101", "covered") == "new"
    for state in ("acknowledged", "confirmed", "settled"):
        small.run("confirm", "finding", mark, state, *SIGNED)
        assert small.life("Q101", "covered") == state
    small.capture("covered", 7)
    assert small.life("Q101", "covered") == "settled"
    small.capture("covered", 9)
    (found,) = [one for one in small.report()["findings"] if one["fingerprint"] == mark]
    assert (found["life"], found["units"], found["baseline"]) == ("reopened", 4, "updated")
    assert "settled at 3, now 4" in found["life_why"]
    small.capture("covered", 5)
    (gone,) = [one for one in small.report()["findings"] if one["fingerprint"] == mark]
    assert gone["baseline"] == "absent"


def test_a_suppression_holds_until_its_day_and_is_counted(small: Small) -> None:
    small.capture("covered", 8)
    mark = "Q101/AG-7/covered/branch"
    small.run("confirm", "finding", mark, "suppress", "--until", "2999-12-31", *SIGNED)
    assert small.life("Q101", "covered") == "suppressed"
    page = small.root / "r.html"
    small.run("report", "-o", str(page))
    assert "2999-12-31" in page.read_text(encoding="utf-8")
    small.run("confirm", "finding", mark, "suppress", "--until", "2020-01-01", "--by", "B", "--reason", "over")
    assert small.life("Q101", "covered") == "new"
    for state, until in (("suppress", "0001-01-01"), ("suppress", "2020-01-01"), ("dismissed", "2999-12-31")):
        assert f"until {until}" in small.refused("confirm", "finding", mark, state, "--until", until, *SIGNED)
    today = small.report()["as_of"][:10]
    small.run("confirm", "finding", mark, "suppress", "--until", today, *SIGNED)
    assert small.life("Q101", "covered") == "suppressed", "a last day is one on which it holds"


def test_before_a_decision_was_made_the_report_does_not_know_it(small: Small) -> None:
    small.capture("suspect", 5, "不限", FOUR_AND_A_TEST)
    small.run("confirm", "count", "suspect", "4", "--exclude", "B005=a test row", *SIGNED)
    (decision,) = small.report()["decisions"]
    (row,) = small.report()["evidence"]
    assert decision["at"] > row["captured_at"]
    then = small.position("suspect", "--as-of", row["captured_at"])
    assert (then["displayed"], then["confirmed"], then["over_by"]) == (5, None, 5)


def test_a_difference_that_no_row_explains_is_said_when_it_is_recorded_and_in_the_report(small: Small) -> None:
    small.capture("suspect", 5, "不限", FOUR_AND_A_TEST)
    said = small.run("confirm", "count", "suspect", "3", *SIGNED)
    assert "unexplained difference: 5 shown, 3 confirmed, 2 not accounted for" in said
    assert any("unexplained difference of 2" in note for note in small.position("suspect")["notes"])
    assert "unexplained" not in small.run("confirm", "count", "suspect", "5", *SIGNED)


def test_an_argument_that_is_no_text_is_named_and_nothing_is_journalled(small: Small) -> None:
    """Bytes of another encoding, or of UTF-8 in a locale that has none, come as lone surrogates."""
    small.capture("covered", 8)
    size = Journal.open(small.root).size
    said = small.run("confirm", "count", "covered", "3", "--reason", "r\udcff", "--by", "L", expect=2)
    assert "'r\\udcff' is not text in UTF-8" in said and "internal fault" not in said
    assert Journal.open(small.root).size == size
