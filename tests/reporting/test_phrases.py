"""Set sentences that the judging room writes in English have their Chinese, wherever the report shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor.model.contracts import Overage
from auditor.model.findings import Finding, Position
from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
from auditor.reporting.translations import load_translations
from auditor.workflow.report.compose import ASSUMPTIONS
from tests.reconciliation.rule_cases_counts import COUNT_CASES
from tests.reconciliation.rule_cases_records import RECORD_CASES
from tests.reconciliation.rule_worlds import BASE, Case, World
from tests.reconciliation.worked_contract import CONTRACT, LIBSYS, estate, seen

CASES = (*COUNT_CASES, *RECORD_CASES)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
AMENDMENT = re.compile(r"\S+ [+-]\d+")
"""`S1 +10` says the same in both languages."""


def of_position(position: Position) -> Iterator[str]:
    yield from (position.rule, position.over_days_rule, *position.notes)
    yield from (step.why for step in position.timeline)
    if position.over_by:
        yield position.priced_at


def of_finding(finding: Finding) -> Iterator[str]:
    yield from (*finding.assumptions, finding.disproved_by)


def untranslated(texts: Iterator[str]) -> list[str]:
    say = load_translations("zh")
    shown = {text: say.phrase(text) for text in texts if text and AMENDMENT.fullmatch(text) is None}
    return sorted(text for text, worded in shown.items() if worded == text or CHINESE.search(worded) is None)


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_what_a_rule_shows_is_said_in_chinese(case: Case) -> None:
    worlds = [case.fires, case.silent]
    for world in worlds:
        assert untranslated(text for one in world.positions() for text in of_position(one)) == []
        assert untranslated(text for one in world.told() for text in of_finding(one)) == []


def test_the_worked_contract_is_said_in_chinese() -> None:
    places = tuple(estate().deployments.values())
    observations = tuple(seen(one.id, "2020-01-10", 50) for one in places)
    world = World(on="2023-01-10", contract=CONTRACT, places=places, product=LIBSYS, observations=observations)
    assert untranslated(text for one in world.positions() for text in of_position(one)) == []
    assert untranslated(text for one in world.told() for text in of_finding(one)) == []


def test_what_the_measure_of_a_contract_adds_is_said_in_chinese() -> None:
    terms = replace(BASE, overage=Overage(measure="time_weighted_average"))
    counts = (("2018-11-01", 24), ("2019-11-01", 24), ("2019-11-11", 22))
    world = World(contract=terms, observations=tuple(seen("hefei", on, count) for on, count in counts))
    (position,) = world.positions()
    assert sum("averaged" in note or "contract year" in note for note in position.notes) == 2
    assert untranslated(of_position(position)) == []


def test_the_assumptions_of_every_report_and_every_rule_are_said_in_chinese() -> None:
    assert untranslated(iter(ASSUMPTIONS)) == []
    assert all(len(one.risks) == len(one.risks_zh) and one.name_zh for one in CATALOGUE.values())


def test_what_stands_at_a_place_is_translated_where_it_is_a_set_sentence_itself() -> None:
    said = load_translations("zh").phrase(
        "contract record lacks when S1 takes effect; what the end on 2022-02-09 means for existing units"
    )
    assert said == "合同记录缺少：S1的生效时间；2022-02-09终止后既有单位如何处理"
