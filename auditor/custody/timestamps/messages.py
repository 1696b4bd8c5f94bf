"""Parses the fields of timestamp requests and responses (RFC 3161 §2.4) without verifying them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auditor.errors import RefusedByAuthorityError, TimestampError
from auditor.formats import der
from auditor.formats.der import DerError, Node

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
ESS_V1, ESS_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
STATUS = ("granted", "grantedWithMods", "rejection", "waiting", "revocationWarning", "revocationNotification")
MAX_RESPONSE = 128 << 10


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """A `TimeStampReq`."""

    algorithm: str
    imprint: bytes
    policy: str
    nonce: int | None
    wants_certificates: bool


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """A `TimeStampResp` with its token taken apart."""

    algorithm: str
    """`sha256` …, or the dotted OID of one that is not known here."""
    imprint: bytes
    policy: str
    nonce: int | None
    serial: int
    gen_time: datetime
    accuracy_ms: int | None
    certificates: tuple[bytes, ...]
    signer_issuer: bytes
    """DER of the issuer's name in the signer identifier; empty where the signer is named by key identifier."""
    signer_serial: int
    signer_key: bytes
    """Subject key identifier, where the signer is named by it."""
    ess: tuple[tuple[str, bytes], ...]
    """(hash, digest) of the certificates that the signed attributes bind, the signer's first."""


def parse_request(data: bytes) -> TimestampRequest:
    """Read a kept request; `TimestampError` where it is not one."""
    try:
        parts = der.parse_single_element(data, der.SEQUENCE).children()
        algorithm, imprint = _imprint(parts[1])
        policy, nonce, wants = "", None, False
        for part in parts[2:]:
            if part.tag == der.OID:
                policy = part.oid()
            elif part.tag == der.INTEGER:
                nonce = part.integer()
            elif part.tag == der.BOOLEAN:
                wants = part.content != b"\x00"
    except (DerError, IndexError) as error:
        raise TimestampError(f"request: not a timestamp request: {error}") from None
    return TimestampRequest(algorithm, imprint, policy, nonce, wants)


def parse_response(data: bytes) -> TimestampToken:
    """Read a response; `TimestampError` says what it is instead of a granted token."""
    try:
        return _response(data)
    except (DerError, IndexError, ValueError) as error:
        raise TimestampError(f"not a timestamp response: {error}") from None


def _response(data: bytes) -> TimestampToken:
    if len(data) > MAX_RESPONSE:
        raise DerError(f"{len(data)} bytes, more than {MAX_RESPONSE}")
    parts = der.parse_single_element(data, der.SEQUENCE).children()
    info = parts[0].children()
    status = info[0].integer()
    if status != 0 or info[0].tag != der.INTEGER:
        name = STATUS[status] if 0 <= status < len(STATUS) else str(status)
        said = (
            b" ".join(text.content for text in info[1].children())
            if len(info) > 1 and info[1].tag == der.SEQUENCE
            else b""
        )
        raise RefusedByAuthorityError(
            f"status {name}, expected granted" + (f": {said.decode('utf-8', 'replace')!r:.200}" if said else "")
        )
    if len(parts) != 2:
        raise DerError("granted, but without a token")
    kind, wrapped = parts[1].children()
    if kind.oid() != SIGNED_DATA:
        raise DerError("the token is not signed data")
    return _signed_data(wrapped.children()[0])


def _signed_data(node: Node) -> TimestampToken:
    parts = node.children()
    content = parts[2].children()
    if content[0].oid() != TST_INFO:
        raise DerError("the signed content is not a TSTInfo")
    certificates = tuple(c.raw for p in parts[3:] if p.tag == 0xA0 for c in p.children() if c.tag == der.SEQUENCE)
    signers = parts[-1].children()
    if parts[-1].tag != der.SET or len(signers) != 1:
        raise DerError(f"{len(signers)} signers, expected one")
    signer = signers[0].children()
    issuer, serial, key = b"", 0, b""
    if signer[1].tag == der.SEQUENCE:
        name, number = signer[1].children()
        issuer, serial = name.raw, number.integer()
    else:
        key = signer[1].content
    ess = _ess(signer[3]) if signer[3].tag == 0xA0 else ()
    info = der.parse_single_element(content[1].children()[0].octets(), der.SEQUENCE)
    return _tst_info(info, certificates, issuer, serial, key, ess)


def _tst_info(
    info: Node,
    certificates: tuple[bytes, ...],
    issuer: bytes,
    serial: int,
    key: bytes,
    ess: tuple[tuple[str, bytes], ...],
) -> TimestampToken:
    parts = info.children()
    algorithm, imprint = _imprint(parts[2])
    accuracy, nonce = None, None
    for part in parts[5:]:
        if part.tag == der.SEQUENCE:
            accuracy = _accuracy(part)
        elif part.tag == der.INTEGER:
            nonce = part.integer()
    if parts[4].tag != der.TIME:
        raise DerError("no generalized time")
    return TimestampToken(
        algorithm, imprint, parts[1].oid(), nonce, parts[3].integer(), _moment(parts[4].content), accuracy,
        certificates, issuer, serial, key, ess,
    )  # fmt: skip


def _imprint(node: Node) -> tuple[str, bytes]:
    algorithm, digest = node.children()
    oid = algorithm.children()[0].oid()
    return HASHES.get(oid, oid), digest.octets()


def _accuracy(node: Node) -> int:
    """Milliseconds, rounded up; an absent part is 0 within an accuracy that is stated."""
    millis = 0
    for part in node.children():
        if part.tag == der.INTEGER:
            millis += 1000 * part.integer()
        elif part.tag == 0x80:
            millis += part.integer()
        elif part.tag == 0x81:
            millis += -(-part.integer() // 1000)
    return millis


def _moment(content: bytes) -> datetime:
    """RFC 3161 §2.4.2: `YYYYMMDDhhmmss[.s…]Z`."""
    text = content.decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z") or len(whole) != 14 or not (whole + fraction).isdecimal():
        raise DerError(f"not a time in UTC: {text!r:.40}")
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return moment + timedelta(microseconds=int((fraction + "000000")[:6]))


def _ess(attributes: Node) -> tuple[tuple[str, bytes], ...]:
    """Certificate digests of ESSCertIDv2 (RFC 5816), then of ESSCertID (RFC 2634, SHA-1)."""
    found: dict[str, tuple[tuple[str, bytes], ...]] = {}
    for attribute in attributes.children():
        name, values = attribute.children()
        if name.oid() not in {ESS_V1, ESS_V2}:
            continue
        ids = []
        for identifier in values.children()[0].children()[0].children():
            parts, algorithm = identifier.children(), "sha256"
            if name.oid() == ESS_V1:
                algorithm = "sha1"
            elif parts[0].tag == der.SEQUENCE:
                oid = parts.pop(0).children()[0].oid()
                algorithm = HASHES.get(oid, oid)
            ids.append((algorithm, parts[0].octets()))
        found[name.oid()] = tuple(ids)
    return found.get(ESS_V2, ()) + found.get(ESS_V1, ())
