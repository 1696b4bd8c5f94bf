"""Tables that lie on the disk while a bag is written or checked: memory stays the same, however many captures.

They are temporary files without a name: nothing is left behind, whatever happens.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

KeyT = TypeVar("KeyT", str, int)
ValueT = TypeVar("ValueT", str, bytes)
RowT = TypeVar("RowT")
CACHE = 2_000
"""KiB of a table that SQLite may keep in memory."""


class DiskDict(Generic[KeyT, ValueT]):
    """A mapping on the disk. Iteration is by rising key: text as its UTF-8 bytes, numbers as numbers."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level="DEFERRED")
        self._table.execute(f"PRAGMA cache_size=-{CACHE}")
        self._table.execute("PRAGMA journal_mode=OFF")
        self._table.execute("CREATE TABLE held (key PRIMARY KEY, value) WITHOUT ROWID")
        self._size = 0

    def add(self, key: KeyT, value: ValueT) -> bool:
        """Whether the key was new; the value of a key that was there stays."""
        put = self._table.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (key, value)).rowcount
        self._size += put
        return put == 1

    def get(self, key: KeyT) -> ValueT | None:
        found: tuple[ValueT] | None = self._table.execute("SELECT value FROM held WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None

    def __getitem__(self, key: KeyT) -> ValueT:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return self._table.execute("SELECT 1 FROM held WHERE key = ?", (key,)).fetchone() is not None

    def __iter__(self) -> Iterator[KeyT]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        return self._size

    def values(self) -> Iterator[ValueT]:
        return (value for _, value in self.items())

    def items(self, prefix: str = "") -> Iterator[tuple[KeyT, ValueT]]:
        """Keys and values by rising key; of text keys, those that begin with `prefix`."""
        query, bound = "SELECT key, value FROM held", tuple[Any, ...]()
        if prefix:
            # No text that begins with the prefix sorts at or after the prefix and the last code point.
            query, bound = f"{query} WHERE key >= ? AND key < ?", (prefix, f"{prefix}\U0010ffff")
        yield from self._table.execute(f"{query} ORDER BY key", bound)

    def close(self) -> None:
        self._table.close()


class DiskList(Generic[RowT]):
    """Rows of one kind, written once in order and read back in order, as often as wanted."""

    def __init__(self, kind: type[RowT]) -> None:
        self._adapter: TypeAdapter[RowT] = TypeAdapter(kind)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the spool)
        self._size = 0

    def append(self, row: RowT) -> None:
        self._file.seek(0, 2)
        self._file.write(self._adapter.dump_json(row) + b"\n")
        self._size += 1

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[RowT]:
        place = 0
        while True:
            self._file.seek(place)
            line = self._file.readline()
            if not line:
                return
            place = self._file.tell()
            yield self._adapter.validate_json(line)

    def first(self, most: int) -> list[RowT]:
        """The first rows, at most so many."""
        return [row for row, _ in zip(self, range(most), strict=False)]

    def close(self) -> None:
        self._file.close()
