"""One visit's two lines: the intent before it, and the capture or gap that ends it.

Each line is written with the attempt's row in one transaction of the session that holds the lease on the deployment;
the database refuses it to any other session, and refuses a second end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from psycopg.rows import class_row

from auditor.errors import LeaseLostError
from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors
from auditor.formats import canonical_json
from auditor.model.events import CaptureCommitted, GapRecorded, VisitIntended

LEASE_LOST = "AU001"
"""What the database's functions answer to a session that has no lease, or comes after an end."""
AttemptOutcome = Literal["capture", "gap"]
"""What a worker says of its attempt; `gap`: it could not keep the visit."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line that the database appended: number, the database's time, and the bytes."""

    number: int
    at: datetime
    line: bytes


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt that has no end yet."""

    request: str
    number: int
    intent: str
    run: str
    deployment: str
    worker: str
    job: int | None
    began_at: datetime


class AttemptLog:
    """The attempts of the fleet, written over one connection."""

    def __init__(self, connection: FleetConnection, address: DatabaseAddress) -> None:
        self._connection, self._address = connection, address

    def begin(self, request: str, number: int, worker: str, job: int | None, intent: VisitIntended) -> LedgerLine:
        """The attempt's row and the intent's line. `LeaseLostError` where the request is not open, or not ours."""
        with self._errors():
            return self._line(
                "select * from auditor.begin_attempt(%s, %s, %s, %s, %s)",
                (request, number, worker, job, _body(intent)),
            )

    def end(
        self, intent: str, event: CaptureCommitted | GapRecorded, outcome: AttemptOutcome, again_seconds: int = 0
    ) -> LedgerLine:
        """The line that ends an attempt, with its row, and of a capture the request's.

        `again_seconds`: how soon the request may be tried again after a gap. `LeaseLostError` where the attempt has
        ended, or this session has no lease on its deployment.
        """
        why = event.why if isinstance(event, GapRecorded) else ""
        with self._errors():
            return self._line(
                "select * from auditor.end_attempt(%s, %s, %s, %s, %s, %s)",
                (intent, event.kind, _body(event), outcome, why, again_seconds),
            )

    def take_up(self, intent: str) -> str:
        """Go on with an attempt in this session: it takes the lease on its deployment.

        Empty where it has it now, else who has it. `LeaseLostError` where the attempt has ended.
        """
        with self._errors():
            row = self._connection.execute("select auditor.take_up_attempt(%s)", (intent,)).fetchone()
        return str(row[0]) if row is not None else "another session"

    def outcome(self, intent: str) -> str:
        """How an attempt ended; empty where it has not, or never began."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select coalesce(outcome, '') from auditor.attempt where intent = %s", (intent,)
            ).fetchone()
        return str(row[0]) if row is not None else ""

    def count(self, request: str) -> int:
        """How many attempts a request has had."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select count(*) from auditor.attempt where request = %s", (request,)
            ).fetchone()
        return int(str(row[0])) if row is not None else 0

    def end_lost(self, intent: str, gap: GapRecorded, seconds: int, again_seconds: int) -> bool:
        """End an attempt as a gap whose own session has no lease any more, or that is older than so many seconds.

        False, and nothing is written, where it has ended, or goes on.
        """
        with database_errors(self._address):
            row = self._connection.execute(
                "select auditor.end_lost(%s, %s, %s, %s)", (intent, _body(gap), seconds, again_seconds)
            ).fetchone()
        return row is not None and bool(row[0])

    def end_frozen(self, intent: str, seconds: int) -> bool:
        """End the session of an attempt that is older than that, which frees its lease; whether it was ended. Another
        session that has the lease meanwhile, for another attempt, is left alone."""
        with database_errors(self._address):
            row = self._connection.execute("select auditor.end_frozen(%s, %s)", (intent, seconds)).fetchone()
        return row is not None and bool(row[0])

    def open(self) -> Sequence[OpenAttempt]:
        """Attempts without an end, oldest first."""
        typed = class_row(OpenAttempt)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select a.request, a.number, a.intent, r.run, r.deployment, a.worker, a.job, a.began_at"
                "  from auditor.attempt as a join auditor.request as r on r.id = a.request"
                " where a.ended_at is null order by a.began_at"
            ).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with database_errors(self._address):
            try:
                yield
            except psycopg.Error as error:
                if error.sqlstate != LEASE_LOST:
                    raise
                said = (error.diag.message_primary or str(error)).splitlines()[0]
                raise LeaseLostError(f"{self._address.shown}: {said}; what was seen is not kept") from None

    def _line(self, statement: str, values: tuple[object, ...]) -> LedgerLine:
        row = self._connection.execute(statement.encode("utf-8"), values).fetchone()
        number, at, line = row if row is not None else (None, None, None)
        if not isinstance(number, int) or not isinstance(at, datetime) or not isinstance(line, bytes):
            raise LeaseLostError(f"{self._address.shown}: no line was appended")
        return LedgerLine(number, at, line)


def _body(event: VisitIntended | CaptureCommitted | GapRecorded) -> str:
    return canonical_json.encode(event.body()).decode("utf-8")
