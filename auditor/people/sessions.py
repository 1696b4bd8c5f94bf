"""Who is signed in: since when, until when. Sessions are listed and revoked; their ids are kept as hashes alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from auditor.clock import parse_timestamp, timestamp
from auditor.model.people import Means
from auditor.people.database import OwnDatabase, Row
from auditor.people.store import secret_hash

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
KEPT_BY_PERSON = 20
"""Sessions of one account at a time; the one longest unused gives way."""
TOUCH = timedelta(seconds=30)
"""How exactly it is written when a session was last used."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, person TEXT NOT NULL, means TEXT NOT NULL, full INTEGER NOT NULL,
    network TEXT NOT NULL, agent TEXT NOT NULL, began_at TEXT NOT NULL, proved_at TEXT NOT NULL, used_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS session_person ON session (person);
CREATE TABLE IF NOT EXISTS visit (person TEXT PRIMARY KEY, used_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS earlier_visit (session TEXT PRIMARY KEY, used_at TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as lists show it."""

    name: str
    """Its public name; opens nothing."""
    person: str
    means: Means
    full: bool
    """Whether everything that the account needs was shown: False while a second factor is still to be set up."""
    network: str
    agent: str
    """What the browser says it is."""
    began_at: datetime
    proved_at: datetime
    used_at: datetime

    def ended(self, now: datetime) -> bool:
        """Whether it has run out: unused for half an hour, or twelve hours old."""
        return now - self.used_at >= IDLE or now - self.began_at >= LONGEST or now < self.began_at - LONGEST


_ROW = "name, person, means, full, network, agent, began_at, proved_at, used_at"


class SessionRegister:
    """`db/sessions.db`. A session id is 256 random bits; a new one is given at every sign-in and step-up."""

    def __init__(self, path: Path) -> None:
        self._database = OwnDatabase(path, SCHEMA, durable=False)

    def close(self) -> None:
        self._database.close()

    def begin(
        self, person: str, means: Means, now: datetime, *, full: bool, network: str, agent: str
    ) -> tuple[str, SessionRow]:
        """The secret id for the cookie, and the session. It is a visit once it is full: whoever has half of what an
        account needs has not looked at anything."""
        secret = secrets.token_urlsafe(32)
        row = SessionRow(f"s-{secrets.token_hex(5)}", person, means, full, network, agent[:120], now, now, now)
        with self._database.transaction():
            if full:
                self._visits(row.name, person, now)
            self._database.change(
                f"INSERT INTO session (hash, {_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                secret_hash(secret), row.name, person, means, full, network, row.agent, timestamp(now), timestamp(now),
                timestamp(now),
            )  # fmt: skip
            self._database.change(
                "DELETE FROM session WHERE person = ? AND hash NOT IN"
                " (SELECT hash FROM session WHERE person = ? ORDER BY used_at DESC, rowid DESC LIMIT ?)",
                person, person, KEPT_BY_PERSON,
            )  # fmt: skip
            self._database.change("DELETE FROM session WHERE began_at < ?", timestamp(now - LONGEST))
            self._database.change("DELETE FROM earlier_visit WHERE session NOT IN (SELECT name FROM session)")
        return secret, row

    def find(self, secret: str, now: datetime, *, uses: bool = True) -> SessionRow | None:
        """The session of a cookie; None where there is none or it has run out. It counts as used now, unless nobody
        `uses` it: an open page asks by itself."""
        found = self._database.row(f"SELECT {_ROW} FROM session WHERE hash = ?", secret_hash(secret))
        if found is None:
            return None
        row = _session(found)
        if row.ended(now):
            self._database.change("DELETE FROM session WHERE name = ?", row.name)
            return None
        if uses and now - row.used_at >= TOUCH:
            self._database.change("UPDATE session SET used_at = ? WHERE name = ?", timestamp(now), row.name)
            if row.full:
                self._used(row.person, now)
        return row

    def visited_before(self, name: str) -> datetime | None:
        """When the account was last used before a session of it began; None where that is not known."""
        row = self._database.row("SELECT used_at FROM earlier_visit WHERE session = ?", name)
        return None if row is None else parse_timestamp(str(row[0]))

    def last_used(self, person: str) -> datetime | None:
        """When an account was last used, in any session; None where that is not known."""
        row = self._database.row("SELECT used_at FROM visit WHERE person = ?", person)
        return None if row is None else parse_timestamp(str(row[0]))

    def _visits(self, name: str, person: str, now: datetime) -> None:
        """A visit begins in a session: what was the last one until now is the one before."""
        self._database.change(
            "INSERT OR REPLACE INTO earlier_visit SELECT ?, used_at FROM visit WHERE person = ?", name, person
        )
        self._used(person, now)

    def _used(self, person: str, now: datetime) -> None:
        self._database.change("INSERT OR REPLACE INTO visit VALUES (?, ?)", person, timestamp(now))

    def renew(self, name: str, means: Means, now: datetime, *, full: bool) -> str | None:
        """A secret was shown again: the session goes on under a new id, the old one opens nothing. None where it is
        not there any more."""
        secret = secrets.token_urlsafe(32)
        with self._database.transaction():
            row = self._database.row("SELECT person, full FROM session WHERE name = ?", name)
            if row is None:
                return None
            self._database.change(
                "UPDATE session SET hash = ?, means = ?, full = ?, proved_at = ?, used_at = ? WHERE name = ?",
                secret_hash(secret), means, full, timestamp(now), timestamp(now), name,
            )  # fmt: skip
            if full and not row[1]:
                self._visits(name, str(row[0]), now)
        return secret

    def list(self, now: datetime, person: str | None = None) -> tuple[SessionRow, ...]:
        """Sessions that have not run out, of one account or of all, the newest first; at most 1,000."""
        where, values = ("WHERE person = ?", (person,)) if person is not None else ("", ())
        found = self._database.rows(f"SELECT {_ROW} FROM session {where} ORDER BY began_at DESC LIMIT 1000", *values)
        return tuple(row for row in map(_session, found) if not row.ended(now))

    def end(self, person: str, name: str | None = None) -> int:
        """End a session of an account, or all of them. How many there were."""
        if name is None:
            return self._database.change("DELETE FROM session WHERE person = ?", person)
        return self._database.change("DELETE FROM session WHERE person = ? AND name = ?", person, name)


def _session(row: Row) -> SessionRow:
    name, person, means, full, network, agent, began_at, proved_at, used_at = row
    return SessionRow(
        str(name), str(person), cast("Means", str(means)), bool(full), str(network), str(agent),
        parse_timestamp(str(began_at)), parse_timestamp(str(proved_at)), parse_timestamp(str(used_at)),
    )  # fmt: skip
