"""The workspace's keys: an Ed25519 log key signs the journal, an X25519 box key opens sealed artefacts.

Private parts live in `keys/` (folder 0700, files 0600, checked at every start) and never enter `evidence/`.
Public parts and their history are journalled and copied to `evidence/trust/`.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

import nacl.exceptions
import nacl.public
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from auditor.custody.files import durable
from auditor.errors import ConfigError, CustodyError, VaultError
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note
from auditor.formats.signed_note import VerifierKey

LOG, BOX, ORIGIN, PUBLIC = "log.pem", "box.pem", "origin", "log.vkey"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Open private keys. `repr` says the public parts only."""

    origin: str
    """Name of the log: a schema-less URL such as `auditor.example/workspace-7`."""
    log: Ed25519PrivateKey
    box: X25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.origin, signed_note.ED25519, self.log.public_key().public_bytes_raw())

    @property
    def box_public(self) -> str:
        """Public box key, base64."""
        return signed_note.b64(self.box.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Keys({self.verifier})"

    def sign(self, text: str) -> bytes:
        """A note over `text`, signed by the log key."""
        return signed_note.sign_note(text, self.origin, self.log)

    def unseal(self, data: bytes) -> bytes:
        """Decrypt a sealed artefact; `CustodyError` where it was sealed to another key."""
        try:
            return nacl.public.SealedBox(nacl.public.PrivateKey(self.box.private_bytes_raw())).decrypt(data)
        except (nacl.exceptions.CryptoError, ValueError):
            raise CustodyError(
                "sealed artefact: not encrypted to this workspace's box key; give the key of its time"
            ) from None


def encrypt_to_box(data: bytes, public: str) -> bytes:
    """Encrypt to a public box key (libsodium sealed box: X25519, XSalsa20-Poly1305, an ephemeral sender)."""
    return nacl.public.SealedBox(nacl.public.PublicKey(signed_note.unb64(public, "box key"))).encrypt(data)


def private_pem(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: str | None) -> bytes:
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        locked = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def generate_keys(origin: str) -> Keys:
    """Fresh keys for a log of that name."""
    if not origin or "+" in origin or any(character.isspace() for character in origin):
        raise ConfigError(f"log name {origin!r}: expected a name such as auditor.example/seats, without spaces and '+'")
    return Keys(origin, Ed25519PrivateKey.generate(), X25519PrivateKey.generate())


def store_keys(root: Path, keys: Keys, passphrase: str | None, *, folder: str = layout.KEYS) -> None:
    """Write private keys as one step: the folder appears whole or not at all."""
    target, scratch = root / folder, root / f".{folder}-{secrets.token_hex(4)}"
    with durable.os_errors_as_vault_error(target):
        scratch.mkdir(mode=0o700)
        durable.write(scratch / LOG, private_pem(keys.log, passphrase), 0o600)
        durable.write(scratch / BOX, private_pem(keys.box, passphrase), 0o600)
        durable.write(scratch / ORIGIN, keys.origin.encode("utf-8") + b"\n", 0o600)
        durable.write(scratch / PUBLIC, f"{keys.verifier}\n".encode(), 0o600)
        durable.sync_folder(scratch)
        with durable.names_kept(root):
            scratch.rename(target)


def create_keys(root: Path, *, origin: str, passphrase: str | None = None) -> Keys:
    """Create `keys/`; where it exists already, `VaultError`: keys are rotated, never overwritten."""
    if (root / layout.KEYS).exists():
        raise VaultError(
            f"{root / layout.KEYS}: the workspace has keys already; rotate them instead of making new ones"
        )
    keys = generate_keys(origin)
    store_keys(root, keys, passphrase)
    return keys


def _private(path: Path, mode: int) -> None:
    """Refuse a key that others can read."""
    try:
        found = os.lstat(path)
    except OSError as error:
        raise VaultError(f"{path}: the workspace's key cannot be read: {error.strerror}; run `auditor init`") from None
    if stat.S_ISLNK(found.st_mode) or found.st_mode & 0o077:
        have = stat.S_IMODE(found.st_mode)
        raise VaultError(
            f"{path}: mode {have:04o} lets others at a private key; expected {mode:04o}; `chmod {mode:o} {path}`"
        )


def load_private(path: Path, passphrase: str | None) -> object:
    """The private key of a file that nobody else may read (0600); `ConfigError` where it holds none."""
    _private(path, 0o600)
    data = durable.read(path, 1 << 16)
    locked = b"ENCRYPTED" in data
    if locked and not passphrase:
        raise ConfigError(f"{path}: the key is locked; give its passphrase")
    try:
        return serialization.load_pem_private_key(data, passphrase.encode("utf-8") if locked and passphrase else None)
    except (ValueError, TypeError):
        raise ConfigError(f"{path}: not a private key, or another passphrase; give the right one") from None


def open_keys(root: Path, *, passphrase: str | None = None, folder: str = layout.KEYS) -> Keys:
    """Open `keys/` after checking the modes of folder and files; `ConfigError` for a wrong passphrase."""
    base = root / folder
    _private(base, 0o700)
    log, box = load_private(base / LOG, passphrase), load_private(base / BOX, passphrase)
    _private(base / ORIGIN, 0o600)
    origin = durable.read(base / ORIGIN, 4096).decode("utf-8").strip()
    if not isinstance(log, Ed25519PrivateKey) or not isinstance(box, X25519PrivateKey):
        raise ConfigError(f"{base}: expected an Ed25519 log key and an X25519 box key; restore them from your copy")
    return Keys(origin, log, box)
