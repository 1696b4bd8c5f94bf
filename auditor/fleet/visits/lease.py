"""Locks of a database session: held as long as its connection lives, by no other session meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors


class DatabaseLease:
    """The `Lease` of one connection to the fleet's database."""

    def __init__(self, connection: FleetConnection, address: DatabaseAddress) -> None:
        self._connection, self._address = connection, address

    def take(self, names: Sequence[str]) -> str:
        with database_errors(self._address):
            row = self._connection.execute("select auditor.take_lease(%s)", (list(names),)).fetchone()
        return str(row[0]) if row is not None else "another session"

    def give_back(self, names: Sequence[str]) -> None:
        with database_errors(self._address):
            self._connection.execute("select auditor.give_back_lease(%s)", (list(names),))
