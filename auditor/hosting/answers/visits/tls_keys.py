"""The keys of a TLS 1.3 handshake, from our own share to the server's messages in the clear (RFC 8446 §7.1). Pure.

Only the server's handshake key is made: enough to read its certificate and signature; no traffic of a page is opened.
"""

from __future__ import annotations

import hashlib
import struct

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auditor.hosting.answers.visits.tls_messages import CIPHERS_13, SECP256R1, X25519, ServerHello

_HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}


class KeyShares:
    """Our own half of the key exchange, in two groups."""

    def __init__(self) -> None:
        self._x, self._p = x25519.X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())

    def public(self) -> dict[int, bytes]:
        """What the ClientHello sends."""
        point = self._p.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {X25519: self._x.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), SECP256R1: point}

    def secret(self, hello: ServerHello) -> bytes:
        """What both sides now know. `ValueError` for a share of another group."""
        if hello.group == X25519:
            return self._x.exchange(x25519.X25519PublicKey.from_public_bytes(hello.share))
        if hello.group == SECP256R1:
            return self._p.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), hello.share)
            )
        raise ValueError("a key share of a group that was not offered")


class ServerRecords:
    """Opens the records that a server sends in its handshake, in order."""

    def __init__(self, hello: ServerHello, shared: bytes, transcript: bytes) -> None:
        """`transcript`: ClientHello and ServerHello. `ValueError` for a cipher that was not offered."""
        if hello.cipher not in CIPHERS_13:
            raise ValueError("a cipher that was not offered")
        name, length = CIPHERS_13[hello.cipher]
        digest = _HASHES[name]
        zero = bytes(digest.digest_size)
        early = _extract(digest, zero, zero)
        secret = _extract(digest, _expand(digest, early, b"derived", hashlib.new(name, b"").digest()), shared)
        traffic = _expand(digest, secret, b"s hs traffic", hashlib.new(name, transcript).digest())
        key = _expand(digest, traffic, b"key", b"", length)
        self._vector, self._number = _expand(digest, traffic, b"iv", b"", 12), 0
        self._box = ChaCha20Poly1305(key) if hello.cipher == 0x1303 else AESGCM(key)

    def open(self, header: bytes, record: bytes) -> tuple[int, bytes]:
        """Kind and content of a record. `InvalidTag` where it was not made with these keys."""
        counter = self._number.to_bytes(12, "big")
        self._number += 1
        nonce = bytes(one ^ other for one, other in zip(self._vector, counter, strict=True))
        plain = self._box.decrypt(nonce, record, header).rstrip(b"\0")
        return (plain[-1], plain[:-1]) if plain else (0, b"")


def _extract(digest: hashes.HashAlgorithm, salt: bytes, secret: bytes) -> bytes:
    made = hmac.HMAC(salt, digest)
    made.update(secret)
    return made.finalize()


def _expand(digest: hashes.HashAlgorithm, secret: bytes, label: bytes, context: bytes, size: int = 0) -> bytes:
    size, name = size or digest.digest_size, b"tls13 " + label
    info = struct.pack("!H", size) + bytes([len(name)]) + name + bytes([len(context)]) + context
    return HKDFExpand(digest, size, info).derive(secret)
