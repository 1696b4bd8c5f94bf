"""Changing and revoking keys: logged events, the old key vouching for the new one."""

from __future__ import annotations

from pathlib import Path

from auditor.custody import disk, keyring, keys, note
from auditor.custody.journal import Journal
from auditor.custody.keys import Keys
from auditor.custody.vault import Vault
from auditor.errors import ConfigError
from auditor.model.evidence import JournalEntry

NEXT = "keys.next"


def publish(vault: Vault, opened: Keys) -> None:
    """Copy the public parts into `evidence/trust/`, journalled."""
    name = f"trust/log-{opened.verifier.id.hex()}.vkey"
    box = f"trust/box-{opened.verifier.id.hex()}.pub"
    if (vault.evidence / name).exists():
        return
    files = {name: f"{opened.verifier}\n".encode(), box: f"{opened.box_public}\n".encode()}
    vault.place(files, "key", {"action": "published", "log": str(opened.verifier), "box": opened.box_public})


def rotate(vault: Vault, *, passphrase: str | None = None, why: str) -> Keys:
    """Make new keys, endorsed by the old; the old ones stay in `keys.old-<n>/` to open what was sealed to them."""
    old = vault.journal.keys
    if old is None:
        raise ConfigError("rotation: the journal is open for reading only; open the workspace with its keys")
    new = keys.generate(old.origin)
    target = vault.root / NEXT
    with disk.storing(target):
        disk.remove_tree(target)
    keys.store(vault.root, new, passphrase, folder=NEXT)
    endorsed = old.sign(keyring.endorsement(new.verifier, new.box_public)).decode("utf-8")
    body = {"action": "rotated", "log": str(new.verifier), "box": new.box_public, "endorsed": endorsed, "why": why}
    vault.journal.append("key", body)
    settle(vault.root)
    vault.journal.keys = new
    publish(vault, new)
    return new


def settle(root: Path) -> None:
    """Finish a rotation that was journalled, or drop one that was not."""
    upcoming = root / NEXT
    if not upcoming.is_dir() or not (root / "evidence" / "journal" / "head").exists():
        return
    active = Journal.open(root).ring.active
    public = _public(upcoming)
    with disk.storing(root / keys.FOLDER):
        if active is None or active.public != public:
            disk.remove_tree(upcoming)
            return
        if (root / keys.FOLDER).exists():
            number = 1
            while (root / f"{keys.FOLDER}.old-{number}").exists():
                number += 1
            (root / keys.FOLDER).rename(root / f"{keys.FOLDER}.old-{number}")
        upcoming.rename(root / keys.FOLDER)
        disk.sync_folder(root)


def _public(folder: Path) -> bytes:
    """The public log key of a key folder, kept beside the private one so that no passphrase is needed."""
    return note.parse_key(disk.read(folder / keys.PUBLIC, 4096).decode("utf-8").strip()).public


def revoke(journal: Journal, key: str, why: str) -> JournalEntry:
    """Journal that a key counts no more from here on."""
    return journal.append("key", {"action": "revoked", "key": str(note.parse_key(key)), "why": why})
