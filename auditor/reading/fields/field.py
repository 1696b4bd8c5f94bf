"""Reads one field of a page: locates its value, checks that the screenshot shows it, and interprets it.

None and several are answers: no place is `missing`, different values are a `conflict` with every place named, a value
the screenshot does not show is `not_shown`, one that says no number is `unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from auditor.document import count_words
from auditor.document.json_pointers import MISSING, json_value_text, resolve_pointer
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.model.deployments import FieldSpec, PageSpec
from auditor.model.readings import Candidate, DateReading, FieldReading, FieldStatus, Locator, Quantity
from auditor.reading.labels.cards import ValuePlace, ValueTest
from auditor.reading.labels.vocabulary import labels_of
from auditor.reading.numbers.dates import read_date
from auditor.reading.numbers.quantities import read_quantities

_LONGEST = 300
_WEAK = frozenset(("card", "beside"))
"""A place found by neighbourhood alone: what says no value there does not contradict a value found elsewhere."""
_VALUE = re.compile(rf"[0-9]|{count_words.UNLIMITED_INSIDE}", re.IGNORECASE)
_CHINESE_COUNT = re.compile(r"^[零〇一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟廿卅]{1,8}\S?$")


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A place with its text, before it is judged."""

    candidate: Candidate
    node: int
    struck: str = ""
    picture: bool = False
    rule: str = ""
    doubt: str = ""


def read_field(page: StoredPage, spec: FieldSpec, whole: PageSpec) -> FieldReading:
    """What the page says for one field."""
    found = _unique(_find(page, spec))
    empty = FieldReading(spec.id, spec.kind, "missing", (), metric=spec.metric)
    if not found:
        return replace(empty, why=_why_missing(page, spec))
    shown = [item for item in found if item.candidate.shown]
    candidates = tuple(item.candidate for item in [*shown, *(item for item in found if not item.candidate.shown)])
    if not shown:
        why = f"the picture does not show it: {found[0].candidate.why_not_shown}"
        return replace(empty, status="not_shown", candidates=candidates, why=why, rule=found[0].rule)
    base = replace(empty, candidates=candidates, rule=shown[0].rule)
    if spec.kind == "count":
        return _count(page, spec, whole, base, shown)
    if spec.kind == "date":
        return _date(spec, whole, base, shown)
    return _text(base, shown)


def _find(page: StoredPage, spec: FieldSpec) -> Iterable[FoundValue]:
    if spec.pointer is not None:
        yield from _by_pointer(page, spec)
        return
    if spec.selector:
        for node in page.selected.select(spec.selector):
            first, end = page.texts.pieces(node)
            place = ValuePlace(first, end, 0, None, "", node, "selector", first == end and page.locator.drawn(node))
            yield from _patterned(_judge(page, place), spec)
        return
    labels = labels_of(spec)
    for label in labels:
        for place in page.locator.values(label, _fits(spec), spec.context):
            yield from _patterned(_judge(page, place), spec)
    if spec.pattern and not labels:
        yield from _by_pattern(page, spec.pattern)


def _fits(spec: FieldSpec) -> ValueTest:
    declared = {comparison_form(text) for text in spec.means}

    def count(text: str) -> bool:
        bare = comparison_form(text)
        if not text or len(text) > 80:
            return bare in declared
        return bool(_VALUE.search(text)) or bare in declared or is_placeholder(text) or bool(_CHINESE_COUNT.match(bare))

    def other(text: str) -> bool:
        return 0 < len(text) <= _LONGEST

    return count if spec.kind == "count" else other


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a value will be, or says that there is none: a loader, a dash, a template."""
    bare = comparison_form(text).strip(".…。!")
    known = bare in count_words.LOADING or bare in count_words.ABSENT or bare in count_words.NOT_LICENSED
    return known or not bare.strip("-—–*") or bool(re.match(r"\{\{|\$\{|\$[a-z_]+\[", bare))


def _judge(page: StoredPage, place: ValuePlace) -> FoundValue:
    """The text of a place, with what the picture shows of it."""
    said = page.texts.said(place.first, place.end, place.offset)
    raw = said.text if place.length is None else said.text[: place.length]
    raw = raw.strip(" ,，;；|、" if place.length is not None else " ")
    if raw[-1:] in (")", "）") and "(" not in raw and "（" not in raw:
        raw = raw[:-1].rstrip()
    where = page.where(said.nodes[0] if said.nodes else place.node, place.label)
    shown = bool(said.nodes) or not said.hidden
    why = ""
    if not said.nodes and not said.hidden:
        reason = page.texts.sight.why_hidden(place.node) if page.tree.names[place.node] != "#document" else ""
        why = reason if reason and reason != "has no size" else ""
        shown = not why
    elif not shown:
        raw, why = said.hidden, said.why
    box = page.box(said, place.node)
    candidate = Candidate(raw, where, box, shown, why)
    node = said.nodes[0] if said.nodes else place.node
    drawn = any(page.tree.names[at] == "svg" for at in page.tree.ancestors(node))
    doubt = place.doubt or ("it stands in a drawing" if drawn else "")
    return FoundValue(candidate, node, said.struck, place.picture, place.rule, doubt)


def _patterned(found: FoundValue, spec: FieldSpec) -> Iterable[FoundValue]:
    """The part of the text that the field's pattern names; a text without it is no candidate."""
    if not spec.pattern:
        yield found
        return
    match = re.search(spec.pattern, found.candidate.raw[:2000])
    if match:
        yield replace(found, candidate=replace(found.candidate, raw=match.group(1 if match.re.groups else 0).strip()))


def _by_pattern(page: StoredPage, pattern: str) -> Iterable[FoundValue]:
    texts = page.texts
    for first, end, block in texts.units:
        text = texts.raw(first, end)[:2000]
        match = re.search(pattern, text)
        if match:
            found = _judge(page, ValuePlace(first, end, 0, None, "", block, "pattern"))
            again = re.search(pattern, found.candidate.raw)
            if again:
                raw = again.group(1 if again.re.groups else 0).strip()
                yield replace(found, candidate=replace(found.candidate, raw=raw))


def _by_pointer(page: StoredPage, spec: FieldSpec) -> Iterable[FoundValue]:
    value = resolve_pointer(page.document, spec.pointer or "")
    if page.document is None or value is MISSING:
        return
    where = Locator(page.view, page.artefact, spec.pointer or "")
    yield from _patterned(FoundValue(Candidate(json_value_text(value), where, None, True), 0, rule="pointer"), spec)


def _unique(found: Iterable[FoundValue]) -> list[FoundValue]:
    kept: dict[tuple[str, str], FoundValue] = {}
    for item in found:
        kept.setdefault((item.candidate.locator.node, item.candidate.raw), item)
    return list(kept.values())


def _why_missing(page: StoredPage, spec: FieldSpec) -> str:
    if spec.pointer is not None:
        return f"nothing stands at {spec.pointer}" if page.document is not None else "the page is not a JSON document"
    if spec.selector:
        return f"no element matches {spec.selector}"
    labels = labels_of(spec)
    if not labels:
        return f"no text matches {spec.pattern}" if spec.pattern else "the field names no label, selector or pointer"
    if any(True for label in labels for _ in page.texts.find(label)):
        return f"the label {labels[0]!r} stands on the page with no value beside it" + (
            f" under {spec.context!r}" if spec.context else ""
        )
    return f"no label {' or '.join(repr(label) for label in labels[:4])} stands on the page"


def _count(
    page: StoredPage, spec: FieldSpec, whole: PageSpec, base: FieldReading, shown: Sequence[FoundValue]
) -> FieldReading:
    role = spec.role or "used"
    readings = [(item, _quantities(page, item, spec, whole)) for item in shown]
    firm = [one for one in readings if one[0].rule not in _WEAK or any(q.kind != "unknown" for q in one[1])]
    readings = firm or readings
    said = {_essence(quantities, role): (item, quantities) for item, quantities in reversed(readings)}
    if len(said) > 1:
        values = "; ".join(repr(item.candidate.raw) for item, _ in readings[:6])
        quantities = tuple(quantity for _, read in readings for quantity in read)
        return replace(base, status="conflict", quantities=quantities, why=f"different values stand there: {values}")
    chosen, quantities = readings[0]
    base = replace(base, candidates=_first(chosen, base.candidates), rule=chosen.rule)
    own = [quantity for quantity in quantities if quantity.role == role]
    readable = len(own) == 1 and own[0].kind != "unknown"
    status: FieldStatus = "read" if readable else "unreadable"
    if readable:
        return replace(base, status=status, quantities=quantities, rule=f"{base.rule}; {own[0].rule}")
    if not own:
        why = f"{chosen.candidate.raw!r} states no {role} number"
    elif len(own) > 1:
        why = f"{chosen.candidate.raw!r} states several {role} numbers"
    else:
        why = f"{chosen.candidate.raw!r}: {own[0].qualifiers[-1] if own[0].qualifiers else 'not a count'}"
    return replace(base, status=status, quantities=quantities, why=why)


def _first(chosen: FoundValue, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return (chosen.candidate, *(one for one in candidates if one is not chosen.candidate))


def _quantities(page: StoredPage, item: FoundValue, spec: FieldSpec, whole: PageSpec) -> tuple[Quantity, ...]:
    role = spec.role or "used"
    raw = item.candidate.raw
    if item.picture and not raw:
        note = "the value is drawn in a picture"
        return (Quantity(role, "unknown", None, "", "picture", "needs_review", None, (note,)),)
    read = read_quantities(
        raw, role=role, locale=whole.locale, means=spec.means, order=spec.order, chinese_numerals=whole.chinese_numerals
    )
    own = [quantity for quantity in read if quantity.role == role and "another metric" not in quantity.qualifiers]
    if len(own) == 1:
        read = tuple(q for q in read if q.role != role or "another metric" not in q.qualifiers)
    if len(read) == 1 and "abbreviated" in read[0].qualifiers:
        read = (_full_figure(page, item, read[0], whole),)
    for note in (f"struck out beside it: {item.struck}" if item.struck else "", item.doubt):
        if not note:
            continue
        read = tuple(replace(q, certainty="needs_review", qualifiers=(*q.qualifiers, note)) for q in read)
    return read


def _full_figure(page: StoredPage, item: FoundValue, short: Quantity, whole: PageSpec) -> Quantity:
    """`1.2k` with `1,234` in a title or aria-label: the full figure, for review, since the picture does not show it."""
    tree = page.tree
    for at, node in enumerate((item.node, *tree.ancestors(item.node))):
        if at > 3:
            break
        for name in ("title", "aria-label", "data-original-title", "data-tooltip", "data-value"):
            written_out = tree.attrs(node).get(name, "") if tree.attributes[node] else ""
            if not written_out or len(written_out) > 60:
                continue
            for full in read_quantities(written_out, role=short.role, locale=whole.locale):
                if full.kind == "exact" and _close(full.value, short.value):
                    note = f"full figure from {name}; the picture shows {short.raw}"
                    return replace(full, raw=short.raw, rule=name, certainty="needs_review", qualifiers=(note,))
    return short


def _close(full: int | None, rounded: int | None) -> bool:
    """Within a twentieth: the rounding of an abbreviation."""
    return full is not None and rounded is not None and abs(full - rounded) * 20 <= max(full, rounded)


def _essence(quantities: Sequence[Quantity], role: str) -> tuple[object, ...]:
    """What two places must have in common to say the same."""
    own = [q for q in quantities if q.role == role]
    if any(q.kind == "unknown" for q in own) or not own:
        return ("unknown", *sorted(comparison_form(q.raw) for q in (own or quantities)))
    return tuple(sorted((q.role, q.kind, str(q.value)) for q in own))


def _date(spec: FieldSpec, whole: PageSpec, base: FieldReading, shown: Sequence[FoundValue]) -> FieldReading:
    endless = frozenset(text for text, meaning in spec.means.items() if meaning == "unlimited")
    firm = [item for item in shown if item.rule not in _WEAK or read_date(item.candidate.raw).rule != "unknown"]
    shown = firm or shown
    base = replace(base, candidates=_first(shown[0], base.candidates), rule=shown[0].rule)
    readings = [read_date(item.candidate.raw, locale=whole.locale, means=endless) for item in shown]
    if len({(reading.candidates, reading.rule == "no end") for reading in readings}) > 1:
        values = "; ".join(repr(item.candidate.raw) for item in shown[:6])
        return replace(base, status="conflict", why=f"different dates stand there: {values}")
    first: DateReading = readings[0]
    base = replace(base, text=shown[0].candidate.raw, dates=first)
    if first.rule == "no end" or len(first.candidates) == 1:
        return replace(base, status="read")
    if len(first.candidates) > 1:
        return replace(base, status="read", why=f"{first.raw!r} has several readings; none is chosen")
    why = "is a stored null" if first.rule == "null" else "is not a date"
    return replace(base, status="unreadable", why=f"{first.raw!r} {why}")


def _text(base: FieldReading, shown: Sequence[FoundValue]) -> FieldReading:
    shown = [item for item in shown if item.rule not in _WEAK] or shown
    base = replace(base, candidates=_first(shown[0], base.candidates), rule=shown[0].rule)
    values = {comparison_form(item.candidate.raw): item.candidate.raw for item in reversed(shown)}
    if len(values) > 1:
        listed = "; ".join(repr(item.candidate.raw) for item in shown[:6])
        return replace(base, status="conflict", why=f"different texts stand there: {listed}")
    text = shown[0].candidate.raw
    if not text or is_placeholder(text):
        return replace(base, status="unreadable", text=text, why=f"{text!r} is no value")
    return replace(base, status="read", text=text)
