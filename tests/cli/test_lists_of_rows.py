"""A list that some deployments do not have, and rows of a list that do not count, each with its reason."""

from __future__ import annotations

import pytest

from tests.cli.small_workspace import TARGETS, Small

LISTING = "listing: {id: branches, pointer: /branches, columns: {code: [code], name: [name], kind: [kind]}"


def with_listing(small: Small, more: str, pointer: str = "/branches") -> None:
    text = TARGETS.replace(LISTING, f"{LISTING.replace('/branches', pointer)}, {more}")
    assert text != TARGETS
    (small.root / "targets.yaml").write_text(text, encoding="utf-8")


def test_a_list_that_may_be_absent_is_no_gap_and_the_count_stands(small: Small) -> None:
    with_listing(small, "required: true", "/elsewhere")
    small.capture("covered", 8)
    missing = [one for one in small.report()["findings"] if one["rule"] == "V802"]
    assert missing, "or the rest of this test could not fail"
    with_listing(small, "required: false", "/elsewhere")
    small.run("rebuild")
    shown = small.position("covered")
    assert (shown["displayed"], shown["listed"], shown["over_by"], shown["doubts"]) == (8, None, 3, {})
    assert not [one for one in small.report()["findings"] if one["rule"] == "V802"]


def test_an_optional_list_that_alone_counts_and_is_absent_gives_no_number(small: Small) -> None:
    text = TARGETS.replace("      used: {kind: count, role: used, pointer: /used}\n", "")
    text = text.replace(LISTING, f"{LISTING.replace('/branches', '/elsewhere')}, required: false")
    (small.root / "targets.yaml").write_text(text, encoding="utf-8")
    small.capture("covered", 8)
    shown = small.position("covered")
    assert (shown["displayed"], shown["over_by"], shown["status"]) == (None, None, "unverified")
    assert "has no such list" in " ".join(one["why"] for one in small.report()["not_observed"])


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ("{name: 分馆2, reason: the test hall}", ["B002"]),
        ("{column: kind, text: 测试, reason: test rows}", ["B007", "B008"]),
        ('{column: code, pattern: "^B00[12]$", reason: head office}', ["B001", "B002"]),
        ('{pattern: "测.", reason: any cell}', ["B007", "B008"]),
        ("{name: 分馆99, reason: nobody}", []),
    ],
)
def test_rows_are_left_out_by_name_by_cell_and_by_pattern_with_their_reason(
    small: Small, rule: str, codes: list[str]
) -> None:
    with_listing(small, f"leave_out: [{rule}]")
    kinds = ("分馆",) * 6 + ("测试",) * 2
    small.capture("covered", 8, kinds=kinds)
    small.capture("suspect", 8, "不限", kinds)
    shown = small.position("covered")
    assert [row["code"] for row in shown["excluded"]] == codes
    assert {row["reason_code"] for row in shown["excluded"]} <= {"excluded.declared"}
    assert all(row["reason"] in rule for row in shown["excluded"])
    assert (shown["displayed"], shown["over_by"]) == (8, 3 - len(codes))
    assert small.position("suspect")["over_by"] == 8, "where no contract covers, every unit counts"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{name: a, text: b, column: name, reason: r}", "needs one of name, text or pattern"),
        ("{reason: r}", "needs one of name, text or pattern"),
        ("{text: a, reason: r}", "without the column"),
        ("{name: a}", "reason"),
        ('{pattern: "x*", reason: r}', "an empty cell matches"),
        ('{column: kind, pattern: "^(?!分馆)", reason: r}', "an empty cell matches"),
        ('{column: kind, text: " ", reason: r}', "nothing but blanks"),
        ('{pattern: "(", reason: r}', "regular expression"),
    ],
)
def test_a_rule_that_says_no_or_too_much_is_refused(small: Small, rule: str, said: str) -> None:
    with_listing(small, f"leave_out: [{rule}]")
    assert said in small.run("check", expect=2) + small.run("check", expect=2)
