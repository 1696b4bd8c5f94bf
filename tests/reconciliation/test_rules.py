"""Every rule of the catalogue fires on its example and stays silent on its near miss."""

from __future__ import annotations

import re

import pytest

from auditor.reconciliation import CATALOGUE, RULES
from auditor.reconciliation.rules.texts.sentences import SENTENCES
from tests.reconciliation.rule_cases_counts import COUNT_CASES
from tests.reconciliation.rule_cases_records import RECORD_CASES
from tests.reconciliation.rule_worlds import Case

CASES = (*COUNT_CASES, *RECORD_CASES)
FAMILIES = {"Q1": 11, "C2": 7, "D3": 8, "G4": 3, "T5": 6, "E6": 4, "P7": 7, "V8": 8, "R9": 4}
"""The families of section 5.2 of the licensing reference, with the number of rules in each."""
EXPECTED = [f"{family}{number:02}" for family, count in FAMILIES.items() for number in range(1, count + 1)]


def test_the_catalogue_is_the_one_of_the_reference() -> None:
    assert [rule.id for rule in RULES] == EXPECTED
    assert sorted(CATALOGUE) == sorted(EXPECTED)
    assert len(EXPECTED) == 58
    assert [case.rule for case in CASES] == EXPECTED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_fires_on_its_example(case: Case) -> None:
    found = [one for one in case.fires.told() if one.rule == case.rule]
    assert found
    entry = CATALOGUE[case.rule]
    for one in found:
        assert one.name == entry.name
        assert one.false_positive_risks == entry.risks
        assert re.search("[一-鿿]", one.statement_zh)
        assert "{" not in one.statement + one.statement_zh
    assert entry.example in [one.statement for one in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_is_silent_on_its_near_miss(case: Case) -> None:
    assert case.rule not in {one.rule for one in case.silent.told()}


def test_words_are_neutral_in_both_languages() -> None:
    forbidden = re.compile("breach|violat|infring|illegal|pirat|steal|侵权|违约|违法|盗版", re.IGNORECASE)
    texts = [text for pair in SENTENCES.values() for text in pair]
    texts += [text for one in CATALOGUE.values() for text in (one.name, one.name_zh, *one.risks, *one.risks_zh)]
    assert [text for text in texts if forbidden.search(text)] == []


def test_every_sentence_belongs_to_a_rule_and_every_rule_has_one() -> None:
    assert {key.partition(".")[0] for key in SENTENCES} == set(CATALOGUE)


def test_risks_are_given_in_both_languages() -> None:
    assert [one.id for one in CATALOGUE.values() if len(one.risks) != len(one.risks_zh)] == []


def test_what_favours_the_other_side_is_marked() -> None:
    assert {one.id for one in CATALOGUE.values() if one.favours == "other_side"} == {"C207", "P705"}
