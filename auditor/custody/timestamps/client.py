"""Asking timestamp authorities over HTTP (RFC 3161 §3.4), all at once, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import requests
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from urllib3.exceptions import HTTPError

from auditor import clock
from auditor.custody.timestamps import token_checks
from auditor.custody.timestamps.messages import MAX_RESPONSE
from auditor.custody.timestamps.token_checks import TimeWindow
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.errors import TimestampError
from auditor.model.evidence import Authority, TokenVerdict
from auditor.model.ports import DigestName, TimestampAnswer, TimestampAuthority

_ALGORITHMS: Final[Mapping[DigestName, HashAlgorithm]] = {
    "sha256": HashAlgorithm.SHA256,
    "sha512": HashAlgorithm.SHA512,
}
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 20.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for one authority: for the connection, between two bytes, and for the whole answer."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    whole: float = WHOLE_SECONDS


def make_request(data: bytes, algorithm: DigestName = "sha256") -> bytes:
    """A `TimeStampReq` over `data`: fresh nonce of 64 bits, certificates asked for."""
    return (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(_ALGORITHMS[algorithm])
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
        .as_bytes()
    )


@dataclass(frozen=True, slots=True)
class HttpTimestampAuthority:
    """The `TimestampAuthority` that is asked over HTTP, its answers judged by the certificates it is pinned to."""

    pinned: PinnedAuthority
    patience: Timeouts = Timeouts()

    @property
    def authority(self) -> Authority:
        return self.pinned.authority

    @property
    def certificates(self) -> bytes:
        return self.pinned.pem

    def stamp(
        self,
        data: bytes,
        *,
        at: clock.Clock = clock.now,
        finished_at: datetime | None = None,
        algorithm: DigestName = "sha256",
    ) -> TimestampAnswer:
        request = make_request(data, algorithm)
        asked_at = at()
        try:
            response = _post(self.authority.url, request, self.patience)
        except TimestampError as error:
            return self._absent(request, str(error), asked_at)
        window = TimeWindow(max(finished_at or asked_at, asked_at), at())
        found = token_checks.check_token(
            token_checks.digest_function(data), request, response, self.pinned, window, cross=True
        )
        if found.check == token_checks.NOT_MADE:
            return self._absent(request, found.verdict.why, asked_at)
        if found.check == "token.form":
            page = response.lstrip()[:1] == b"<"
            why = "the answer is a web page, not a token" if page else f"the answer is no token: {found.verdict.why}"
            return self._absent(request, why, asked_at)
        chain = found.chain
        valid = (chain[0].not_valid_before_utc, min(c.not_valid_after_utc for c in chain)) if chain else None
        ders = tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)
        return TimestampAnswer(request, response, found.verdict, asked_at, found.check, ders, valid)

    def _absent(self, request: bytes, why: str, asked_at: datetime) -> TimestampAnswer:
        """Nothing came that could be kept as a timestamp."""
        named = self.authority
        verdict = TokenVerdict(named.id, named.owner, "absent", why=why, practice=named.practice)
        return TimestampAnswer(request, b"", verdict, asked_at, "token.absent")


def http_authorities(
    pinned: Sequence[PinnedAuthority], patience: Timeouts = Timeouts()
) -> tuple[HttpTimestampAuthority, ...]:
    """Authorities that answer RFC 3161 over HTTP, each waited for with `patience`."""
    return tuple(HttpTimestampAuthority(each, patience) for each in pinned)


def request_timestamps(
    data: bytes,
    authorities: Sequence[TimestampAuthority],
    *,
    at: clock.Clock = clock.now,
    finished_at: datetime | None = None,
    algorithm: DigestName = "sha256",
) -> list[TimestampAnswer]:
    """Ask every authority at once for a timestamp over `data`; the answers in the order of `authorities`.

    `finished_at`: a token's time may not lie before it. An authority that fails costs nothing but its own answer.
    """
    if not authorities:
        return []
    with ThreadPoolExecutor(len(authorities), thread_name_prefix="stamp") as pool:
        return list(
            pool.map(lambda one: one.stamp(data, at=at, finished_at=finished_at, algorithm=algorithm), authorities)
        )


def request_first_timestamp(
    data: bytes, authorities: Sequence[TimestampAuthority], *, at: clock.Clock = clock.now
) -> TimestampAnswer | None:
    """Ask every authority at once; the first timestamp that verifies, of two that are there the one of the authority
    named first. None where none does. An authority that hangs keeps nobody waiting: its answer is not awaited."""
    if not authorities:
        return None
    pool = ThreadPoolExecutor(len(authorities), thread_name_prefix="stamp")
    try:
        asked = [pool.submit(one.stamp, data, at=at, finished_at=None, algorithm="sha256") for one in authorities]
        waiting: set[Future[TimestampAnswer]] = set(asked)
        while waiting:
            _, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in asked:
                if one.done() and (answer := one.result()).verdict.status == "verified":
                    return answer
        return None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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
