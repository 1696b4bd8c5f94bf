"""The journal in PostgreSQL: a row a line, a row for its end with the signed head, rows for the hash tiles."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime

import psycopg

from auditor.errors import IntegrityError, OutcomeUnknownError, VaultError
from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, FleetRole, connect, database_errors
from auditor.fleet.database.schema import require_schema, schema_sha256
from auditor.formats import signed_note
from auditor.formats.tiles import WIDTH
from auditor.model.ports.journal_store import JournalTile

MAX_LINE = 32 << 20
"""Bytes of the longest line that is read."""


class PostgresJournalStore:
    """The `JournalStore` of a fleet, for the one process that has the log's key, and for readers."""

    grows = True
    shared = True

    def __init__(self, address: DatabaseAddress, role: FleetRole = "auditor_maintenance") -> None:
        """Nothing is asked of the database yet."""
        self.address, self.role = address, role
        self._guard = threading.RLock()
        self._open: FleetConnection | None = None
        self._within = False
        """Whether `exclusive` is under way."""

    @property
    def name(self) -> str:
        return self.address.shown

    @contextlib.contextmanager
    def _asked(self) -> Iterator[FleetConnection]:
        """The connection, made again where it was lost; never in the middle of `exclusive`."""
        with self._guard:
            if self._open is None or (self._open.closed and not self._within):
                self._open = connect(self.address, self.role)
                require_schema(self._open, self.address)
            with database_errors(self.address):
                yield self._open

    def _row(self, query: str, *values: object) -> tuple[object, ...] | None:
        with self._asked() as connection:
            return connection.execute(query.encode(), values).fetchone()

    def close(self) -> None:
        """End the connection; the next question makes another one."""
        with self._guard:
            if self._open is not None:
                self._open.close()
            self._open = None

    def clock(self) -> datetime:
        """What time the database has: it dates every line of the fleet."""
        row = self._row("select clock_timestamp()")
        assert row is not None and isinstance(row[0], datetime)  # noqa: S101 - what the statement gives
        return row[0]

    def schema_sha256(self) -> str:
        """The digest of what stands in the database's schema: functions, whose they are, and who may do what."""
        with self._asked() as connection:
            return schema_sha256(connection, self.address)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._guard:
            if self._within:
                yield
                return
            with self._asked() as connection:
                connection.execute("begin")
                self._within = True
                try:
                    connection.execute("select size from auditor.head for update")
                    yield
                except BaseException:
                    self._within = False
                    with contextlib.suppress(psycopg.Error):
                        connection.execute("rollback")
                    raise
                self._within = False
                self._commit(connection)

    def _commit(self, connection: FleetConnection) -> None:
        try:
            connection.execute("commit")
        except psycopg.OperationalError as error:
            connection.close()
            raise OutcomeUnknownError(
                f"{self.name}: the database did not answer whether it kept the line; the next start reads what is there"
            ) from error

    def exists(self) -> bool:
        row = self._row("select size, note is not null from auditor.head")
        return row is not None and (row[0] != 0 or bool(row[1]))

    def size(self) -> int:
        """How many lines there are, signed or not."""
        return _whole(self._row("select size from auditor.head"))

    def has_head(self) -> bool:
        """Whether a log was begun here: something is signed."""
        row = self._row("select note is not null from auditor.head")
        return row is not None and bool(row[0])

    def head(self) -> bytes:
        row = self._row("select octet_length(note), note from auditor.head")
        if row is None or not isinstance(row[1], bytes):
            raise VaultError(f"{self.name}: no journal here; move a workspace here first: auditor move --to")
        if len(row[1]) > signed_note.MAX_NOTE:
            raise IntegrityError(f"{self.name}: a head of {len(row[1])} bytes; not read")
        return row[1]

    def replace_head(self, note: bytes) -> None:
        with self._asked() as connection:
            connection.execute("update auditor.head set note = %s", (note,))

    def moved_to(self) -> str:
        """Where the log goes on; empty where it is here."""
        row = self._row("select coalesce(moved_to, '') from auditor.head")
        return str(row[0]) if row else ""

    def close_ledger(self, moved_to: str) -> None:
        """From here on nothing is appended here, by nobody."""
        with self._asked() as connection:
            connection.execute("update auditor.head set moved_to = %s", (moved_to,))

    def segments(self, size: int) -> int:
        return min(size // WIDTH, _whole(self._row("select segments from auditor.head")))

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        query = (
            "select number, octet_length(line), case when octet_length(line) <= %s then line end from auditor.ledger"
            " where number >= %s order by number limit %s"
        )
        number, most = start, 2
        while True:
            with self._asked() as connection:
                rows = connection.execute(query, (MAX_LINE, number, most), binary=True).fetchall()
            for found, size, line in rows:
                if found != number:
                    raise IntegrityError(f"{self.name}: line {number} of the ledger is gone; run `auditor verify`")
                if not isinstance(line, bytes):
                    raise IntegrityError(f"{self.name}: line {number} has {size} bytes, more than {MAX_LINE}; not read")
                yield line, True
                number += 1
            if len(rows) < most:
                return
            most = WIDTH

    def append(self, line: bytes, number: int) -> None:
        try:
            with self._asked() as connection:
                connection.execute("select auditor.append_exact(%s, %s)", (number, line))
        except VaultError as error:
            if isinstance(error.__cause__, psycopg.errors.SerializationFailure):
                raise IntegrityError(
                    f"{self.name}: changed by another hand while it was open; stop and run `auditor verify`: {error}"
                ) from error
            raise

    def tile(self, level: int, index: int) -> bytes:
        row = self._row("select hashes from auditor.tile where level = %s and place = %s", level, index)
        return row[0] if row is not None and isinstance(row[0], bytes) else b""

    def seal_segment(self, index: int, tiles: Sequence[JournalTile]) -> None:
        with self.exclusive():
            if self.size() < (index + 1) * WIDTH:
                raise VaultError(f"{self.name}: segment {index} is not full; nothing is sealed")
            with self._asked() as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "insert into auditor.tile values (%s, %s, %s)"
                    " on conflict (level, place) do update set hashes = excluded.hashes",
                    [(one.level, one.index, one.hashes) for one in tiles],
                )
                cursor.execute("update auditor.head set segments = greatest(segments, %s)", (index + 1,))

    def tidy(self, segments: int) -> None:
        """Nothing is left by an interruption: a sealing is one transaction."""


def _whole(row: tuple[object, ...] | None) -> int:
    assert row is not None and isinstance(row[0], int)  # noqa: S101 - what the statement gives
    return row[0]
