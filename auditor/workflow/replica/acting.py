"""What is decided in a workspace that moved: appended to the fleet's ledger, by the process that has the log's key.

The ledger takes lines of several processes with that key, each in one transaction; maintenance goes on meanwhile and
follows them. On this machine one act follows another. After each line the replica is brought up to it, so that whoever
reads next sees it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from auditor.custody import (
    Custody,
    Journal,
    SharingTerms,
    Vault,
    finish_rotation,
    open_keys,
    recover_staged,
)
from auditor.errors import AuditorError, ConfigError, VaultError
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
from auditor.workflow.replica.place import MovedPlace, moved_place
from auditor.workflow.replica.refreshing import refresh_replica
from auditor.workflow.replica.turns import my_turn
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

ACTING, TURN = "acting", ".acting"
"""Below the replica: what the acting journal keeps of its lines, and the lock of whoever acts."""
WAIT_SECONDS = 30.0
MOST_FILE = 64 << 20


class MirroredLedger(PostgresJournalStore):
    """The fleet's ledger, after each transaction of which the replica is brought up to it."""

    def __init__(self, address: DatabaseAddress, mirror: Callable[[], object]) -> None:
        super().__init__(address)
        self._mirror = mirror

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        nested = self._within
        with super().exclusive():
            yield
        if not nested:
            try:
                self._mirror()
            except AuditorError as error:  # the line stands; whoever reads next brings the replica up to it, or is told
                LOGGER.warning("replica not brought up to date after an act: %s", error)


class MirroredBatch(S3EvidenceBatch):
    """Small files are put into the replica too, where whoever wrote them reads them."""

    def __init__(self, store: MirroredEvidence, folder: Path, *, found: bool = False) -> None:
        super().__init__(store, folder, found=found)
        self._replica = store.evidence

    def publish_files(self, paths: list[str] | tuple[str, ...]) -> None:  # type: ignore[override]
        data = {path: self.read(path, MOST_FILE) for path in paths}
        super().publish_files(paths)
        for path, written in data.items():
            target = self._replica / path
            if path.split("/", 1)[0] in {layout.JOURNAL, layout.TRUST} and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(written)


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
    `VaultError` where another act goes on, `AwayError` where database or store do not answer.
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
            acts.custody = _opened(workspace, place, terms, passphrase, stack)
            try:
                yield acts.custody
            finally:
                acts.custody = None
    finally:
        acts.guard.release()


def _opened(
    workspace: Workspace, place: MovedPlace, terms: SharingTerms, passphrase: str | None, stack: ExitStack
) -> Custody:
    root, home = workspace.root, workspace.home
    if not workspace.keys.exists():
        raise ConfigError(f"{home}: the log's key is not here; decide where maintenance runs, in its folder")
    if not stack.enter_context(my_turn(root / TURN, WAIT_SECONDS)):
        raise _busy(workspace)
    address = DatabaseAddress(place.database)
    if "keys" in terms.claims:
        _require_no_leader(address, stack)
    kept = MirroredLedger(address, lambda: refresh_replica(workspace, place, kept))
    stack.callback(kept.close)
    finish_rotation(home, kept)
    keys = open_keys(home, passphrase=passphrase)
    (root / ACTING).mkdir(parents=True, exist_ok=True)
    journal = Journal.open(root / ACTING, keys, kept.clock, kept)
    stack.callback(journal.close)
    store = MirroredEvidence(StoreAddress(place.store), root / ACTING, workspace.evidence)
    stack.callback(store.close)
    vault = Vault(root, journal, store)
    done = recover_staged(vault)
    return Custody(root, journal, vault, tuple(done), keys_home=home)


def _require_no_leader(address: DatabaseAddress, stack: ExitStack) -> None:
    connection = connect(address, "auditor_maintenance", "auditor keys")
    stack.callback(connection.close)
    if DatabaseLease(connection, address).take([LEADER]):
        raise ConfigError(
            f"{address.shown}: maintenance works with the keys that are to be changed; stop it, run this again, and"
            " start it"
        )


def _busy(workspace: Workspace) -> VaultError:
    return VaultError(f"{workspace.home}: another act is being journalled here; wait for it to end, and run again")
