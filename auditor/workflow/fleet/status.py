"""The fleet as it stands: vantages with their workers and what waits there, attempts under way, the ledger's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.clock import parse_timestamp
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    FleetRoster,
    IdleHolder,
    LedgerEnd,
    OpenAttempt,
    RequestBook,
    RequestCounts,
    UnreadBook,
    Vantage,
    WorkerState,
    connect,
    find_idle_holders,
    ledger_end,
    newest_line,
    require_schema,
)
from auditor.formats import canonical_json
from auditor.model.events import StoreTried, parse_event

NOTHING = RequestCounts(0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class VantageStatus:
    """A vantage, who works there, and what waits there."""

    vantage: Vantage
    requests: RequestCounts
    workers: tuple[WorkerState, ...]
    at_work: int
    """Workers that are there and get work."""

    @property
    def unserved(self) -> bool:
        """Whether something waits there that nobody can do."""
        return self.requests.waiting > 0 and not self.at_work and not self.vantage.paused


def why_usurped(user: str) -> str:
    """What is told where a user without the role of maintenance has its lease. Pure."""
    return (
        f"user {user} of the database has the lease of maintenance and not its role: nothing is planned, sealed or"
        " signed meanwhile; take that user's rights away, end its sessions (pg_terminate_backend), ask who it was"
    )


def why_unread(count: int) -> str:
    """What is told of captures whose packages cannot be read. Pure."""
    return f"{count} whose packages cannot be read in the store: run auditor verify"


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """The fleet at one moment, by the database's clock."""

    at: datetime
    vantages: tuple[VantageStatus, ...]
    attempts: tuple[OpenAttempt, ...]
    ledger: LedgerEnd
    maintained: bool
    """Whether some process has the lead of maintenance."""
    store: StoreTried | None
    """What the store showed in its last trial that the ledger has, at `tried_at`."""
    tried_at: datetime | None
    usurper: str = ""
    """The user who has the lease of maintenance without its role; empty where none has."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """By run, how many of its captures have packages that maintenance could not read in the store."""
    idle: tuple[IdleHolder, ...] = ()
    """Sessions that have a lease and make no visit: a moment of each visit, or one that keeps others from theirs."""

    @property
    def lead(self) -> str:
        """Whether maintenance is at work, and what to do where it is not."""
        if self.usurper:
            return why_usurped(self.usurper)
        return "at work" if self.maintained else "nobody leads; start: auditor fleet maintain"

    @property
    def unread_lines(self) -> list[str]:
        """A line for each run of which packages cannot be read."""
        return [f"run {run}: {why_unread(count)}" for run, count in self.unread.items()]

    @property
    def healthy(self) -> bool:
        """Whether maintenance is led, nothing waits unserved, no worker that is there is refused work, and every
        package that was looked for could be read."""
        refused = any(one.refused and not one.gone(self.at) for each in self.vantages for one in each.workers)
        return self.maintained and not self.unread and not refused and not any(one.unserved for one in self.vantages)


def fleet_status(database: str) -> FleetStatus:
    """The fleet as it stands now; nothing is changed. `ConfigError` where the database cannot be asked."""
    address = DatabaseAddress(database)
    with connect(address, "auditor_reader", "auditor status") as connection:
        require_schema(connection, address)
        roster, book = FleetRoster(connection, address), RequestBook(connection, address)
        now, workers, counts = roster.now(), roster.workers(), book.counts()
        store, tried_at = _tried(newest_line(connection, address, StoreTried.kind))
        return FleetStatus(
            now,
            tuple(_vantage(one, counts.get(one.id, NOTHING), workers, now) for one in roster.vantages()),
            tuple(AttemptLog(connection, address).open()),
            ledger_end(connection, address),
            bool(roster.leader()),
            store,
            tried_at,
            roster.usurper(),
            UnreadBook(connection, address).by_run(),
            tuple(find_idle_holders(connection, address)),
        )


def _tried(line: bytes | None) -> tuple[StoreTried | None, datetime | None]:
    if line is None:
        return None, None
    said = canonical_json.JsonObject(canonical_json.decode(line, StoreTried.kind), StoreTried.kind)
    event = parse_event(StoreTried.kind, said.object("body").members, StoreTried.kind)
    return (event if isinstance(event, StoreTried) else None), parse_timestamp(said.text("at"))


def _vantage(vantage: Vantage, counts: RequestCounts, workers: Sequence[WorkerState], now: datetime) -> VantageStatus:
    here = tuple(one for one in workers if one.vantage == vantage.id)
    return VantageStatus(vantage, counts, here, sum(not one.gone(now) and not one.refused for one in here))
