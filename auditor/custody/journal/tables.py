"""What the journal says of each id and file, in a database that can be thrown away: `db/ledger.db`.

It answers whether an id was journalled before, and by which lines. It is made of the journal alone, one line after
another, and says up to which line; where it is behind it is caught up, where it is missing or of another log it is made
again. `verify` makes it anew from the lines and compares row by row.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from auditor.errors import IntegrityError, VaultError

VERSION = 4
"""Of the tables; another one is made again."""
CACHE = 16_000
"""KiB that SQLite may keep in memory."""

_SCHEMA = """
CREATE TABLE folded (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, root BLOB NOT NULL,
    previous TEXT NOT NULL);
CREATE TABLE kept (id INTEGER PRIMARY KEY CHECK (id = 0), fold BLOB NOT NULL);
CREATE TABLE event (kind TEXT, number INTEGER, at INTEGER NOT NULL, PRIMARY KEY (kind, number)) WITHOUT ROWID;
CREATE INDEX event_at ON event (at);
CREATE TABLE package (ordinal INTEGER PRIMARY KEY, capture TEXT NOT NULL UNIQUE, intent TEXT NOT NULL,
    deployment TEXT NOT NULL, run TEXT NOT NULL, home TEXT NOT NULL UNIQUE, manifest_sha256 TEXT NOT NULL,
    manifest_bytes INTEGER NOT NULL, quorum INTEGER NOT NULL, number INTEGER NOT NULL UNIQUE, at TEXT NOT NULL,
    version TEXT NOT NULL);
CREATE INDEX package_deployment ON package (deployment, number);
CREATE INDEX package_run ON package (run);
CREATE TABLE intent (id TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outcome (intent TEXT, number INTEGER, PRIMARY KEY (intent, number)) WITHOUT ROWID;
CREATE INDEX outcome_number ON outcome (number);
CREATE TABLE slot (run TEXT, slot TEXT, place INTEGER NOT NULL, ends TEXT NOT NULL, PRIMARY KEY (run, slot))
    WITHOUT ROWID;
CREATE TABLE run (id TEXT PRIMARY KEY, closed INTEGER NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE file (path TEXT PRIMARY KEY, sha256 BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE stamp (subject TEXT, number INTEGER, PRIMARY KEY (subject, number)) WITHOUT ROWID;
CREATE INDEX stamp_number ON stamp (number);
CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL,
    sha256 TEXT NOT NULL, at TEXT NOT NULL, fold TEXT NOT NULL);
CREATE INDEX checkpoint_size ON checkpoint (size);
CREATE TABLE cosignature (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, witness TEXT NOT NULL, path TEXT NOT NULL);
CREATE INDEX cosignature_witness ON cosignature (witness, size);
CREATE TABLE refusal (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, witness TEXT NOT NULL,
    contradicts INTEGER NOT NULL, said TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE revocation (number INTEGER, place INTEGER, kind TEXT NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (number, place)) WITHOUT ROWID;
CREATE TABLE pruned (capture TEXT, number INTEGER, rule TEXT NOT NULL, PRIMARY KEY (capture, number)) WITHOUT ROWID;
CREATE INDEX pruned_number ON pruned (number);
CREATE TABLE filing (manifest TEXT PRIMARY KEY, number INTEGER NOT NULL, quorum INTEGER NOT NULL, owners TEXT NOT NULL,
    waits INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX filing_waits ON filing (number) WHERE waits;
"""
PACKAGE_COLUMNS = (
    "capture, intent, deployment, run, home, manifest_sha256, manifest_bytes, quorum, version, number, at, ordinal"
)
CHECKPOINT_COLUMNS = "size, root, path, number, sha256, at, fold"
TABLES = {
    "event": "kind, number", "package": "ordinal", "intent": "id", "outcome": "intent, number", "slot": "run, slot",
    "run": "id", "file": "path", "stamp": "subject, number", "checkpoint": "number", "cosignature": "number",
    "refusal": "number", "revocation": "number, place", "pruned": "capture, number",
    "filing": "manifest",
}  # fmt: skip
"""Each with the columns that order it."""


class EarlierTablesError(sqlite3.DatabaseError):
    """Tables of an earlier version of the program: nobody reads them, and the next start makes them anew."""


class JournalTables:
    """One database. Statements are short and take the connection's own lock, so several threads may ask."""

    def __init__(self, path: Path | None = None, *, reading: bool = False) -> None:
        """`path`: the file; without one, tables of this process alone, on the disk where they grow large.

        `reading`: as they stand, and never written. Raises `sqlite3.Error` where the file is no such database.
        """
        self.path = path
        if reading and path is not None:
            # Beside a file that may change SQLite needs one more; on a disk that nobody can write nothing changes.
            still = "" if os.access(path.parent, os.W_OK) else "&immutable=1"
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro{still}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=30,
            )
        else:
            self._db = sqlite3.connect(str(path or ""), isolation_level=None, check_same_thread=False, timeout=30)
        try:
            self._db.execute(f"PRAGMA cache_size=-{CACHE}")
            if reading and path is not None:
                self._require_version()
            else:
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        if self.path is None:
            self._db.execute("PRAGMA journal_mode=OFF")
            self._db.execute("PRAGMA synchronous=OFF")
        else:
            # What a power cut takes of it is read from the journal again: no line waits for this file.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        if self._version() == 0:
            self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={VERSION};COMMIT;")
        self._require_version()

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _require_version(self) -> None:
        if 0 < self._version() < VERSION:
            raise EarlierTablesError(f"tables of version {self._version()}, before {VERSION}")
        if self._version() != VERSION:
            raise sqlite3.DatabaseError(f"tables of version {self._version()}, expected {VERSION}")

    def close(self) -> None:
        self._db.close()

    def begin(self, *, writing: bool = True) -> None:
        """Begin a transaction; one that only reads sees the tables as they stand at its first look."""
        self._db.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def commit(self, size: int, root: bytes, previous: str) -> None:
        """End a transaction: the tables say what the first `size` lines say, whose Merkle root is `root`."""
        self._db.execute("INSERT OR REPLACE INTO folded VALUES (0, ?, ?, ?)", (size, root, previous))
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def folded(self) -> tuple[int, bytes, str]:
        """How many lines they stand for, their Merkle root, and the digest of the last."""
        found = self._db.execute("SELECT size, root, previous FROM folded").fetchone()
        return (int(found[0]), bytes(found[1]), str(found[2])) if found else (0, b"", "")

    def keep_fold(self, note: bytes) -> None:
        """Keep what stood open when a segment was sealed, as the log key signed it, in the place of the one before."""
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (0, ?)", (note,))

    def kept_fold(self) -> bytes | None:
        """What was kept last; nobody has verified it yet."""
        found = self._db.execute("SELECT fold FROM kept").fetchone()
        return bytes(found[0]) if found else None

    def put(self, statement: str, values: Sequence[object], what: str = "") -> None:
        """Add or change a row; `IntegrityError` saying `what` where its key was there before."""
        try:
            self._db.execute(statement, values)
        except sqlite3.IntegrityError:
            raise IntegrityError(f"{what} was journalled before") from None

    def row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row; None where there is none."""
        found: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return found

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Every row, in order."""
        yield from self._db.execute(query, values)

    def differing(self, other: JournalTables, most: int = 5) -> list[str]:
        """Rows that the two do not share, at most so many: the table and the row, in one line each."""
        found: list[str] = []
        for table, order in TABLES.items():
            query = f"SELECT * FROM {table} ORDER BY {order}"  # noqa: S608 (names of this file)
            found += [f"{table}: {row}" for row in _unshared(self.rows(query), other.rows(query), most - len(found))]
            if len(found) >= most:
                break
        return found


def _unshared(
    left: Iterable[tuple[Any, ...]], right: Iterable[tuple[Any, ...]], most: int
) -> Iterator[tuple[Any, ...]]:
    """Pairs that differ, walked side by side."""
    others = iter(right)
    for row in left:
        if most <= 0:
            return
        if (other := next(others, None)) != row:
            most -= 1
            yield (row, other)
    if most > 0 and (rest := next(others, None)) is not None:
        yield (None, rest)


def open_tables(path: Path) -> JournalTables:
    """The tables in a file, made anew where it holds none that can be read. `VaultError` where it cannot be written."""
    for attempt in (1, 2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return JournalTables(path)
        except (sqlite3.Error, OSError) as error:
            if attempt == 2 or isinstance(error, OSError) or is_busy(error):
                raise VaultError(f"{path}: cannot be written: {error}; check the disk and run again") from error
            remove_tables(path)
    raise AssertionError


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process keeps the file, which is no reason to throw it away."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def remove_tables(path: Path) -> None:
    """Throw the file away, with what SQLite keeps beside it."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
