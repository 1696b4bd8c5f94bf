"""The comparison of what is seen with what the layout says: what is forgiven, and what never is."""

from __future__ import annotations

import pytest

from auditor.document.normalisation import UNREADABLE
from auditor.reading.ocr import CountToken, agreement, parse_counts, same_figures

SAME = [
    ("34", "34"),
    ("３４", "34"),
    ("34", "３４"),
    ("2 5", "２５"),
    ("3, 4 2 0", "３，４２０"),
    ("٣٤", "34"),
    ("34 500", "34\u00a0500"),
    ("34 500", "34500"),
    ("34500", "34 500"),
    ("1 234 567", "1\u202f234\u202f567"),
    ("3,420", "3,420"),
    ("3'420", "3’420"),
    ("34.", "34"),
    ("34,", "34"),
    ("34 家", "34家"),
    ("34users", "34 users"),
    ("−5", "-5"),
    ("不限", "不限"),
    ("上限：不限", "上限：不限"),
    ("UNLIMITED", "Unlimited"),
    ("No limit", "no limit"),
    ("∞", "unlimited"),
    ("34 / 100", "34/100"),
    ("N/A", "n/a"),
    ("34\t20", "34 20"),
]
DIFFERENT = [
    ("34 20", "3420"),
    ("34\t500", "34500"),
    ("34\n500", "34500"),
    ("34 5001", "345001"),
    ("1234 567", "1234567"),
    ("3.420", "3,420"),
    ("3420", "3,420"),
    ("3 42", "342"),
    ("O", "0"),
    ("3O", "30"),
    ("O34", "34"),
    ("l", "1"),
    ("l2", "12"),
    ("口", "0"),
    ("8", "∞"),
    ("不限", "34"),
    ("34", "不限"),
    ("34 不限", "34"),
    ("-5", "5"),
    ("(5)", "-(5)"),
    ("34+", "34"),
    ("34%", "34"),
    ("≥34", "34"),
    ("34k", "34"),
    ("34万", "34"),
    ("34", "34 / 100"),
    ("342", "34²"),
    ("1.5", "15"),
    ("-", "0"),
    ("Anzahl", "34"),
    ("2 5", "25"),
]
NOT_EVIDENCED = [("", "34"), (None, "34"), (" \n", "不限"), (UNREADABLE, "1"), (f"34 {UNREADABLE}", "34"), ("0", "٥")]


@pytest.mark.parametrize(("seen", "layout"), SAME)
def test_the_same_count(seen: str, layout: str) -> None:
    assert agreement(seen, layout) is True


@pytest.mark.parametrize(("seen", "layout"), DIFFERENT)
def test_another_count(seen: str, layout: str) -> None:
    assert agreement(seen, layout) is False


@pytest.mark.parametrize(("seen", "layout"), NOT_EVIDENCED)
def test_nothing_legible(seen: str | None, layout: str) -> None:
    assert agreement(seen, layout) is None


def test_tokens_keep_what_makes_another_number() -> None:
    assert parse_counts("≥ 3,420 / unlimited") == (CountToken("3,420", "≥"), CountToken("∞"))


@pytest.mark.parametrize(
    ("seen", "layout", "same"),
    [
        ("34 500", "34; 500", True), ("342", "34; 2", True), ("42, 354 Current", "42,354 Current", True),
        ("12\t.", "12 тыс.", True), ("34.", "34", True), ("34 seats of 50", "34; 50", True),
        ("34\t120", "34120", False), ("34 120", "34120", False), ("3 4", "34", False), ("20 of 34", "34; 20", False),
        ("75", "34", False), ("O34", "34", False), ("l2", "2", False), ("15", "1.5", False), ("34", "-34", False),
        ("34", "3.4万", False), ("3.4", "3.4万", False), ("34 20", "34", False), ("", "34", False),
        ("不限", "不限", False),
    ],
)  # fmt: skip
def test_the_same_figures_otherwise_joined_are_no_denial(seen: str, layout: str, same: bool) -> None:
    assert same_figures(seen, layout) is same
