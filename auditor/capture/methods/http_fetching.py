"""Addresses fetched for the `http` method: each on a connection of its own, redirects followed by hand, inside scope.

The address and the certificates are those of the connection that gave the bytes. No `.netrc`, and no proxy but the one
that the deployment declares.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, urljoin, urlsplit

import requests
import urllib3

from auditor.capture.base.entry import NO_ENTRY, VisitEntry
from auditor.capture.base.exchange import MAX_BODY_BYTES, REDIRECTS, Exchange, Headers
from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.proxy_tunnel import ProxyHop
from auditor.capture.base.scope import Scope
from auditor.capture.methods.http_authentication import Authorization, answer_challenge, is_stale
from auditor.capture.methods.http_connections import VisitAdapter
from auditor.clock import Clock, monotonic
from auditor.document.body_text import charset_of
from auditor.formats.web_origins import host_of, is_web, origin_of

MAX_REDIRECTS = 10
_CLIENT_ALERT = re.compile(
    r"alert[ _](?:bad[ _]certificate|certificate|unknown[ _]ca|access[ _]denied|unsupported[ _]certificate)|"
    r"certificate[ _]required",
    re.IGNORECASE,
)
"""What a server says in TLS (RFC 8446 §6.2) of the certificate that this side showed, or did not show."""
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_BLOCK = 64 << 10


@dataclass(slots=True)
class FetchResult:
    """What one address gave: every exchange on the way, and the certificates of the last connection."""

    asked: str
    url: str
    exchanges: list[Exchange] = field(default_factory=list)
    chains: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    tls_error: str = ""

    @property
    def last(self) -> Exchange:
        return self.exchanges[-1]

    @property
    def media_type(self) -> str:
        """The type of the answer with its charset, without which no one could read it again."""
        headers = {name.lower(): value for name, value in self.last.response_headers}
        said = headers.get("content-type", "application/octet-stream")
        charset = charset_of(said)
        bare = said.partition(";")[0].strip().lower()
        return f"{bare}; charset={charset}" if charset else bare


class _OneAnswer(requests.Session):
    """A session that looks at no `Location`: redirects are followed by the fetcher, within the declared scope."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Fetcher:
    """Fetches addresses for one visit within `seconds` each. Raises `VisitEnded` for every bad ending."""

    def __init__(
        self,
        scope: Scope,
        seconds: float,
        language: str,
        clock: Clock,
        entry: VisitEntry = NO_ENTRY,
        hop: ProxyHop | None = None,
    ) -> None:
        self._entry = entry
        self._hop = hop
        self._authorization: dict[str, Authorization | None] = {}
        """What answers the challenge of an origin."""
        self.fetched: list[FetchResult] = []
        self.cookies = ""
        """The `Cookie` header of a login made in the browser; sent to declared origins over a valid connection only."""
        self._scope = scope
        self._seconds = seconds
        self._clock = clock
        self._headers = {"Accept-Language": language, "Accept": "application/json, text/html;q=0.9, */*;q=0.5"}

    def get(self, url: str) -> FetchResult:
        """One address, its redirects followed. An invalid certificate is recorded; the answer is kept and flagged."""
        fetched = FetchResult(url, url)
        self.fetched.append(fetched)
        until = monotonic() + self._seconds
        for _ in range(MAX_REDIRECTS + 1):
            if not is_web(url) or not self._scope.declares(url):
                raise VisitEnded("out_of_scope", f"Not followed: {url[:200]}, which the deployment does not declare.")
            where = self._get_once(fetched, url, until)
            if where is None and self._answers(fetched):
                where = self._get_once(fetched, url, until)
            if where is None:
                fetched.url = url
                return fetched
            url = urljoin(url, where)
        raise VisitEnded("redirect_loop", f"The server redirects more than {MAX_REDIRECTS} times from {fetched.url}.")

    def _answers(self, fetched: FetchResult) -> bool:
        """Whether the last answer was a challenge that is answered now: once for each origin, again where it says that
        only the nonce is used up, never past a certificate that does not hold."""
        last, origin = fetched.last, origin_of(fetched.last.url)
        if last.status != 401 or self._entry.user is None or fetched.tls_error:
            return False
        if origin in self._authorization and not is_stale(last):
            return False
        self._authorization[origin] = answer_challenge(last, self._entry.user, self._entry.password)
        return self._authorization[origin] is not None

    def _get_once(self, fetched: FetchResult, url: str, until: float) -> str | None:
        item = Exchange(
            id=str(len(fetched.exchanges)),
            loader="",
            frame="",
            kind="Document",
            url=url,
            method="GET",
            wall_time=self._clock().timestamp(),
            login=False,
            main=True,
            request_headers=(("Host", urlsplit(url).netloc), *self._headers.items()),
        )
        fetched.exchanges.append(item)
        try:
            self._receive(fetched, item, until, verify=not fetched.tls_error)
        except requests.exceptions.SSLError as error:
            if _CLIENT_ALERT.search(_reason(error)):
                raise self._ended(item, url, error) from error
            fetched.tls_error = f"The TLS connection to {url} is not valid ({_reason(error)})."
            try:
                self._receive(fetched, item, until, verify=False)
            except (OSError, urllib3.exceptions.HTTPError) as again:
                raise self._ended(item, url, again) from again
        except (OSError, urllib3.exceptions.HTTPError) as error:  # those of `requests` are OSErrors
            raise self._ended(item, url, error) from error
        return redirect_location(item)

    def _receive(self, fetched: FetchResult, item: Exchange, until: float, *, verify: bool) -> None:
        with _OneAnswer() as session:
            session.trust_env = False
            session.headers.clear()
            session.headers.update(self._headers)
            if self.cookies and verify and host_of(item.url) == host_of(fetched.asked):
                session.headers["Cookie"] = self.cookies
            if verify:
                session.headers.update(self._entry.headers)
                if (authorization := self._authorization.get(origin_of(item.url))) is not None:
                    session.headers["Authorization"] = authorization(item.method, item.url)
            adapter = VisitAdapter(self._hop, self._entry.client_key if verify else None)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            left = max(until - monotonic(), 0.1)
            if not verify:
                # The invalid certificate is recorded as an outcome; urllib3 need not warn about it again.
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            response = session.get(item.url, stream=True, allow_redirects=False, timeout=left, verify=verify)
            with response:
                _note_connection(fetched, item, response)
                if self._hop is not None:
                    item.address, item.port = "", 0  # the proxy's, which the facts name; the far one is not known
                item.status, item.reason = response.status_code, response.reason or ""
                item.protocol = f"http/{response.raw.version / 10:g}"
                item.request_headers = (("Host", urlsplit(item.url).netloc), *response.request.headers.items())
                item.response_headers = _headers(response)
                _read_body(item, response, until)
        item.finished = True

    def _ended(self, item: Exchange, url: str, error: Exception) -> VisitEnded:
        item.failed, item.finished = _reason(error), True
        if _CLIENT_ALERT.search(_reason(error)):
            verb = "did not accept the" if self._entry.client_key else "asks for a"
            return VisitEnded("login_refused", f"The server at {url} {verb} client certificate ({_reason(error)}).")
        if isinstance(error, (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
            return VisitEnded("timed_out", f"The server gave no answer within {self._seconds:g} s at {url}.")
        if isinstance(error, requests.exceptions.SSLError):
            return VisitEnded("tls_invalid", f"The TLS connection to {url} is not valid ({_reason(error)}).")
        if isinstance(error, urllib3.exceptions.DecodeError):
            said = next((value for name, value in item.response_headers if name.lower() == "content-encoding"), "")
            return VisitEnded("error", f"The answer of {url} is not {said[:40]}, as it says, and cannot be unpacked.")
        inner = str(error)
        if "NameResolutionError" in inner or "NewConnectionError" in inner or "refused" in inner:
            return VisitEnded("unreachable", f"No server could be reached at {url} ({_reason(error)}).")
        return VisitEnded("connection_reset", f"The server ended the connection without a whole answer at {url}.")


def redirect_location(item: Exchange) -> str | None:
    """Where a redirect leads; None where the answer is no redirect."""
    if item.status not in REDIRECTS:
        return None
    where = next((value for name, value in item.response_headers if name.lower() == "location"), None)
    # Bytes beyond ASCII are asked for as they came, as browsers do; how they read nobody said.
    return None if where is None else quote_from_bytes(where.encode("latin-1", "replace"), safe=_ASCII)


def _read_body(item: Exchange, response: requests.Response, until: float) -> None:
    blocks: list[bytes] = []
    while block := response.raw.read1(_BLOCK, decode_content=True):
        blocks.append(block)
        item.received += len(block)
        if item.received > MAX_BODY_BYTES:
            item.body_missing = f"larger than {MAX_BODY_BYTES >> 20} MB"
            raise VisitEnded("too_large", f"Loading was stopped: {item.url} is larger than {MAX_BODY_BYTES >> 20} MB.")
        if monotonic() > until:
            item.body_missing = "the response did not finish in time"
            raise VisitEnded("timed_out", f"The answer of {item.url} did not end in time.")
    item.body = b"".join(blocks)


def _headers(response: requests.Response) -> Headers:
    raw: urllib3.HTTPHeaderDict = response.raw.headers
    return tuple((name, value) for name, value in raw.iteritems())


def _note_connection(fetched: FetchResult, item: Exchange, response: requests.Response) -> None:
    """Address and certificates of the very connection that the response came on."""
    sock: Any = getattr(getattr(response.raw, "connection", None), "sock", None)
    if sock is None:
        # A server that ends the connection with its answer: the socket is the answer's alone.
        file = getattr(getattr(response.raw, "_fp", None), "fp", None)
        sock = getattr(getattr(file, "raw", None), "_sock", None)
    if sock is None:
        return
    with contextlib.suppress(OSError):  # it was reset meanwhile: whose address it was is not known any more
        item.address, item.port = sock.getpeername()[:2]
    if not hasattr(sock, "getpeercert"):
        return
    item.tls = {"protocol": sock.version() or "", **_subject(sock.getpeercert() or {})}
    fetched.chains[origin_of(item.url)] = _chain(sock)


def _chain(sock: Any) -> tuple[bytes, ...]:
    """The chain as the server sent it, where this Python can tell (3.10 on, by its inner object), else the leaf."""
    inner = getattr(sock, "_sslobj", None)
    given = getattr(inner, "get_unverified_chain", None)
    if given is not None:
        chain = tuple(_der(certificate) for certificate in given() or ())
        if chain:
            return chain
    leaf = sock.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def _der(certificate: Any) -> bytes:
    return certificate if isinstance(certificate, bytes) else bytes(certificate.public_bytes(2))


def _subject(details: Mapping[str, Any]) -> dict[str, str]:
    def common(name: str) -> str:
        pairs = [pair for group in details.get(name, ()) for pair in group]
        return next((str(value) for key, value in pairs if key == "commonName"), "")

    return {"subjectName": common("subject"), "issuer": common("issuer"), "validTo": str(details.get("notAfter", ""))}


def _reason(error: BaseException) -> str:
    """The innermost reason of a network error, in one line."""
    inner: BaseException = error
    while inner.args and isinstance(inner.args[-1], BaseException):
        inner = inner.args[-1]
    reason = getattr(inner, "reason", None)
    return str(reason or inner).splitlines()[0][:200]
