"""A workspace of an earlier version brought into the present layout: the same lines, byte for byte, in segments.

Everything is built beside the evidence first and held against the old journal: the root of every stored checkpoint, the
signed head, every byte. Then it is put in place, and last the old file is moved out of `evidence/`: while that file is
there, it is the journal. So an interruption at any point leaves the old journal standing, or the new one whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor import clock
from auditor.custody.files import durable, lock
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import open_keys
from auditor.custody.journal.ledger.records import CheckpointRecord
from auditor.custody.journal.local_journal import SingleFileJournal, local_store
from auditor.custody.journal.writing.segments import WrittenSegments, write_segments
from auditor.custody.transparency import checkpoints, key_rotation
from auditor.custody.workspace import note_layout, require_initialised
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, signed_note
from auditor.formats import evidence_layout as layout
from auditor.formats.tiles import WIDTH

SCRATCH = ".upgrade"
BEFORE = "journal-before-upgrade.jsonl"
"""Where the old journal lies afterwards, below the workspace; it can be deleted."""
_PIECES = (layout.TILES, layout.ENTRIES, layout.TAIL_FILE)


@dataclass(frozen=True, slots=True)
class JournalUpgrade:
    """What `upgrade_workspace` did."""

    lines: int
    root: str
    """Their Merkle root, base64."""
    checkpoints: int
    """Stored checkpoints that sign a root of these lines."""
    done: bool
    """False where the workspace had the present layout already."""


def upgrade_workspace(root: Path, *, passphrase: str | None = None, at: clock.Clock = clock.now) -> JournalUpgrade:
    """Bring the journal into segments and tiles, and journal it; does nothing where that was done before.

    Raises `ConfigError` where there is no workspace or no key for it, `VaultError` where another process holds it,
    `IntegrityError` where the old journal does not hold or a checkpoint signs another root. The old one then stands.
    """
    require_initialised(root)
    with lock.lock_workspace(root, at):
        key_rotation.finish_rotation(root)
        keys, store = open_keys(root, passphrase=passphrase), local_store(root)
        counted = 0
        if isinstance(store, SingleFileJournal):
            counted = _rebuild(root, store)
        _clear_away(root)
        journal = Journal.open(root, keys, at)
        try:
            size, root_hash = journal.size, signed_note.b64(journal.frontier.root())
            found = JournalUpgrade(size, root_hash, counted, bool(journal.upgraded_from))
            note_layout(journal, counted if isinstance(store, SingleFileJournal) else None)
            return found
        finally:
            journal.close()


def _rebuild(root: Path, store: SingleFileJournal) -> int:
    """Build, compare, exchange; how many checkpoints agree."""
    old, scratch = Journal.open(root, held=True), root / SCRATCH
    with durable.os_errors_as_vault_error(scratch):
        durable.remove_tree(scratch)
        for name in _PIECES:
            durable.remove_tree(store.folder / name)
        known = old.ledger.checkpoints()
        text = hashlib.sha256()
        made = write_segments(scratch, _lines(old, text), {one.size for one in known})
        _require_same(old, made, known)
        if text.digest() != _concatenated(scratch, made.size):
            raise IntegrityError(
                f"{scratch}: what was written does not read back as the old journal; nothing was changed"
            )
        with durable.names_kept(store.folder, root, scratch):
            for name in _PIECES:
                if (scratch / name).exists():
                    (scratch / name).rename(store.folder / name)
        with durable.names_kept(store.folder, root):
            store.file.rename(root / BEFORE)
    return len(known)


def _clear_away(root: Path) -> None:
    """What an upgrade needs no more, this one or one that was interrupted after its exchange."""
    with durable.os_errors_as_vault_error(root / SCRATCH):
        durable.remove_tree(root / SCRATCH)
        (root / layout.LEDGER).with_name("journal.json").unlink(missing_ok=True)


def _lines(old: Journal, text: hashlib._Hash) -> Iterator[bytes]:
    for entry in old.entries():
        text.update(entry.line + b"\n")
        yield entry.line


def _require_same(old: Journal, made: WrittenSegments, known: Sequence[CheckpointRecord]) -> None:
    """The lines have the root that they had, now and at every stored checkpoint."""
    if (made.size, made.frontier.root()) != (old.size, old.frontier.root()):
        raise IntegrityError("upgrade: the segments have another root than the old journal; nothing was changed")
    for record in known:
        stored = checkpoints.load_checkpoint(old.root, record.path)
        same = canonical_json.sha256(bytes(stored.note)) == record.sha256 and stored.size == record.size
        if not same or not made.roots.get(record.size) == stored.root:
            raise IntegrityError(
                f"{layout.in_evidence(record.path)}: does not sign the root of the first {record.size} lines; nothing"
                " was changed; run `auditor verify`"
            )


def _concatenated(folder: Path, size: int) -> bytes:
    """SHA-256 over the segments and the open one, as they lie on the disk."""
    found = hashlib.sha256()
    whole, rest = divmod(size, WIDTH)
    names = [layout.segment_path(index) for index in range(whole)] + ([layout.TAIL_FILE] if rest else [])
    for name in names:
        found.update((folder / name).read_bytes())
    return found.digest()
