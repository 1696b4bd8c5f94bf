"""Rows written in place of those that stood."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from auditor.errors import EvidenceIndexError

Row = Mapping[str, object]


def replace_rows(
    connection: sqlite3.Connection, table: str, key: Sequence[str], stood: Iterable[Row], rows: Iterable[Row]
) -> None:
    """Rows in place of those that stood. What says the same is not written, and of what says something else that alone:
    no index of the other columns is touched."""
    gone = {tuple(row[name] for name in key): row for row in stood}
    fresh: list[Row] = []
    changed: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
    for row in rows:
        place = tuple(row[name] for name in key)
        before = gone.pop(place, None)
        if before is None:
            fresh.append(row)
        elif columns := tuple(name for name, value in row.items() if before.get(name, gone) != value):
            changed.setdefault(columns, []).append((*(row[name] for name in columns), *place))
    where = " and ".join(f"{name} = ?" for name in key)
    write_many(connection, f"delete from {table} where {where}", gone)
    for columns, values in changed.items():
        sets = ", ".join(f"{name} = ?" for name in columns)
        write_many(connection, f"update {table} set {sets} where {where}", values)
    insert_rows(connection, table, fresh)


def insert_rows(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Rows with the same columns, each in place of one of its key."""
    if rows:
        names, marks = ", ".join(rows[0]), ", ".join("?" for _ in rows[0])
        query = f"insert or replace into {table} ({names}) values ({marks})"
        write_many(connection, query, [tuple(row.values()) for row in rows])


def write_many(connection: sqlite3.Connection, query: str, values: Collection[Sequence[object]]) -> None:
    """One statement for each of some values."""
    if values:
        try:
            connection.executemany(query, values)
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error
