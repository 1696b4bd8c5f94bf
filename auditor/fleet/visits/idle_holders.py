"""Sessions that have a lease and make no visit: anybody who may connect can take one, and keep others from work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg.rows import class_row

from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors

IDLE_SECONDS = 60.0
"""After so long such a session is ended: each visit is one for a moment, before its attempt and after it."""


@dataclass(frozen=True, slots=True)
class IdleHolder:
    """A session of a user without the role of maintenance that has a lease, and no attempt under way."""

    pid: int
    user_name: str
    leads: bool
    """Whether the lease is that of maintenance."""

    @property
    def told(self) -> str:
        """What it keeps from whom, in a few words."""
        kept = "the lease of maintenance" if self.leads else "a lease and makes no visit by it"
        return f"user {self.user_name} of the database, in session {self.pid}, has {kept}"


def find_idle_holders(connection: FleetConnection, address: DatabaseAddress) -> Sequence[IdleHolder]:
    """Those that are there now."""
    with database_errors(address), connection.cursor(row_factory=class_row(IdleHolder)) as cursor:
        return cursor.execute("select pid, user_name, leads from auditor.idle_holders()").fetchall()


@dataclass
class IdleHolderWatch:
    """Remembers since when each is there."""

    _since: dict[int, float] = field(default_factory=dict)

    def end(self, connection: FleetConnection, address: DatabaseAddress, at: float) -> Sequence[IdleHolder]:
        """End those that were there at every look for longer than a minute, where the owner of the tables may; which
        were ended. `at`: monotonic seconds."""
        there = find_idle_holders(connection, address)
        self._since = {one.pid: self._since.get(one.pid, at) for one in there}
        with database_errors(address):
            return [
                one
                for one in there
                if at - self._since[one.pid] > IDLE_SECONDS
                and connection.execute("select auditor.end_idle_holder(%s)", (one.pid,)).fetchone() == (True,)
            ]
