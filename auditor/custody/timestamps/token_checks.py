"""Verifies one authority's response for one digest: the checks of RFC 3161 §2.2 and §2.4.2, in a fixed order.

`grantedWithMods` is refused: the authority says that it changed what was asked, and what was asked is all that is
wanted; rfc3161-client refuses it too. The response is kept as a refused token.

Signature and chain are verified by rfc3161-client; where it cannot decode the response (an unsorted certificate SET,
which OpenSSL's own `ts -reply` emits) `openssl ts -verify` does, and `verified_by` says which. Before either is asked,
the path from the signer to a pinned root is checked here, so a root that a token brings along is never trusted.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.custody.timestamps import trust_anchors
from auditor.custody.timestamps.messages import TimestampRequest, TimestampToken, parse_request, parse_response
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.errors import RefusedByAuthorityError, TimestampError
from auditor.model.evidence import TokenVerdict

MAX_GAP = timedelta(minutes=5)
"""How far a token's time may lie from the local clock at receipt."""
HASH_LENGTH = {"sha256": 32, "sha384": 48, "sha512": 64}
OPENSSL_SECONDS = 30


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The moments between which a token's time must lie, its accuracy and `MAX_GAP` allowed for."""

    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """A verdict with what the next check needs: the signer's certificate and the name of the failed check."""

    verdict: TokenVerdict
    check: str = ""
    """`token.imprint`, `token.nonce` …: the check that failed."""
    chain: tuple[x509.Certificate, ...] = ()
    """Signer first, anchor last."""


NOT_MADE = "token.verifier"
"""Name of the check of a token that this machine could not verify: the token is neither good nor bad by it."""


class _Refused(Exception):  # noqa: N818
    def __init__(self, check: str, why: str) -> None:
        super().__init__(why)
        self.check = check


def check_token(
    data: Callable[[str], bytes],
    request: bytes,
    response: bytes,
    pinned: PinnedAuthority,
    window: TimeWindow,
    *,
    cross: bool = False,
) -> TokenCheck:
    """Check a response against the kept request and the thing stamped.

    `data(algorithm)` gives the digest of the thing under a hash such as `sha256`. `cross` asks OpenSSL as well as the
    library. Never raises for a bad token: the verdict is `refused` and says why.
    """
    authority = pinned.authority
    token: TimestampToken | None = None
    try:
        asked, token = _parsed(request, response)
        _fits(data, asked, token, pinned, window)
        chain, remarks = _trusted(token, pinned)
        by = _verified(request, response, token, chain, pinned, cross=cross)
    except _Refused as refused:
        return TokenCheck(_verdict(pinned, token, "refused", why=str(refused)), refused.check)
    if not authority.policies:
        remarks = (*remarks, f"any policy is accepted of {authority.id}; found {token.policy}")
    verdict = _verdict(pinned, token, "verified", by=by, signer=chain[0], notes=remarks)
    return TokenCheck(verdict, "", chain)


def _verdict(
    pinned: PinnedAuthority, token: TimestampToken | None, status: str, *, by: str = "",
    signer: x509.Certificate | None = None,
    why: str = "", notes: tuple[str, ...] = (),
) -> TokenVerdict:  # fmt: skip
    authority = pinned.authority
    return TokenVerdict(
        authority=authority.id,
        owner=authority.owner,
        status="verified" if status == "verified" else "refused",
        verified_by=by,
        gen_time=token.gen_time if token else None,
        accuracy_ms=token.accuracy_ms if token else None,
        policy=token.policy if token else "",
        serial=f"{token.serial:x}" if token else "",
        signer=f"{trust_anchors.subject_name(signer)} sha256:{trust_anchors.fingerprint(signer)}" if signer else "",
        why=why,
        practice=authority.practice,
        notes=notes,
    )


def _parsed(request: bytes, response: bytes) -> tuple[TimestampRequest, TimestampToken]:
    try:
        asked = parse_request(request)
    except TimestampError as error:
        raise _Refused("token.request", str(error)) from None
    try:
        return asked, parse_response(response)
    except RefusedByAuthorityError as error:
        raise _Refused("token.status", str(error)) from None
    except TimestampError as error:
        raise _Refused("token.form", str(error)) from None


def _fits(
    data: Callable[[str], bytes],
    asked: TimestampRequest,
    token: TimestampToken,
    pinned: PinnedAuthority,
    window: TimeWindow,
) -> None:
    if asked.algorithm not in HASH_LENGTH:
        raise _Refused("token.algorithm", f"the request asks for {asked.algorithm}; expected sha256, sha384 or sha512")
    if asked.imprint != data(asked.algorithm):
        raise _Refused("token.request", "the kept request is for another file")
    if token.algorithm != asked.algorithm:
        raise _Refused("token.algorithm", f"imprint by {token.algorithm}, asked for {asked.algorithm}")
    if token.imprint != asked.imprint:
        raise _Refused("token.imprint", f"the token is over {token.imprint.hex()}, asked for {asked.imprint.hex()}")
    if asked.nonce is None or token.nonce != asked.nonce:
        raise _Refused("token.nonce", "the nonce differs from the one asked with: a replayed or foreign token")
    if pinned.authority.policies and token.policy not in pinned.authority.policies:
        raise _Refused("token.policy", f"policy {token.policy}, accepted are {', '.join(pinned.authority.policies)}")
    slack = MAX_GAP + timedelta(milliseconds=token.accuracy_ms or 0)
    at = f"{token.gen_time:%Y-%m-%d %H:%M:%S}Z"
    if window.earliest is not None and token.gen_time < window.earliest - slack:
        gap = int((window.earliest - token.gen_time).total_seconds())
        raise _Refused("token.time", f"time {at} lies {gap} s before the thing stamped was finished by the local clock")
    if window.latest is not None and token.gen_time > window.latest + slack:
        gap = int((token.gen_time - window.latest).total_seconds())
        raise _Refused("token.time", f"time {at} lies {gap} s after its receipt by the local clock")


def _trusted(token: TimestampToken, pinned: PinnedAuthority) -> tuple[tuple[x509.Certificate, ...], tuple[str, ...]]:
    embedded = trust_anchors.parse_embedded_certificates(token.certificates)
    try:
        signer = trust_anchors.signer_of(token, [*embedded, *pinned.others, *pinned.anchors])
    except TimestampError as error:
        raise _Refused("token.signer", str(error)) from None
    try:
        trust_anchors.require_timestamping(signer)
    except TimestampError as error:
        raise _Refused("token.usage", str(error)) from None
    try:
        remark = trust_anchors.require_signing_certificate_attribute(token, signer)
    except TimestampError as error:
        raise _Refused("token.binding", str(error)) from None
    try:
        chain = trust_anchors.build_chain(signer, pinned, embedded, token.gen_time)
    except TimestampError as error:
        raise _Refused("token.chain", str(error)) from None
    return chain, (remark,) if remark else ()


def _verified(
    request: bytes,
    response: bytes,
    token: TimestampToken,
    chain: tuple[x509.Certificate, ...],
    pinned: PinnedAuthority,
    *,
    cross: bool,
) -> str:
    try:
        decoded = rfc3161_client.decode_timestamp_response(response)
    except ValueError as error:
        by = verify_with_openssl(request, response, token, chain)
        return f"{by} (rfc3161-client {_client_version()} cannot decode it: {str(error)[:160]})"
    verifier = rfc3161_client.VerifierBuilder(
        tsa_certificate=chain[0] if len(chain) > 1 or chain[0] not in pinned.anchors else None,
        intermediates=list(chain[1:-1]),
        roots=[chain[-1]],
        nonce=token.nonce,
    ).build()
    try:
        verifier.verify(decoded, token.imprint)
    except (rfc3161_client.VerificationError, ValueError) as error:
        raise _Refused("token.signature", f"the signature does not verify: {error}") from None
    # The library cuts fractions of a second, which RFC 3161 section 2.4.2 allows.
    whole = (decoded.tst_info.gen_time.replace(microsecond=0), decoded.tst_info.nonce)
    if whole != (token.gen_time.replace(microsecond=0), token.nonce):
        raise _Refused("token.readers", "two readers of the token disagree about its time or nonce")
    by = f"rfc3161-client {_client_version()}"
    return f"{by} and {verify_with_openssl(request, response, token, chain)}" if cross else by


def verify_with_openssl(
    request: bytes, response: bytes, token: TimestampToken, chain: tuple[x509.Certificate, ...]
) -> str:
    """Verify with `openssl ts -verify` at the token's own time; the program's version, or `_Refused`."""
    try:
        with tempfile.TemporaryDirectory(prefix="auditor-ts-") as name:
            folder = Path(name)
            (folder / "q").write_bytes(request)
            (folder / "r").write_bytes(response)
            (folder / "ca").write_bytes(chain[-1].public_bytes(Encoding.PEM))
            (folder / "chain").write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in chain[:-1]) or b"\n")
            command = ["openssl", "ts", "-verify", "-queryfile", "q", "-in", "r", "-CAfile", "ca", "-partial_chain"]
            command += ["-attime", str(int(token.gen_time.timestamp()))]
            if len(chain) > 1:
                command += ["-untrusted", "chain"]
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=OPENSSL_SECONDS, check=False)
            by = _openssl_version()
    except (OSError, subprocess.SubprocessError) as error:
        raise _Refused(NOT_MADE, f"openssl could not be run to verify it: {error}") from None
    if done.returncode != 0 or b"Verification: OK" not in done.stdout + done.stderr:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _Refused("token.signature", f"openssl ts -verify refuses it: {said[-1] if said else 'no reason given'}")
    return by


@cache
def _client_version() -> str:
    return version("rfc3161-client")


def _openssl_version() -> str:
    """The version of the program that is found now; it is asked once for each file that was found."""
    path = shutil.which("openssl") or "openssl"
    state = Path(path).stat()
    return _version_of(path, state.st_ino, state.st_mtime_ns, state.st_size)


@cache
def _version_of(path: str, *_identity: int) -> str:
    told = subprocess.run([path, "version"], capture_output=True, timeout=OPENSSL_SECONDS, check=True)
    return "openssl " + told.stdout.decode("ascii", "replace").split(" ")[1]


def digest_function(data: bytes) -> Callable[[str], bytes]:
    """For small things held in memory: their digest under a named hash."""
    return lambda algorithm: hashlib.new(algorithm, data).digest()
