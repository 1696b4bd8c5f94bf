"""What a JSON document says beside an array of rows about rows that the array does not hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from auditor.document.count_words import word_set
from auditor.document.json_pointers import MISSING, resolve_pointer
from auditor.model.notes import Note, make_note
from auditor.reading.lists.row_claims import MoreRows

_TOTAL: Final = word_set(
    """total totalcount totalitems totalelements totalrecords totalresults totalrows totalsize totalhits totalentries
    totalnum totalnumber totalnumberofitems recordstotal recordsfiltered rowcount itemcount resultcount recordcount
    usercount numfound found hits count totals allcount itemstotal resultscount numresults numberofresults
    totalusers totalmembers odatacount fullcount"""
)
"""Keys of a number of all rows, letters alone and in lower case."""
_OF_PAGE: Final = frozenset(("count", "itemcount", "resultcount", "rowcount", "recordcount"))
"""Those that may as well say how many rows this page holds."""
_MORE: Final = word_set(
    """hasmore more hasnext hasnextpage hasmoreitems hasmoreresults moreitems moreresults moreavailable istruncated
    truncated incompleteresults partial incomplete hasmorepages morerecords hasmoredata limited"""
)
_LAST: Final = frozenset(
    ("last", "islast", "islastpage", "lastpage", "final", "end", "finished", "isend", "complete", "done")
)
_NEXT: Final = re.compile(
    r"(?:odata)?next(?:page|cursor|link|uri|url|href|token|offset|start|marker|skip|id|key|index|set|batch|results|records)*"
    r"|continuation(?:token|uri)?|cursor|scrollid|skiptoken|pagetoken"
)
_PAGE: Final = frozenset(("page", "pagenumber", "currentpage", "pageno", "pagenum", "pageindex", "number", "current"))
_PAGES: Final = frozenset(
    ("totalpages", "pages", "pagecount", "lastpage", "numpages", "pagetotal", "totalpage", "maxpage")
)
PAGE_SIZES: Final = frozenset(
    ("perpage", "pagesize", "limit", "size", "itemsperpage", "maxresults", "rowsperpage", "pagelimit", "take", "rows")
)
_INNER: Final = re.compile(
    r"meta|pag(?:e|ing|ination|er|einfo)|links?|info|cursors?|summary|stats|result(?:s|info|set)?|response|header|data|page"
)
_MOST_KEYS: Final = 400


def read_beside_array(document: object, pointer: str, rows: int) -> MoreRows:
    """What the objects around the array at `pointer`, and those beside it that speak of pages, say."""
    totals: list[tuple[int, str]] = []
    more: list[Note] = []
    pages: list[Note] = []
    numbers: dict[str, int] = {}
    for key, value in _said_beside(document, pointer):
        bare = re.sub(r"[^a-z]", "", key.lower())
        whole = _whole(value)
        quoted = f"'{key}': {_short(value)}"
        if bare in _TOTAL and whole is not None and whole >= rows:
            weak = bare in _OF_PAGE and whole == rows
            totals += [] if weak else [(whole, quoted)]
        if bare in _MORE and value not in (False, None, 0, "", "false", "0", [], {}):
            more.append(make_note("list.json_more", text=quoted))
        if bare in _LAST and value is False:
            more.append(make_note("list.json_more", text=quoted))
        if (_NEXT.fullmatch(bare) and _is_way(value)) or (bare in ("link", "links") and _has_next(value)):
            more.append(make_note("list.json_more", text=quoted))
        if whole is not None:
            for name, keys in (("page", _PAGE), ("pages", _PAGES), ("size", PAGE_SIZES)):
                if bare in keys:
                    numbers.setdefault(name, whole)
    at, of = numbers.get("page"), numbers.get("pages")
    if of is not None and of > max(at or 1, 1):
        more.append(make_note("list.json_pages", page=at if at is not None else 1, pages=of))
    size = numbers.get("size")
    if size is not None and 0 < size <= rows:
        pages.append(make_note("list.page_size", size=size))
    return MoreRows(tuple(totals), tuple(more), tuple(pages))


def _is_way(value: object) -> bool:
    """Whether a value leads somewhere: an address, a cursor, an object with one."""
    if isinstance(value, Mapping):
        return any(_is_way(inner) for inner in value.values())
    return (isinstance(value, str) and bool(value.strip())) or (
        isinstance(value, int) and not isinstance(value, bool) and value > 0
    )


def _said_beside(document: object, pointer: str) -> Iterator[tuple[str, object]]:
    """Keys and values of the objects that hold the array, from the outermost, and of objects of pages in them."""
    steps = pointer.split("/")
    seen = 0
    for depth in range(len(steps) - 1 if pointer else 0):
        holder = resolve_pointer(document, "/".join(steps[: depth + 1]))
        if holder is MISSING or not isinstance(holder, Mapping):
            continue
        for key, value in holder.items():
            if key == steps[depth + 1].replace("~1", "/").replace("~0", "~"):
                continue
            seen += 1
            if seen > _MOST_KEYS:
                return
            yield str(key), value
            if isinstance(value, Mapping) and _INNER.search(str(key).lower()):
                yield from _within(value, 2)


def _within(found: Mapping[object, object], depth: int) -> Iterator[tuple[str, object]]:
    for key, value in list(found.items())[:_MOST_KEYS]:
        yield str(key), value
        if depth and isinstance(value, Mapping):
            yield from _within(value, depth - 1)


def _has_next(value: object) -> bool:
    """Whether a list of links has one to the next page, as FHIR and RFC 8288 in JSON write them."""
    links = value if isinstance(value, list) else []
    return any(isinstance(one, Mapping) and "next" in (one.get("rel"), one.get("relation")) for one in links)


def _whole(value: object) -> int | None:
    """A whole number, written as one, as a text, or as the `value` of an object."""
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _short(value: object) -> str:
    return repr(value)[:40]
