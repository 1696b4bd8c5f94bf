"""Everything on a page that looks like a label with its value, or like a list: what `auditor profile` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.model.deployments import CountRole, FieldSpec, ListingSpec, PageSpec
from auditor.model.readings import Box, Locator, Quantity
from auditor.reading.damaged import refusing_damage
from auditor.reading.dates import read_date
from auditor.reading.fields import read_field
from auditor.reading.glyphs import MARKS, squeeze
from auditor.reading.labels import COLUMN_OF, COLUMNS, FAMILY_OF
from auditor.reading.listings import head_row, header_texts, like_rows, match_columns, read_page
from auditor.reading.onward import next_page
from auditor.reading.pages import Page, from_body, from_snapshot, rounded
from auditor.reading.pointers import written
from auditor.reading.visibility import NEVER_SEEN

MOST = 3_000
"""Runs of text that are considered as labels."""

FEWEST_ROWS = 3
"""Rows of data that make a table a list, where its columns are not known."""
_ANY_LIST = ListingSpec("survey", "")
_KNOWN = {"any": tuple(header for known in COLUMNS.values() for header in known)}

DEEPEST = 12
"""Levels of a JSON document that are looked through."""

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption"))
_ROLES: tuple[CountRole, ...] = ("used", "cap", "remaining", "peak", "over", "listed")
_PLAIN = frozenset(("label: value", "row", "definition", "form control", "aria-label"))


@dataclass(frozen=True, slots=True)
class Pair:
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


@dataclass(frozen=True, slots=True)
class ListSeen:
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

    pairs: tuple[Pair, ...]
    lists: tuple[ListSeen, ...]
    title: str
    headings: tuple[str, ...] = ()
    """Texts that head a part of the page: what tells labels apart that stand there twice."""


@refusing_damage
def survey(snapshot: bytes, *, locale: str | None = None) -> Survey:
    """The pairs and lists of a page, in reading order; values are read by the very rules of a reading."""
    page = from_snapshot(snapshot)
    return _survey(page, locale)


@refusing_damage
def survey_body(body: bytes, *, locale: str | None = None) -> Survey:
    """The same for the body of a page that needs no browser: HTML, or JSON with pointers in place of labels."""
    page = from_body(body)
    if page.document is None:
        return _survey(page, locale)
    return Survey(tuple(_values(page, locale)), tuple(_arrays(page.document)), "")


def _survey(page: Page, locale: str | None) -> Survey:
    return Survey(tuple(_pairs(page, locale)), tuple(_lists(page, locale)), page.tree.title, tuple(_headings(page)))


def _headings(page: Page) -> Iterator[str]:
    for node, name in enumerate(page.tree.names):
        if name in _HEADINGS or page.tree.attrs(node).get("role") == "heading":
            text = page.texts.text(node)
            if 0 < len(text) <= 80:
                yield text


@refusing_damage
def pairs(snapshot: bytes, *, locale: str | None = None) -> tuple[Pair, ...]:
    """The label and value pairs of a page."""
    return tuple(_pairs(from_snapshot(snapshot), locale))


def _labels(page: Page) -> Iterator[tuple[str, int]]:
    """Texts that could be labels, with their node: before a colon, a whole run, a part of one, an `aria-label`."""
    texts = page.texts
    controls = set(texts.controls)
    seen: set[str] = set()
    rows = _in_lists(page)
    for first, end, _ in texts.units[:MOST]:
        if any(start <= texts.nodes[first] < stop for start, stop in rows):
            continue
        whole = texts.raw(first, end)
        named = re.findall(r"^([^0-9(（:：]{2,40}?)\s*[(（]\s*[0-9]", whole)
        named += re.findall(r"(?:^|[\s,，;；|(（])([^\s:：,，;；|0-9][^:：,，;；|\n]{0,40})[:：]", whole)
        nodes = texts.nodes[first:end]
        if controls.isdisjoint(nodes) and not re.search("[:：].", whole):
            named.append(whole)
        parts = [(texts.strings[first + at], node) for at, node in enumerate(nodes) if node not in controls]
        for text, node in [*((name, nodes[0]) for name in named), *parts]:
            label = " ".join(text.split()).rstrip(f":：?？ⓘ {MARKS}")
            plain = 0 < len(label) <= 48 and re.search(r"[^\W\d_]", label) and not re.search("[:：]", label)
            if plain and squeeze(label) not in seen and texts.sight.why_hidden(node) not in NEVER_SEEN:
                seen.add(squeeze(label))
                yield label, node
    for control in texts.controls:
        label = page.tree.attrs(control).get("aria-label", "")
        if label and squeeze(label) not in seen:
            yield label, control


def _pairs(page: Page, locale: str | None) -> Iterator[Pair]:
    spec = PageSpec("survey", locale=locale)
    taken: set[tuple[str, str]] = set()
    values: set[tuple[str, str]] = set()
    page.locator.stops = frozenset(FAMILY_OF)
    for label, node in _labels(page):
        if (page.tree.path(node), squeeze(label)) in values:
            continue
        family = FAMILY_OF.get(squeeze(label), "")
        role: CountRole = next((role for role in _ROLES if role == family), "used")
        as_count = read_field(page, FieldSpec("count", "count", role, labels=(label,)), spec)
        count = any(q.kind != "unknown" for q in as_count.quantities)
        found = as_count if count else read_field(page, FieldSpec("text", "text", labels=(label,)), spec)
        rule = found.rule.split(";")[0]
        if not found.candidates or not (count or rule in _PLAIN or family):
            continue
        value = found.candidates[0]
        place = (value.locator.node, value.raw)
        if place in taken or not value.raw or squeeze(value.raw) == squeeze(label):
            continue
        if found.status != "conflict":
            taken.add(place)
        values.add((value.locator.node, squeeze(value.raw)))
        dated = read_date(value.raw, locale=locale).candidates
        kind = "date" if dated else "count" if count else "text"
        yield Pair(
            label, value.raw, kind, family, as_count.quantities if kind == "count" else (), value.locator, value.box,
            rounded(page.tree.box(node)), value.shown, found.status == "conflict", rule,
        )  # fmt: skip


def _header(page: Page, node: int) -> str:
    """A column header as its name is written, without signs of sorting beside it."""
    texts = page.texts
    first, end = texts.pieces(node)
    kept = [texts.strings[at] for at in range(first, end) if page.tree.names[texts.nodes[at]][0] != ":"]
    whole = " ".join("".join(kept).split())
    named = header_texts(page, node)
    return next((text.strip() for text in (whole, *kept) if squeeze(text) in COLUMN_OF), whole if named else "")


def _in_lists(page: Page) -> list[tuple[int, int]]:
    """Where the rows of data of lists stand: what is written there are no labels."""
    found = []
    for grid in page.tables.all():
        body = [row for row in grid.rows if not row.head]
        head = next((row for row in grid.rows[:4] if row.head and len(row.cells) > 2), None)
        if head is not None and len(body) >= FEWEST_ROWS and match_columns(page, head, _KNOWN):
            found += [(row.node, page.tree.ends[row.node]) for row in body]
    alike = head_row(page, _ANY_LIST)
    if alike is not None and not found:
        lines = like_rows(page, alike[0], alike[2])
        found += [(line, page.tree.ends[line]) for line in lines if len(lines) >= FEWEST_ROWS]
    return found


def _lists(page: Page, locale: str | None) -> Iterator[ListSeen]:
    tables = list(_table_lists(page, locale))
    yield from tables
    alike = head_row(page, _ANY_LIST) if not tables else None
    if alike is None:
        return
    node, places, _ = alike
    kids = [kid for kid in page.tree.children(node) if page.tree.names[kid][0] not in "#:"]
    headers = tuple(page.texts.text(kid) for kid in kids)
    columns = tuple((name, headers[place]) for name, place in places.items())
    wanted = ListingSpec("survey", "", columns={name: (header,) for name, header in columns})
    read = read_page(page, wanted, locale, more=False)
    if read.found and read.rows:
        leads = next_page(page, wanted) is not None
        box = rounded(page.tree.box(page.tree.parents[node]))
        yield ListSeen("", headers, columns, len(read.rows), read.total, leads, box)


def _table_lists(page: Page, locale: str | None) -> Iterator[ListSeen]:
    for grid in page.tables.all():
        head = next(
            (row for row in grid.rows[:4] if row.head and len(row.cells) > 1), grid.rows[0] if grid.rows else None
        )
        if head is None or len(head.cells) < 2:
            continue
        headers = tuple(_header(page, cell.node) for cell in head.cells)
        known = {COLUMN_OF.get(squeeze(header), ""): header for header in reversed(headers) if header}
        columns = tuple((name, known[name]) for name in COLUMNS if name in known)
        first, end = page.texts.pieces(grid.node)
        seen = [page.texts.sight.why_hidden(node) for node in page.texts.nodes[first:end]]
        rows = sum(1 for row in grid.rows if not row.head and len(row.cells) * 2 >= len(head.cells))
        named = columns or (head.head and rows >= FEWEST_ROWS)
        if not named or all(reason in NEVER_SEEN for reason in seen) or not any(headers):
            continue
        asked = columns or tuple((f"column {n}", header) for n, header in enumerate(headers) if header)
        wanted = ListingSpec("survey", "", columns={name: (header,) for name, header in asked})
        read = read_page(page, wanted, locale, more=False)
        caption = next(
            (page.texts.text(n) for n in page.tree.children(grid.node) if page.tree.names[n] == "caption"), ""
        )
        leads = next_page(page, wanted) is not None
        yield ListSeen(caption, headers, columns, len(read.rows), read.total, leads, rounded(page.tree.box(grid.node)))


def _leaves(document: object, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str, object]]:
    """Pointer, key and value of everything in a JSON document that is no array: arrays are lists."""
    if isinstance(document, dict) and depth < DEEPEST:
        for key, value in document.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            if isinstance(value, dict | list):
                yield from _leaves(value, f"{pointer}/{step}", depth + 1)
            else:
                yield f"{pointer}/{step}", str(key), value
    elif isinstance(document, list):
        yield pointer, pointer.rpartition("/")[2], document


def _values(page: Page, locale: str | None) -> Iterator[Pair]:
    spec = PageSpec("survey", method="http", locale=locale)
    for pointer, key, value in islice(_leaves(page.document), MOST):
        if isinstance(value, list):
            continue
        family = FAMILY_OF.get(squeeze(key), "")
        role: CountRole = next((role for role in _ROLES if role == family), "used")
        read = read_field(page, FieldSpec("count", "count", role, pointer=pointer), spec)
        raw = written(value)
        count = any(q.kind != "unknown" for q in read.quantities)
        kind = "count" if count else "date" if read_date(raw, locale=locale).candidates else "text"
        where = Locator("", "", pointer)
        yield Pair(
            pointer, raw, kind, family, read.quantities if count else (), where, None, None, True, False, "pointer"
        )


def _arrays(document: object) -> Iterator[ListSeen]:
    for pointer, _, value in islice(_leaves(document), MOST):
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            keys = tuple(dict.fromkeys(str(key) for item in value[:50] for key in item))
            known = {COLUMN_OF.get(squeeze(key), ""): key for key in reversed(keys)}
            columns = tuple((name, known[name]) for name in COLUMNS if name in known)
            yield ListSeen(pointer, keys, columns, len(value), None, False, None)
