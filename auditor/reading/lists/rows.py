"""Lists counted row by row over all their pages, independently of any headline number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from auditor.document.count_words import word_set
from auditor.document.dom.visibility import is_never_seen
from auditor.document.json_pointers import MISSING, json_value_text, resolve_pointer
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage, rounded
from auditor.document.statements import page_says_list_empty
from auditor.document.tables import Grid, GridRow
from auditor.model.notes import Note, make_note
from auditor.model.reading.readings import ListedRow, Locator
from auditor.model.targets.deployments import ListingSpec
from auditor.reading.labels.vocabulary import COLUMN_HEADERS
from auditor.reading.lists.json_pages import read_beside_array
from auditor.reading.lists.page_controls import read_controls
from auditor.reading.lists.pager import headed_total, stated_total, unfiltered_total
from auditor.reading.lists.row_claims import NOTHING_BESIDE, ListNeighbourhood, MoreRows, read_claims
from auditor.reading.lists.virtual_rows import why_rows_missing
from auditor.reading.numbers.dates import read_date

_NO_NAME = re.compile("^[\\W_\ue000-\uf8ff]+(?=\\w)|[:：↑↓⇅▲▼△▽*\ue000-\uf8ff]+$")
_NAMING = frozenset(("code", "name", "login"))
"""Columns of which a row that counts says at least one, where the list has them."""
_TOTALS = word_set("""合计 合計 总计 總計 小计 小計 total totals sum subtotal gesamt summe 合計""")


@dataclass(frozen=True, slots=True)
class PageOfList:
    """What one page of a list shows."""

    rows: tuple[ListedRow, ...]
    total: int | None
    found: bool
    """Whether the list itself stands on the page."""
    more: bool = False
    """Whether a control leads on to a next page."""
    remarks: tuple[Note, ...] = ()
    unbuilt: Note | None = None
    """What shows that there are rows which the document does not hold."""
    partial: Note | None = None
    """What shows that these are not all rows, whatever total is stated: a filter, a second list like it."""
    beside: MoreRows = NOTHING_BESIDE
    """What stands beside the rows about others."""
    nodes: tuple[int, ...] = ()
    """The elements of the rows."""


def headers_of(spec: ListingSpec) -> Mapping[str, tuple[str, ...]]:
    """The accepted headers by column id: the listing's own, else the known ones."""
    return spec.columns or COLUMN_HEADERS


def read_list_page(page: StoredPage, spec: ListingSpec, locale: str | None, *, more: bool) -> PageOfList:
    """The rows that one page shows. None at all is an answer only where the page says so: a script may bring them."""
    if spec.pointer is not None:
        return _json_rows(page, spec, locale)
    read = _shown(page, spec, locale, more=more)
    whole = unfiltered_total(page, locale)
    if whole is not None and whole != len(read.rows):
        read = replace(read, partial=make_note("list.filtered", rows=whole))
    if read.found and not read.rows and not page_says_list_empty(page):
        return replace(read, unbuilt=make_note("list.perhaps_empty"))
    return read


def with_neighbourhood(page: StoredPage, read: PageOfList, number: int, labels: frozenset[str]) -> PageOfList:
    """The same page of a list with what stands beside its rows about others; `number`: of the page in its list."""
    if not read.nodes:
        return read
    around = ListNeighbourhood(page, read.nodes, labels)
    return replace(read, beside=read_claims(around, number).with_more(read_controls(around)))


def _shown(page: StoredPage, spec: ListingSpec, locale: str | None, *, more: bool) -> PageOfList:
    found = _find_table(page, spec)
    if found is None:
        return _repeated(page, spec, locale, more=more)
    grid, header, columns = found
    lines = list(grid.rows[header + 1 :]) if header >= 0 else list(grid.rows)
    if not any(not line.head for line in lines) and header >= 0:
        lines = _split_body(page, grid, grid.rows[header].width)
    rows, remarks, nodes = _rows(page, lines, columns, grid.rows[header] if header >= 0 else None, locale)
    end = page.texts.pieces(grid.node)[1]
    unbuilt = why_rows_missing(page, [line.node for line in lines if not line.head])
    total = stated_total(page, end, locale)
    if total is None and header >= 0:
        total = headed_total(page, grid.rows[header].node, len(rows), locale)
    partial = _another(page, spec, lines, len(columns))
    return PageOfList(tuple(rows), total, True, more, tuple(remarks), unbuilt, partial, nodes=tuple(nodes))


def _another(page: StoredPage, spec: ListingSpec, lines: Sequence[GridRow], matched: int) -> Note | None:
    """Whether a second table states the same columns, with rows of its own: which of them is the list?"""
    own = {line.node for line in lines}
    for grid in _candidates(page, spec):
        for number, row in enumerate(grid.rows[:12]):
            if len(match_columns(page, row, headers_of(spec))) < matched or not _displayed(page, row.node):
                continue
            others = [line for line in grid.rows[number + 1 :] if not line.head and len(line.cells) >= matched]
            if any(_displayed(page, line.node) and page.texts.text(line.node) for line in others) and not any(
                line.node in own or any(line.node < node < page.tree.ends[line.node] for node in own) for line in others
            ):
                return make_note("list.another")
    return None


def _find_table(page: StoredPage, spec: ListingSpec) -> tuple[Grid, int, dict[str, int]] | None:
    """The table with the most of the named columns, within the caption, heading or selector where one is given."""
    best: tuple[int, Grid, int, dict[str, int]] | None = None
    for grid in _candidates(page, spec):
        for number, row in enumerate(grid.rows[:12]):
            columns = match_columns(page, row, headers_of(spec))
            if columns and (best is None or len(columns) > best[0]) and _displayed(page, row.node):
                best = len(columns), grid, number, columns
    wanted = len(spec.columns)
    if best is None or (wanted and best[0] * 2 < wanted) or (not wanted and best[0] < 2):
        return None
    return best[1], best[2], best[3]


def _candidates(page: StoredPage, spec: ListingSpec) -> Sequence[Grid]:
    grids = [grid for grid in page.tables.all() if grid.rows]
    if not spec.table:
        return grids
    if any(sign in spec.table for sign in "#.[>") or spec.table == "table":
        chosen = set(page.selected.select(spec.table))
        return [g for g in grids if any(node <= g.node < page.tree.ends[node] for node in chosen)]
    heads = [page.texts.nodes[hit.first] for hit in page.texts.find(spec.table)]
    inside = [g for g in grids if any(g.node < head < page.tree.ends[g.node] for head in heads)]
    after = [g for head in heads for g in grids if g.node > head][:1]
    return inside or after


def match_columns(page: StoredPage, row: GridRow, headers: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """From column id to its place in the row, for the headers that match exactly; none twice."""
    texts = {said: cell.column for cell in reversed(row.cells) for said in reversed(header_texts(page, cell.node))}
    found: dict[str, int] = {}
    for column, accepted in headers.items():
        place = next((texts[comparison_form(name)] for name in accepted if comparison_form(name) in texts), None)
        if place is not None and place not in found.values():
            found[column] = place
    return found


def header_texts(page: StoredPage, node: int) -> list[str]:
    """What a column header may be called, in the form it is compared in: its whole text, and each run of it.

    Signs of sorting, icons and generated content are no part of its name; a run of its own beside them is.
    """
    texts = page.texts
    first, end = texts.pieces(node)
    kept = [piece for piece in range(first, end) if page.tree.names[texts.nodes[piece]][0] != ":"]
    runs: dict[int, str] = {}
    for piece in kept:
        runs[texts.unit_of[piece]] = runs.get(texts.unit_of[piece], "") + texts.strings[piece]
    said = [" ".join(runs.values()), *runs.values(), *(texts.strings[piece] for piece in kept)]
    return [bare for text in dict.fromkeys(said) if (bare := _NO_NAME.sub("", comparison_form(text)))]


def _displayed(page: StoredPage, node: int) -> bool:
    first, end = page.texts.pieces(node)
    pieces = page.texts.nodes[first:end]
    return not pieces or not all(is_never_seen(page.texts.sight.why_hidden(piece)) for piece in pieces)


def _split_body(page: StoredPage, head: Grid, width: int) -> list[GridRow]:
    """The body of a table whose head is kept in a table of its own."""
    for grid in page.tables.all():
        if grid.node > head.node and grid.rows and not grid.rows[0].head and grid.rows[0].width == width:
            return list(grid.rows)
    return []


def _rows(
    page: StoredPage, lines: Sequence[GridRow], columns: Mapping[str, int], header: GridRow | None, locale: str | None
) -> tuple[list[ListedRow], list[Note], list[int]]:
    rows: list[ListedRow] = []
    nodes: list[int] = []
    skipped: Counter[str] = Counter()
    width = max(columns.values(), default=0) + 1
    again = {name: _cell(page, header, column) for name, column in columns.items()} if header else {}
    for line in lines:
        if line.head or len(line.cells) < min(2, width) or _narrow(line, header):
            continue
        if not _counts(page, line.node, skipped):
            continue
        cells = {name: _cell(page, line, column) for name, column in columns.items()}
        if rows and _continues(line, columns):
            skipped["list.rows_continued"] += 1
            continue
        if not any(cells.values()):
            if any(page.texts.sight.struck(node) for node in _texts_in(page, line.node)):
                skipped["list.rows_struck"] += 1
            continue
        if cells == again:
            continue
        if not any(cells.get(name) for name in _NAMING if name in cells) and not _NAMING.isdisjoint(cells):
            skipped["list.rows_nameless"] += 1
            continue
        if all(page.tree.names[node] == "select" for node in _texts_in(page, line.node)):
            skipped["list.rows_of_filters"] += 1
            continue
        if (
            comparison_form(page.texts.text(line.cells[0].node)) in _TOTALS
            or comparison_form(next(iter(cells.values()))) in _TOTALS
        ):
            skipped["list.rows_of_totals"] += 1
            continue
        rows.append(_kept(page, line.node, cells, locale, skipped))
        nodes.append(line.node)
    return rows, _remarks(skipped), nodes


def _continues(line: GridRow, columns: Mapping[str, int]) -> bool:
    """Whether a line goes on with the unit of the line above: all cells that name it reach down from there."""
    naming = [column for name, column in columns.items() if name in _NAMING]
    own = [line.at(column) for column in naming]
    return bool(naming) and not any(own) and all(line.covering(column) is not None for column in naming)


def _narrow(line: GridRow, header: GridRow | None) -> bool:
    """A row of fewer than half the cells belongs to another: a heading of a group, a detail."""
    return header is not None and (len(line.cells) + len(line.carried)) * 2 < len(header.cells)


def _texts_in(page: StoredPage, node: int) -> Sequence[int]:
    first, end = page.texts.pieces(node)
    return page.texts.nodes[first:end]


def _counts(page: StoredPage, node: int, skipped: Counter[str]) -> bool:
    """Whether a row is one that is displayed; one that is not is noted."""
    if _displayed(page, node):
        return True
    skipped["list.rows_hidden"] += 1
    return False


def _kept(page: StoredPage, node: int, cells: dict[str, str], locale: str | None, skipped: Counter[str]) -> ListedRow:
    """The row; one that the picture does not show is noted."""
    if _outside(page, node):
        skipped["list.rows_outside"] += 1
    return _listed(page, node, cells, locale)


def _remarks(skipped: Counter[str]) -> list[Note]:
    """A note for each code under which rows were counted."""
    return [make_note(code, rows=count) for code, count in skipped.items()]


def _cell(page: StoredPage, row: GridRow, column: int) -> str:
    cell = row.covering(column)
    return "" if cell is None else _said(page, cell.node)


def _said(page: StoredPage, node: int) -> str:
    """What an element says to the eye; where all of it lies off the picture, what it says there."""
    first, end = page.texts.pieces(node)
    said = page.texts.said(first, end)
    return said.text or ("" if is_never_seen(said.why) else said.hidden)


def _outside(page: StoredPage, node: int) -> bool:
    first, end = page.texts.pieces(node)
    why = page.texts.sight.why_hidden
    # One text of a row may be hidden for other reasons: words for screen readers beside an icon.
    return first < end and all(why(node) is not None for node in page.texts.nodes[first:end])


def _listed(page: StoredPage, node: int, cells: dict[str, str], locale: str | None) -> ListedRow:
    added = cells.get("added_on", "")
    box = rounded(page.tree.box(node)) if page.tree.laid_out else None
    when = read_date(added, locale=locale) if added else None
    return ListedRow(MappingProxyType(cells), page.where(node), box, when)


def _repeated(page: StoredPage, spec: ListingSpec, locale: str | None, *, more: bool) -> PageOfList:
    """Lists that are no tables: rows of like elements under a row of headers, or those that a selector names."""
    skipped: Counter[str] = Counter()
    if spec.table and any(sign in spec.table for sign in "#.[> ") and page.selected.select(spec.table):
        nodes = list(page.selected.select(spec.table))
        if len(nodes) == 1:
            nodes = [kid for kid in page.tree.children(nodes[0]) if page.tree.names[kid][0] not in "#:"]
        nodes = [node for node in nodes if page.texts.text(node) and _counts(page, node, skipped)]
        rows = [_kept(page, node, {"name": _said(page, node)}, locale, skipped) for node in nodes]
        return PageOfList(
            tuple(rows),
            stated_total(page, 0, locale),
            True,
            more,
            tuple(_remarks(skipped)),
            why_rows_missing(page, nodes),
            nodes=tuple(nodes),
        )
    head = find_header_row(page, spec)
    if head is None:
        return PageOfList((), stated_total(page, 0, locale), False, more)
    node, columns, width = head
    rows, nodes, lines = [], [], rows_below_header(page, node, width)
    for line in lines:
        kids = _elements(page, line)
        if _counts(page, line, skipped):
            cells = {name: _said(page, kids[place]) for name, place in columns.items()}
            if any(cells.values()):
                rows.append(_kept(page, line, cells, locale, skipped))
                nodes.append(line)
    remarks, unbuilt = tuple(_remarks(skipped)), why_rows_missing(page, lines)
    return PageOfList(tuple(rows), stated_total(page, 0, locale), True, more, remarks, unbuilt, nodes=tuple(nodes))


def _elements(page: StoredPage, node: int) -> list[int]:
    return [kid for kid in page.tree.children(node) if page.tree.names[kid][0] not in "#:"]


def find_header_row(page: StoredPage, spec: ListingSpec) -> tuple[int, dict[str, int], int] | None:
    """An element whose children are the column headers."""
    tree = page.tree
    for accepted in headers_of(spec).values():
        for name in accepted:
            for hit in page.texts.find(name):
                at = page.texts.holder(hit)
                for row in [at for _, at in zip(range(3), tree.ancestors(at), strict=False)]:
                    kids = _elements(page, row)
                    texts = [comparison_form(page.texts.text(kid)) for kid in kids] if 2 <= len(kids) <= 40 else []
                    columns: dict[str, int] = {}
                    for column, names in headers_of(spec).items():
                        places = [texts.index(comparison_form(n)) for n in names if comparison_form(n) in texts]
                        if places and places[0] not in columns.values():
                            columns[column] = places[0]
                    if len(columns) >= 2 and _displayed(page, row):
                        return row, columns, len(kids)
    return None


def rows_below_header(page: StoredPage, head: int, width: int) -> list[int]:
    """The elements after a row of headers that have as many parts as it has."""
    tree = page.tree
    at = head
    for _ in range(3):
        parent = tree.parents[at]
        if parent < 0:
            return []
        later = [kid for kid in _elements(page, parent) if kid > at]
        rows = _of_width(page, later, width)
        if rows:
            return rows
        at = parent
    return []


def _of_width(page: StoredPage, nodes: list[int], width: int) -> list[int]:
    """The elements with so many parts: at the first level that has several, as grids wrap their rows; else the one."""
    alike: list[list[int]] = []
    for _ in range(5):
        alike.append([node for node in nodes if len(_elements(page, node)) == width])
        if len(alike[-1]) > 1:
            return alike[-1]
        nodes = [kid for node in nodes for kid in _elements(page, node)]
    return alike[1] or alike[0]


def _no_rows(spec: ListingSpec) -> Note:
    return make_note("list.no_array", pointer=spec.pointer) if spec.pointer else make_note("list.no_array_on_top")


def _json_rows(page: StoredPage, spec: ListingSpec, locale: str | None) -> PageOfList:
    found = resolve_pointer(page.document, spec.pointer or "")
    if page.document is None or found is MISSING or not isinstance(found, list):
        return PageOfList((), None, False, remarks=(_no_rows(spec),))
    rows, empty = [], 0
    for number, item in enumerate(found):
        where = Locator(page.view, page.artefact, f"{spec.pointer}/{number}")
        cells = {}
        for column, keys in headers_of(spec).items():
            values = [resolve_pointer(item, key if key.startswith("/") else f"/{key}") for key in keys]
            present = [json_value_text(value) for value in values if value is not MISSING]
            if present:
                cells[column] = present[0]
        if item is None or (isinstance(item, Mapping | list) and not _named_in_json(cells, item)):
            empty += 1
            continue
        added = cells.get("added_on", "")
        when = read_date(added, locale=locale) if added else None
        rows.append(ListedRow(MappingProxyType(cells), where, None, when))
    unnamed = make_note("list.rows_unnamed", rows=empty) if empty else None
    beside = read_beside_array(page.document, spec.pointer or "", len(rows))
    return PageOfList(tuple(rows), None, True, partial=unnamed, beside=beside)


def _named_in_json(cells: Mapping[str, str], item: object) -> bool:
    """Whether an object says anything in one of the columns; one without any of their keys is not asked."""
    return any(text not in ("", "null") for text in cells.values()) or (not cells and bool(item))
