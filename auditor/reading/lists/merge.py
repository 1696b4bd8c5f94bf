"""One list out of its pages: what repeats, shifts, loops or is missing is said, never repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from auditor.model.notes import Note, make_note
from auditor.model.reading.readings import ListedRow, ListingReading
from auditor.model.targets.deployments import ListingSpec
from auditor.reading.lists.rows import PageOfList

ON_PAGE = "list.on_page"
"""A remark about one page of the list; `remark` is the remark itself."""
ABSENT_ALLOWED = "list.absent_allowed"
"""The whole remark of a list that a page may lack, and lacks."""
LAST_PAGE_NOT_REACHED = "list.last_page_not_reached"
FULL_PAGES: Final = frozenset((10, 15, 20, 25, 30, 40, 50, 75, *range(100, 1001, 50), *range(2000, 10001, 1000)))
"""Numbers of rows at which pages and answers of servers end: nothing but a stated total makes such a list complete."""
_LINES_LEFT_OUT: Final = frozenset(("list.rows_hidden", "list.rows_continued"))
"""Lines of which it is not certain that they are no units of their own."""


def merge_pages(spec: ListingSpec, pages: Sequence[tuple[int, PageOfList]], gaps: Sequence[Note]) -> ListingReading:
    """One list from its pages in order; *complete* only where nothing speaks against it."""
    if not spec.required and pages and not gaps and not any(page.found for _, page in pages):
        return ListingReading(spec.id, spec.metric, (), len(pages), None, False, (make_note(ABSENT_ALLOWED),))
    rows: list[ListedRow] = []
    remarks = [*gaps]
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    earlier: list[tuple[tuple[tuple[str, str], ...], ...]] = []
    sound = not gaps and bool(pages)
    for number, page in pages:
        keys = tuple(tuple(sorted(row.cells.items())) for row in page.rows)
        remarks += [_on_page(number, remark) for remark in page.remarks]
        if not page.found:
            remarks.append(_on_page(number, make_note("list.not_on_page")))
            sound = False
        elif keys and keys in earlier:
            remarks.append(make_note("list.pager_loops", page=number, earlier=earlier.index(keys) + 1))
            sound = False
        elif earlier and keys[: len(earlier[-1])] == earlier[-1] and keys:
            rows, seen = [*page.rows], dict.fromkeys(keys, number)
        else:
            again = sum(1 for key in keys if key in seen and seen[key] != number)
            if again:
                remarks.append(_on_page(number, make_note("list.rows_again", rows=again)))
                sound = False
            rows += [row for row, key in zip(page.rows, keys, strict=True) if seen.get(key, number) == number]
            seen.update((key, number) for key in keys if key not in seen)
        earlier.append(keys)
    totals = [page.total for _, page in pages if page.total is not None]
    if len(set(totals)) > 1:
        remarks.append(make_note("list.total_changed", totals=", ".join(map(str, totals))))
        sound = False
    total = totals[-1] if totals else None
    if total is not None and total != len(rows):
        remarks.append(make_note("list.total_differs", stated=total, counted=len(rows)))
        sound = False
    rows, folded = _one_of_each(rows)
    remarks += folded
    total, why_more = _more_than(total, len(rows), pages)
    remarks += why_more
    sound = sound and not why_more and not folded
    continued = [note for note in remarks if _remark_code(note) in _LINES_LEFT_OUT]
    sound = sound and not continued
    for number, page in pages:
        if page.unbuilt is not None and total != len(rows):
            remarks.append(_on_page(number, page.unbuilt))
            sound = False
        if page.partial is not None:
            remarks.append(_on_page(number, page.partial))
            sound = False
    if pages and pages[-1][1].more:
        remarks.append(make_note(LAST_PAGE_NOT_REACHED))
        sound = False
    duplicates = _duplicates(rows)
    return ListingReading(spec.id, spec.metric, tuple(rows), len(pages), total, sound, tuple(remarks), duplicates)


def _remark_code(note: Note) -> str:
    inner = note.value("remark") if note.code == ON_PAGE else note
    return inner.code if isinstance(inner, Note) else ""


def _more_than(
    total: int | None, counted: int, pages: Sequence[tuple[int, PageOfList]]
) -> tuple[int | None, tuple[Note, ...]]:
    """The stated total, found by more ways, and everything that speaks of rows beyond those counted."""
    if not pages:
        return total, ()
    number, last = pages[-1]
    claims = [claim for _, page in pages for claim in page.beside.totals]
    higher = list(dict.fromkeys(claim for claim in claims if claim[0] > counted and claim[0] != total))
    found = [_on_page(number, note) for note in last.beside.more]
    found += [make_note("list.states_more", text=text, counted=counted) for _, text in higher[:3]]
    if total is None and any(claim[0] == counted for claim in claims) and not higher:
        total = counted
    if total != counted:
        found += [_on_page(number, note) for note in last.beside.pages]
        if last.beside.highest is not None and last.beside.highest > number:
            found.append(make_note("list.page_links", highest=last.beside.highest, page=number))
        if not found and counted in FULL_PAGES and len(last.rows) == len(pages[0][1].rows):
            found.append(make_note("list.full_page", rows=counted))
    return total, tuple(found)


def _one_of_each(rows: Sequence[ListedRow]) -> tuple[list[ListedRow], tuple[Note, ...]]:
    """The rows with each unit once: lines that say the same login, code and name are of one unit."""
    kept: dict[tuple[str, ...], ListedRow] = {}
    for number, row in enumerate(rows):
        login, code, name = (row.cells.get(column, "").strip() for column in ("login", "code", "name"))
        kept.setdefault((login, code, name) if login or code else (str(number),), row)
    again = len(rows) - len(kept)
    return list(kept.values()), (make_note("list.rows_of_one_unit", rows=again),) if again else ()


def _on_page(number: int, remark: Note) -> Note:
    return make_note(ON_PAGE, page=number, remark=remark)


def _duplicates(rows: Sequence[ListedRow]) -> Mapping[str, tuple[str, ...]]:
    bodies: dict[str, list[str]] = {}
    for row in rows:
        code = row.cells.get("code", "").strip()
        if code:
            bodies.setdefault(code, []).append(row.cells.get("name", ""))
    return MappingProxyType({code: tuple(names) for code, names in bodies.items() if len(names) > 1})
