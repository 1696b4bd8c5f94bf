"""What a reader is told is said in the reader's language, and counts one thing as one."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from auditor.model.captures import Outcome
from auditor.model.notes import Note, quote_text
from auditor.wording import PlaceText, note_templates, note_text, outcome_note
from tests.reconciliation.rule_cases_counts import COUNT_CASES
from tests.reconciliation.rule_cases_records import RECORD_CASES
from tests.reconciliation.rule_worlds import Case

CASES = (*COUNT_CASES, *RECORD_CASES)
NAMES = re.compile(
    r"CNY|UTC|c-[a-z]+-[\d-]+|https?://\S+?/|[a-z]\.example|evidence/\S+|artefact\.digest|\w+-\d{4}-\w+|§[\d.]+"
    r"|hefei|nanjing|anqing|bengbu|wuhu|“[^”]*”|reg：|version|judgment|（test，|'[^']*'|SN-\d+|no route|the page says"
    r"|no label|two texts|annual|is not declared"
)
"""Names, codes and texts of pages and persons in the cases: they stand in every language as they are."""
MANY = r"(?:units|rows|days|captures|deployments|findings|pixels|characters|warnings|seconds|pages)\b"
ONE_OF_MANY = re.compile(rf"\b1 (?:[a-z]+ )?{MANY}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_chinese_finding_holds_no_english_phrase(case: Case) -> None:
    for world in (case.fires, case.silent):
        for found in world.told():
            left = re.findall(r"[A-Za-z]{3,}", NAMES.sub("", found.statement_zh))
            assert left == [], f"{found.rule}: {found.statement_zh}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_no_finding_counts_one_as_many(case: Case) -> None:
    for world in (case.fires, case.silent):
        told = [found.statement for found in world.told()]
        told += [note_text(note, "en") for one in world.positions() for note in (one.rule, *one.notes)]
        assert [one for one in told if ONE_OF_MANY.search(one)] == []


@pytest.mark.parametrize("number", ["1", "2"])
def test_no_note_counts_one_as_many_or_many_as_one(number: str) -> None:
    for code, told in note_templates().items():
        places = {name for _, name, _, _ in Formatter().parse(told["en"]) if name}
        said = note_text(Note(code, tuple((name, number) for name in sorted(places))), "en")
        assert not ONE_OF_MANY.search(said), f"{code}: {said}"
        assert "|" not in said, f"{code}: {said}"


def test_a_place_names_what_it_counts() -> None:
    said = "{days:day|days}, {units:{unit}}"
    for days, units, expected in ((1, 1, "1 day, 1 seat"), (0, 21, "0 days, 21 seats")):
        places = {"days": PlaceText(days), "units": PlaceText(units), "unit": PlaceText("seat|seats")}
        assert said.format_map(places) == expected


def test_every_outcome_has_words() -> None:
    for outcome in get_args(Outcome):
        assert note_text(outcome_note(outcome), "en") != "not observed", outcome
    assert note_text(outcome_note("of a later version"), "zh") == "未观测到"


def test_a_text_that_looks_like_a_place_is_told_as_it_is() -> None:
    assert note_text(quote_text("{days:day|days}"), "en") == "{days:day|days}"
