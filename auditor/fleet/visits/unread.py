"""Packages that maintenance could not read in the store: kept until they can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors

MOST_WHY = 1000
"""Characters of a reason that are kept."""


class UnreadBook:
    """What is known of such packages, over one connection."""

    def __init__(self, connection: FleetConnection, address: DatabaseAddress) -> None:
        self._connection, self._address = connection, address

    def add(self, capture: str, run: str, why: str) -> None:
        """A package that was looked for just now, for the first time or again."""
        with database_errors(self._address):
            self._connection.execute(
                "insert into auditor.unread (capture, run, why) values (%s, %s, %s) on conflict (capture) do update"
                " set why = excluded.why, looked_at = clock_timestamp()",
                (capture, run, why[:MOST_WHY]),
            )

    def is_read(self, capture: str) -> None:
        """It can be read after all."""
        with database_errors(self._address):
            self._connection.execute("delete from auditor.unread where capture = %s", (capture,))

    def oldest(self, most: int) -> Sequence[str]:
        """The captures that were looked for longest ago."""
        with database_errors(self._address):
            rows = self._connection.execute(
                "select capture from auditor.unread order by looked_at, capture limit %s", (most,)
            ).fetchall()
        return [str(row[0]) for row in rows]

    def by_run(self) -> Mapping[str, int]:
        """How many they are, of each run that has any."""
        with database_errors(self._address):
            rows = self._connection.execute(
                "select run, count(*) from auditor.unread group by run order by run"
            ).fetchall()
        return {str(run): int(str(count)) for run, count in rows}
