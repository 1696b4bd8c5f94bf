"""A workspace that moved, ready to be read: its replica brought up to date, and the index after it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.clock import now
from auditor.custody import Journal, KnownLedger
from auditor.errors import EvidenceIndexError
from auditor.index import Index, PictureAnswers
from auditor.reading import SecondEye
from auditor.workflow.index.record import IndexCatchUp, record_changed
from auditor.workflow.replica.refreshing import ReplicaState, open_replica
from auditor.workflow.replica.turns import my_turn
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

TURN, WAIT_SECONDS = ".indexing", 60.0
"""Below the replica: the lock of the process that records what came."""
MANY = 1000
"""Lines after which it is told that their packages are read."""


@dataclass(frozen=True, slots=True)
class MovedWorkspace:
    """One that moved, as it can be read now."""

    workspace: Workspace
    behind: str = ""
    """Why it is not as of now, and as of when it is; empty where it is as of now."""
    unreadable: tuple[str, ...] = ()
    """Packages that cannot be read, one sentence each: nothing else waits for them."""


def bring_up_to_date(
    home: Path, *, indexed: bool = True, told: Callable[[str], None] = lambda line: None
) -> MovedWorkspace | None:
    """The workspace of a folder whose log goes on in a fleet; None where it goes on here.

    `indexed`: what came is recorded in the index. `told` hears a line where that is many packages. Raises
    `IntegrityError` where the ledger does not continue what was there, or what the index is of, `AwayError` where it
    cannot be had at all.
    """
    found = open_replica(home, _indexed_lines(home) if indexed else ())
    if found is None:
        return None
    behind = _behind(found)
    if not indexed:
        return MovedWorkspace(found.workspace, behind)
    done = index_replica(found.workspace, told)
    if done is None:
        reading = (
            f"{found.workspace.db}: another process goes on reading what came, and what it has not read is not told"
        )
        return MovedWorkspace(found.workspace, "; ".join(filter(None, (behind, reading))))
    return MovedWorkspace(found.workspace, behind, done.unreadable)


def _indexed_lines(home: Path) -> list[KnownLedger]:
    """How much of the ledger the index followed, asked before the ledger is."""
    database = Workspace(home).db
    if not database.exists():
        return []
    with suppress(EvidenceIndexError), Index.open_to_read(database) as index:  # what cannot be read is told later
        return [KnownLedger(str(database), index.followed())]
    return []


def _behind(found: ReplicaState) -> str:
    if not found.away:
        return ""
    return f"{found.away}; told is what was copied here {_age(found.looked)}"


def _age(looked: datetime | None) -> str:
    if looked is None:
        return "before"
    minutes = int((now() - looked).total_seconds() // 60)
    ago = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return f"{ago} ago, at {looked:%Y-%m-%d %H:%M} UTC"


def index_replica(workspace: Workspace, told: Callable[[str], None] = lambda line: None) -> IndexCatchUp | None:
    """Record what came into the replica since the index followed it last. One process at a time does; None where
    another one goes on doing so."""
    with my_turn(workspace.root / TURN, WAIT_SECONDS) as mine:
        if not mine:
            return None
        journal = Journal.open(workspace.root)
        try:
            with (
                Index.open(workspace.db) as index,
                PictureAnswers(workspace.db.with_name("pictures.db")) as answers,
            ):
                if index.followed() >= journal.size and not index.unread():
                    return IndexCatchUp(0, ())
                estate, since = read_targets_cached(workspace), index.followed()
                changed = journal.ledger.packages_changed(since)
                if journal.size - since > MANY:
                    told(f"reading what came since line {since} of {journal.size}")
                return record_changed(index, journal, workspace, estate, changed, SecondEye(memory=answers))
        finally:
            journal.close()
