"""Notes and their words: frozen values, both languages, nothing formatted twice."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from auditor.model.findings import Finding, Position
from auditor.model.notes import Note, make_note, map_texts, note_body, parse_note, quote_text
from auditor.model.targets.contracts import Overage
from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
from auditor.wording import english, note_text, stored_note
from auditor.wording.sentences import FIXED_SENTENCES
from auditor.workflow.report.compose import ASSUMPTIONS
from tests.reconciliation.rule_cases_counts import COUNT_CASES
from tests.reconciliation.rule_cases_records import RECORD_CASES
from tests.reconciliation.rule_worlds import BASE, Case, World
from tests.reconciliation.worked_contract import CONTRACT, LIBSYS, estate, seen

CASES = (*COUNT_CASES, *RECORD_CASES)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NESTED = make_note(
    "position.no_number",
    day=date(2024, 5, 1),
    why=make_note("gap.missing", why=make_note("several", notes=(make_note("list.not_on_page"), quote_text("x")))),
)


@pytest.mark.parametrize("note", [make_note("position.never_observed"), make_note("list.rows_again", rows=3), NESTED])
def test_a_note_survives_json_pickling_and_a_set(note: Note) -> None:
    adapter = TypeAdapter(Note)
    assert parse_note(note_body(note)) == note
    assert adapter.validate_json(adapter.dump_json(note)) == note
    assert pickle.loads(pickle.dumps(note)) == note
    assert {note, parse_note(note_body(note))} == {note}


@pytest.mark.parametrize(
    "body",
    [None, "missing", [], {}, {"code": 1}, {"code": "a", "more": 1}, {"code": "a", "values": []},
     {"code": "a", "values": {"x": None}}, {"code": "a", "values": {"x": True}}, {"code": "a", "values": {"x": 1.5}},
     {"code": "a", "values": {"x": ["y"]}}],
)  # fmt: skip
def test_anything_else_is_no_note(body: object) -> None:
    with pytest.raises(ValueError, match="note"):
        parse_note(body)


def test_days_and_decimals_are_kept_as_they_are_written() -> None:
    made = make_note("value.net", percent=Decimal("30.50"), net=date(2024, 5, 1))
    assert (made.text("percent"), made.text("net"), made.text("other")) == ("30.50", "2024-05-01", "")


def test_every_text_of_a_note_is_masked_however_deep() -> None:
    masked = map_texts(NESTED, lambda text: text.replace("x", "***").replace("2024", "****"))
    assert english(masked) == "no number on ****-05-01: missing: the list does not stand on it; ***"
    assert masked.code == NESTED.code


def test_a_note_is_worded_in_both_languages_with_what_it_holds() -> None:
    assert english(NESTED) == "no number on 2024-05-01: missing: the list does not stand on it; x"
    assert note_text(NESTED, "zh") == "2024-05-01 无数值：缺失：其上没有该列表；x"
    assert english(None) == ""


def test_what_a_note_carries_is_never_formatted() -> None:
    assert note_text(make_note("entitlement.base", edition="{0.__class__} {x}"), "zh") == "基础授权，{0.__class__} {x}"


def test_a_code_without_words_is_an_error_and_never_a_hole() -> None:
    with pytest.raises(KeyError):
        english(make_note("position.nobody_knows"))
    with pytest.raises(KeyError):
        english(make_note("position.peak_of_one"))


def test_a_stored_sentence_is_told_by_its_whole_text_alone() -> None:
    for code in FIXED_SENTENCES:
        assert stored_note(english(make_note(code))) == make_note(code)
        assert stored_note(english(make_note(code)) + " ").code == "quoted"
    off = make_note("capture.check_off", check="clock", why="practice", fact="none")
    assert stored_note(english(off), (off,)) == off
    assert stored_note("Check clock was switched off: other (found: none)", (off,)).code == "quoted"


def of_position(position: Position) -> Iterator[Note]:
    yield from (position.rule, *position.notes)
    yield from (note for note in (position.over_days_rule, position.priced_at) if note is not None)
    yield from (step.why for step in position.timeline)


def of_finding(finding: Finding) -> Iterator[Note]:
    yield from finding.assumptions


AMENDMENT = "entitlement.units"
"""`S1 +10` says the same in both languages."""


def untranslated(notes: Iterator[Note]) -> list[str]:
    return [english(note) for note in notes if note.code != AMENDMENT and not CHINESE.search(note_text(note, "zh"))]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_what_a_rule_shows_is_said_in_chinese(case: Case) -> None:
    for world in (case.fires, case.silent):
        assert untranslated(note for one in world.positions() for note in of_position(one)) == []
        told = world.told()
        assert untranslated(note for one in told for note in of_finding(one)) == []
        assert [one.rule for one in told if one.disproved_by and not CHINESE.search(one.disproved_by_zh)] == []


def test_the_worked_contract_is_said_in_chinese() -> None:
    places = tuple(estate().deployments.values())
    observations = tuple(seen(one.id, "2020-01-10", 50) for one in places)
    world = World(on="2023-01-10", contract=CONTRACT, places=places, product=LIBSYS, observations=observations)
    assert untranslated(note for one in world.positions() for note in of_position(one)) == []
    assert untranslated(note for one in world.told() for note in of_finding(one)) == []


def test_what_the_measure_of_a_contract_adds_is_said_in_chinese() -> None:
    terms = replace(BASE, overage=Overage(measure="time_weighted_average"))
    counts = (("2018-11-01", 24), ("2019-11-01", 24), ("2019-11-11", 22))
    world = World(contract=terms, observations=tuple(seen("hefei", on, count) for on, count in counts))
    (position,) = world.positions()
    assert {"position.average", "position.most_over_in_year"} <= {note.code for note in position.notes}
    assert untranslated(of_position(position)) == []


def test_the_assumptions_of_every_report_and_every_rule_are_said_in_chinese() -> None:
    assert untranslated(iter(ASSUMPTIONS)) == []
    for one in CATALOGUE.values():
        assert len(one.risks) == len(one.risks_zh)
        assert one.name_zh
        assert bool(one.disproved_by) == bool(CHINESE.search(one.disproved_by_zh)), one.id
