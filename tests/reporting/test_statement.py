"""What a customer's statement answers and sums: nothing that is open reads as within, nothing missing as a sum."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from auditor.model.findings import Finding, Position, TrueUp
from auditor.model.notes import make_note
from auditor.model.reports import Report
from auditor.reporting import CustomerStatement, Lang, StatementParties, customer_statement
from tests.reporting.libnet_case import VISITS
from tests.reporting.sample_report import sample

PARTIES = StatementParties("A Customer", "A Vendor", ())
BASE = sample({visit.capture: b"no picture is looked at" for visit in VISITS}).report
OVER = next(one for one in BASE.positions if one.deployment == "site-90")
WITHIN = replace(OVER, status="within", over_by=0, list_value=None, net_value=None, doubts={})


def stated(*positions: Position, lang: Lang = "en", **more: Any) -> CustomerStatement:
    report: Report = replace(BASE, positions=positions, findings=more.pop("findings", ()), **more)
    return customer_statement(report, PARTIES, lang)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "unverified", "over_by": None},
        {"doubts": {"displayed": make_note("change.none")}},
        {"rule": make_note("counting.pooled")},
    ],
)
def test_what_is_open_is_never_said_to_be_within(change: dict[str, Any]) -> None:
    assert stated(WITHIN).answer == "By record, none of 1 deployment uses more than is entitled or permitted."
    still = replace(WITHIN, deployment="other", **change)
    assert stated(WITHIN, still).answer.endswith("; not settled: 1.")
    assert stated(OVER, still).answer == "By record, 1 of 2 deployments use more than is entitled. Not settled: 1."


def test_without_any_position_nothing_is_said_to_be_within() -> None:
    assert stated().answer == "By record, nothing was compared."
    assert stated(lang="zh").answer == "依记录，尚无可对照的使用数。"


def test_units_that_two_contracts_are_compared_with_are_summed_once() -> None:
    assert OVER.list_value is not None
    twice = stated(OVER, replace(OVER, contract="another"))
    assert twice.sums == stated(OVER).sums
    assert any(f"{OVER.list_value.amount:,}" in text for text in twice.sums)


def test_a_sum_says_what_it_lacks() -> None:
    other = replace(OVER, deployment="other", net_value=None)
    assert "Without a contract price, and not in the sum at contract prices: 1." in stated(OVER, other).sums
    owed = TrueUp(date(2020, 1, 1), "high_water_mark", Decimal(3), date(2020, 5, 1), None)
    assert (
        "Owed under true-up without a recorded price, and in no sum: 1."
        in stated(replace(WITHIN, status="over_permitted", over_by=3, true_up=(owed,))).sums
    )


def test_deployments_that_share_a_quantity_are_told_as_one() -> None:
    shared = replace(WITHIN, rule=make_note("counting.pooled"))
    base: Finding = BASE.findings[0]
    found = replace(base, rule="Q111", statement="AG-7: 2 deployments share.", life="new", baseline="new")
    said = stated(shared, replace(shared, deployment="other"), findings=(found,))
    assert "AG-7: 2 deployments share. It is in no sum here." in said.sums
    assert all("shared with other deployments" in line.remark for line in said.lines)
    closed = replace(found, life="settled")
    assert not any("AG-7" in text for text in stated(shared, findings=(closed,)).sums)
