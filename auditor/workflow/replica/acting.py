"""What is decided in a workspace that moved: appended to the fleet's ledger, by the process that has the log's key.

The ledger takes lines of several processes with that key, each in one transaction; maintenance goes on meanwhile and
follows them. On this machine one act follows another. After each line the replica is brought up to it, so that whoever
reads next sees it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from auditor import owner_only_file
from auditor.custody import (
    PRUNING,
    RENEWALS,
    ClaimName,
    Custody,
    Journal,
    LocalEvidenceStore,
    SharingTerms,
    Vault,
    finish_rotation,
    open_keys,
    recover_staged,
)
from auditor.errors import AuditorError, ConfigError, IntegrityError, VaultError
from auditor.fleet import (
    LEADER,
    DatabaseAddress,
    DatabaseLease,
    PostgresJournalStore,
    S3EvidenceBatch,
    S3EvidenceStore,
    StoreAddress,
    connect,
)
from auditor.formats import evidence_layout as layout
from auditor.workflow.replica.followed import FollowedLedger
from auditor.workflow.replica.place import MovedPlace, moved_place
from auditor.workflow.replica.refreshing import refresh_replica, replica_of
from auditor.workflow.replica.turns import STEP, my_turn
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

TURN = ".acting"
"""Beside the index: the lock of whoever acts."""
WAIT_SECONDS = 30.0
ALERTING = "alerts"
"""The lease under which people are told, by maintenance or by who looks from outside."""
LEASES: Mapping[ClaimName, str] = {"packages": PRUNING, "alerts": ALERTING, "renewals": RENEWALS}
"""What processes of all folders do one at a time, by what an act claims: the database's leases."""
MOST_FILE = 64 << 20


class MirroredLedger(PostgresJournalStore):
    """The fleet's ledger, after each transaction of which the replica is brought up to it."""

    def __init__(self, address: DatabaseAddress, mirror: Callable[[], object]) -> None:
        super().__init__(address)
        self._mirror = mirror

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._guard:
            nested = self._within
            with super().exclusive():
                yield
        if not nested:
            try:
                self._mirror()
            except IntegrityError:
                raise  # the ledger does not continue what is known of it
            except (AuditorError, OSError, sqlite3.Error) as error:
                # The line stands, and the act is done; whoever reads next brings the replica up to it, or is told.
                LOGGER.warning("recorded; the copy here is not brought up to it yet: %s", error)


class MirroredBatch(S3EvidenceBatch):
    """Small files are put into the replica too, where whoever wrote them reads them."""

    def __init__(self, store: MirroredEvidence, folder: Path, *, found: bool = False) -> None:
        super().__init__(store, folder, found=found)
        self._replica = store.evidence

    def publish_files(self, paths: list[str] | tuple[str, ...]) -> None:  # type: ignore[override]
        data = {path: self.read(path, MOST_FILE) for path in paths}
        super().publish_files(paths)
        for path, written in data.items():
            if path.split("/", 1)[0] in {layout.JOURNAL, layout.TRUST}:
                try:
                    _put(self._replica / path, written)
                except OSError as error:  # it is in the store, from where the next look brings it
                    LOGGER.warning("recorded; the copy here lacks %s yet: %s", layout.in_evidence(path), error)


def _put(target: Path, data: bytes) -> None:
    """Whole or not at all; what is there stays."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        owner_only_file.write(target, data)


class MirroredEvidence(S3EvidenceStore):
    """The fleet's store, as an act writes into it."""

    def __init__(self, address: StoreAddress, spool: Path, evidence: Path) -> None:
        """`evidence`: the replica's."""
        super().__init__(address, spool)
        self.evidence = evidence

    def reopen(self, name: str) -> S3EvidenceBatch:
        return MirroredBatch(self, self._staging / name, found=True)


@dataclass
class _Acts:
    """Of one workspace, for all threads of this process."""

    guard: threading.RLock = field(default_factory=threading.RLock)
    custody: Custody | None = None


_KNOWN: dict[Path, _Acts] = {}
_GUARD = threading.Lock()


@contextmanager
def open_acting(workspace: Workspace, terms: SharingTerms, passphrase: str | None) -> Iterator[Custody]:
    """The fleet's ledger and store, opened to act in; what is opened within is the same.

    `ConfigError` where this machine has no key of the log, or the keys are to be changed and maintenance leads;
    `VaultError` where another act goes on, `AwayError` where database or store do not answer, `IntegrityError` where
    the ledger does not continue what is known of it here.
    """
    place = moved_place(workspace.home)
    if place is None:
        raise ConfigError(f"{workspace.home}: this workspace is in its folder again; run the command once more")
    with _GUARD:
        acts = _KNOWN.setdefault(workspace.root.resolve(), _Acts())
    if not acts.guard.acquire(timeout=WAIT_SECONDS):
        raise _busy(workspace)
    try:
        if acts.custody is not None:
            yield acts.custody
            return
        with ExitStack() as stack:
            stack.enter_context(alone_in_acting(workspace))
            acts.custody = _opened(workspace, place, terms, passphrase, stack)
            try:
                yield acts.custody
            finally:
                acts.custody = None
    finally:
        acts.guard.release()


def publish_left(home: Path, passphrase: str | None) -> Sequence[str]:
    """Put into the store what acts in this folder journalled, and it has not got; what was done, a sentence each.

    Nothing is done while an act goes on: what it staged is its own. `AwayError` where database or store do not answer.
    """
    workspace, place = replica_of(home), moved_place(home)
    if place is None or not LocalEvidenceStore(workspace.acting).staged():
        return ()
    with my_turn(workspace.db.with_name(TURN), 0.0) as mine, ExitStack() as stack:
        return _opened(workspace, place, SharingTerms(), passphrase, stack).recovered if mine else ()


def _opened(
    workspace: Workspace, place: MovedPlace, terms: SharingTerms, passphrase: str | None, stack: ExitStack
) -> Custody:
    home = workspace.home
    if not workspace.keys.exists():
        raise ConfigError(f"{home}: the log's key is not here; decide where maintenance runs, in its folder")
    address = DatabaseAddress(place.database)
    lease = _leased(address, terms, stack)
    kept = MirroredLedger(address, lambda: refresh_replica(workspace, place, kept))
    stack.callback(kept.close)
    memory = FollowedLedger(workspace, place)
    finish_rotation(home, kept, memory.known())
    keys = open_keys(home, passphrase=passphrase)
    workspace.acting.mkdir(exist_ok=True)
    journal = Journal.open(workspace.acting, keys, kept.clock, kept, memory=memory)
    stack.callback(journal.close)
    store = MirroredEvidence(StoreAddress(place.store), workspace.acting, workspace.evidence)
    stack.callback(store.close)
    vault = Vault(workspace.root, journal, store)
    done = recover_staged(vault, lease)
    return Custody(workspace.root, journal, vault, tuple(done), keys_home=home)


@contextmanager
def alone_in_acting(workspace: Workspace) -> Iterator[None]:
    """Nobody else acts on this machine meanwhile; `VaultError` where another act goes on for long."""
    with my_turn(workspace.db.with_name(TURN), WAIT_SECONDS) as mine:
        if not mine:
            raise _busy(workspace)
        yield


def _leased(address: DatabaseAddress, terms: SharingTerms, stack: ExitStack) -> DatabaseLease:
    """What processes of other folders must not do meanwhile is under this lease, which ends with its connection."""
    connection = connect(address, "auditor_maintenance", "an act")
    stack.callback(connection.close)
    lease = DatabaseLease(connection, address)
    if "keys" in terms.claims and lease.take([LEADER]):
        raise ConfigError(
            f"{address.shown}: maintenance works with the keys that are to be changed; stop it, run this again, and"
            " start it"
        )
    for name in (LEASES[claim] for claim in terms.claims if claim in LEASES):
        end = time.monotonic() + WAIT_SECONDS
        while holder := lease.take([name]):
            if time.monotonic() > end:
                raise VaultError(f"{address.shown}: {holder} is at this ({name}); wait for it to end, and run again")
            time.sleep(STEP)
    return lease


def _busy(workspace: Workspace) -> VaultError:
    return VaultError(f"{workspace.home}: another act is being journalled here; wait for it to end, and run again")
