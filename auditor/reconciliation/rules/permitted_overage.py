"""Rules about units over that a contract permits: inside a tolerance, or settled by true-up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from types import MappingProxyType

from auditor.model.findings import Finding, Position
from auditor.model.notes import make_note
from auditor.model.targets.contracts import Money
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import format_money, position_finding
from auditor.reconciliation.rules.texts.position_words import PositionWords, both_languages, words_for_position

CODE_OF_MEASURE = MappingProxyType(
    {
        "high_water_mark": "owed.high_water_mark",
        "point_in_time": "owed.point_in_time",
        "time_weighted_average": "owed.time_weighted_average",
    }
)
"""How what is owed is told, by the contract's measure."""


def inside_tolerance(facts: RuleContext) -> Iterator[Finding]:
    """Q110: over, and permitted by tolerance or true-up. What a true-up owes is stated with its amount, also where the
    latest capture is within again."""
    for position in facts.positions:
        contract = facts.contract(position)
        if contract is None or (position.status != "over_permitted" and not position.true_up):
            continue
        words = words_for_position(facts, position) | {"clause": contract.overage.source.clause or "–"}
        if position.true_up:
            yield _owed(position, words)
            continue
        yield position_finding(
            "Q110",
            position,
            words,
            units=position.over_by,
            list_value=position.list_value,
            net_value=position.net_value,
            since=position.over_since,
        )


def _owed(position: Position, words: PositionWords) -> Finding:
    """What is owed by true-up, a part for each contract year."""
    parts = [
        make_note(
            CODE_OF_MEASURE[one.measure],
            year=one.year_from,
            units=f"{one.units:f}",
            day=one.day,
            amount=make_note("value.no_price") if one.amount is None else format_money(one.amount),
        )
        for one in position.true_up
    ]
    amounts = [one.amount for one in position.true_up]
    known = [one for one in amounts if one is not None]
    return position_finding(
        "Q110",
        position,
        words | both_languages("owed", make_note("several", notes=tuple(parts))),
        variant="true_up",
        severity="medium",
        kind="fail",
        favours="licensor",
        units=math.ceil(sum(one.units for one in position.true_up)),
        net_value=reduce(Money.__add__, known) if known and len(known) == len(amounts) else None,
        since=position.over_since,
    )
