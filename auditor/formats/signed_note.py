"""Signed notes and their keys (C2SP signed-note), read strictly: every byte of a note has one possible value.

Source: https://c2sp.org/signed-note, https://c2sp.org/tlog-cosignature (Ed25519 only, types 0x01 and 0x04).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auditor.errors import IntegrityError

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE = 64 << 20


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def unb64(text: str, what: str) -> bytes:
    """Strict base64: the canonical spelling alone is accepted."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or b64(data) != text:
        raise IntegrityError(f"{what}: not canonical base64: {text!r:.80}")
    return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key by name: `<name>+<key id>+<base64(type || key)>`."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_key(text: str) -> VerifierKey:
    """The inverse of `str(VerifierKey)`; `IntegrityError` for anything else."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    material = unb64(encoded, "verifier key")
    key = VerifierKey(name, material[0], material[1:])
    if not name or any(c.isspace() for c in name) or key.kind not in {ED25519, COSIGNATURE} or len(key.public) != 32:
        raise IntegrityError(f"verifier key {text!r:.120}: expected an Ed25519 key with a name")
    if key.id.hex() != key_id or str(key) != text:
        raise IntegrityError(f"verifier key {text!r:.120}: its id does not fit its name and key")
    return key


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and the signatures under it: (key name, key id, signature bytes)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def __bytes__(self) -> bytes:
        lines = (f"— {name} {b64(key_id + signature)}\n" for name, key_id, signature in self.signatures)
        return (self.text + "\n" + "".join(lines)).encode("utf-8")

    def by(self, key: VerifierKey) -> bytes | None:
        """The one signature line of that key, unverified; None where it has none."""
        found = [signature for name, key_id, signature in self.signatures if (name, key_id) == (key.name, key.id)]
        return found[0] if len(found) == 1 else None


def parse_note(data: bytes, what: str) -> SignedNote:
    """Read a note; `IntegrityError` unless these bytes are the one way to write it."""
    if len(data) > MAX_NOTE:
        raise IntegrityError(f"{what}: {len(data)} bytes are too many for a signed note")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise IntegrityError(f"{what}: not UTF-8") from None
    if any(ord(character) < 0x20 and character != "\n" for character in whole):
        raise IntegrityError(f"{what}: a control character in a signed note")
    text, blank, rest = whole.rpartition("\n\n")
    signatures = []
    for line in rest.splitlines():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—":
            raise IntegrityError(f"{what}: not a signature line: {line!r:.80}")
        raw = unb64(parts[2], what)
        signatures.append((parts[1], raw[:4], raw[4:]))
    note = SignedNote(text + "\n", tuple(signatures))
    if not blank or not signatures or len(signatures) > 64 or bytes(note) != data:
        raise IntegrityError(f"{what}: not a signed note as C2SP writes it")
    return note


def parse_verified_note(data: bytes, key: VerifierKey, what: str) -> SignedNote:
    """A note signed by `key` alone: any other or further signature line is refused."""
    note = parse_note(data, what)
    signature = note.by(key)
    if len(note.signatures) != 1 or signature is None:
        raise IntegrityError(f"{what}: not signed by the log key {key.name}+{key.id.hex()}")
    if not key.verifies(signature, note.text.encode("utf-8")):
        raise IntegrityError(f"{what}: the signature of {key.name}+{key.id.hex()} does not verify")
    return note


def sign_note(text: str, name: str, private: Ed25519PrivateKey) -> bytes:
    """The note of `text` (ending in a newline) signed by one key of type 0x01."""
    key = VerifierKey(name, ED25519, private.public_key().public_bytes_raw())
    return bytes(SignedNote(text, ((name, key.id, private.sign(text.encode("utf-8"))),)))


def cosigned_message(text: str, moment: int) -> bytes:
    """What a witness signs (tlog-cosignature, Ed25519): header, time in POSIX seconds, the checkpoint's text."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


def cosignature_time(key: VerifierKey, signature: bytes, text: str) -> int | None:
    """POSIX seconds of a witness's valid cosignature over a checkpoint's text; None where it does not verify."""
    if key.kind != COSIGNATURE or len(signature) != 72:
        return None
    moment = int.from_bytes(signature[:8], "big")
    return moment if key.verifies(signature[8:], cosigned_message(text, moment)) else None
