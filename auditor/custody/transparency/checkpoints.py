"""Checkpoints: the journal's Merkle root, signed (C2SP tlog-checkpoint) and timestamped; proofs against them.

`evidence/journal/checkpoints/<size>.checkpoint` with `.<authority>.tsq/.tsr` and `.<witness>.cosignature` beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.files.claims import CHECKPOINT, claimed
from auditor.custody.journal.journal import Journal
from auditor.custody.timestamps.sealer import MAX_CHECKPOINT, Sealer
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats import evidence_layout as layout
from auditor.formats.signed_note import SignedNote, VerifierKey, b64, unb64
from auditor.model.events import CheckpointSigned, CheckpointStamped, FileDigest, RecoveryNoted
from auditor.model.evidence import Seal
from auditor.model.ports import EvidenceStore

LOGGER = logging.getLogger("auditor.custody")

MOST_TAKEN = 64
"""Sizes in a row that are passed over because others have laid something under the names of their checkpoints."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement that the first `size` journal lines have this root."""

    origin: str
    size: int
    root: bytes
    note: SignedNote
    path: str = ""
    """Path below `evidence/`."""
    seal: Seal | None = None


def text_of(origin: str, size: int, root: bytes) -> str:
    """The body of a checkpoint: three lines, no extension lines."""
    return f"{origin}\n{size}\n{b64(root)}\n"


def parse_checkpoint(data: bytes, what: str) -> Checkpoint:
    """Read a checkpoint without trusting its signatures; `IntegrityError` where it is not exactly one."""
    found = signed_note.parse_note(data, what)
    lines = found.text.split("\n")
    if len(lines) != 4 or not lines[1].isdecimal() or len(lines[1]) > 15:
        raise IntegrityError(f"{what}: not a checkpoint of three lines")
    root = unb64(lines[2], what)
    if len(root) != 32 or text_of(lines[0], int(lines[1]), root) != found.text:
        raise IntegrityError(f"{what}: not a checkpoint as C2SP writes it")
    return Checkpoint(lines[0], int(lines[1]), root, found)


def path_of(size: int) -> str:
    return f"{layout.CHECKPOINTS}/{size:012d}.checkpoint"


def fold_path(size: int) -> str:
    """Where it is kept what stood open at so many lines."""
    return f"{layout.FOLDS}/{size:012d}.json"


def sign_checkpoint(journal: Journal, sealer: Sealer, why: str) -> Checkpoint:
    """Sign the tree of the journal as it stands, keep it, and timestamp it. The journal grows by two lines."""
    if journal.keys is None:
        raise VaultError("checkpoint: the journal is open for reading only; open the workspace with its keys")
    with claimed(journal.claims, CHECKPOINT):
        _grow_past_others(journal, sealer.vault.store)
        size, root, fold = journal.standing()
        data = journal.keys.sign(text_of(journal.keys.origin, size, root))
        path, digest = path_of(size), canonical_json.sha256(data)
        subject, folded = FileDigest(path=path, sha256=digest), fold_path(size)
        made = CheckpointSigned(size=size, root=b64(root), subject=subject, why=why, fold=folded)
        sealer.vault.place({path: data, folded: fold}, made)
    seal = sealer.stamp(partial(CheckpointStamped, size=size), path, data, Seal(digest, (), sealer.quorum), None)
    LOGGER.info("checkpoint signed: lines=%d sealed=%s: %s", size, "yes" if seal.sealed else "no", why)
    return Checkpoint(journal.keys.origin, size, root, signed_note.parse_note(data, path), path, seal)


def _grow_past_others(journal: Journal, store: EvidenceStore) -> None:
    """Where others have laid something under the names of the next checkpoint, the log grows by lines that say so: it
    is signed at a size whose names are free. `VaultError`, and no line, where none is near."""
    while paths := _taken(store, journal.size):
        for path in paths:
            journal.record(RecoveryNoted(what=f"{path}: another object lies there; the log is signed at a later line"))


def _taken(store: EvidenceStore, size: int) -> list[str]:
    """The names of checkpoints from that size on that are taken, up to the first that is free."""
    taken = list[str]()
    while found := next((one for one in (path_of(size), fold_path(size)) if store.exists(one)), ""):
        taken.append(found)
        size += 1
        if len(taken) > MOST_TAKEN:
            raise VaultError(
                f"{found}: exists already, as do those of the {MOST_TAKEN} sizes before; nothing is signed: run"
                " `auditor verify`, ask who put them there, and take them away"
            )
    return taken


def is_checkpoint_due(journal: Journal, at: datetime, every: timedelta = timedelta(days=1)) -> bool:
    """Whether the newest checkpoint is a day old, or there is none: the log is then to be signed and stamped again.

    One that is dated ahead of now was made by a clock that was wrong, and delays nothing.
    """
    made = journal.ledger.last_checkpoint()
    return made is None or not made.at <= at < made.at + every


def latest_checkpoint(root: Path) -> Checkpoint | None:
    """The newest checkpoint on the disk, its signatures not yet trusted."""
    folder = root / layout.EVIDENCE / layout.CHECKPOINTS
    names = sorted(entry.name for entry in folder.glob("*.checkpoint")) if folder.is_dir() else []
    return load_checkpoint(root, f"{layout.CHECKPOINTS}/{names[-1]}") if names else None


def load_checkpoint(root: Path, path: str) -> Checkpoint:
    """A checkpoint by its path below `evidence/`."""
    found = parse_checkpoint(durable.read(root / layout.EVIDENCE / path, MAX_CHECKPOINT), path)
    return Checkpoint(found.origin, found.size, found.root, found.note, path)


def inclusion_proof(
    journal: Journal, number: int, at: Checkpoint, cosignatures: Sequence[tuple[str, bytes, bytes]] = ()
) -> str:
    """A `tlog-proof`: that journal line `number` stands in the tree of a checkpoint. Shows no other line.

    `IntegrityError` where the journal's tree has another root, or another line in that place.
    """
    tree = journal.tree(at.size)
    if tree.root != at.root:
        raise IntegrityError(f"{at.path or 'checkpoint'}: the journal's lines have another root than it signs")
    whole = SignedNote(at.note.text, (*at.note.signatures, *cosignatures))
    return merkle.tlog_proof(number, tree.path(number), bytes(whole)).decode("utf-8")


def check_inclusion(proof: str, line: bytes, key: VerifierKey) -> tuple[int, Checkpoint]:
    """The index and the checkpoint that `proof` shows `line` to stand in; `IntegrityError` where it does not."""
    head, _, rest = proof.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 2 or lines[0] != merkle.PROOF or not lines[1].startswith("index ") or not lines[1][6:].isdecimal():
        raise IntegrityError(f"inclusion proof: not in the form {merkle.PROOF}")
    found = parse_checkpoint(rest.encode("utf-8"), "inclusion proof")
    signature = found.note.by(key)
    if found.origin != key.name or signature is None or not key.verifies(signature, found.note.text.encode("utf-8")):
        raise IntegrityError(f"inclusion proof: its checkpoint is not signed by {key}")
    index, path = int(lines[1][6:]), [unb64(step, "inclusion proof") for step in lines[2:]]
    if not merkle.verify_inclusion(found.root, found.size, index, merkle.leaf_hash(line), path):
        raise IntegrityError(f"inclusion proof: the line is not entry {index} of the tree of {found.size}")
    return index, found


def consistency_proof(journal: Journal, old: int, size: int) -> list[str]:
    """Base64 hashes that show the tree of `size` to continue the one of `old` (RFC 6962 §2.1.2)."""
    return [b64(step) for step in journal.tree(size).consistency(old)]
