"""Reads one field of a page: locates its value, checks that the screenshot shows it, and interprets it.

None and several are answers: no place is `missing`, different values are a `conflict` with every place named, a value
the screenshot does not show is `not_shown`, one that says no number is `unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from auditor.document import count_words
from auditor.document.dom.visibility import NO_SIZE
from auditor.document.json_pointers import MISSING, json_value_text, resolve_pointer
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.reading_checks import ReadingCheck, ReadingChecks
from auditor.model.reading.readings import Candidate, DateReading, FieldReading, FieldStatus, Locator, Quantity
from auditor.model.targets.deployments import FieldSpec, PageSpec
from auditor.reading.labels.cards import ValuePlace, ValueTest
from auditor.reading.labels.label_geometry import BY_STRUCTURE, why_apart
from auditor.reading.labels.readable_page import ReadablePage
from auditor.reading.labels.vocabulary import labels_of
from auditor.reading.numbers.cell import ABBREVIATED, ANOTHER_METRIC
from auditor.reading.numbers.dates import NO_END, STORED_NULL, UNKNOWN_DATE, read_date
from auditor.reading.numbers.quantities import read_quantities

DRAWN_VALUE = make_note("count.drawn")
"""A number that the page draws as a picture: no text says it."""
NO_MATCH = "field.no_match"
NO_ELEMENT = "field.no_element"
"""The page has no text that matches the field's pattern, or no element that matches its selector."""
_LONGEST = 300
_LONGEST_RUN = 20_000
"""Characters of a run of text that a pattern is held against."""
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
    doubt: Note | None = None
    misplaced: Note | None = None
    """Why the structure leaves open which place is meant."""
    label_at: tuple[int, int] | None = None
    """First and end piece of the label."""


def read_field(readable: ReadablePage, spec: FieldSpec, whole: PageSpec) -> FieldReading:
    """What the page says for one field of it, described by `spec`; `whole` is the page's own description."""
    page = readable.stored
    found = _unique(_find(readable, spec))
    empty = FieldReading(spec.id, spec.kind, "missing", (), metric=spec.metric)
    if not found:
        return replace(empty, why=_why_missing(page, spec))
    shown = [item for item in found if item.candidate.shown]
    candidates = tuple(item.candidate for item in [*shown, *(item for item in found if not item.candidate.shown)])
    if not shown:
        hidden = found[0].candidate.why_not_shown or quote_text("")
        why, rule = make_note("field.not_shown", why=hidden), found[0].rule
        return replace(empty, status="not_shown", candidates=candidates, why=why, rule=rule, found_by=rule)
    found_in = ReadingChecks(in_place=ReadingCheck("passed"), meant=ReadingCheck("passed"))
    base = replace(empty, candidates=candidates, rule=shown[0].rule, found_by=shown[0].rule, checks=found_in)
    if spec.kind == "count":
        return _count(page, spec, whole, base, shown)
    if spec.kind == "date":
        return _date(spec, whole, base, shown)
    return _text(base, shown)


def _find(readable: ReadablePage, spec: FieldSpec) -> Iterable[FoundValue]:
    page, finder = readable.stored, readable.finder
    if spec.pointer is not None:
        yield from _by_pointer(page, spec)
        return
    if spec.selector:
        for node in page.selected.select(spec.selector):
            first, end = page.texts.pieces(node)
            place = ValuePlace(first, end, 0, None, "", node, "selector", first == end and finder.drawn(node))
            yield from _patterned(_judge(page, place), spec)
        return
    labels = labels_of(spec)
    for label in labels:
        for place in finder.values(label, _fits(spec), spec.context, spec.role or "used"):
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


def is_loading(text: str) -> bool:
    """Whether a text stands where a value will be: a loader, a template that was not filled yet."""
    bare = comparison_form(text).strip(".…。!")
    return bare in count_words.LOADING or bool(re.match(r"\{\{|\$\{|\$[a-z_]+\[", bare))


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a value will be, or says that there is none: a loader, a dash, a template."""
    bare = comparison_form(text).strip(".…。!")
    known = bare in count_words.ABSENT or bare in count_words.NOT_LICENSED
    return known or not bare.strip("-—–*") or is_loading(text)


def _judge(page: StoredPage, place: ValuePlace) -> FoundValue:
    """The text of a place, with what the picture shows of it."""
    said = page.texts.said(place.first, place.end, place.offset)
    raw = said.text if place.length is None else said.text[: place.length]
    raw = raw.strip(" ,，;；|、" if place.length is not None else " ")
    if raw[-1:] in (")", "）") and "(" not in raw and "（" not in raw:
        raw = raw[:-1].rstrip()
    where = page.where(said.nodes[0] if said.nodes else place.node, place.label)
    shown = bool(said.nodes) or not said.hidden
    why: Note | None = None
    if not said.nodes and not said.hidden:
        reason = page.texts.sight.why_hidden(place.node) if page.tree.names[place.node] != "#document" else None
        why = None if reason is not None and reason.code == NO_SIZE.code else reason
        shown = why is None
    elif not shown:
        raw, why = said.hidden, said.why
    box = page.box(said, place.node)
    written = page.texts.said(place.first, place.end).text if place.offset or place.length is not None else said.text
    node = said.nodes[0] if said.nodes else place.node
    candidate = Candidate(raw, where, box, shown, why, _as_drawn(page, node, written or raw))
    drawn = any(page.tree.names[at] == "svg" for at in page.tree.ancestors(node))
    doubt = place.doubt or (make_note("count.in_a_drawing") if drawn else None)
    return FoundValue(candidate, node, said.struck, place.picture, place.rule, doubt, place.misplaced, place.label_at)


def _as_drawn(page: StoredPage, node: int, text: str) -> str:
    """The text in the order in which a picture shows it from left to right: figures of a text that is read from the
    right stand the other way round, unless a sign without spaces holds them together."""
    parts = text.split(" ")
    several = sum(any(char.isdecimal() for char in part) for part in parts) > 1
    return " ".join(reversed(parts)) if several and page.texts.reads_from_right(node) else text


def _patterned(found: FoundValue, spec: FieldSpec) -> Iterable[FoundValue]:
    """The part of the text that the field's pattern names; a text without it is no candidate."""
    if not spec.pattern:
        yield found
        return
    match = re.search(spec.pattern, found.candidate.raw[:_LONGEST_RUN])
    if match:
        yield replace(found, candidate=replace(found.candidate, raw=match.group(1 if match.re.groups else 0).strip()))


def _by_pattern(page: StoredPage, pattern: str) -> Iterable[FoundValue]:
    texts = page.texts
    matched = False
    for first, end, block in (*texts.units, *_lined_blocks(page)):
        if matched and end - first > 1 and first in texts.lines:
            break
        if re.search(pattern, texts.raw(first, end)[:_LONGEST_RUN]):
            found = _judge(page, ValuePlace(first, end, 0, None, "", block, "pattern"))
            again = re.search(pattern, found.candidate.raw)
            if again:
                matched = True
                raw = again.group(1 if again.re.groups else 0).strip()
                yield replace(found, candidate=replace(found.candidate, raw=raw))


def _lined_blocks(page: StoredPage) -> Iterable[tuple[int, int, int]]:
    """Texts of several lines whole, for a pattern that runs over more than one of them."""
    texts = page.texts
    starts = [piece for piece, (number, _) in texts.lines.items() if piece - 1 not in texts.lines or not number]
    for first in starts:
        end = first + 1
        while end in texts.lines and texts.nodes[end] == texts.nodes[first]:
            end += 1
        if end - first > 1:
            yield first, end, texts.units[texts.unit_of[first]][2]


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


def _why_missing(page: StoredPage, spec: FieldSpec) -> Note:
    if spec.pointer is not None:
        if page.document is None:
            return make_note("field.twin_keys" if page.twin_keys else "field.not_json")
        return make_note("field.nothing_at_pointer", pointer=spec.pointer)
    if spec.selector:
        return make_note(NO_ELEMENT, selector=spec.selector)
    labels = labels_of(spec)
    if not labels:
        return make_note(NO_MATCH, pattern=spec.pattern) if spec.pattern else make_note("field.names_nothing")
    if any(True for label in labels for _ in page.texts.find(label)):
        if spec.context:
            return make_note("field.no_value_under", label=f"{labels[0]!r}", context=f"{spec.context!r}")
        return make_note("field.no_value", label=f"{labels[0]!r}")
    return make_note("field.no_label", labels=" or ".join(repr(label) for label in labels[:4]))


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
        return replace(
            base, status="conflict", quantities=quantities, why=make_note("field.different_values", texts=values)
        )
    chosen, quantities = readings[0]
    base = replace(base, candidates=_first(chosen, base.candidates), rule=chosen.rule, found_by=chosen.rule)
    base = replace(base, checks=replace(base.checks, in_place=_in_place(page, chosen)))
    own = [quantity for quantity in quantities if quantity.role == role]
    readable = len(own) == 1 and own[0].kind != "unknown"
    status: FieldStatus = "read" if readable else "unreadable"
    if readable:
        return replace(base, status=status, quantities=quantities, rule=f"{base.rule}; {own[0].rule}")
    text = f"{chosen.candidate.raw!r}"
    if not own:
        why = make_note("field.no_number", text=text, role=role)
    elif len(own) > 1:
        why = make_note("field.several_numbers", text=text, role=role)
    else:
        reason = own[0].qualifiers[-1] if own[0].qualifiers else make_note("count.not_a_count")
        why = make_note("field.unread", text=text, why=reason)
    not_meant = base.checks.lowered("meant", ReadingCheck("failed", why))
    return replace(base, status=status, quantities=quantities, why=why, checks=not_meant)


def _in_place(page: StoredPage, chosen: FoundValue) -> ReadingCheck:
    """Whether the tree and the boxes of the layout lead from the label to one place."""
    if chosen.misplaced is not None:
        return ReadingCheck("failed", chosen.misplaced)
    if chosen.label_at is None or chosen.rule not in BY_STRUCTURE or not page.tree.laid_out:
        return ReadingCheck("passed")
    why = why_apart(page, chosen.label_at, chosen.candidate.box, chosen.rule)
    return ReadingCheck("passed") if why is None else ReadingCheck("failed", why)


def _first(chosen: FoundValue, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return (chosen.candidate, *(one for one in candidates if one is not chosen.candidate))


def _quantities(page: StoredPage, item: FoundValue, spec: FieldSpec, whole: PageSpec) -> tuple[Quantity, ...]:
    role = spec.role or "used"
    raw = item.candidate.raw
    if item.picture and not raw:
        return (Quantity(role, "unknown", None, "", "picture", "needs_review", None, (DRAWN_VALUE,)),)
    read = read_quantities(
        raw, role=role, locale=whole.locale, means=spec.means, order=spec.order, chinese_numerals=whole.chinese_numerals
    )
    own = [quantity for quantity in read if quantity.role == role and not _has(quantity, ANOTHER_METRIC)]
    if len(own) == 1:
        read = tuple(q for q in read if q.role != role or not _has(q, ANOTHER_METRIC))
    if len(read) == 1 and _has(read[0], ABBREVIATED):
        read = (_full_figure(page, item, read[0], whole),)
    for note in (make_note("count.struck_beside", text=item.struck) if item.struck else None, item.doubt):
        if note is None:
            continue
        read = tuple(replace(q, certainty="needs_review", qualifiers=(*q.qualifiers, note)) for q in read)
    return read


def _has(quantity: Quantity, qualifier: Note) -> bool:
    return any(one.code == qualifier.code for one in quantity.qualifiers)


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
                    note = make_note("count.full_figure", attribute=name, shown=short.raw)
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
    firm = [item for item in shown if item.rule not in _WEAK or read_date(item.candidate.raw).rule != UNKNOWN_DATE]
    shown = firm or shown
    base = replace(base, candidates=_first(shown[0], base.candidates), rule=shown[0].rule, found_by=shown[0].rule)
    readings = [read_date(item.candidate.raw, locale=whole.locale, means=endless) for item in shown]
    if len({(reading.candidates, reading.rule == NO_END) for reading in readings}) > 1:
        values = "; ".join(repr(item.candidate.raw) for item in shown[:6])
        return replace(base, status="conflict", why=make_note("field.different_dates", texts=values))
    first: DateReading = readings[0]
    base = replace(base, text=shown[0].candidate.raw, dates=first)
    if first.rule == NO_END or len(first.candidates) == 1:
        return replace(base, status="read")
    if len(first.candidates) > 1:
        return replace(base, status="read", why=make_note("field.ambiguous_date", text=f"{first.raw!r}"))
    why = make_note("field.stored_null" if first.rule == STORED_NULL else "field.not_a_date", text=f"{first.raw!r}")
    return replace(base, status="unreadable", why=why)


def _text(base: FieldReading, shown: Sequence[FoundValue]) -> FieldReading:
    shown = [item for item in shown if item.rule not in _WEAK] or shown
    base = replace(base, candidates=_first(shown[0], base.candidates), rule=shown[0].rule, found_by=shown[0].rule)
    values = {comparison_form(item.candidate.raw): item.candidate.raw for item in reversed(shown)}
    if len(values) > 1:
        listed = "; ".join(repr(item.candidate.raw) for item in shown[:6])
        return replace(base, status="conflict", why=make_note("field.different_texts", texts=listed))
    text = shown[0].candidate.raw
    if not text or is_placeholder(text):
        return replace(base, status="unreadable", text=text, why=make_note("field.no_text", text=f"{text!r}"))
    return replace(base, status="read", text=text)
