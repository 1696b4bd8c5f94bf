"""A workspace moved from its folder to a database and a store.

Everything is copied and held against the folder first; then the folder's file `MOVED` is written, in one step, and from
there on the log goes on in the new place alone. Interrupted before that step, the folder stands, and the next try goes
on from what was copied; interrupted after it, the next try finishes. A copy of the folder from before has the old key,
which is revoked in the new place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from auditor.custody import (
    Custody,
    Journal,
    Keys,
    Sealer,
    SharingTerms,
    Vault,
    finish_renewals,
    finish_rotation,
    load_checkpoint,
    lock_workspace,
    mark_moved,
    open_keys,
    revoke_log_key,
    rotate_log_keys,
    seal_waiting_filings,
    sign_checkpoint,
    verify_workspace,
)
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.fleet import (
    Bucket,
    DatabaseAddress,
    PostgresJournalStore,
    S3EvidenceStore,
    StoreAddress,
    StoreTrial,
    try_store,
)
from auditor.formats import evidence_layout as layout
from auditor.formats import merkle, signed_note
from auditor.formats.canonical_json import sha256
from auditor.formats.tiles import WIDTH, tiles_after
from auditor.model.events import KeyRotated, WorkspaceMoved, WorkspaceMoving, parse_entry
from auditor.model.evidence import JournalEntry
from auditor.workflow.relocation.file_copy import copy_files, require_nothing_else
from auditor.workflow.relocation.store_trials import record_trial
from auditor.workflow.replica.followed import FollowedLedger
from auditor.workflow.replica.place import MovedPlace, moved_place
from auditor.workflow.replica.recovering import recover_beside
from auditor.workflow.wiring import key_passphrase, open_instruments
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WorkspaceMove:
    """What a move did."""

    database: str
    store: str
    lines: int
    checkpoints: int
    """Stored checkpoints whose roots were computed again from the lines in the new place."""
    objects: int
    """Files and packages that were read back in the new place."""


def move_to_fleet(workspace: Workspace, database: str, store: str, told: Told = lambda line: None) -> WorkspaceMove:
    """Move, or finish a move that was interrupted; `told` hears a line for each step.

    `ConfigError` where database or store cannot be used or hold another log, `IntegrityError` where the workspace does
    not verify or what was copied differs, `VaultError` where the last checkpoint gets no timestamps. The folder then
    stands as it was.
    """
    address, bucket = DatabaseAddress(database), Bucket(StoreAddress(store))
    kept = PostgresJournalStore(address)
    try:
        place = moved_place(workspace.root)
        if place is not None and (place.database, place.store) != (address.shown, store):
            raise ConfigError(f"{workspace.root}: moved to {place.database} and {place.store} already")
        if place is None:
            _require_usable(kept)
        trial = try_store(bucket)
        if place is None:
            told(f"database and store can be used; {'; '.join(trial.told())}")
            terms = SharingTerms(command="auditor move", joins=False)
            with open_instruments(workspace, terms=terms) as instruments:
                place = copy_workspace(instruments.custody, instruments.sealer, kept, bucket, told)
        return finish_move(workspace.root, kept, bucket, place, told, trial)
    finally:
        kept.close()


def _require_usable(kept: PostgresJournalStore) -> None:
    if kept.has_head():
        raise ConfigError(f"{kept.name}: a log goes on there already; give an empty database")


def copy_workspace(
    custody: Custody, sealer: Sealer, kept: PostgresJournalStore, bucket: Bucket, told: Told
) -> MovedPlace:
    """Everything in the new place, held against the folder; then the folder says that the log goes on there."""
    root, journal = custody.root, custody.journal
    _require_prefix(kept, journal)
    require_verified(root)
    require_nothing_else(journal, bucket)
    told("the workspace verifies")
    announce_move(custody, sealer, kept.address.shown, bucket.address.url)
    place = MovedPlace(kept.address.shown, bucket.address.url, journal.size)
    checkpoints = copy_lines(journal, kept)
    told(f"{journal.size} lines copied; their root is that of {checkpoints} stored checkpoints")
    objects = copy_files(custody, bucket)
    require_nothing_else(journal, bucket)
    told(f"{objects} objects copied and read back")
    mark_moved(root, place.text())  # from here on the new place stands
    return place


def require_verified(root: Path) -> None:
    """`IntegrityError` naming the first thing that does not hold."""
    found = verify_workspace(root)
    if wrong := [check for check in found.checks if check.verdict == "failed"]:
        raise IntegrityError(
            f"{root}: does not verify ({wrong[0].name} {wrong[0].subject}: {wrong[0].detail}); nothing was moved"
        )


def announce_move(custody: Custody, sealer: Sealer, to: str, store: str) -> None:
    """What waits for timestamps is asked for once more, a last checkpoint is signed and stamped, a line tells the move.

    `VaultError` where the checkpoint does not get the quorum's timestamps.
    """
    journal = custody.journal
    finish_renewals(journal, sealer)
    seal_waiting_filings(sealer)
    sealer.seal_outbox()
    last = sign_checkpoint(journal, sealer, "the workspace moves")
    if last.seal is None or not last.seal.sealed:
        raise VaultError("the last checkpoint did not get the timestamps of the quorum; nothing was moved; run again")
    root = signed_note.b64(journal.frontier.root())
    journal.record(WorkspaceMoving(to=to, store=store, size=journal.size, root=root))


def _require_prefix(kept: PostgresJournalStore, journal: Journal) -> None:
    """What an interrupted move copied is a beginning of the journal; anything else is another log."""
    ours = (entry.line for entry in journal.entries())
    for number, (line, _) in enumerate(kept.lines()):
        if line != next(ours, None):
            raise ConfigError(f"{kept.name}: holds another log from line {number} on; give an empty database")


def copy_lines(journal: Journal, kept: PostgresJournalStore) -> int:
    """Append what is missing there; compute all again from what stands there then. How many checkpoints agree."""
    start = kept.size()
    lines = (entry.line for entry in journal.entries(start))
    while portion := list(islice(lines, WIDTH)):
        with kept.exclusive():
            for line in portion:
                kept.append(line, start)
                start += 1
    known = {one.size: one for one in journal.ledger.checkpoints()}
    frontier, row = merkle.Frontier(), bytearray()
    sealed = kept.segments(start)
    for line, _ in kept.lines():
        leaf = merkle.leaf_hash(line)
        frontier.add(leaf)
        row += leaf
        if len(row) == WIDTH * merkle.HASH_BYTES:
            index = frontier.size // WIDTH - 1
            if index >= sealed:
                kept.seal_segment(index, list(tiles_after(index, bytes(row), kept.tile)))
            row.clear()
        if (one := known.get(frontier.size)) is not None:
            stored = load_checkpoint(journal.root, one.path)
            if sha256(bytes(stored.note)) != one.sha256 or stored.root != frontier.root():
                raise IntegrityError(f"{one.path}: does not sign the root of the lines as they were copied")
    if (frontier.size, frontier.root()) != (journal.size, journal.frontier.root()):
        raise IntegrityError(f"{kept.name}: the lines there have another root than the journal; nothing was moved")
    return len(known)


def finish_move(
    root: Path,
    kept: PostgresJournalStore,
    bucket: Bucket,
    place: MovedPlace,
    told: Told,
    trial: StoreTrial | None = None,
) -> WorkspaceMove:
    """In the new place: the head, a line that tells the move, another of the store's trial, and a new key; the old one
    is revoked and removed."""
    store = S3EvidenceStore(bucket.address, root)
    with lock_workspace(root):
        if not kept.has_head():
            kept.replace_head((root / layout.EVIDENCE / layout.JOURNAL / layout.HEAD_FILE).read_bytes())
        memory = FollowedLedger(Workspace(root), place)
        finish_rotation(root, kept, memory.known())
        keys = open_keys(root, passphrase=key_passphrase())
        journal = Journal.open(root, keys, kept.clock, kept, memory=memory)
        try:
            vault = Vault(root, journal, store)
            recover_beside(vault, kept.address)
            moved = record_moved(
                journal,
                WorkspaceMoved(
                    to=place.database,
                    store=place.store,
                    size=place.size,
                    root=signed_note.b64(journal.tree(place.size).root),
                    checkpoints=len([one for one in journal.ledger.checkpoints() if one.size <= place.size]),
                    objects=sum(1 for _ in store.bucket.keys(f"{layout.EVIDENCE}/")),
                    functions=kept.schema_sha256(),
                ),
            )
            if trial is not None:
                record_trial(journal, trial)
            change_key(vault, moved.number, "the workspace moved; a copy of its folder cannot go on")
            told("the log goes on in the database; its key is new, and the old one is revoked")
        finally:
            journal.close()
            store.close()
    event = parse_entry(moved)
    assert isinstance(event, WorkspaceMoved)  # noqa: S101 - what was recorded
    return WorkspaceMove(place.database, place.store, event.size, event.checkpoints, event.objects)


def record_moved(journal: Journal, event: WorkspaceMoved) -> JournalEntry:
    """The line that tells a move, once."""
    found = next(iter(journal.entries(event.size, ("workspace.moved",))), None)
    return found if found is not None else journal.record(event)


def change_key(vault: Vault, since: int, why: str) -> Keys:
    """New keys in the place of those of line `since`, which are revoked; their private log key is removed from here.

    What was done before an interruption is not done again.
    """
    journal = vault.journal
    old = journal.ring.at(since)
    rotated = any(isinstance(parse_entry(one), KeyRotated) for one in journal.entries(since + 1, ("key",)))
    keys = journal.keys if rotated else rotate_log_keys(vault, passphrase=key_passphrase(), why=why)
    assert keys is not None  # noqa: S101 - opened with keys
    if str(old) not in journal.ring.revoked:
        revoke_log_key(journal, str(old), why)
    for folder in vault.root.glob(f"{layout.KEYS}.old-*"):
        if (folder / "log.vkey").read_text(encoding="utf-8").strip() == str(old):
            (folder / "log.pem").unlink(missing_ok=True)
    return keys
