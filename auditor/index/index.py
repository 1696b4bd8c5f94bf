"""The index itself: what is written in one transaction, and what can be asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter
from sqlite_utils import Database

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import EvidenceIndexError
from auditor.index import queries
from auditor.index.codecs import OBSERVATIONS, READINGS, ROWS, UNOBSERVED, Value, dump_json, load_json
from auditor.index.count_columns import columns_of, counts_from_rows, moment, seal_columns, with_seal_state
from auditor.index.schema import CITED_DIGITS, migrations
from auditor.index.standing.listed import ListedStore
from auditor.index.standing.lists import ListRows
from auditor.index.standing.reader import StandingRows
from auditor.index.standing.store import MARK, StandingStore
from auditor.model.evidence import Seal
from auditor.model.findings import Unobserved
from auditor.model.ports import DeploymentSize, IndexedCapture
from auditor.model.reading.observations import Count, Observation, Texts
from auditor.model.reading.readings import Reading
from auditor.model.reports import EvidenceRow

_OBSERVED = (
    "select o.body, p.sealed from observations o join packages p using (capture)"
    " order by o.captured_at, o.capture, o.metric"
)
_NEWEST_OF_ALL = "select body from packages order by captured_at desc, capture desc limit ?"
_MISSED = "select body from unobserved order by captured_at, capture, page"

CAPTURES_PER_STATEMENT = 1_000
"""Captures that one statement asks for."""
WAIT_MILLISECONDS = 60_000
"""How long one who writes waits for another."""
CACHE_KILOBYTES = 16_000
"""Of one who writes: what a portion of what stands changes in all its indexes is looked up and written once."""
TABLES = ("packages", "readings", "observations", "unobserved", "counts")
UNREAD = "unread"
"""The table of captures whose package could not be read: it says nothing of evidence, and is in no comparison."""


class Index(Texts):
    """One SQLite database in WAL mode. Not shared between threads."""

    def __init__(self, database: Database, path: Path) -> None:
        self._db, self._path = database, path
        self._inherited: Database | None = None

    @classmethod
    def open(cls, path: Path) -> Index:
        """Open `path`, creating and migrating it as needed.

        Raises `EvidenceIndexError` where the file is not a database or cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = Database(path)
            database.execute(f"pragma busy_timeout = {WAIT_MILLISECONDS}")
            database.execute(f"pragma cache_size = -{CACHE_KILOBYTES}")
            database.enable_wal()
            migrations.apply(database)
        except (sqlite3.Error, OSError) as error:
            if path.parent.exists() and not path.parent.is_dir():
                raise EvidenceIndexError(
                    f"{path.parent}: is no folder. Take it away and run: auditor rebuild"
                ) from error
            raise EvidenceIndexError(
                f"{path}: the index cannot be opened ({error}). Delete it and run: auditor rebuild"
            ) from error
        return cls(database, path)

    @classmethod
    def open_to_read(cls, path: Path) -> Index:
        """Open an index without changing a byte of it; `EvidenceIndexError` where there is none that can be read."""
        try:
            # By one thread at a time: not always by the one that opened it.
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            database = Database(connection)
            missing = set(TABLES) - set(database.table_names())
            older = not missing and bool(migrations.pending(database))
        except (sqlite3.Error, OSError) as error:
            raise EvidenceIndexError(f"{path}: the index cannot be read ({error}). Run: auditor rebuild") from error
        if missing:
            raise EvidenceIndexError(
                f"{path}: no table {', '.join(sorted(missing))} in the index. Run: auditor rebuild"
            )
        if older:
            raise EvidenceIndexError(f"{path}: the index was made by an earlier version. Run: auditor rebuild")
        return cls(database, path)

    def close(self) -> None:
        self._db.close()

    def reopen_forked(self) -> None:
        """In a fork of the process that opened it: to read by a connection of its own.

        SQLite forbids using a connection that came through a fork, and closing it, so it is only put aside.
        """
        self._inherited = self._db
        self._db = Index.open_to_read(self._path)._db

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, records: Sequence[IndexedCapture]) -> None:
        """Write these captures, all or none. A capture already there is replaced by what is given now."""
        with self._transaction():
            for record in records:
                self._record(record)

    def remove(self, captures: Sequence[str]) -> None:
        """Forget captures whose artefacts were pruned: what they showed can no longer be read again."""
        with self._transaction():
            for capture in captures:
                self._mark("select distinct deployment from packages where capture = ?", capture)
                self._ask(queries.FORGET_CITED, (capture,))
                for table in (*TABLES, UNREAD):
                    self._ask(f"delete from [{table}] where capture = ?", (capture,))

    def followed(self) -> int:
        """The journal line from which on the index has not followed it; 0 where it never did."""
        found = next(iter(self._ask("select line from followed")), None)
        return int(str(found[0])) if found else 0

    def follow(self, line: int) -> None:
        """Note that what the lines before this one say is recorded."""
        with self._transaction():
            self._ask("insert or replace into followed values (0, ?)", (line,))

    def unread(self) -> dict[str, str]:
        """Captures that were tried and neither recorded since nor removed, each with why; the last tried are last."""
        found = self._ask(f"select capture, why from {UNREAD} order by rowid")
        return {str(capture): str(why) for capture, why in found}

    def note_unread(self, captures: Mapping[str, str]) -> None:
        """Note of captures that were tried now why their package could not be read."""
        with self._transaction():
            for one in captures.items():
                self._ask(f"insert or replace into {UNREAD} (capture, why) values (?, ?)", one)

    def seal(self, capture: str, seal: Seal) -> None:
        """Note the present seal of a package that is already recorded."""
        with self._transaction():
            row = self.package(capture)
            if row is None:
                raise EvidenceIndexError(f"index: capture {capture} is not recorded. Run: auditor rebuild")
            now = replace(row, seal=seal)
            self._put("packages", {"body": dump_json(ROWS, now), "sealed": int(seal.sealed)}, capture)
            self._put("counts", seal_columns(now), capture)
            self._ask(MARK, (f"d:{row.deployment}", 0))

    def package(self, capture: str) -> EvidenceRow | None:
        """The package of that capture, or None."""
        return next(self._values(ROWS, queries.PACKAGE, (capture,)), None)

    def packages(self) -> tuple[EvidenceRow, ...]:
        """Every package, oldest first."""
        return tuple(self._values(ROWS, "select body from packages order by captured_at, capture"))

    def latest(self) -> dict[str, EvidenceRow]:
        """The newest package of each deployment."""
        return {row.deployment: row for row in self._values(ROWS, queries.LATEST)}

    def newest(self) -> dict[str, datetime]:
        """The moment of the newest capture of each deployment, without its package."""
        return {str(row[0]): parse_timestamp(str(row[1])) for row in self._ask(queries.NEWEST)}

    def reading(self, capture: str) -> Reading | None:
        """What was read from that capture when it was recorded."""
        return next(self._values(READINGS, queries.READING, (capture,)), None)

    def observations(self, deployment: str | None = None) -> tuple[Observation, ...]:
        """Counts seen, oldest first, with the present state of their seals."""
        chosen = queries.OBSERVED_AT if deployment else _OBSERVED
        rows = self._ask(chosen, (deployment,) if deployment else ())
        return tuple(replace(load_json(OBSERVATIONS, str(row[0])), sealed=bool(row[1])) for row in rows)

    def unobserved(self, *, latest_only: bool = True) -> tuple[Unobserved, ...]:
        """Pages that gave no number: of the newest visit to each deployment, or of all visits."""
        return tuple(self._values(UNOBSERVED, queries.MISSED_LATELY if latest_only else _MISSED))

    def to_review(self) -> list[Count]:
        """The counts of the newest capture of each deployment whose reading needs review, or whose list is not
        complete."""
        return counts_from_rows(self._ask(queries.TO_REVIEW))

    def counts(self, deployment: str, as_of: datetime) -> list[Count]:
        """The counts of one deployment up to a moment, oldest first, with the present state of their seals."""
        return counts_from_rows(self._ask(queries.COUNTS, (deployment, timestamp(as_of))))

    def counts_at(self, deployments: Iterable[str], as_of: datetime) -> dict[str, list[Count]]:
        """The same of several deployments that have any."""
        found: dict[str, list[Count]] = {}
        for one in counts_from_rows(self._ask(queries.COUNTS_AT, (json.dumps(list(deployments)), timestamp(as_of)))):
            found.setdefault(one.deployment, []).append(one)
        return found

    def whole(self, counts: Sequence[Count]) -> Sequence[Observation]:
        """Counts of this index with their texts, in the order given, `CAPTURES_PER_STATEMENT` at a time.

        Raises `EvidenceIndexError` where the body of one is gone.
        """
        found: dict[tuple[str, str], Observation] = {}
        for first in range(0, len(counts), CAPTURES_PER_STATEMENT):
            asked = {(one.capture, one.metric): one for one in counts[first : first + CAPTURES_PER_STATEMENT]}
            names = json.dumps(list(dict.fromkeys(capture for capture, _ in asked)))
            for capture, metric, body in self._ask(queries.BODIES_OF, (names,)):
                one = asked.get((str(capture), str(metric)))
                if one is not None:
                    observed = load_json(OBSERVATIONS, str(body))
                    found[one.capture, one.metric] = with_seal_state(observed, one.sealed, one.sealed_at)
        for one in counts:
            if (one.capture, one.metric) not in found:
                raise _lost(one.capture, one.metric)
        return [found[one.capture, one.metric] for one in counts]

    def deployments(self) -> list[str]:
        """Every deployment that was captured, by name."""
        return [str(row[0]) for row in self._ask(queries.DEPLOYMENTS)]

    def series(self, deployment: str, as_of: datetime) -> tuple[Observation, ...]:
        """The counts of one deployment up to a moment, whole, with the time of their seals."""
        rows = self._ask(queries.SERIES, (deployment, timestamp(as_of)))
        return tuple(
            with_seal_state(_observed(str(capture), str(metric), body), bool(sealed), moment(at))
            for capture, metric, body, sealed, at in rows
        )

    def latest_as_of(self, as_of: datetime) -> dict[str, tuple[str, datetime]]:
        """The newest capture of each deployment at a moment, and when it was made."""
        rows = self._ask(queries.LATEST_AS_OF, (timestamp(as_of),))
        return {str(row[0]): (str(row[1]), parse_timestamp(str(row[2]))) for row in rows}

    def missed_as_of(self, as_of: datetime) -> tuple[Unobserved, ...]:
        """Pages that gave no number in the newest visit to each deployment at a moment, oldest first."""
        return tuple(self._values(UNOBSERVED, queries.MISSED_AS_OF, (timestamp(as_of),)))

    def sizes(self, as_of: datetime) -> dict[str, DeploymentSize]:
        """How many captures and counts of each deployment there are up to a moment."""
        rows = self._ask(queries.SIZES, (timestamp(as_of),))
        return {str(row[0]): DeploymentSize(int(str(row[1])), int(str(row[2]))) for row in rows}

    def packages_at(self, deployment: str) -> tuple[EvidenceRow, ...]:
        """The packages of one deployment, oldest first."""
        return tuple(self._values(ROWS, queries.PACKAGES_AT, (deployment,)))

    def newest_packages(self, limit: int, deployment: str | None = None) -> tuple[EvidenceRow, ...]:
        """The newest packages, of one deployment or of all, newest first."""
        query = queries.NEWEST_AT if deployment is not None else _NEWEST_OF_ALL
        return tuple(self._values(ROWS, query, (limit,) if deployment is None else (deployment, limit)))

    def counts_of(self, captures: Sequence[str]) -> list[Count]:
        """The counts of these captures, in no order."""
        found: list[Count] = []
        for first in range(0, len(captures), CAPTURES_PER_STATEMENT):
            names = json.dumps(list(captures[first : first + CAPTURES_PER_STATEMENT]))
            found += counts_from_rows(self._ask(queries.COUNTS_OF, (names,)))
        return found

    def packages_of(self, captures: Iterable[str]) -> Iterator[EvidenceRow]:
        """The packages of these captures, as far as they are there, in no order."""
        names = iter(captures)
        while some := list(islice(names, CAPTURES_PER_STATEMENT)):
            yield from self._values(ROWS, queries.PACKAGES_OF, (json.dumps(some),))

    def unsealed(self) -> tuple[EvidenceRow, ...]:
        """Every package that waits for its seal."""
        return tuple(self._values(ROWS, queries.UNSEALED))

    def practice_authorities(self) -> tuple[str, ...]:
        """Names of the practice authorities of which any package has a verified token."""
        return tuple(str(row[0]) for row in self._ask(queries.PRACTICE))

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
        """What `dump_json` says of one capture, by table."""
        found = {}
        for table in TABLES:
            columns = ", ".join(f"[{name}]" for name in sorted(self._db[table].columns_dict))
            query = f"select {columns} from [{table}] where capture = ? order by {columns}"
            found[table] = self._ask(query, (capture,))
        return found

    @property
    def standing(self) -> StandingStore:
        """What stands: marked by what is recorded here, in the same transaction."""
        return StandingStore(self._connection())

    @property
    def standing_rows(self) -> StandingRows:
        """Lists, sums and trends of what stands."""
        return StandingRows(self._connection())

    @property
    def listed(self) -> ListedStore:
        """What lists are made of, written within the transactions of what stands."""
        return ListedStore(self._connection())

    @property
    def lists(self) -> ListRows:
        """Lists of positions and findings whole."""
        return ListRows(self._connection())

    def beside(self, row: EvidenceRow) -> tuple[str, str]:
        """The captures before and after one of the same deployment; empty where there is none."""
        key = (row.deployment, timestamp(row.captured_at), row.capture)
        before, after = (self._ask(query, key) for query in (queries.BEFORE, queries.AFTER))
        return (str(before[0][0]) if before else "", str(after[0][0]) if after else "")

    def size(self) -> int:
        """How many packages are recorded."""
        return int(str(self._ask("select count(*) from packages")[0][0]))

    def waiting(self) -> int:
        """How many packages wait for their seal."""
        return int(str(self._ask("select count(*) from packages where sealed = 0")[0][0]))

    def holds(self, capture: str) -> bool:
        """Whether a capture is recorded."""
        return bool(self._ask(queries.HELD, (capture,)))

    def held(self, captures: Iterable[str]) -> frozenset[str]:
        """Those of these captures that are recorded."""
        names = json.dumps(list(captures))
        return frozenset(str(row[0]) for row in self._ask(queries.HELD_OF, (names,)))

    def begins_with(self, text: str, most: int) -> tuple[tuple[EvidenceRow, str], ...]:
        """Packages whose id, with its `c-` or without, whose manifest's digest or that of a file that they rest on
        begins with a text; each with the whole of that."""
        found: dict[str, EvidenceRow] = {}
        for query, first in ((queries.NAMED, text), (queries.NAMED, f"c-{text}"), (queries.DIGESTS, text)):
            rows = self._values(ROWS, query, (first, f"{first}\U0010ffff", most))
            found |= {row.capture: row for row in rows}
        told = [(row, next(one for one in row.handles if one.startswith(text))) for row in found.values()]
        # The table of cited digests has their first digits alone: the question may have more.
        cited = self._ask(queries.CITED, (text[:CITED_DIGITS], f"{text[:CITED_DIGITS]}\U0010ffff", most))
        for row in self.packages_of(str(one[0]) for one in cited):
            digests = (str(one[0]) for one in self._ask(queries.CITED_BY, (row.capture,)))
            whole = next((one for one in digests if one.startswith(text)), None)
            if row.capture not in found and whole is not None:
                told.append((row, whole))
        return tuple(told)

    def missed_at(self, deployments: Iterable[str], as_of: datetime) -> tuple[Unobserved, ...]:
        """As `missed_as_of`, of some deployments."""
        names = json.dumps(list(deployments))
        return tuple(self._values(UNOBSERVED, queries.MISSED_AT, (names, timestamp(as_of))))

    def latest_at(self, deployments: Iterable[str], as_of: datetime) -> dict[str, datetime]:
        """When the newest capture of each of these deployments up to a moment was made, as far as there is one."""
        return self._moments(queries.LATEST_AT, deployments, as_of)

    def next_at(self, deployments: Iterable[str], after: datetime) -> dict[str, datetime]:
        """When the first capture of each of these deployments after a moment was made, as far as there is one yet."""
        return self._moments(queries.NEXT_AT, deployments, after)

    def _moments(self, query: str, deployments: Iterable[str], beside: datetime) -> dict[str, datetime]:
        rows = self._ask(query, (json.dumps(list(deployments)), timestamp(beside)))
        return {str(name): parse_timestamp(str(at)) for name, at in rows if at is not None}

    def _mark(self, query: str, capture: str) -> None:
        """What is to be judged again because of a capture."""
        for (deployment,) in self._ask(query, (capture,)):
            self._ask(MARK, (f"d:{deployment}", 0))

    def _connection(self) -> sqlite3.Connection:
        connection = self._db.conn
        assert connection is not None  # noqa: S101 (an open Database has one)
        return connection

    def _record(self, record: IndexedCapture) -> None:
        row = record.row
        self._ask(MARK, (f"d:{row.deployment}", 0))
        common = {"deployment": row.deployment, "captured_at": timestamp(row.captured_at)}
        self._ask(queries.FORGET_CITED, (row.capture,))
        for table in (*TABLES[1:], UNREAD):
            self._ask(f"delete from [{table}] where capture = ?", (row.capture,))
        self._insert(
            "packages",
            {
                "capture": row.capture,
                **common,
                "run": record.run,
                "state": row.state,
                "sealed": int(row.seal.sealed),
                "body": dump_json(ROWS, row),
            },
        )
        if record.reading:
            reading = record.reading
            self._insert(
                "readings",
                {"capture": row.capture, "reader": reading.reader, **common, "body": dump_json(READINGS, reading)},
            )
        for observation in record.observations:
            # The seal may come later than the reading: its state is kept with the package alone.
            body = dump_json(OBSERVATIONS, replace(observation, sealed=False, sealed_at=None))
            self._insert("observations", {"capture": row.capture, "metric": observation.metric, **common, "body": body})
            self._insert("counts", columns_of(row, observation))
            for digest in {basis.sha256[:CITED_DIGITS] for basis in observation.basis.values()}:
                self._ask("insert or ignore into cited values (?, ?)", (digest, row.capture))
        for number, missed in enumerate(record.unobserved):
            body = dump_json(UNOBSERVED, missed)
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
                raise EvidenceIndexError(
                    f"index: the record was not written ({error}). Run: auditor rebuild"
                ) from error
            raise

    def _ask(self, query: str, values: Iterable[object] = ()) -> list[tuple[object, ...]]:
        connection = self._db.conn
        assert connection is not None  # noqa: S101
        try:
            return connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error

    def _values(self, adapter: TypeAdapter[Value], query: str, values: Iterable[object] = ()) -> Iterator[Value]:
        for row in self._ask(query, values):
            yield load_json(adapter, str(row[0]))


def _observed(capture: str, metric: str, body: object) -> Observation:
    """An observation from its body; a count whose body is gone is told, never left out."""
    if body is None:
        raise _lost(capture, metric)
    return load_json(OBSERVATIONS, str(body))


def _lost(capture: str, metric: str) -> EvidenceIndexError:
    return EvidenceIndexError(
        f"index: a count of {metric or 'no metric'} in capture {capture} has lost its body. Run: auditor rebuild"
    )
