"""Everything on a page that looks like a label with its value, or like a list: what `auditor profile` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.document.damage import refuse_damage
from auditor.document.dom.visibility import is_never_seen
from auditor.document.json_pointers import json_value_text
from auditor.document.normalisation import FOOTNOTE_MARKS, comparison_form
from auditor.document.page import StoredPage, page_from_body, page_from_snapshot, rounded
from auditor.model.reading.reading_checks import ReadingCheck
from auditor.model.reading.readings import Box, Locator, Quantity, SeenText
from auditor.model.targets.deployments import CountRole, FieldSpec, ListingSpec, PageSpec
from auditor.reading.fields.field import read_field
from auditor.reading.labels.readable_page import with_finder
from auditor.reading.labels.vocabulary import COLUMN_HEADERS, COLUMN_OF, FAMILY_OF
from auditor.reading.lists.next_page import find_next_page_control
from auditor.reading.lists.rows import find_header_row, header_texts, match_columns, read_list_page, rows_below_header
from auditor.reading.numbers.dates import read_date

MAX_PAIRS = 3_000
"""Runs of text that are considered as labels."""

FEWEST_ROWS = 3
"""Rows of data that make a table a list, where its columns are not known."""
_ANY_LIST = ListingSpec("survey", "")
_KNOWN = {"any": tuple(header for known in COLUMN_HEADERS.values() for header in known)}

MAX_JSON_DEPTH = 12
"""Levels of a JSON document that are looked through."""

_ICON = re.compile(r"(?:^|[\s_-])(?:material-(?:icons|symbols)|iconfont|icons?|glyphicon|mdi|fa[srlb]?)(?:$|[\s_-])")
"""Classes of elements whose text is the name of a picture."""

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption"))
_ROLES: tuple[CountRole, ...] = ("used", "cap", "remaining", "peak", "over", "listed")
_PLAIN = frozenset(("label: value", "row", "definition", "form control", "aria-label"))


@dataclass(frozen=True, slots=True)
class SurveyedPair:
    """A label with the value that the reader finds for it."""

    label: str
    value: str
    kind: str
    """`count`, `date` or `text`."""
    family: str
    """The field or role the label is known for; '' where it is not known."""
    quantities: tuple[Quantity, ...]
    locator: Locator
    box: Box | None
    label_box: Box | None
    shown: bool
    ambiguous: bool
    """The label stands on the page with different values."""
    rule: str
    drawn: ReadingCheck | None = None
    """Whether the picture says the same count; None where it was not asked."""
    seen: SeenText | None = None
    """What the picture says at the value's place."""

    @property
    def proposed(self) -> bool:
        """Whether nothing speaks against describing the page by it: a count that only one eye sees is not proposed."""
        return self.shown and (self.drawn is None or self.drawn.holds)


@dataclass(frozen=True, slots=True)
class SurveyedList:
    """A list with its columns and the number of rows that this page shows."""

    caption: str
    headers: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    """Column id and header, where the header is known."""
    rows: int
    stated_total: int | None
    has_next: bool
    box: Box | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a page offers to a profile."""

    pairs: tuple[SurveyedPair, ...]
    lists: tuple[SurveyedList, ...]
    title: str
    headings: tuple[str, ...] = ()
    """Texts that head a part of the page: what tells labels apart that stand there twice."""


@refuse_damage
def survey(snapshot: bytes, *, locale: str | None = None) -> Survey:
    """The pairs and lists of a page, in reading order; values are read by the very rules of a reading."""
    page = page_from_snapshot(snapshot)
    return _survey(page, locale)


@refuse_damage
def survey_body(body: bytes, *, locale: str | None = None) -> Survey:
    """The same for the body of a page that needs no browser: HTML, or JSON with pointers in place of labels."""
    page = page_from_body(body)
    if page.document is None:
        return _survey(page, locale)
    return Survey(tuple(_values(page, locale)), tuple(_arrays(page.document)), "")


def _survey(page: StoredPage, locale: str | None) -> Survey:
    return Survey(tuple(_pairs(page, locale)), tuple(_lists(page, locale)), page.tree.title, tuple(_headings(page)))


def _headings(page: StoredPage) -> Iterator[str]:
    for node, name in enumerate(page.tree.names):
        if name in _HEADINGS or page.tree.attrs(node).get("role") == "heading":
            text = page.texts.text(node)
            if 0 < len(text) <= 80:
                yield text


@refuse_damage
def survey_pairs(snapshot: bytes, *, locale: str | None = None) -> tuple[SurveyedPair, ...]:
    """The label and value pairs of a page."""
    return tuple(_pairs(page_from_snapshot(snapshot), locale))


def _labels(page: StoredPage) -> Iterator[tuple[str, int]]:
    """Texts that could be labels, with their node: before a colon, a whole run, a part of one, an `aria-label`."""
    texts = page.texts
    controls = set(texts.controls)
    seen: set[str] = set()
    rows = _in_lists(page)
    for first, end, _ in texts.units[:MAX_PAIRS]:
        if any(start <= texts.nodes[first] < stop for start, stop in rows):
            continue
        whole = texts.raw(first, end)
        named = re.findall(r"^([^0-9(（:：]{2,40}?)\s*[(（]\s*[0-9]", whole)
        named += re.findall(r"(?:^|[\s,，;；|(（])([^\s:：,，;；|0-9][^:：,，;；|\n]{0,40})[:：]", whole)
        nodes = texts.nodes[first:end]
        icons = {node for node in nodes if _is_icon(page, node)}
        if controls.isdisjoint(nodes) and not icons and not re.search("[:：].", whole):
            named.append(whole)
        parts = [(texts.strings[first + at], node) for at, node in enumerate(nodes) if node not in controls | icons]
        for text, node in [*((name, nodes[0]) for name in named), *parts]:
            label = " ".join(text.split()).rstrip(f":：?？ⓘ {FOOTNOTE_MARKS}")
            plain = 0 < len(label) <= 48 and re.search(r"[^\W\d_]", label) and not re.search("[:：]", label)
            if plain and comparison_form(label) not in seen and not is_never_seen(texts.sight.why_hidden(node)):
                seen.add(comparison_form(label))
                yield label, node
    for control in texts.controls:
        label = page.tree.attrs(control).get("aria-label", "")
        if label and comparison_form(label) not in seen:
            yield label, control


def _is_icon(page: StoredPage, node: int) -> bool:
    """Whether a text is the name of a picture in an icon font: drawn as the picture, and no word of the page."""
    return any(_ICON.search(page.tree.attrs(at).get("class", "")) for at in (node, page.tree.parents[node]) if at >= 0)


def _pairs(page: StoredPage, locale: str | None) -> Iterator[SurveyedPair]:
    spec = PageSpec("survey", locale=locale)
    taken: set[tuple[str, str]] = set()
    values: set[tuple[str, str]] = set()
    readable = with_finder(page, frozenset(FAMILY_OF))
    for label, node in _labels(page):
        if (page.tree.path(node), comparison_form(label)) in values:
            continue
        family = FAMILY_OF.get(comparison_form(label), "")
        role: CountRole = next((role for role in _ROLES if role == family), "used")
        as_count = read_field(readable, FieldSpec("count", "count", role, labels=(label,)), spec)
        count = any(q.kind != "unknown" for q in as_count.quantities)
        found = as_count if count else read_field(readable, FieldSpec("text", "text", labels=(label,)), spec)
        if not found.candidates or not (count or found.found_by in _PLAIN or family):
            continue
        value = found.candidates[0]
        place = (value.locator.node, value.raw)
        if place in taken or not value.raw or comparison_form(value.raw) == comparison_form(label):
            continue
        if found.status != "conflict":
            taken.add(place)
        values.add((value.locator.node, comparison_form(value.raw)))
        dated = read_date(value.raw, locale=locale).candidates
        kind = "date" if dated else "count" if count else "text"
        yield SurveyedPair(
            label, value.raw, kind, family, as_count.quantities if kind == "count" else (), value.locator, value.box,
            rounded(page.tree.box(node)), value.shown, found.status == "conflict", found.found_by,
        )  # fmt: skip


def _header(page: StoredPage, node: int) -> str:
    """A column header as its name is written, without signs of sorting beside it."""
    texts = page.texts
    first, end = texts.pieces(node)
    kept = [texts.strings[at] for at in range(first, end) if page.tree.names[texts.nodes[at]][0] != ":"]
    whole = " ".join("".join(kept).split())
    named = header_texts(page, node)
    return next((text.strip() for text in (whole, *kept) if comparison_form(text) in COLUMN_OF), whole if named else "")


def _in_lists(page: StoredPage) -> list[tuple[int, int]]:
    """Where the rows of data of lists stand: what is written there are no labels."""
    found = []
    for grid in page.tables.all():
        body = [row for row in grid.rows if not row.head]
        head = next((row for row in grid.rows[:4] if row.head and len(row.cells) > 2), None)
        if head is not None and len(body) >= FEWEST_ROWS and match_columns(page, head, _KNOWN):
            found += [(row.node, page.tree.ends[row.node]) for row in body]
    alike = find_header_row(page, _ANY_LIST)
    if alike is not None and not found:
        lines = rows_below_header(page, alike[0], alike[2])
        found += [(line, page.tree.ends[line]) for line in lines if len(lines) >= FEWEST_ROWS]
    return found


def _lists(page: StoredPage, locale: str | None) -> Iterator[SurveyedList]:
    tables = list(_table_lists(page, locale))
    yield from tables
    alike = find_header_row(page, _ANY_LIST) if not tables else None
    if alike is None:
        return
    node, places, _ = alike
    kids = [kid for kid in page.tree.children(node) if page.tree.names[kid][0] not in "#:"]
    headers = tuple(page.texts.text(kid) for kid in kids)
    columns = tuple((name, headers[place]) for name, place in places.items())
    wanted = ListingSpec("survey", "", columns={name: (header,) for name, header in columns})
    read = read_list_page(page, wanted, locale, more=False)
    if read.found and read.rows:
        leads = find_next_page_control(page, wanted) is not None
        box = rounded(page.tree.box(page.tree.parents[node]))
        yield SurveyedList("", headers, columns, len(read.rows), read.total, leads, box)


def _table_lists(page: StoredPage, locale: str | None) -> Iterator[SurveyedList]:
    for grid in page.tables.all():
        head = next(
            (row for row in grid.rows[:4] if row.head and len(row.cells) > 1), grid.rows[0] if grid.rows else None
        )
        if head is None or len(head.cells) < 2:
            continue
        headers = tuple(_header(page, cell.node) for cell in head.cells)
        known = {COLUMN_OF.get(comparison_form(header), ""): header for header in reversed(headers) if header}
        columns = tuple((name, known[name]) for name in COLUMN_HEADERS if name in known)
        first, end = page.texts.pieces(grid.node)
        seen = [page.texts.sight.why_hidden(node) for node in page.texts.nodes[first:end]]
        rows = sum(1 for row in grid.rows if not row.head and len(row.cells) * 2 >= len(head.cells))
        named = columns or (head.head and rows >= FEWEST_ROWS)
        if not named or all(is_never_seen(reason) for reason in seen) or not any(headers):
            continue
        asked = columns or tuple((f"column {n}", header) for n, header in enumerate(headers) if header)
        wanted = ListingSpec("survey", "", columns={name: (header,) for name, header in asked})
        read = read_list_page(page, wanted, locale, more=False)
        caption = next(
            (page.texts.text(n) for n in page.tree.children(grid.node) if page.tree.names[n] == "caption"), ""
        )
        leads = find_next_page_control(page, wanted) is not None
        yield SurveyedList(
            caption, headers, columns, len(read.rows), read.total, leads, rounded(page.tree.box(grid.node))
        )


def _leaves(document: object, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str, object]]:
    """Pointer, key and value of everything in a JSON document that is no array: arrays are lists."""
    if isinstance(document, dict) and depth < MAX_JSON_DEPTH:
        for key, value in document.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            if isinstance(value, dict | list):
                yield from _leaves(value, f"{pointer}/{step}", depth + 1)
            else:
                yield f"{pointer}/{step}", str(key), value
    elif isinstance(document, list):
        yield pointer, pointer.rpartition("/")[2], document


def _values(page: StoredPage, locale: str | None) -> Iterator[SurveyedPair]:
    spec = PageSpec("survey", method="http", locale=locale)
    readable = with_finder(page, frozenset())
    for pointer, key, value in islice(_leaves(page.document), MAX_PAIRS):
        if isinstance(value, list):
            continue
        family = FAMILY_OF.get(comparison_form(key), "")
        role: CountRole = next((role for role in _ROLES if role == family), "used")
        read = read_field(readable, FieldSpec("count", "count", role, pointer=pointer), spec)
        raw = json_value_text(value)
        count = any(q.kind != "unknown" for q in read.quantities)
        kind = "count" if count else "date" if read_date(raw, locale=locale).candidates else "text"
        where = Locator("", "", pointer)
        yield SurveyedPair(
            pointer, raw, kind, family, read.quantities if count else (), where, None, None, True, False, "pointer"
        )


def _arrays(document: object) -> Iterator[SurveyedList]:
    for pointer, _, value in islice(_leaves(document), MAX_PAIRS):
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            keys = tuple(dict.fromkeys(str(key) for item in value[:50] for key in item))
            known = {COLUMN_OF.get(comparison_form(key), ""): key for key in reversed(keys)}
            columns = tuple((name, known[name]) for name in COLUMN_HEADERS if name in known)
            yield SurveyedList(pointer, keys, columns, len(value), None, False, None)
