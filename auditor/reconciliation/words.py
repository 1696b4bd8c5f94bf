"""The words that sentences about a position share."""

from __future__ import annotations

from datetime import date

from auditor.model.contracts import UNLIMITED
from auditor.model.findings import Observation, Position
from auditor.reconciliation.facts import Facts
from auditor.reconciliation.making import money


def position_words(facts: Facts, position: Position) -> dict[str, object]:
    """Name, count with its raw text, entitlement with its breakdown, values, peak: for any sentence on a position."""
    metric = facts.metric(position)
    contract = facts.contract(position)
    moment = position.captured_at or facts.as_of
    day = facts.day(moment, contract)
    return {
        "name": facts.name(position.deployment),
        "day": day,
        "metric": metric.label if metric is not None and metric.label else position.metric,
        "unit": position.metric,
        "hwm": position.hwm,
        "used": position.counted,
        "text": _text(position, 'text "{}"', "counted on its complete list"),
        "text_zh": _text(position, "原文“{}”", "按完整列表计数"),
        "counted": position.all_units,
        "confirmed": confirmed(position),
        "confirmed_zh": confirmed_zh(position),
        "capture": position.capture,
        "entitled": quantity(position.entitled),
        "entitled_zh": quantity_zh(position.entitled),
        "breakdown": breakdown(position, day),
        "over": position.over_by,
        "list": money(position.list_value),
        "net": money(position.net_value),
        "captures": position.captures,
        "contract": position.contract or "–",
        "excluded": len(position.excluded),
        "tolerance": 0 if contract is None else contract.overage.tolerance_units,
        "cap": quantity(position.cap),
        "cap_raw": position.cap_raw,
    }


def observation_words(facts: Facts, observation: Observation) -> dict[str, object]:
    """Name, day, capture and count of one observation."""
    contract = facts.compared_with(observation.deployment)
    return {
        "name": facts.name(observation.deployment),
        "day": facts.day(observation.captured_at, contract),
        "capture": observation.capture,
        "used": observation.counted,
        "contract": "–" if contract is None else contract.id,
    }


def _text(position: Position, stated: str, listed: str) -> str:
    """How the page gives the number: by a text, or by nothing but its rows."""
    return listed if position.displayed is None else stated.format(position.displayed_raw)


def quantity(value: int | str | None) -> str:
    return "none" if value is None else str(value)


def quantity_zh(value: int | str | None) -> str:
    return "无" if value is None else "不限" if value == UNLIMITED else str(value)


def confirmed(position: Position) -> str:
    return "" if position.confirmed is None else f" ({position.confirmed} confirmed by {position.confirmed_by})"


def confirmed_zh(position: Position) -> str:
    return "" if position.confirmed is None else f"（{position.confirmed_by}确认{position.confirmed}）"


def breakdown(position: Position, day: date) -> str:
    """The steps that changed the quantity up to a day, e.g. `20 base + 5 S1 - 2 S2`."""
    parts: list[str] = []
    for step in position.timeline:
        if step.from_ <= day and step.units:
            label = step.why.split()[0].rstrip(",")
            sign = "- " if step.units < 0 else "+ " if parts else ""
            parts.append(f"{sign}{abs(step.units)} {label}")
    return " ".join(parts) or quantity(position.entitled)


def listing(items: tuple[str, ...] | list[str], most: int = 6) -> str:
    """Names in a row; the rest as a number, so that a sentence stays a sentence."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} + {len(items) - most}"
