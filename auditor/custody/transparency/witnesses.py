"""Sending checkpoints outside, and keeping what witnesses sign back (C2SP tlog-witness, tlog-cosignature).

A log that only its keeper sees can be rewritten by its keeper; a witness that remembers the last root cannot be told
another. A witness is reached by HTTP (`add-checkpoint`) or by a folder that somebody carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import requests
from urllib3.exceptions import HTTPError

from auditor.custody.files import durable
from auditor.custody.journal.journal import Journal
from auditor.custody.packages.vault import Vault
from auditor.custody.timestamps import client
from auditor.custody.timestamps.client import Timeouts
from auditor.custody.transparency import checkpoints
from auditor.custody.transparency.checkpoints import Checkpoint
from auditor.errors import CustodyError, IntegrityError, RefusedByWitnessError
from auditor.formats import signed_note
from auditor.formats.signed_note import SignedNote, VerifierKey
from auditor.model.events import CheckpointCosigned, CheckpointRefused
from auditor.model.evidence import JournalEntry

MAX_ANSWER = 1 << 16
TEMPORARY = (408, 425, 429)
"""HTTP statuses between 400 and 499 that refuse the moment, not the checkpoint."""


@dataclass(frozen=True, slots=True)
class CheckpointWitness:
    """Somebody outside who remembers checkpoints."""

    key: VerifierKey
    url: str = ""
    """Submission prefix; empty where checkpoints are carried by file."""


def parse_witness(key: str, url: str = "") -> CheckpointWitness:
    """`IntegrityError` unless the key is an Ed25519 cosignature key (type 0x04)."""
    found = signed_note.parse_key(key)
    if found.kind != signed_note.COSIGNATURE:
        raise IntegrityError(f"witness key {key!r:.120}: expected a cosignature key (type 4), found type {found.kind}")
    return CheckpointWitness(found, url)


def submission_body(journal: Journal, at: Checkpoint, old: int) -> bytes:
    """The body of `add-checkpoint`: old size, consistency proof, checkpoint."""
    proof = "".join(f"{step}\n" for step in checkpoints.consistency_proof(journal, old, at.size))
    return f"old {old}\n{proof}\n".encode() + bytes(at.note)


def write_submission(journal: Journal, at: Checkpoint, old: int, folder: Path) -> Path:
    """Write a submission to a folder, for a witness without a network; `accept_cosignature` takes the answer."""
    target = folder / f"{at.size:012d}.add-checkpoint"
    with durable.os_errors_as_vault_error(target):
        durable.make_folder(folder)
        target.unlink(missing_ok=True)
        durable.write(target, submission_body(journal, at, old), 0o644)
        durable.sync_folder(folder)
    return target


def request_cosignature(
    vault: Vault,
    at: Checkpoint,
    witness: CheckpointWitness,
    patience: Timeouts = Timeouts(),  # noqa: B008
) -> JournalEntry:
    """Ask a witness over HTTP, keep and journal its cosignature. `CustodyError` where it gives none that verifies;
    `RefusedByWitnessError` where it refuses (HTTP 400 to 499), which is journalled."""
    journal = vault.journal
    old = last_cosigned_size(journal, witness)
    status, body = _post(witness, submission_body(journal, at, old), patience)
    seen = _size_told(status, body)
    if seen is not None and seen <= at.size:
        status, body = _post(witness, submission_body(journal, at, seen), patience)
        seen = _size_told(status, body)
    if status != requests.codes.ok:
        said = "".join(c for c in body[:120].decode("utf-8", "replace") if c.isprintable()).strip()
        if 400 <= status < 500 and status not in TEMPORARY:
            _refuse(journal, at, witness, CheckpointRefused(
                size=at.size, witness=str(witness.key), status=status, seen=seen, said=said
            ))  # fmt: skip
        raise CustodyError(f"witness {witness.key.name}: HTTP status {status}, expected 200: {said}")
    return accept_cosignature(vault, at, witness, body)


def _size_told(status: int, body: bytes) -> int | None:
    """The lines that a witness says it has seen (status 409); None where it says none."""
    told = body[:20].decode("ascii", "replace").strip()
    return int(told) if status == requests.codes.conflict and told.isdecimal() else None


def _refuse(journal: Journal, at: Checkpoint, witness: CheckpointWitness, refusal: CheckpointRefused) -> NoReturn:
    """Journal the refusal and raise it."""
    journal.record(refusal)
    name = witness.key.name
    if refusal.seen is not None and refusal.seen > at.size:
        raise RefusedByWitnessError(
            f"witness {name} REFUSED: has seen {refusal.seen} lines of this log, more than {at.size}: "
            "this journal was cut off or rolled back, or two are kept under one name; compare them"
        )
    if refusal.contradicts:
        raise RefusedByWitnessError(
            f"witness {name} REFUSED (HTTP {refusal.status}: {refusal.said}): the {at.size} lines do not continue what "
            "it has seen of this log; compare the two"
        )
    raise RefusedByWitnessError(
        f"witness {name} REFUSED (HTTP {refusal.status}: {refusal.said}): it does not take this log, or not its key"
    )


def accept_cosignature(vault: Vault, at: Checkpoint, witness: CheckpointWitness, lines: bytes) -> JournalEntry:
    """Check the signature lines a witness gave for a checkpoint; keep and journal its own."""
    found = signed_note.parse_note(
        at.note.text.encode("utf-8") + b"\n" + lines, f"answer of witness {witness.key.name}"
    )
    signature = found.by(witness.key)
    moment = signed_note.cosignature_time(witness.key, signature, at.note.text) if signature is not None else None
    if signature is None or moment is None:
        raise IntegrityError(
            f"witness {witness.key.name}: no cosignature of {witness.key} over checkpoint {at.size} that verifies"
        )
    path = f"{at.path}.{witness.key.id.hex()}.cosignature"
    data = bytes(SignedNote(at.note.text, ((witness.key.name, witness.key.id, signature),)))
    event = CheckpointCosigned(size=at.size, witness=str(witness.key), cosigned_at=moment, cosignature=path)
    return vault.place({path: data}, event)


def collect_cosignatures(vault: Vault, witness: CheckpointWitness, folder: Path) -> tuple[int, list[str]]:
    """Take in what was brought back to a witness's folder, `<size>.cosignature`; how many, and what is wrong."""
    ledger, taken, wrong = vault.journal.ledger, 0, list[str]()
    known = {record.size for record in ledger.cosignatures() if record.witness == str(witness.key)}
    for record in ledger.checkpoints():
        path = folder / f"{record.size:012d}.cosignature"
        if record.size in known or not path.is_file():
            continue
        try:
            accept_cosignature(
                vault, checkpoints.load_checkpoint(vault.root, record.path), witness, durable.read(path, MAX_ANSWER)
            )
            taken += 1
        except IntegrityError as error:
            wrong.append(f"{path}: {error}")
    return taken, wrong


def check_cosignature(data: bytes, key: VerifierKey, at: Checkpoint, what: str) -> int:
    """POSIX seconds of a kept cosignature; `IntegrityError` where it is not over that checkpoint by that key."""
    found = signed_note.parse_note(data, what)
    signature = found.by(key)
    moment = signed_note.cosignature_time(key, signature, at.note.text) if signature is not None else None
    if found.text != at.note.text or len(found.signatures) != 1 or moment is None:
        raise IntegrityError(f"{what}: no cosignature of {key.name} over checkpoint {at.size}")
    return moment


def last_cosigned_size(journal: Journal, witness: CheckpointWitness) -> int:
    """The size this witness cosigned last, by the journal."""
    return journal.ledger.last_cosigned(str(witness.key))


def _post(witness: CheckpointWitness, body: bytes, patience: Timeouts) -> tuple[int, bytes]:
    try:
        return client.post(
            f"{witness.url.rstrip('/')}/add-checkpoint", body, {"Content-Type": "text/plain"}, patience, MAX_ANSWER
        )
    except (requests.RequestException, HTTPError, OSError, TimeoutError) as error:
        raise CustodyError(
            f"witness {witness.key.name}: no answer: {type(error).__name__}; send the checkpoint again later"
        ) from None
