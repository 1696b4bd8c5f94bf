"""The words that sentences about a position share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce

from auditor.model.findings import Position
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import UNLIMITED
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import format_money
from auditor.wording import LANGS, Lang, note_text


class PositionWords(Mapping[str, object]):
    """Words about a position, each made when a sentence asks for it: a sentence uses few of them."""

    def __init__(self, facts: RuleContext, position: Position, more: Mapping[str, object]) -> None:
        self._facts, self._position, self._more = facts, position, more

    def __getitem__(self, key: str) -> object:
        return self._more[key] if key in self._more else WORD_MAKERS[key](self._facts, self._position)

    def __iter__(self) -> Iterator[str]:
        return iter({**WORD_MAKERS, **self._more})

    def __len__(self) -> int:
        return len({**WORD_MAKERS, **self._more})

    def __or__(self, more: Mapping[str, object]) -> PositionWords:
        return PositionWords(self._facts, self._position, {**self._more, **more})


def words_for_position(facts: RuleContext, position: Position) -> PositionWords:
    """Name, count with its raw text, entitlement with its breakdown, values, peak: for any sentence on a position."""
    return PositionWords(facts, position, {})


def _day(facts: RuleContext, position: Position) -> date:
    return facts.day(position.captured_at or facts.as_of, facts.contract(position))


def _metric(facts: RuleContext, position: Position) -> str:
    metric = facts.metric(position)
    return metric.label if metric is not None and metric.label else position.metric


def _tolerance(facts: RuleContext, position: Position) -> int:
    contract = facts.contract(position)
    return 0 if contract is None else contract.overage.tolerance_units


WORD_MAKERS: Mapping[str, Callable[[RuleContext, Position], object]] = {
    "name": lambda facts, position: facts.name(position.deployment),
    "day": _day,
    "metric": _metric,
    "unit": lambda _, position: unit_forms(position.metric),
    "units": lambda _, position: unit_text(position.metric),
    "hwm": lambda _, position: position.hwm,
    "used": lambda _, position: position.counted,
    "text": lambda _, position: _text(position, 'text "{}"', "counted on its complete list"),
    "text_zh": lambda _, position: _text(position, "原文“{}”", "按完整列表计数"),
    "counted": lambda _, position: position.all_units,
    "confirmed": lambda _, position: confirmed_text(position),
    "confirmed_zh": lambda _, position: confirmed_text_zh(position),
    "capture": lambda _, position: position.capture,
    "entitled": lambda _, position: quantity_text(position.entitled),
    "entitled_zh": lambda _, position: quantity_text_zh(position.entitled),
    "breakdown": lambda facts, position: breakdown(position, _day(facts, position), "en"),
    "breakdown_zh": lambda facts, position: breakdown(position, _day(facts, position), "zh"),
    "over": lambda _, position: position.over_by,
    "list": lambda _, position: format_money(position.list_value),
    "net": lambda _, position: format_money(position.net_value),
    "captures": lambda _, position: position.captures,
    "contract": lambda _, position: position.contract or "–",
    "counted_of": lambda _, position: _counted_of(position, " (of {n} shown)"),
    "counted_of_zh": lambda _, position: _counted_of(position, "（显示{n}）"),
    "excluded": lambda _, position: not_counted(position),
    "tolerance": _tolerance,
    "cap": lambda _, position: quantity_text(position.cap),
    "cap_raw": lambda _, position: position.cap_raw,
}


def unit_forms(metric: str) -> str:
    """One unit and several, for a place that names what is counted: `branch unit|branch units`."""
    several = unit_text(metric)
    return f"{several.removesuffix('s')}|{several}"


def unit_text(metric: str) -> str:
    """What an English sentence calls the units of a metric: `branch units`, and `units` where the metric is `unit`."""
    name = metric.casefold()
    if name in ("unit", "units"):
        return "units"
    return metric if name.endswith("units") else f"{metric}s" if name.endswith("unit") else f"{metric} units"


def not_counted(position: Position) -> int:
    """How many of the displayed or listed units are not counted: rows left out and units exempt by contract."""
    if position.counted is None or position.all_units is None:
        return len(position.excluded)
    return max(0, position.counted - position.all_units)


def _counted_of(position: Position, said: str) -> str:
    """How many are shown, where another number is counted and compared."""
    return "" if position.all_units == position.counted else said.format(n=position.counted)


def words_for_observation(facts: RuleContext, observation: Count) -> dict[str, object]:
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


def quantity_text(value: int | str | None) -> str:
    return "none" if value is None else str(value)


def quantity_text_zh(value: int | str | None) -> str:
    return "无" if value is None else "不限" if value == UNLIMITED else str(value)


def confirmed_text(position: Position) -> str:
    """What a person confirmed, or until when it held."""
    stopped = position.confirmation_stopped
    if stopped is not None:
        return f" (no confirmed count: {stopped.value} confirmed by {stopped.by} held until {stopped.held_until})"
    return "" if position.confirmed is None else f" ({position.confirmed} confirmed by {position.confirmed_by})"


def confirmed_text_zh(position: Position) -> str:
    stopped = position.confirmation_stopped
    if stopped is not None:
        return f"（无确认数：{stopped.by}确认的{stopped.value}有效至{stopped.held_until}）"
    return "" if position.confirmed is None else f"（{position.confirmed_by}确认{position.confirmed}）"


def breakdown(position: Position, day: date, lang: Lang) -> str:
    """The steps that changed the quantity up to a day, e.g. `20 base + 5 S1 - 2 S2`."""
    parts: list[str] = []
    for step in position.timeline:
        if step.from_ <= day and step.units:
            label = _label(step.why) or note_text(make_note("breakdown.base"), lang)
            sign = "- " if step.units < 0 else "+ " if parts else ""
            parts.append(f"{sign}{abs(step.units)} {label}")
    say = quantity_text if lang == "en" else quantity_text_zh
    return " ".join(parts) or say(position.entitled)


def both_languages(key: str, note: Note) -> dict[str, str]:
    """A note for a sentence of each language: under its key, and under the key with `_zh`."""
    return {key: note_text(note, "en"), f"{key}_zh": note_text(note, "zh")}


def listed_in_both(key: str, notes: Iterable[Note], separator: str = "; ") -> dict[str, str]:
    """Several notes for a sentence of each language, in a row of at most six."""
    found = list(notes)
    told = {lang: [note_text(note, lang) for note in found] for lang in LANGS}
    return {key: list_text(told["en"], separator=separator), f"{key}_zh": list_text(told["zh"], separator="；")}


def enumeration(notes: Sequence[Note]) -> Note:
    """Several notes as one enumeration: `a, b, c`."""
    first, *rest = notes
    return reduce(lambda before, note: make_note("enumeration", before=before, note=note), rest, first)


def _label(why: Note) -> str:
    """The amendment that made a change; empty for the quantity of an order."""
    change = why.value("change")
    return (change if isinstance(change, Note) else why).text("amendment")


def list_text(items: tuple[str, ...] | list[str], most: int = 6, separator: str = ", ") -> str:
    """Names in a row; the rest as a number, so that a sentence stays a sentence."""
    shown = separator.join(items[:most])
    return shown if len(items) <= most else f"{shown} + {len(items) - most}"
