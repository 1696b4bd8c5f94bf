"""Asking timestamp authorities over HTTP (RFC 3161 §3.4), all at once, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import requests
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from urllib3.exceptions import HTTPError

from auditor import clock
from auditor.custody.timestamps import token_checks
from auditor.custody.timestamps.messages import MAX_RESPONSE
from auditor.custody.timestamps.token_checks import TimeWindow, TokenCheck
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.errors import TimestampError
from auditor.model.evidence import TokenVerdict

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 20.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for one authority: for the connection, between two bytes, and for the whole answer."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    whole: float = WHOLE_SECONDS


@dataclass(frozen=True, slots=True)
class AuthorityResponse:
    """What came of asking one authority: the raw bytes of both sides and the verdict."""

    pinned: PinnedAuthority
    request: bytes
    response: bytes
    """The HTTP body, byte for byte; empty where none came."""
    judgement: TokenCheck
    asked_at: datetime
    """By the local clock."""

    @property
    def verdict(self) -> TokenVerdict:
        return self.judgement.verdict


def make_request(data: bytes, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> bytes:
    """A `TimeStampReq` over `data`: fresh nonce of 64 bits, certificates asked for."""
    return (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(algorithm)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
        .as_bytes()
    )


def request_timestamps(
    data: bytes,
    authorities: Sequence[PinnedAuthority],
    *,
    at: clock.Clock = clock.now,
    finished_at: datetime | None = None,
    patience: Timeouts = Timeouts(),
    algorithm: HashAlgorithm = HashAlgorithm.SHA256,
) -> list[AuthorityResponse]:
    """Ask every authority at once for a timestamp over `data` and judge each answer.

    `finished_at`: a token's time may not lie before it. An authority that fails costs nothing but its own answer.
    """
    if not authorities:
        return []
    with ThreadPoolExecutor(len(authorities), thread_name_prefix="stamp") as pool:
        return list(pool.map(lambda pinned: _ask(data, pinned, at, finished_at, patience, algorithm), authorities))


def _ask(
    data: bytes,
    pinned: PinnedAuthority,
    at: clock.Clock,
    finished_at: datetime | None,
    patience: Timeouts,
    algorithm: HashAlgorithm,
) -> AuthorityResponse:
    request = make_request(data, algorithm)
    asked_at = at()
    try:
        response = _post(pinned.authority.url, request, patience)
    except TimestampError as error:
        return AuthorityResponse(pinned, request, b"", _absent(pinned, str(error)), asked_at)
    earliest = max(finished_at or asked_at, asked_at)
    judgement = token_checks.check_token(
        token_checks.digest_function(data), request, response, pinned, TimeWindow(earliest, at()), cross=True
    )
    if judgement.check == "token.form":
        page = response.lstrip()[:1] == b"<"
        why = "the answer is a web page, not a token" if page else f"the answer is no token: {judgement.verdict.why}"
        return AuthorityResponse(pinned, request, b"", _absent(pinned, why), asked_at)
    return AuthorityResponse(pinned, request, response, judgement, asked_at)


def _absent(pinned: PinnedAuthority, why: str) -> TokenCheck:
    authority = pinned.authority
    return TokenCheck(
        TokenVerdict(authority.id, authority.owner, "absent", why=why, practice=authority.practice), "token.absent"
    )


def _post(url: str, request: bytes, patience: Timeouts) -> bytes:
    """The body of the answer; `TimestampError` for no connection, another status, or too much of anything."""
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        status, body = post(url, request, headers, patience, MAX_RESPONSE)
    except TimeoutError:
        raise TimestampError(f"no answer: not whole within {patience.whole:g} s") from None
    except (requests.RequestException, HTTPError, OSError) as error:
        raise TimestampError(f"no answer: {type(error).__name__}") from None
    if status != requests.codes.ok:
        raise TimestampError(f"HTTP status {status}, expected 200")
    return body


def post(url: str, data: bytes, headers: Mapping[str, str], patience: Timeouts, limit: int) -> tuple[int, bytes]:
    """Status and body, bounded in time and size; what `requests` and the network raise passes through."""
    return _exchange("POST", url, data, headers, patience, limit)


def get(url: str, patience: Timeouts, limit: int) -> tuple[int, bytes]:
    """The same for GET."""
    return _exchange("GET", url, None, {}, patience, limit)


def _exchange(
    method: str, url: str, data: bytes | None, headers: Mapping[str, str], patience: Timeouts, limit: int
) -> tuple[int, bytes]:
    deadline = clock.monotonic() + patience.whole
    waits = (patience.connect, patience.read)
    with requests.request(
        method, url, data=data, headers=dict(headers), timeout=waits, stream=True, allow_redirects=False
    ) as answer:
        body = bytearray()
        while part := answer.raw.read1(8192, decode_content=True):
            body += part
            if len(body) > limit:
                raise requests.exceptions.ContentDecodingError(f"more than {limit} bytes")
            if clock.monotonic() > deadline:
                raise TimeoutError
        return answer.status_code, bytes(body)


def with_note(verdict: TokenVerdict, text: str) -> TokenVerdict:
    """The same verdict with one more remark."""
    return replace(verdict, notes=(*verdict.notes, text))
