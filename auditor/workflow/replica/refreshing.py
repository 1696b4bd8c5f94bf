"""The replica made where there is none, and brought up to what the database holds.

The lines go first into a file beside it and are held against what it has: see `custody`'s `extend_journal`. A
replica begins with what the workspace's own folder held when it moved, where that is still there: so whatever the
database says must continue it.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import owner_only_file
from auditor.custody import (
    Journal,
    JournalExtension,
    KnownLedger,
    LocalJournalStore,
    begin_copy,
    extend_journal,
    filed_packages,
    give_source,
    workspace_exists,
)
from auditor.errors import AwayError, ConfigError, VaultError
from auditor.fleet import Bucket, DatabaseAddress, PostgresJournalStore, StoreAddress
from auditor.formats import evidence_layout as layout
from auditor.model.ports import JournalStore
from auditor.workflow.replica.followed import FollowedLedger
from auditor.workflow.replica.packages import ReplicaPackages, fetch_files, room_for_packages
from auditor.workflow.replica.place import MovedPlace, moved_place
from auditor.workflow.replica.scratch import ReplicaScratch, clear_scratch
from auditor.workflow.replica.turns import my_turn
from auditor.workspace import Workspace

LOCK, LOOKED, LATE, FOLLOWED = ".refreshing", ".looked", ".late", ".followed"
"""Below the replica: held by the process that brings it up to date; as old as the last look at the database; files that
the store did not have yet; the line up to which packages and cabinets followed."""
WAIT_SECONDS = 20.0
"""That another process is waited for, which brings it up to date."""


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """The replica after a look at the database, or after one that failed."""

    workspace: Workspace
    extension: JournalExtension | None
    """None where the database was not asked, or another process went on asking."""
    away: str = ""
    """Why the database could not be asked, or is not where the log goes on; what is there is as of `looked`."""
    looked: datetime | None = None


def replica_of(home: Path) -> Workspace:
    """The workspace that readers read, of one that moved: its evidence is the replica's."""
    return Workspace(home / layout.REPLICA, home)


def open_replica(home: Path, known: Sequence[KnownLedger] = ()) -> ReplicaState | None:
    """The replica of a workspace that moved, as of now, and its packages brought from the store when they are opened;
    None where the workspace did not move. `known`: of its ledger, besides what is kept of it here.

    Where the database does not answer, or the log left it, the replica as it is. `AwayError` where there is none yet;
    `IntegrityError` where the ledger does not continue what the replica has, or what is known of it.
    """
    place = moved_place(home)
    if place is None:
        return None
    workspace = replica_of(home)
    _fleet_of(workspace, place)
    try:
        made = refresh_replica(workspace, place, known=known)
        away = "" if made is not None else f"{workspace.root}: another process goes on copying the ledger"
        return ReplicaState(workspace, made, away, _looked(workspace.root))
    except (AwayError, ConfigError) as error:
        if not workspace_exists(workspace.root):
            raise
        return ReplicaState(workspace, None, str(error), _looked(workspace.root))


@dataclass(frozen=True, slots=True)
class _Fleet:
    """What this process asks for one replica, kept from one look to the next."""

    place: MovedPlace
    ledger: PostgresJournalStore
    bucket: Bucket
    packages: ReplicaPackages


_KNOWN: dict[Path, _Fleet] = {}
_GUARD = threading.Lock()


def _fleet_of(workspace: Workspace, place: MovedPlace) -> _Fleet:
    """From here on packages of the replica are brought when somebody opens one. Nothing is asked yet."""
    with _GUARD:
        known = _KNOWN.get(workspace.root.resolve())
        if known is not None and known.place == place:
            return known
        workspace.root.mkdir(parents=True, exist_ok=True)
        ledger = PostgresJournalStore(DatabaseAddress(place.database), "auditor_reader")
        bucket = Bucket(StoreAddress(place.store))
        made = _Fleet(place, ledger, bucket, ReplicaPackages(workspace.root, bucket, room_for_packages()))
        give_source(workspace.evidence, made.packages)
        _KNOWN[workspace.root.resolve()] = made
    atexit.register(made.ledger.close)
    atexit.register(made.packages.close)
    if known is not None:
        known.ledger.close()
        known.packages.close()
    return made


def refresh_replica(
    workspace: Workspace, place: MovedPlace, kept: PostgresJournalStore | None = None, known: Sequence[KnownLedger] = ()
) -> JournalExtension | None:
    """Bring the replica up to what the database holds; None where another process goes on doing so.

    `kept`: the ledger, where it is open already. `ConfigError` where the log went on elsewhere from what was copied.
    """
    with my_turn(workspace.root / LOCK, WAIT_SECONDS) as mine:
        if not mine:
            if not workspace_exists(workspace.root):
                raise VaultError(f"{workspace.root}: another process is making this copy; run again in a while")
            return None
        fleet, followed = _fleet_of(workspace, place), FollowedLedger(workspace, place)
        ledger = kept or fleet.ledger
        made = _extended(workspace, ledger, fleet, [*followed.known(), *known])
        followed.keep(made.after, made.root)
        if ledger.moved_to():
            raise ConfigError(
                f"{ledger.name}: the log was brought back and goes on in its own folder; read it there, or ask who"
                " keeps it for the new place. What `auditor move --back` left undone there, it finishes"
            )
        (workspace.root / LOOKED).write_bytes(b"")
        return made


@dataclass(frozen=True, slots=True)
class _SmallFiles:
    """Files beside packages: brought with the lines that name them, or later, where the store did not have them yet."""

    bucket: Bucket
    scratch: ReplicaScratch
    late: Path

    def fetch(self, evidence: Path, files: Sequence[tuple[str, str]]) -> None:
        if late := fetch_files(self.bucket, evidence, files, self.scratch):
            self._keep([*self._kept(), *late])

    def fetch_late(self, evidence: Path) -> None:
        if kept := self._kept():
            self._keep(fetch_files(self.bucket, evidence, kept, self.scratch))

    def _kept(self) -> list[tuple[str, str]]:
        if not self.late.exists():
            return []
        said = [one.partition(" ") for one in self.late.read_text(encoding="utf-8").splitlines()]
        return [(path, digest) for digest, _, path in said]

    def _keep(self, late: Sequence[tuple[str, str]]) -> None:
        owner_only_file.write(self.late, "".join(f"{digest} {path}\n" for path, digest in dict(late).items()).encode())


def _extended(
    workspace: Workspace, source: JournalStore, fleet: _Fleet, known: Sequence[KnownLedger]
) -> JournalExtension:
    root = workspace.root
    files = _SmallFiles(fleet.bucket, fleet.packages.scratch, root / LATE)
    clear_scratch(root)
    if not workspace_exists(root):
        source.head()  # says what is wrong before anything is copied
        for name in (LATE, FOLLOWED):
            (root / name).unlink(missing_ok=True)
        (root / layout.REPLICA_MARK).write_text("A copy of what a fleet holds; it may be thrown away.\n")
        if workspace_exists(workspace.home):
            begin_copy(LocalJournalStore(workspace.home), root, files.fetch)
        else:
            begin_copy(source, root, files.fetch, known)
    else:
        files.fetch_late(workspace.evidence)
    made = extend_journal(source, root, files.fetch, known)
    _follow(workspace, fleet.packages, made.after)
    return made


def _follow(workspace: Workspace, packages: ReplicaPackages, size: int) -> None:
    """What a pruning removed is removed here too; a cabinet in which something was filed is there. What an interruption
    left out is made up for: the mark comes last."""
    mark = workspace.root / FOLLOWED
    kept = mark.read_text() if mark.exists() else ""
    since = int(kept) if kept.strip().isdecimal() else 0
    if since >= size:
        return
    journal = Journal.open(workspace.root)
    try:
        if journal.ledger.numbers(("filing",), since):
            for filed in filed_packages(journal):
                (workspace.root / filed.path).parent.parent.mkdir(parents=True, exist_ok=True)
        for capture, _, _ in journal.ledger.pruned_in(since):
            if (record := journal.ledger.package_record(capture)) is not None:
                packages.drop(record.home)
    finally:
        journal.close()
    owner_only_file.write(mark, f"{size}\n".encode())


def _looked(root: Path) -> datetime | None:
    """When the database was asked last."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp((root / LOOKED).stat().st_mtime, UTC)
    return None
