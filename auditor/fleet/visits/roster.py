"""Workers and vantages: who is there, by what clock, seen from where; and what all workers must have alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, LiteralString

from psycopg.rows import args_row, class_row
from psycopg.types.json import Jsonb

from auditor import clock
from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors

LEADER = "maintenance"
"""The lease of the process that maintains a fleet."""
SILENT_SECONDS = 45
"""After so long without a sign of life a worker counts as gone."""


WorkerStanding = Literal["ended", "silent", "refused", "at work"]
"""`silent`: nothing was heard of it for too long; `refused`: it is there and gets no work."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """Where a worker stands, as sites see it."""

    id: str
    egress: tuple[str, ...] = ()
    """Networks from which sites are visited; empty: not declared, and not checked."""
    observer: str = ""
    """An address that answers with the address it was asked from."""
    paused: bool = False
    users: tuple[str, ...] = ()
    """Users of the database that may serve it; empty: any that has a worker's role."""
    party_key: str = ""
    """Verifier key of the party whose it is, as maintenance published it; empty where it is no other party's."""

    def admits(self, address: str) -> bool:
        """Whether an observed address is one of those that are declared. Pure."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in ipaddress.ip_network(one, strict=False) for one in self.egress)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker as it said that it is."""

    id: str
    vantage: str
    host: str
    process: int
    software: str
    places: int
    """Visits at once."""
    egress: str = ""
    off_ms: int = 0
    """By how many milliseconds its clock is behind the database's."""
    refused: str = ""
    """Why it gets no work; empty where it does."""
    seen_at: datetime | None = None
    ended_at: datetime | None = None

    def standing(self, at: datetime) -> WorkerStanding:
        """How it stands at a moment. Pure."""
        if self.ended_at is not None:
            return "ended"
        return "silent" if self.gone(at) else "refused" if self.refused else "at work"

    def gone(self, at: datetime) -> bool:
        """Whether it has ended, or not been heard of for too long. Pure."""
        silent = self.seen_at is None or at - self.seen_at > timedelta(seconds=SILENT_SECONDS)
        return self.ended_at is not None or silent


@dataclass(frozen=True, slots=True)
class PublishedEstate:
    """What every worker must have: the files of `targets.yaml` by their digests, and the key for secrets."""

    sources: Mapping[str, str]
    box: str


class FleetRoster:
    """Workers, vantages and the estate, over one connection."""

    def __init__(self, connection: FleetConnection, address: DatabaseAddress) -> None:
        self._connection, self._address = connection, address

    def off_by(self) -> timedelta:
        """By how much this machine's clock is behind the database's, to within half the time of asking."""
        with database_errors(self._address):
            before, started = clock.now(), clock.monotonic()
            row = self._connection.execute("select clock_timestamp()").fetchone()
            took = clock.monotonic() - started
        there = row[0] if row is not None else None
        if not isinstance(there, datetime):
            return timedelta.max
        return there.astimezone(UTC) - (before + timedelta(seconds=took / 2))

    def leader(self) -> str:
        """Who leads maintenance, as its connection is named; empty where nobody does who may."""
        return self._lead_of("pg_has_role(usesysid, 'auditor_maintenance', 'member')", "application_name")

    def usurper(self) -> str:
        """The user who has the lease of maintenance without its role: any session can take it. Empty where none."""
        return self._lead_of("not pg_has_role(usesysid, 'auditor_maintenance', 'member')", "usename::text")

    def _lead_of(self, who: LiteralString, named: LiteralString) -> str:
        with database_errors(self._address):
            row = self._connection.execute(
                f"select coalesce(nullif({named}, ''), 'process ' || pid) from pg_stat_activity"  # noqa: S608
                f" where pid = auditor.lease_pid(%s) and {who}",
                (LEADER,),
            ).fetchone()
        return str(row[0]) if row is not None else ""

    def now(self) -> datetime:
        """The database's time."""
        with database_errors(self._address):
            row = self._connection.execute("select clock_timestamp()").fetchone()
        assert row is not None and isinstance(row[0], datetime)  # noqa: S101 (a select of one value)
        return row[0]

    def register(self, worker: WorkerState) -> None:
        """A worker says that it is there, and how."""
        with database_errors(self._address):
            self._connection.execute(
                "select auditor.register_worker(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    worker.id, worker.vantage, worker.host, worker.process, worker.software, worker.places,
                    worker.egress, worker.off_ms, worker.refused,
                ),
            )  # fmt: skip

    def end(self, worker: str) -> None:
        """A worker says that it ends."""
        with database_errors(self._address):
            self._connection.execute("select auditor.worker_ended(%s)", (worker,))

    def workers(self) -> Sequence[WorkerState]:
        """Those that have not ended, or ended within the last day; by vantage and id."""
        typed = class_row(WorkerState)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select id, vantage, host, process, software, places, egress, off_ms, refused, seen_at, ended_at"
                "  from auditor.worker where coalesce(ended_at, seen_at) > clock_timestamp() - interval '1 day'"
                " order by vantage, id"
            ).fetchall()

    def vantage(self, name: str) -> Vantage | None:
        return next((one for one in self.vantages() if one.id == name), None)

    def vantages(self) -> Sequence[Vantage]:
        typed = args_row(_declared)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select id, egress::text[], observer, paused, users, party_key from auditor.vantage order by id"
            ).fetchall()

    def declare(self, vantage: Vantage) -> None:
        """Write a vantage as it is given, but for the party's key."""
        with database_errors(self._address):
            self._connection.execute(
                "insert into auditor.vantage (id, egress, observer, paused, users)"
                " values (%s, %s::cidr[], %s, %s, %s)"
                " on conflict (id) do update set egress = excluded.egress, observer = excluded.observer,"
                " paused = excluded.paused, users = excluded.users",
                (vantage.id, list(vantage.egress), vantage.observer, vantage.paused, list(vantage.users)),
            )

    def give_keys(self, keys: Mapping[str, str]) -> None:
        """Which vantages are another party's, by the key that its captures name; all others are none's."""
        with database_errors(self._address):
            self._connection.execute(
                "update auditor.vantage as v set party_key = coalesce(%(keys)s::jsonb ->> v.id, '')"
                " where v.party_key <> coalesce(%(keys)s::jsonb ->> v.id, '')",
                {"keys": Jsonb(dict(keys))},
            )

    def know(self, names: Sequence[str]) -> None:
        """Vantages that deployments name and nobody has declared: their egress is not checked."""
        with database_errors(self._address):
            self._connection.execute(
                "insert into auditor.vantage (id) select unnest(%s::text[]) on conflict do nothing", (list(names),)
            )

    def publish(self, estate: PublishedEstate) -> None:
        """What every worker must have from now on."""
        with database_errors(self._address):
            self._connection.execute(
                "insert into auditor.estate (sources, box) values (%s, %s) on conflict (one) do update"
                " set sources = excluded.sources, box = excluded.box, published_at = clock_timestamp()"
                " where (auditor.estate.sources, auditor.estate.box) is distinct from (excluded.sources, excluded.box)",
                (Jsonb(dict(estate.sources)), estate.box),
            )

    def estate(self) -> PublishedEstate | None:
        """None where maintenance has not published any yet."""
        typed = class_row(PublishedEstate)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute("select sources, box from auditor.estate").fetchone()


def _declared(
    name: str, egress: Sequence[str], observer: str, paused: bool, users: Sequence[str], party_key: str
) -> Vantage:
    return Vantage(name, tuple(egress), observer, paused, tuple(users), party_key)


@dataclass(frozen=True, slots=True)
class LedgerEnd:
    """Where the ledger ends."""

    size: int
    last_at: datetime | None
    signed: bool
    """Whether there is a signed head; lines of workers may be ahead of it."""


def newest_line(connection: FleetConnection, address: DatabaseAddress, kind: str) -> bytes | None:
    """The last line of a kind, signed or not; None where there is none."""
    with database_errors(address):
        row = connection.execute(
            "select line from auditor.ledger where kind = %s order by number desc limit 1", (kind,)
        ).fetchone()
    return row[0] if row is not None and isinstance(row[0], bytes) else None


def ledger_end(connection: FleetConnection, address: DatabaseAddress) -> LedgerEnd:
    """How many lines there are, and when the last was appended."""
    with database_errors(address), connection.cursor(row_factory=class_row(LedgerEnd)) as cursor:
        found = cursor.execute("select size, last_at, note is not null as signed from auditor.head").fetchone()
    assert found is not None  # noqa: S101 (the schema has exactly one)
    return found
