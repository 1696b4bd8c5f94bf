"""How the evidence is kept and proved: checkpoints, witnesses, keys, authorities, holds; and what left it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.custody import AuthorityHealth, CheckpointRecord, Journal, ScrubCoverage, scrub_coverage
from auditor.model.events import BundleExported, ExportContinued, parse_entry
from auditor.model.evidence import Authority
from auditor.model.targets.estate import Estate, Hold, Witness
from auditor.workflow.desk.reads.standing import ScopeStanding
from auditor.workspace import Workspace

CHECKPOINTS_TOLD = 30


@dataclass(frozen=True, slots=True)
class WitnessState:
    """A witness, and how far it signed the log."""

    witness: Witness
    cosigned: int
    """Lines of the last checkpoint that it signed; 0 where it signed none."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log with the line that introduced it."""

    line: int
    key: str
    revoked_by: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """A timestamp authority and how it answered lately."""

    authority: Authority
    health: AuthorityHealth | None


@dataclass(frozen=True, slots=True)
class CustodyRead:
    """The state of the evidence; figures that name nobody."""

    lines: int
    captures: int
    segments: int
    last_at: datetime | None
    checkpoints: tuple[CheckpointRecord, ...]
    """The newest, newest first."""
    checkpoint_count: int
    witnesses: tuple[WitnessState, ...]
    keys: tuple[LogKey, ...]
    authorities: tuple[AuthorityState, ...]
    quorum: int
    scrubbed: ScrubCoverage
    holds: tuple[Hold, ...]
    pruned: int
    pruned_until: datetime | None
    keep_days: int | None
    waiting: int
    """Packages that wait for their seal."""


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle that was made."""

    name: str
    at: datetime
    line: int
    event: BundleExported
    deployments: tuple[str, ...]
    contracts: tuple[str, ...]
    size: int | None
    """Bytes of its zip; None where it is not here any more."""


def read_custody(workspace: Workspace, estate: Estate) -> CustodyRead:
    """From the journal alone; nothing is checked again here."""
    journal = Journal.open(workspace.root)
    try:
        ledger = journal.ledger
        checkpoints = sorted(ledger.checkpoints(), key=lambda one: one.number, reverse=True)
        ring, standing = journal.ring, ledger.standing
        pruned, until = ledger.pruned_count()
        health = dict(standing.authorities)
        return CustodyRead(
            lines=journal.size,
            captures=standing.captures,
            segments=journal.segments,
            last_at=journal.last_at,
            checkpoints=tuple(checkpoints[:CHECKPOINTS_TOLD]),
            checkpoint_count=len(checkpoints),
            witnesses=tuple(WitnessState(one, ledger.last_cosigned(one.key)) for one in estate.timestamping.witnesses),
            keys=tuple(
                LogKey(line, str(key), ring.revoked.get(str(key)), key == ring.active) for line, key in ring.history
            ),
            authorities=tuple(AuthorityState(one, health.get(one.id)) for one in estate.timestamping.authorities),
            quorum=estate.timestamping.quorum,
            scrubbed=scrub_coverage(journal.newest(("scrub",)), journal.segments, standing.captures),
            holds=tuple(estate.retention.holds.values()),
            pruned=pruned,
            pruned_until=until,
            keep_days=estate.retention.keep_days,
            waiting=len(standing.waiting),
        )
    finally:
        journal.close()


def lines_after(workspace: Workspace, line: int) -> int:
    """How many lines about what pages show were added from one on. That somebody signed in, was refused or was given
    a file shows on none of them."""
    journal = Journal.open(workspace.root)
    try:
        return max(0, journal.size - line - len(journal.ledger.numbers(("access",), line)))
    finally:
        journal.close()


def read_bundles(workspace: Workspace, standing: ScopeStanding) -> tuple[BundleRow, ...]:
    """The bundles that are about the scope alone, newest first."""
    journal = Journal.open(workspace.root)
    try:
        entries = list(journal.entries(kinds=("export",)))
    finally:
        journal.close()
    more: dict[str, list[ExportContinued]] = {}
    made: list[tuple[int, datetime, BundleExported]] = []
    for entry in entries:
        match parse_entry(entry):
            case BundleExported() as event:
                made.append((entry.number, entry.at, event))
            case ExportContinued() as part:
                more.setdefault(part.bundle, []).append(part)
    rows = []
    for line, at, event in made:
        parts = more.get(event.bundle, [])
        deployments = (*event.deployments, *(name for part in parts for name in part.deployments))
        contracts = (*event.contracts, *(name for part in parts for name in part.contracts))
        if standing.whole or _within(deployments, standing.estate.deployments):
            path = bundle_path(workspace, event.bundle)
            size = path.stat().st_size if path.is_file() else None
            rows.append(BundleRow(event.bundle, at, line, event, deployments, contracts, size))
    return tuple(sorted(rows, key=lambda row: row.line, reverse=True))


def bundle_path(workspace: Workspace, name: str) -> Path:
    """Where the zip of a bundle lies; a name that the journal told, so no path of a stranger."""
    return workspace.bundles / f"{Path(name).name}.zip"


def _within(names: Iterable[str], known: Collection[str]) -> bool:
    told = tuple(names)  # none: what it is about was never written down
    return bool(told) and all(name in known for name in told)
