"""The workspace's keys: what they are and were, a new one endorsed by the old, one that counts no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.custody import (
    Journal,
    Keys,
    create_party_key,
    require_initialised,
    revoke_log_key,
    sign_checkpoint,
)
from auditor.errors import ConfigError
from auditor.workflow.audit.witness_submission import WitnessResults, submit_to_witnesses
from auditor.workflow.wiring import Instruments, key_passphrase
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One log key, as the journal tells it."""

    key: str
    """Verifier key, `name+id+base64`: what others need to check signatures."""
    line: int
    """Journal line that introduced it."""
    since: datetime
    active: bool
    endorsed: bool
    """False where the key before did not vouch for it."""
    revoked: int | None
    """Journal line that revoked it."""


@dataclass(frozen=True, slots=True)
class WorkspaceKeys:
    """All keys of a workspace. Public parts only."""

    origin: str
    box: str
    """Public key to which originals with secrets are encrypted, base64."""
    keys: tuple[KnownKey, ...]


def workspace_keys(workspace: Workspace) -> WorkspaceKeys:
    """The keys of a workspace and their history, from the journal alone."""
    require_initialised(workspace.root)
    journal = Journal.open(workspace.root)
    ring = journal.ring
    times = {number: journal.entry(number).at for number, _ in ring.history}
    known = tuple(
        KnownKey(str(key), number, times[number], key == ring.active, number not in ring.unendorsed,
                 ring.revoked.get(str(key)))
        for number, key in ring.history
    )  # fmt: skip
    return WorkspaceKeys(ring.origin, ring.box, known)


def rotate_keys(instruments: Instruments, why: str) -> tuple[Keys, WitnessResults]:
    """Make new keys, endorsed by the old; sign and timestamp the log with them, so that the moment is proved.

    The old private keys stay beside the new ones, to open what was encrypted to them.
    """
    new = instruments.custody.rotate_keys(passphrase=key_passphrase(), why=_reason(why))
    made = sign_checkpoint(instruments.journal, instruments.sealer, f"key {new.verifier.id.hex()} in force")
    return new, submit_to_witnesses(instruments, made)


def revoke_key(instruments: Instruments, named: str, why: str) -> str:
    """Journal that a key counts no more; by the key itself or its eight-digit id. The key in force is refused."""
    ring = instruments.journal.ring
    found = [key for _, key in ring.history if named in (str(key), key.id.hex())]
    if len(found) != 1:
        known = ", ".join(key.id.hex() for _, key in ring.history)
        raise ConfigError(f"key {named[:120]}: not a key of this log, which had {known}; give one of these")
    (key,) = found
    if key == ring.active:
        raise ConfigError(f"key {key.id.hex()}: in force now, and what it signs would fail; first: auditor keys rotate")
    if str(key) in ring.revoked:
        raise ConfigError(f"key {key.id.hex()}: revoked already, in journal line {ring.revoked[str(key)]}")
    revoke_log_key(instruments.journal, str(key), _reason(why))
    sign_checkpoint(instruments.journal, instruments.sealer, f"key {key.id.hex()} revoked")
    return str(key)


def _reason(why: str) -> str:
    if not why.strip():
        raise ConfigError("--why: empty; say in one sentence why, it is journalled")
    return why.strip()


def make_party_key(path: Path, name: str) -> str:
    """A second party's private key in a new file; its verifier key, which others are given."""
    return str(create_party_key(path, name, key_passphrase()))
