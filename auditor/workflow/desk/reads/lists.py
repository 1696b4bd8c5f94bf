"""Lists as people ask for them: filters, an order, and the row behind which the list goes on. Pure.

A list never counts pages: it goes on behind a row (keyset), so that the millionth row costs what the first one does.
The whole state of a list is in its query, and the query is the address.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Row = TypeVar("Row")
SortKey = tuple[float | int | str, ...]

ROWS = 50
MOST_ROWS = 200
MOST_CHOICES = 200
"""Values that a filter offers."""
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
    outstanding: frozenset[str] = frozenset()
    """Of rows that do not say it themselves, the names of those that are judged again."""


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


def whole_list(rows: Sequence[Row], query: ListQuery, order: ListOrder[Row]) -> tuple[Row, ...]:
    """All rows, in the order asked for."""
    return portion(rows, len(rows), replace(query, after="", limit=max(1, len(rows))), order).rows


def without(query: ListQuery, name: str) -> ListQuery:
    """The query without one of its filters."""
    return replace(query, filters={known: text for known, text in query.filters.items() if known != name})


@dataclass(frozen=True, slots=True)
class Facets(Generic[Row]):
    """The filters of a list whose values are few, and what else narrows it down."""

    names: tuple[str, ...]
    """In the order in which they are counted together."""
    values: Callable[[Row], tuple[str, ...]]
    """What they look at, in their order."""
    fits: Callable[[ListQuery, str, str], bool]
    """Whether the filter of that name lets a value through."""
    searched: Callable[[Row, ListQuery], bool]
    """Whether all other filters let a row through."""
    order: Mapping[str, int]
    """Of values that do not come by their numbers."""

    def lets(self, row: Row, query: ListQuery) -> bool:
        """Whether all filters let a row through."""
        chosen = all(self.fits(query, name, value) for name, value in zip(self.names, self.values(row), strict=True))
        return chosen and self.searched(row, query)

    def together(self, rows: Iterable[Row], query: ListQuery) -> Iterable[tuple[tuple[str, ...], int]]:
        """How often which values occur together in the rows that all other filters leave."""
        return Counter(self.values(row) for row in rows if self.searched(row, query)).items()

    def choices(
        self, together: Iterable[tuple[Sequence[str], int]], query: ListQuery
    ) -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
        """The values of each filter, counted among the rows that the other filters leave, and how many rows all of them
        leave. `together`: values that occur together, in the order of `names`, and how often."""
        counted: dict[str, dict[str, int]] = {name: {} for name in self.names}
        total = 0
        for values, number in together:
            against = [place for place, name in enumerate(self.names) if not self.fits(query, name, values[place])]
            if not against:
                total += number
            for place in range(len(self.names)) if not against else against if len(against) == 1 else ():
                found = counted[self.names[place]]
                found[values[place]] = found.get(values[place], 0) + number
        return {name: best_choices(found, self.order) for name, found in counted.items()}, total


def best_choices(counted: Mapping[str, int], order: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The values in their order, else the most frequent first; at most `MOST_CHOICES`."""
    ordered = sorted(counted.items(), key=lambda item: (order.get(item[0], len(order)), -item[1], item[0]))
    return tuple(ordered[:MOST_CHOICES])


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
