"""A kept handshake: whether the holder of the certificate's key signed over a moment that we chose. Pure, offline.

The random of the ClientHello is the SHA-256 of a timestamp token. In TLS 1.3 CertificateVerify signs every message
before it (RFC 8446 §4.4.3); in TLS 1.2 ServerKeyExchange signs both randoms and the server's key share alone (RFC 4492
§5.4). The messages hold no secret. They show that the key was used after the token was made; neither what a page said
nor at which address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from auditor.hosting.answers.visits.tls_messages import (
    CERTIFICATE,
    CERTIFICATE_VERIFY,
    CIPHERS_13,
    CLIENT_HELLO,
    SERVER_HELLO,
    SERVER_KEY_EXCHANGE,
    TLS12,
    TLS13,
    ByteReader,
    HandshakeMessage,
    ServerHello,
    client_random,
    first_certificate,
    parse_server_hello,
    split_messages,
)

HandshakeFault = Literal["not_read", "other_moment", "signature", "algorithm"]
"""`other_moment`: the random is not that of the token; `algorithm`: a way of signing that is not read."""
_HASHES = {4: hashes.SHA256(), 5: hashes.SHA384(), 6: hashes.SHA512()}
_PSS = {0x0804: hashes.SHA256(), 0x0805: hashes.SHA384(), 0x0806: hashes.SHA512()}
_CURVES = {0x0403: "secp256r1", 0x0503: "secp384r1", 0x0603: "secp521r1"}
_CONTEXT = b" " * 64 + b"TLS 1.3, server CertificateVerify\0"


@dataclass(frozen=True, slots=True)
class HandshakeCheck:
    """What a kept handshake shows. Without a fault the certificate's key signed over the token's digest."""

    fault: HandshakeFault | None
    protocol: str = ""
    certificate: str = ""
    """SHA-256 of the certificate whose key signed."""
    subject: str = ""
    whole: bool = False
    """Whether the signature is over every message before it, not over the randoms alone."""


class _FaultError(Exception):
    def __init__(self, fault: HandshakeFault) -> None:
        super().__init__(fault)
        self.fault = fault


def check_handshake(messages: bytes, token: bytes) -> HandshakeCheck:
    """`token`: the timestamp response as it is kept. Never raises: what does not hold is a fault."""
    try:
        return _checked(messages, token)
    except _FaultError as found:
        return HandshakeCheck(found.fault)
    except (ValueError, UnsupportedAlgorithm, TypeError, x509.InvalidVersion):
        return HandshakeCheck("not_read")


def _checked(data: bytes, token: bytes) -> HandshakeCheck:
    found, rest = split_messages(data)
    if rest or len(found) < 3:
        raise _FaultError("not_read")
    if client_random(_one(found, CLIENT_HELLO)) != hashlib.sha256(token).digest():
        raise _FaultError("other_moment")
    if (found[0].kind, found[1].kind) != (CLIENT_HELLO, SERVER_HELLO):
        raise _FaultError("not_read")
    hello = parse_server_hello(found[1].body)
    der = first_certificate(_one(found, CERTIFICATE).body, hello.version)
    certificate = x509.load_der_x509_certificate(der)
    if hello.version == TLS13:
        _check_verify(found, hello, certificate)
    elif hello.version == TLS12:
        _check_key_exchange(found, hello, certificate)
    else:
        raise _FaultError("algorithm")
    return HandshakeCheck(
        None, "TLS 1.3" if hello.version == TLS13 else "TLS 1.2", hashlib.sha256(der).hexdigest(),
        certificate.subject.rfc4514_string()[:200], hello.version == TLS13,
    )  # fmt: skip


def _one(found: Sequence[HandshakeMessage], kind: int) -> HandshakeMessage:
    own = [one for one in found if one.kind == kind]
    if len(own) != 1:
        raise _FaultError("not_read")
    return own[0]


def _check_verify(found: Sequence[HandshakeMessage], hello: ServerHello, certificate: x509.Certificate) -> None:
    if hello.cipher not in CIPHERS_13 or found[-1].kind != CERTIFICATE_VERIFY:
        raise _FaultError("not_read")
    transcript = b"".join(one.raw for one in found[:-1])
    reader = ByteReader(found[-1].body)
    scheme, signature = reader.number(2), reader.block(2)
    if reader.left:
        raise _FaultError("not_read")
    signed = _CONTEXT + hashlib.new(CIPHERS_13[hello.cipher][0], transcript).digest()
    _verify(certificate, scheme, signature, signed, strict=True)


def _check_key_exchange(found: Sequence[HandshakeMessage], hello: ServerHello, certificate: x509.Certificate) -> None:
    body = _one(found, SERVER_KEY_EXCHANGE).body
    reader = ByteReader(body)
    if reader.number(1) != 3:  # a named curve
        raise _FaultError("algorithm")
    reader.number(2)
    reader.block(1)
    parameters = body[: len(body) - reader.left]
    scheme, signature = reader.number(2), reader.block(2)
    if reader.left:
        raise _FaultError("not_read")
    signed = client_random(found[0]) + hello.random + parameters
    _verify(certificate, scheme, signature, signed, strict=False)


def _verify(certificate: x509.Certificate, scheme: int, signature: bytes, signed: bytes, *, strict: bool) -> None:
    """`strict`: as in TLS 1.3, where a scheme names its curve and RSA is always PSS."""
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and scheme & 0xFF == 3 and scheme >> 8 in _HASHES:
            if strict and key.curve.name != _CURVES[scheme]:
                raise _FaultError("signature")
            key.verify(signature, signed, ec.ECDSA(_HASHES[scheme >> 8]))
        elif isinstance(key, ed25519.Ed25519PublicKey) and scheme == 0x0807:
            key.verify(signature, signed)
        elif isinstance(key, rsa.RSAPublicKey) and scheme in _PSS:
            digest = _PSS[scheme]
            key.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        elif isinstance(key, rsa.RSAPublicKey) and not strict and scheme & 0xFF == 1 and scheme >> 8 in _HASHES:
            key.verify(signature, signed, padding.PKCS1v15(), _HASHES[scheme >> 8])
        else:
            raise _FaultError("algorithm")
    except InvalidSignature:
        raise _FaultError("signature") from None
