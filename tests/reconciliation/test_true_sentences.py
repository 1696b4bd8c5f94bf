"""Sentences about records that hold nothing, and about deployments that gave nothing, claim no more than that."""

from __future__ import annotations

from dataclasses import replace

from auditor.model.findings import Unobserved
from auditor.model.notes import quote_text
from tests.reconciliation.rule_worlds import BASE, World
from tests.reconciliation.worked_contract import S1, at, seen, yuan

NOTHING_PAID = replace(
    BASE,
    authorised=tuple(replace(one, payments=(), net=yuan("30000.00")) for one in BASE.authorised),
    amendments=(replace(S1, payments=()),),
)


def test_where_no_payments_are_recorded_at_all_it_is_said_once_and_is_no_high_finding() -> None:
    (told,) = [one for one in World(contract=NOTHING_PAID).told() if one.rule == "P701"]
    assert (told.severity, told.kind, told.certainty, told.deployment) == ("low", "open", "needs_review", "")
    assert told.net_value is None
    assert told.statement.startswith("AG-2015-007: no payments recorded. Due by record for 2 orders and amendments")
    assert "37,500.00 CNY" in told.statement
    assert "无付款记录" in told.statement_zh


def test_where_some_payments_are_recorded_the_short_ones_stay_findings_of_their_own() -> None:
    some = replace(NOTHING_PAID, authorised=BASE.authorised)
    (told,) = [one for one in World(contract=some).told() if one.rule == "P701"]
    assert (told.severity, told.deployment) == ("high", "hefei")


def test_a_site_that_was_visited_is_not_said_to_have_been_never_visited() -> None:
    tried = Unobserved("hefei", "registration", "timed_out", quote_text("slow"), at("2019-11-19"), "c-9")
    (told,) = [one for one in World(unobserved=(tried,)).told() if one.rule == "D302"]
    assert "never" not in told.statement
    assert "has not given a number yet (attempts without one: 1)" in told.statement
    (untried,) = [one for one in World().told() if one.rule == "D302"]
    assert untried.statement == "合肥 is listed by AG-2015-007 and was never visited."
    assert not [one for one in World(observations=(seen("hefei", "2019-11-20", 12),)).told() if one.rule == "D302"]
