"""A workspace brought back from a database and a store into its folder.

A whole folder is made beside the workspace and verified; then, in one transaction, the database is told that the log
goes on elsewhere, if no line came meanwhile. Until then the fleet stands; from there on the folder does, and the next
try puts it in place where this one was interrupted.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from auditor.custody import (
    Custody,
    Journal,
    Sealer,
    SharingTerms,
    Vault,
    copy_journal,
    finish_rotation,
    http_authorities,
    load_checkpoint,
    lock_workspace,
    open_keys,
    open_workspace,
    os_errors_as_vault_error,
    put_in_place,
    remove_tree,
    was_not_kept,
)
from auditor.errors import ConfigError, IntegrityError
from auditor.fleet import Bucket, DatabaseAddress, PostgresJournalStore, S3EvidenceStore, StoreAddress, StoreCarrier
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note
from auditor.model.events import WorkspaceMoved, WorkspaceMoving
from auditor.workflow.relocation.moving_there import (
    Told,
    WorkspaceMove,
    announce_move,
    change_key,
    record_moved,
    require_verified,
)
from auditor.workflow.replica.acting import alone_in_acting
from auditor.workflow.replica.followed import FollowedLedger
from auditor.workflow.replica.place import MovedPlace, moved_place
from auditor.workflow.replica.recovering import recover_beside
from auditor.workflow.wiring import key_passphrase, load_pinned_authorities, read_targets
from auditor.workspace import Workspace

FOLDER = "folder"
"""What the journal calls the workspace's own folder."""
SCRATCH, CLOSES = ".moving-back", "CLOSES"
"""Where the folder is made; the file there that has what the database is told when the log leaves it, once and for no
other folder."""


def move_back(workspace: Workspace, told: Told = lambda line: None) -> WorkspaceMove:
    """Bring the workspace back, or finish bringing it back.

    `ConfigError` where it did not move, or visits are under way; `IntegrityError` where what was brought does not
    verify, or lines came meanwhile. The fleet then goes on.
    """
    place = moved_place(workspace.root)
    if place is None:
        return finish_moving_back(workspace.root, told)
    kept = PostgresJournalStore(DatabaseAddress(place.database))
    try:
        if not kept.moved_to():
            estate, _ = read_targets(workspace)
            pinned = load_pinned_authorities(estate, workspace.root)
            store = S3EvidenceStore(StoreAddress(place.store), workspace.root)
            acts = S3EvidenceStore(StoreAddress(place.store), workspace.acting)
            with lock_workspace(workspace.root), alone_in_acting(workspace):
                memory = FollowedLedger(workspace, place)
                finish_rotation(workspace.root, kept, memory.known())
                keys = open_keys(workspace.root, passphrase=key_passphrase())
                journal = Journal.open(workspace.root, keys, kept.clock, kept, memory=memory)
                try:
                    vault = Vault(workspace.root, journal, store)
                    for staged in (vault, Vault(workspace.root, journal, acts)):
                        recover_beside(staged, kept.address)
                    sealer = Sealer(vault, http_authorities(pinned), estate.timestamping.quorum)
                    bring(Custody(workspace.root, journal, vault), sealer, kept, store.bucket, told)
                finally:
                    journal.close()
                    store.close()
                    acts.close()
        return finish_moving_back(workspace.root, told)
    finally:
        kept.close()


def bring(custody: Custody, sealer: Sealer, kept: PostgresJournalStore, bucket: Bucket, told: Told) -> None:
    """A whole folder beside the workspace, verified; then the database says that the log goes on elsewhere."""
    journal, made = custody.journal, custody.root / SCRATCH
    journal.follow()
    if open_visits := len(journal.ledger.open_intents()):
        raise ConfigError(
            f"{custody.root}: {open_visits} visits are under way; stop the workers, wait for maintenance to end what"
            " they left, and run again"
        )
    announce_move(custody, sealer, FOLDER, FOLDER)
    size = journal.size
    with os_errors_as_vault_error(made):
        remove_tree(made)  # packages of an earlier try are read-only
    (made / layout.EVIDENCE).mkdir(parents=True)
    sizes = {one.size for one in journal.ledger.checkpoints()}
    copied = copy_journal(kept, made, sizes)
    objects = _bring_files(bucket, made / layout.EVIDENCE, journal, told)
    for one in journal.ledger.checkpoints():
        if load_checkpoint(made, one.path).root != copied.roots.get(one.size):
            raise IntegrityError(f"{one.path}: does not sign the root of the lines as they were brought")
    told(f"{copied.size} lines and {objects} objects brought; the root is that of {len(sizes)} stored checkpoints")
    require_verified(made)
    closes = f"{FOLDER} {secrets.token_hex(8)}"
    (made / CLOSES).write_text(closes)
    os.sync()
    told("what was brought verifies")
    with kept.exclusive():
        if kept.size() != size:
            raise IntegrityError(f"{kept.name}: lines came while it was copied; stop the workers and run again")
        kept.close_ledger(closes)  # from here on the folder stands


def _bring_files(bucket: Bucket, evidence: Path, journal: Journal, told: Told) -> int:
    """Everything but what visits left that were not kept: it was never evidence, and stays in the store.

    A package that another hand hid is found by its timestamps, which lie beside; where these are hidden too, what was
    brought does not verify.
    """
    carrier = StoreCarrier(bucket, evidence)
    try:
        carrier.take_stock()
        _require_nothing_strange(carrier)
        ledger, count = journal.ledger, carrier.loose
        for home in list(carrier.homes()):
            record = ledger.package_at(home)
            if home.split("/")[0] not in layout.CABINETS and record is None:
                if not was_not_kept(journal.ledger, home):
                    raise IntegrityError(
                        f"{layout.in_evidence(home)}: no journal line records this package, and no gap says that its"
                        " visit was not kept; run `auditor verify`"
                    )
                carrier.leave(home)
                told(f"{layout.in_evidence(home)} stays in the store: a gap says that its visit was not kept")
                continue
            _bring_package(carrier, home, ledger.version_of(record) if record is not None else "", told)
            count += 1
        _require_nothing_strange(carrier)
        return count
    finally:
        carrier.close()


def _bring_package(carrier: StoreCarrier, home: str, version: str, told: Told) -> None:
    folder = carrier.evidence / home
    if shadow := carrier.shadow(carrier.bring(home, version)):
        told(f"{shadow} and was brought")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)


def _require_nothing_strange(carrier: StoreCarrier) -> None:
    if carrier.strange:
        raise IntegrityError(f"{carrier.strange[0][0]}: {carrier.strange[0][1]}; run `auditor verify`")


def finish_moving_back(root: Path, told: Told) -> WorkspaceMove:
    """Put the folder in place; there a line that tells the move, and a new key: the fleet's is revoked.

    `ConfigError` where the workspace did not move; `IntegrityError` where the log left its database for another folder.
    """
    with lock_workspace(root):
        if (place := moved_place(root)) is not None:
            aside = root / f"{layout.EVIDENCE}.before-{place.size}"
            put_in_place(root, root / SCRATCH / layout.EVIDENCE, aside, _lines_that_left(root / SCRATCH, place))
            shutil.rmtree(root / SCRATCH, ignore_errors=True)
            for name in (layout.REPLICA, layout.ACTING):
                shutil.rmtree(root / name, ignore_errors=True)
    terms = SharingTerms(command="auditor move", joins=False)
    with open_workspace(root, passphrase=key_passphrase(), terms=terms) as custody:
        return _tell(custody, told)


def _lines_that_left(made: Path, place: MovedPlace) -> int:
    """Of a ledger that was closed for what was made here: another machine may have brought the workspace back since."""
    kept, closes = PostgresJournalStore(DatabaseAddress(place.database)), made / CLOSES
    try:
        if not closes.is_file() or closes.read_text() != kept.moved_to():
            raise IntegrityError(
                f"{kept.name}: the log left it for a folder that is not {made}; nothing was changed. Where another one"
                " brought the workspace back, it goes on there; where that folder is lost, restore it from a copy and"
                " run again, or let the database's owner set auditor.head.moved_to to null and bring it back anew"
            )
        return kept.size()
    finally:
        kept.close()


def _tell(custody: Custody, told: Told) -> WorkspaceMove:
    journal, evidence = custody.journal, custody.root / layout.EVIDENCE
    moving = list(journal.entries(kinds=("workspace.moving",)))
    if not moving or WorkspaceMoving.of(moving[-1]).to != FOLDER:
        raise ConfigError(f"{custody.root}: nothing to bring back: the log goes on in this folder")
    size = moving[-1].number + 1
    event = WorkspaceMoved(
        to=FOLDER,
        store=FOLDER,
        size=size,
        root=signed_note.b64(journal.tree(size).root),
        checkpoints=len([one for one in journal.ledger.checkpoints() if one.size <= size]),
        objects=sum(path.is_file() for path in evidence.rglob("*")),
    )
    moved = record_moved(journal, event)
    change_key(custody.vault, moved.number, "the workspace was brought back; the fleet's key signs nothing any more")
    told("the log goes on in the folder; its key is new, and the fleet's is revoked")
    return WorkspaceMove(FOLDER, FOLDER, size, event.checkpoints, event.objects)
