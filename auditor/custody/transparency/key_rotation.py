"""Changing and revoking keys: logged events, the old key vouching for the new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal import key_history, keys
from auditor.custody.journal.continuation import KnownLedger
from auditor.custody.journal.journal import Journal, active_log_key
from auditor.custody.journal.keys import Keys
from auditor.custody.journal.local_journal import local_store
from auditor.custody.packages.vault import Vault
from auditor.errors import ConfigError
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note
from auditor.model.events import KeyRevoked, KeyRotated, KeysPublished
from auditor.model.evidence import JournalEntry
from auditor.model.ports import JournalStore

NEXT_KEYS_FOLDER = "keys.next"


def publish_keys(vault: Vault, opened: Keys) -> None:
    """Copy the public parts into `evidence/trust/`, journalled."""
    name = f"{layout.TRUST}/log-{opened.verifier.id.hex()}.vkey"
    box = f"{layout.TRUST}/box-{opened.verifier.id.hex()}.pub"
    if vault.store.exists(name):
        return
    files = {name: f"{opened.verifier}\n".encode(), box: f"{opened.box_public}\n".encode()}
    vault.place(files, KeysPublished(log=str(opened.verifier), box=opened.box_public))


def rotate_log_keys(vault: Vault, *, passphrase: str | None = None, why: str) -> Keys:
    """Make new keys, endorsed by the old; the old ones stay in `keys.old-<n>/` to open what was sealed to them."""
    old = vault.journal.keys
    if old is None:
        raise ConfigError("rotation: the journal is open for reading only; open the workspace with its keys")
    new = keys.generate_keys(old.origin)
    target = vault.root / NEXT_KEYS_FOLDER
    with durable.os_errors_as_vault_error(target):
        durable.remove_tree(target)
    keys.store_keys(vault.root, new, passphrase, folder=NEXT_KEYS_FOLDER)
    endorsed = old.sign(key_history.endorsement(new.verifier, new.box_public)).decode("utf-8")
    vault.journal.record(KeyRotated(log=str(new.verifier), box=new.box_public, endorsed=endorsed, why=why))
    finish_rotation(vault.root, vault.journal.store)
    vault.journal.keys = new
    publish_keys(vault, new)
    return new


def finish_rotation(root: Path, store: JournalStore | None = None, known: Sequence[KnownLedger] = ()) -> None:
    """Finish a rotation that was journalled, or drop one that was not.

    `store`: of a journal that lies elsewhere; `known`: what it must continue, `IntegrityError` where it does not.
    """
    upcoming, store = root / NEXT_KEYS_FOLDER, store or local_store(root)
    if not upcoming.is_dir() or not store.exists():
        return
    active = active_log_key(root, store, known)
    public = _public(upcoming)
    with durable.os_errors_as_vault_error(root / layout.KEYS):
        if active is None or active.public != public:
            durable.remove_tree(upcoming)
            return
        with durable.names_kept(root):
            if (root / layout.KEYS).exists():
                number = 1
                while (root / f"{layout.KEYS}.old-{number}").exists():
                    number += 1
                (root / layout.KEYS).rename(root / f"{layout.KEYS}.old-{number}")
            upcoming.rename(root / layout.KEYS)


def _public(folder: Path) -> bytes:
    """The public log key of a key folder, kept beside the private one so that no passphrase is needed."""
    return signed_note.parse_key(durable.read(folder / keys.PUBLIC, 4096).decode("utf-8").strip()).public


def revoke_log_key(journal: Journal, key: str, why: str) -> JournalEntry:
    """Journal that a key counts no more from here on."""
    return journal.record(KeyRevoked(key=str(signed_note.parse_key(key)), why=why))
