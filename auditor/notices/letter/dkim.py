"""DKIM (RFC 6376, RFC 8463): a signature over the mail that is approved, and its check against a key record. Pure.

Relaxed canonical form of head and body, RSA or Ed25519 over SHA-256. The record of the key is kept with the letter:
keys rotate, and what a name server answers years later says nothing about today.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from auditor.errors import ConfigError

DkimKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
DkimVerdict = Literal["holds", "unsigned", "not_read", "body_differs", "signature", "key"]
"""`key`: the record holds no key that is read; `not_read`: a signature in a form that is not read."""
SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding")
LEAST_BITS = 1024
_HEADER = b"DKIM-Signature"
_NAME = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\._domainkey\.[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)


def parse_dkim_key(pem: str) -> DkimKey:
    """The private key of a PEM text. `ConfigError` for anything else, and for RSA of fewer than 1024 bits."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError("the DKIM key is no PEM private key without a passphrase") from None
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_BITS
    ):
        return key
    raise ConfigError(f"the DKIM key is neither Ed25519 nor RSA of at least {LEAST_BITS} bits")


def dkim_record(key: DkimKey) -> str:
    """The key's TXT record, as it must stand at `<selector>._domainkey.<domain>`."""
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "v=DKIM1; k=ed25519; p=" + _b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return "v=DKIM1; k=rsa; p=" + _b64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def sign_mail(mail: bytes, key: DkimKey, domain: str, selector: str, at: datetime) -> bytes:
    """The mail with a signature before it; the mail's own bytes stay as they are."""
    headers, body = _split(mail)
    named = [name for name in SIGNED if any(one[0] == name for one in headers)]
    algorithm = "ed25519-sha256" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa-sha256"
    listed = ":".join([*named, "from"])  # named once more: a second From put in later breaks the signature
    tags = (
        f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};\r\n"
        f"\tt={int(at.timestamp())}; h={listed};\r\n\tbh={_b64(hashlib.sha256(_body(body)).digest())};\r\n\tb="
    )
    signed = _signed(headers, listed.split(":"), tags.encode())
    made = _b64(_sign(key, signed))
    folded = "\r\n\t ".join(made[at : at + 70] for at in range(0, len(made), 70))
    return _HEADER + b": " + tags.encode() + folded.encode() + b"\r\n" + mail


def check_dkim(mail: bytes, record: str) -> DkimVerdict:
    """What becomes of the first signature of a mail with this key record; nothing is asked of anybody."""
    headers, body = _split(_as_sent(mail))
    found = next((value for name, value in headers if name == "dkim-signature"), None)
    if found is None:
        return "unsigned"
    tags = _tags(found.decode("ascii", "replace"))
    if tags.get("a") not in ("rsa-sha256", "ed25519-sha256") or tags.get("c", "") != "relaxed/relaxed" or "l" in tags:
        return "not_read"
    authors = [name for name, _ in headers].count("from")
    if authors != 1 or "from" not in [one.strip().lower() for one in tags.get("h", "").split(":")]:
        return "not_read"  # RFC 6376 sections 5.4 and 8.15: From is signed and there is one, or nobody is named by it
    if re.sub(r"\s", "", tags.get("bh", "")) != _b64(hashlib.sha256(_body(body)).digest()):
        return "body_differs"
    bare = re.sub(rb"(;\s*b=)[^;]*", rb"\1", found)
    rest = [one for one in headers if one != ("dkim-signature", found)]
    signed = _signed(rest, [one.strip().lower() for one in tags.get("h", "").split(":")], bare)
    try:
        signature = base64.b64decode(re.sub(r"\s", "", tags.get("b", "")), validate=True)
        return _verify(tags["a"], _tags(record).get("p", ""), signature, signed)
    except (binascii.Error, ValueError):
        return "not_read"


def dkim_key_name(mail: bytes) -> str:
    """Where the record of the first signature's key stands: `<selector>._domainkey.<domain>`; empty without one."""
    headers, _ = _split(_as_sent(mail))
    found = next((value for name, value in headers if name == "dkim-signature"), b"")
    tags = _tags(found.decode("ascii", "replace"))
    name = f"{tags.get('s', '')}._domainkey.{tags.get('d', '')}"
    return name if _NAME.fullmatch(name) and len(name) < 254 else ""


def _sign(key: DkimKey, signed: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(signed).digest())
    return key.sign(signed, padding.PKCS1v15(), SHA256())


def _verify(algorithm: str, public: str, signature: bytes, signed: bytes) -> DkimVerdict:
    try:
        raw = base64.b64decode(re.sub(r"\s", "", public), validate=True)
        if algorithm == "ed25519-sha256":
            ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signature, hashlib.sha256(signed).digest())
        else:
            key = load_der_public_key(raw)
            if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
                return "key"
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return "signature"
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return "key"
    return "holds"


def _as_sent(mail: bytes) -> bytes:
    """With the line ends that it travelled with: programs keep mail with LF, in part or whole."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", mail)


def _split(mail: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Headers (name in small letters, value as it stands behind the colon), and the body."""
    head, _, body = mail.partition(b"\r\n\r\n")
    found: list[tuple[str, bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + b"\r\n" + line)
        else:
            name, _, value = line.partition(b":")
            found.append((name.decode("ascii", "replace").strip().lower(), value))
    return found, body


def _signed(headers: Sequence[tuple[str, bytes]], listed: Sequence[str], own: bytes) -> bytes:
    """The bytes that are signed: each named header once from the last one up, then the signature without its value."""
    left = list(headers)
    parts = []
    for name in listed:
        place = next((at for at in range(len(left) - 1, -1, -1) if left[at][0] == name), None)
        if place is not None:
            parts.append(_header(*left.pop(place)) + b"\r\n")
    return b"".join(parts) + _header("dkim-signature", own)


def _header(name: str, value: bytes) -> bytes:
    return name.encode() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _tags(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(";"):
        name, mark, value = part.partition("=")
        if mark:
            found[name.strip()] = value.strip()
    return found


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
