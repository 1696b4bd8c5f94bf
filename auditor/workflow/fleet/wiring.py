"""The workspace of maintenance: the log's key on its disk, the journal in the database, the evidence in the store; and
whether its `targets.yaml` says something else by now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from auditor.custody import (
    Custody,
    Journal,
    PinnedAuthority,
    Sealer,
    Vault,
    finish_rotation,
    http_authorities,
    lock_workspace,
    open_keys,
)
from auditor.errors import AwayError, ConfigError
from auditor.fleet import DatabaseAddress, PostgresJournalStore, S3EvidenceStore, StoreTrial, require_own_place
from auditor.index import Index
from auditor.model.events import KeyRotated, WorkspaceCreated, parse_entry
from auditor.model.ports import EvidenceStore, Lease
from auditor.model.targets.estate import Estate
from auditor.workflow.replica.followed import FollowedLedger
from auditor.workflow.replica.place import moved_place
from auditor.workflow.replica.recovering import recover_beside
from auditor.workflow.wiring import (
    Instruments,
    key_passphrase,
    load_pinned_authorities,
    open_credentials,
    read_targets,
)
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")


@dataclass(frozen=True, slots=True)
class FleetPlaces:
    """Where a fleet keeps what it has."""

    address: DatabaseAddress
    store: EvidenceStore
    trial: StoreTrial | None = None
    """What the store showed when this process began; None where it was not tried."""


def require_maintainable(workspace: Workspace) -> tuple[Estate, Sequence[str], Sequence[PinnedAuthority]]:
    """`ConfigError` where maintenance cannot begin in this folder, whoever leads now; what is read for it."""
    if not workspace.keys.exists():
        raise ConfigError(f"{workspace.root}: the log's key is not here; maintenance runs where it is")
    estate, warnings = read_targets(workspace)
    return estate, warnings, load_pinned_authorities(estate, workspace.root)


def _require_own_store(workspace: Workspace, store: EvidenceStore) -> None:
    """`ConfigError` where the workspace moved to another store than this one: evidence would lie in two places."""
    place, given = moved_place(workspace.root), store.bucket.address.url if isinstance(store, S3EvidenceStore) else ""
    if place is not None and given and given.rstrip("/") != place.store.rstrip("/"):
        raise ConfigError(
            f"{given}: the workspace {workspace.root} moved to the store {place.store}, by its file MOVED; give that"
            " one in AUDITOR_STORE"
        )


def require_place(journal: Journal, store: EvidenceStore) -> None:
    """`ConfigError` where the place of the store is another fleet's; `AwayError` where nobody can say."""
    if isinstance(store, S3EvidenceStore):
        require_own_place(store.bucket, box_keys(journal))


def box_keys(journal: Journal) -> list[str]:
    """The keys for secrets that this log has had: by them a fleet knows its mark in the store."""
    said = map(parse_entry, journal.entries(kinds=("workspace.created", "key")))
    return [one.box for one in said if isinstance(one, WorkspaceCreated | KeyRotated)]


@contextmanager
def open_maintenance(workspace: Workspace, places: FleetPlaces, claims: Lease | None = None) -> Iterator[Instruments]:
    """Everything that the process with the log's key works with. The clock is the database's, which dates every line.

    `claims`: by which it shares with acts what only one may do at a time; None where nobody acts meanwhile.

    `ConfigError` where this machine has no key of the log, or the store's place is another fleet's; `IntegrityError`
    where the ledger is not what its head says, or does not continue what is known of it here.
    """
    estate, warnings, pinned = require_maintainable(workspace)
    _require_own_store(workspace, places.store)
    with ExitStack() as stack:
        stack.enter_context(lock_workspace(workspace.root))
        kept = PostgresJournalStore(places.address)
        stack.callback(kept.close)
        memory = FollowedLedger(workspace, moved_place(workspace.root))
        finish_rotation(workspace.root, kept, memory.known())
        keys = open_keys(workspace.root, passphrase=key_passphrase())
        journal = Journal.open(workspace.root, keys, kept.clock, kept, memory=memory)
        stack.callback(journal.close)
        journal.claims = claims or journal.claims
        with suppress(AwayError):  # it is asked again before anything is marked
            require_place(journal, places.store)
        vault = Vault(workspace.root, journal, places.store)
        for done in recover_beside(vault, places.address):
            LOGGER.warning("recovery: %s", done)
        index = stack.enter_context(Index.open(workspace.db))
        sealer = Sealer(vault, http_authorities(pinned), estate.timestamping.quorum)
        yield Instruments(
            workspace,
            estate,
            tuple(warnings),
            Custody(workspace.root, journal, vault),
            sealer,
            index,
            kept.clock,
            open_credentials(workspace, estate),
        )


class TargetsWatch:
    """Looks at the files' times; reads them only where one has changed."""

    def __init__(self, workspace: Workspace, sources: Mapping[str, str], told: Callable[[str], None]) -> None:
        """`sources`: the digests of the files as they were read; `told`: of a file that is wrong, once."""
        self._workspace, self._sources, self._told = workspace, sources, told
        self._seen = self._times()

    def changed(self) -> bool:
        """Whether they can be read and say something else; a file that is wrong changes nothing."""
        times = self._times()
        if times == self._seen:
            return False
        self._seen = times
        try:
            return dict(read_targets(self._workspace)[0].sources) != dict(self._sources)
        except ConfigError as error:
            self._told(f"targets.yaml was changed and is refused; what was read before stays: {error}")
            return False

    def _times(self) -> dict[str, int]:
        folder = self._workspace.targets.parent
        found = {}
        for name in self._sources:
            try:
                found[name] = (folder / name).stat().st_mtime_ns
            except OSError:
                found[name] = 0
        return found
