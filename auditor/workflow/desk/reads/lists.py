"""Lists as people ask for them: filters, an order, and the row behind which the list goes on. Pure.

A list never counts pages: it goes on behind a row (keyset), so that the millionth row costs what the first one does.
The whole state of a list is in its query, and the query is the address.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
SortKey = tuple[float | int | str, ...]

ROWS = 50
MOST_ROWS = 200
MOST_TEXT = 200
"""Characters of a filter that are looked at."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for."""

    filters: Mapping[str, str]
    sort: str
    descending: bool
    after: str = ""
    limit: int = ROWS

    def text(self, name: str) -> str:
        """A filter, empty where it is not set."""
        return self.filters.get(name, "")


@dataclass(frozen=True, slots=True)
class ListOrder(Generic[Row]):
    """The columns that a list can be sorted by, and how it is sorted where nobody says."""

    keys: Mapping[str, Callable[[Row], SortKey]]
    default: str
    descending: frozenset[str]
    """Columns whose natural order is the largest first."""
    identity: Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class ListAnswer(Generic[Row]):
    """One portion of a list."""

    query: ListQuery
    rows: tuple[Row, ...]
    more: str
    """Where the list goes on; empty at its end."""
    total: int
    """Rows that the filters leave."""
    of: int
    """Rows without any filter."""


def parse_query(
    asked: Mapping[str, str], filters: Iterable[str], order: ListOrder[Row], limit: int = ROWS
) -> ListQuery:
    """The query in the parameters of an address; what it does not know it leaves out."""
    known = {name: asked[name][:MOST_TEXT].strip() for name in filters if asked.get(name, "").strip()}
    sort = asked.get("sort", "")
    reverse = sort.startswith("-")
    name = sort.removeprefix("-")
    if name not in order.keys:
        name, reverse = order.default, False
    descending = (name in order.descending) is not reverse
    wanted = asked.get("limit", "")
    rows = min(MOST_ROWS, max(1, int(wanted))) if wanted.isdecimal() and len(wanted) <= 6 else limit
    return ListQuery(known, name, descending, asked.get("after", "")[:1_000], rows)


def portion(rows: Sequence[Row], all_rows: int, query: ListQuery, order: ListOrder[Row]) -> ListAnswer[Row]:
    """The rows behind the cursor, in the order asked for."""
    key, name = order.keys[query.sort], order.identity

    def place(row: Row) -> tuple[SortKey, str]:
        return key(row), name(row)

    ordered = sorted(rows, key=place, reverse=query.descending)
    cursor = decode_cursor(query.after)
    if cursor is not None:
        ordered = [row for row in ordered if _behind(place(row), cursor, descending=query.descending)]
    shown = tuple(ordered[: query.limit])
    more = encode_cursor(place(shown[-1])) if len(ordered) > len(shown) else ""
    return ListAnswer(query, shown, more, len(rows), all_rows)


def encode_cursor(place: tuple[SortKey, str]) -> str:
    """A place in a list as text for an address."""
    text = json.dumps([list(place[0]), place[1]], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[SortKey, str] | None:
    """The place, or None for a text that is none."""
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    match found:
        case [list(key), str(name)] if all(isinstance(part, int | float | str) for part in key):
            return tuple(key), name
    return None


def _behind(place: tuple[SortKey, str], cursor: tuple[SortKey, str], *, descending: bool) -> bool:
    try:
        return place < cursor if descending else place > cursor
    except TypeError:
        return True  # a cursor of another list: the list begins anew
