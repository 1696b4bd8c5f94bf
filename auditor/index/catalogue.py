"""The index itself: what is written in one transaction, and what can be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter
from sqlite_utils import Database

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import CatalogueError
from auditor.index import queries
from auditor.index.schema import migrations
from auditor.model.evidence import Seal
from auditor.model.findings import Observation, Unobserved
from auditor.model.readings import Reading
from auditor.model.reports import EvidenceRow

Value = TypeVar("Value")

_ROWS = TypeAdapter(EvidenceRow)
_READINGS = TypeAdapter(Reading)
_OBSERVATIONS = TypeAdapter(Observation)
_UNOBSERVED = TypeAdapter(Unobserved)

_OBSERVED = (
    "select o.body, p.sealed from observations o join packages p using (capture)"
    " order by o.captured_at, o.capture, o.metric"
)
_MISSED = "select body from unobserved order by captured_at, capture, page"

TABLES = ("packages", "readings", "observations", "unobserved")


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the index keeps of one capture."""

    run: str
    row: EvidenceRow
    reading: Reading | None
    observations: tuple[Observation, ...]
    unobserved: tuple[Unobserved, ...]


class Index:
    """One SQLite database in WAL mode. Not shared between threads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @classmethod
    def open(cls, path: Path) -> Index:
        """Open `path`, creating and migrating it as needed.

        Raises `CatalogueError` where the file is not a database or cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = Database(path)
            database.enable_wal()
            migrations.apply(database)
        except (sqlite3.Error, OSError) as error:
            raise CatalogueError(
                f"{path}: the index cannot be opened ({error}). Delete it and run: auditor rebuild"
            ) from error
        return cls(database)

    @classmethod
    def open_to_read(cls, path: Path) -> Index:
        """Open an index without changing a byte of it; `CatalogueError` where there is none that can be read."""
        try:
            database = Database(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True))
            missing = set(TABLES) - set(database.table_names())
        except (sqlite3.Error, OSError) as error:
            raise CatalogueError(f"{path}: the index cannot be read ({error}). Run: auditor rebuild") from error
        if missing:
            raise CatalogueError(f"{path}: no table {', '.join(sorted(missing))} in the index. Run: auditor rebuild")
        return cls(database)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, records: Sequence[Record]) -> None:
        """Write these captures, all or none. A capture already there is replaced by what is given now."""
        with self._transaction():
            for record in records:
                self._record(record)

    def seal(self, capture: str, seal: Seal) -> None:
        """Note the present seal of a package that is already recorded."""
        with self._transaction():
            row = self.package(capture)
            if row is None:
                raise CatalogueError(f"index: capture {capture} is not recorded. Run: auditor rebuild")
            self._put("packages", {"body": _dump(_ROWS, replace(row, seal=seal)), "sealed": int(seal.sealed)}, capture)

    def package(self, capture: str) -> EvidenceRow | None:
        """The package of that capture, or None."""
        return next(self._values(_ROWS, queries.PACKAGE, (capture,)), None)

    def packages(self) -> tuple[EvidenceRow, ...]:
        """Every package, oldest first."""
        return tuple(self._values(_ROWS, "select body from packages order by captured_at, capture"))

    def latest(self) -> dict[str, EvidenceRow]:
        """The newest package of each deployment."""
        return {row.deployment: row for row in self._values(_ROWS, queries.LATEST)}

    def newest(self) -> dict[str, datetime]:
        """The moment of the newest capture of each deployment, without its package."""
        return {str(row[0]): parse_timestamp(str(row[1])) for row in self._ask(queries.NEWEST)}

    def reading(self, capture: str) -> Reading | None:
        """What was read from that capture when it was recorded."""
        return next(self._values(_READINGS, queries.READING, (capture,)), None)

    def observations(self, deployment: str | None = None) -> tuple[Observation, ...]:
        """Counts seen, oldest first, with the present state of their seals."""
        chosen = queries.OBSERVED_AT if deployment else _OBSERVED
        rows = self._ask(chosen, (deployment,) if deployment else ())
        return tuple(replace(_OBSERVATIONS.validate_json(str(row[0])), sealed=bool(row[1])) for row in rows)

    def unobserved(self, *, latest_only: bool = True) -> tuple[Unobserved, ...]:
        """Pages that gave no number: of the newest visit to each deployment, or of all visits."""
        return tuple(self._values(_UNOBSERVED, queries.MISSED_LATELY if latest_only else _MISSED))

    def dump(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Every row of every table in a fixed order."""
        for table in TABLES:
            columns = ", ".join(f"[{name}]" for name in sorted(self._db[table].columns_dict))
            for row in self._ask(f"select {columns} from [{table}] order by {columns}"):
                yield table, tuple(row)

    def captures(self) -> set[str]:
        """Every capture that any table names."""
        return {str(row[0]) for table in TABLES for row in self._ask(f"select distinct capture from [{table}]")}

    def rows_of(self, capture: str) -> dict[str, list[tuple[object, ...]]]:
        """What `dump` says of one capture, by table."""
        found = {}
        for table in TABLES:
            columns = ", ".join(f"[{name}]" for name in sorted(self._db[table].columns_dict))
            query = f"select {columns} from [{table}] where capture = ? order by {columns}"
            found[table] = self._ask(query, (capture,))
        return found

    def _record(self, record: Record) -> None:
        row = record.row
        common = {"deployment": row.deployment, "captured_at": timestamp(row.captured_at)}
        for table in TABLES[1:]:
            self._ask(f"delete from [{table}] where capture = ?", (row.capture,))
        self._insert(
            "packages",
            {
                "capture": row.capture,
                **common,
                "run": record.run,
                "state": row.state,
                "sealed": int(row.seal.sealed),
                "body": _dump(_ROWS, row),
            },
        )
        if record.reading:
            reading = record.reading
            self._insert(
                "readings",
                {"capture": row.capture, "reader": reading.reader, **common, "body": _dump(_READINGS, reading)},
            )
        for observation in record.observations:
            # The seal may come later than the reading: its state is kept with the package alone.
            body = _dump(_OBSERVATIONS, replace(observation, sealed=False))
            self._insert("observations", {"capture": row.capture, "metric": observation.metric, **common, "body": body})
        for number, missed in enumerate(record.unobserved):
            body = _dump(_UNOBSERVED, missed)
            page = f"{number}:{missed.page}"
            self._insert("unobserved", {"capture": row.capture, "page": page, **common, "body": body})

    def _insert(self, table: str, values: dict[str, object]) -> None:
        names = ", ".join(f"[{name}]" for name in values)
        marks = ", ".join("?" for _ in values)
        self._ask(f"insert or replace into [{table}] ({names}) values ({marks})", tuple(values.values()))

    def _put(self, table: str, values: dict[str, object], capture: str) -> None:
        sets = ", ".join(f"[{name}] = ?" for name in values)
        self._ask(f"update [{table}] set {sets} where capture = ?", (*values.values(), capture))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        connection = self._db.conn
        assert connection is not None  # noqa: S101 (an open Database has one)
        try:
            connection.execute("begin immediate")
            yield
            connection.commit()
        except BaseException as error:
            connection.rollback()
            if isinstance(error, sqlite3.Error):
                raise CatalogueError(f"index: the record was not written ({error}). Run: auditor rebuild") from error
            raise

    def _ask(self, query: str, values: Iterable[object] = ()) -> list[tuple[object, ...]]:
        connection = self._db.conn
        assert connection is not None  # noqa: S101
        try:
            return connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise CatalogueError(f"index: {error}. Run: auditor rebuild") from error

    def _values(self, adapter: TypeAdapter[Value], query: str, values: Iterable[object] = ()) -> Iterator[Value]:
        for row in self._ask(query, values):
            yield adapter.validate_json(str(row[0]))


def _dump(adapter: TypeAdapter[Value], value: Value) -> str:
    # Frozen values hold read-only mappings, which pydantic writes as plain ones.
    return adapter.dump_json(value, fallback=dict, warnings=False).decode()
