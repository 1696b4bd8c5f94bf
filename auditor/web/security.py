"""The guard at the door: what every request must be before any handler sees it, and what every answer carries.

===================  ================================================================================================
host                 exactly one, exactly one of those that are served, on every address: a name that was rebound to
                     this machine gets nothing
method               GET, HEAD and POST
cross-site requests  a POST must say that it comes from our own pages (`Sec-Fetch-Site`, else `Origin`); one with an API
                     token needs not, since no browser adds that by itself
size and time        bodies up to 1 MB within ten seconds, headers up to 16 kB, addresses up to 4 kB
answers              no script but our own files, no frames, no caches, no referrer, no other origin
===================  ================================================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 1_000_000
MOST_ADDRESS, MOST_HEADERS = 4_096, 16_384
BODY_SECONDS = 10.0
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For bytes that a captured page had a hand in: no script, no form, no origin of ours."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}
"""Headers of every answer that does not set them itself."""


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """Where the pages are, and whom to believe."""

    origin: str
    """Scheme, host and port as browsers write them: `http://localhost:8400`, `https://audit.example.com`."""
    hosts: frozenset[str] = frozenset()
    """Values of `Host` that are served: that of the origin, and others that are sent on to it."""
    proxies: frozenset[str] = frozenset()
    """Addresses of the proxies before us, whose last `X-Forwarded-For` is believed; empty where there is none."""

    @property
    def host(self) -> str:
        """The `Host` of the origin."""
        return urlsplit(self.origin).netloc

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    def client_address(self, peer: str, forwarded: Sequence[str]) -> str:
        """Where a request comes from: the peer, or what a proxy of ours says it is."""
        if peer not in self.proxies or not forwarded:
            return peer
        return forwarded[-1].rsplit(",", 1)[-1].strip() or peer


class DoorGuard:
    """ASGI middleware around everything, static files and errors included."""

    def __init__(self, app: ASGIApp, settings: DoorSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets: nothing is answered
        scope.pop("root_path", None)
        guarded = self._with_headers(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        try:
            body = await _bounded_body(receive, Headers(scope=scope))
        except _TooLargeError:
            await _refused(scope, "more than is taken at once", 413)(scope, receive, guarded)
            return
        except TimeoutError:
            await _refused(scope, "the request came too slowly", 408)(scope, receive, guarded)
            return
        await self._app(scope, _replay(body, receive), guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in {self._settings.host, *self._settings.hosts}:
            return _refused(scope, "this address is not one that is served here", 421)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            return _refused(scope, "headers of more than 16 kB are not taken", 431)
        path = scope.get("raw_path", b"") + scope.get("query_string", b"")
        if len(path) > MOST_ADDRESS or b"\x00" in path or "\x00" in scope["path"]:
            return _refused(scope, "that address is not one of ours", 400)
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _refused(scope, "GET, HEAD or POST", 405, {"Allow": "GET, HEAD, POST"})
        if hosts[0] != self._settings.host:
            query = scope.get("query_string", b"").decode("latin-1")
            where = f"{self._settings.origin}{scope['path']}{'?' + query if query else ''}"
            if scope["method"] == "POST" or any(letter in where for letter in "\r\n\\"):
                return _refused(scope, f"ask {self._settings.origin}", 421)
            return RedirectResponse(where, 307)
        if scope["method"] == "POST" and not self._is_our_own(headers):
            return _refused(scope, "the request came from another site and was refused", 403)
        return None

    def _is_our_own(self, headers: Headers) -> bool:
        """Whether a request that changes something was made by our pages, or by a program with a token of its own."""
        if headers.get("authorization", "").startswith("Bearer ") and "cookie" not in headers:
            return True
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        if sites:
            # A form of a page that sends no referrer says `Origin: null`.
            return sites == ["same-origin"] and origins in ([], ["null"], [self._settings.origin])
        return origins == [self._settings.origin]

    def _with_headers(self, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._settings.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return guarded


def _refused(scope: Scope, text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """One line; for programs as JSON."""
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": text}, status, headers)
    return PlainTextResponse(f"{text}\n", status, headers)


class _TooLargeError(Exception):
    """More bytes than are taken at once."""


async def _bounded_body(receive: Receive, headers: Headers) -> bytes:
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > MOST_BODY:
        raise _TooLargeError
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            if len(body) > MOST_BODY:
                raise _TooLargeError
            if not message.get("more_body", False):
                break
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body as one message; after it what the server says, such as that the client is gone."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
