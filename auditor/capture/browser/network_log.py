"""What the browser sent and received, from Chromium's own network events: no proxy, no script in the page.

Bodies are asked for as soon as a response has finished, before a navigation can lose them.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.exchange import MAX_BODY_BYTES, REDIRECTS, Exchange, Headers
from auditor.capture.browser.target_sessions import ProtocolSession
from auditor.clock import monotonic
from auditor.formats.web_origins import origin_of

MAX_TRAFFIC_BYTES = 256 << 20
"""Bytes of one visit."""
MAX_EXCHANGES = 5000
TOLD_SECONDS = 2.0
"""A request may be paused before it is told of, by another process."""
_STREAMS = frozenset({"EventSource", "WebSocket"})


class NetworkLog:
    """Collects the exchanges of one visit from one or more CDP sessions."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.login_phase = False
        self.received = 0
        self.document_navigations = 0
        self.document_since = 0
        """The first exchange that may have given the document that the page shows."""
        self.sockets: list[str] = []
        self.too_large = ""
        self.on_too_large: Callable[[], None] = lambda: None
        self.on_answer: Callable[[Exchange], bool] = lambda _: True
        """Told of each answer that begins; where it says no, its body is not kept."""
        self.on_local: Callable[[Exchange], None] = lambda _: None
        """Told of each request that Chromium itself kept out of the auditor's network, by the address it led to."""
        self.on_transport: Callable[[str], None] = lambda _: None
        """Told of each WebTransport, which no session can hold back."""
        self.dropped = 0
        self.own = ""
        """An address that the guard answers itself as the page's: that is no traffic."""
        self.changed = asyncio.Event()
        self._open: dict[str, list[Exchange]] = {}
        self._sent_by: dict[ProtocolSession, list[Exchange]] = {}
        self._bodies: set[asyncio.Task[None]] = set()
        self._main_frame = ""

    async def listen(self, session: ProtocolSession, main_frame: str = "") -> None:
        """Follow one session from now on."""
        if main_frame:
            self._main_frame = main_frame
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "Network.requestWillBeSent": lambda event: self._sent(session, event),
            "Network.requestWillBeSentExtraInfo": self._sent_extra,
            "Network.responseReceived": lambda event: self._response(self._last(event), event["response"]),
            "Network.responseReceivedExtraInfo": self._response_extra,
            "Network.dataReceived": self._data,
            "Network.loadingFinished": lambda event: self._finished(session, event),
            "Network.loadingFailed": self._failed,
            "Network.webSocketCreated": lambda event: self._socket(event["url"]),
            "Network.webTransportCreated": lambda event: self.on_transport(event["url"]),
        }
        for name, handler in handlers.items():
            session.on(name, handler)
        limits = {"maxTotalBufferSize": MAX_TRAFFIC_BYTES, "maxResourceBufferSize": MAX_BODY_BYTES}
        await session.send("Network.enable", {**limits, "maxPostDataSize": 1 << 20})

    def forget(self, session: ProtocolSession) -> None:
        """A worker's session is over: nothing more comes of what it asked for."""
        for item in self._sent_by.pop(session, ()):
            if not (item.finished or item.whole):
                item.failed = item.failed or "the worker ended"
                item.body_missing = item.body_missing or "the response did not finish"
                item.finished = True
        self.changed.set()

    async def loader_of(self, request: str) -> str:
        """The loader of the document that a request comes from; empty where nothing tells of it for `TOLD_SECONDS`."""
        until = monotonic() + TOLD_SECONDS
        while request and monotonic() < until:
            if found := self._open.get(request):
                return found[-1].loader
            await asyncio.sleep(TOLD_SECONDS / 100)
        return ""

    def expect_document(self) -> int:
        """From now on no earlier document speaks for the page. Returns what stood in `document_since`."""
        before, self.document_since = self.document_since, len(self.exchanges)
        return before

    def document(self, url: str = "") -> Exchange | None:
        """The latest exchange that gave the page's own document, of those since it was last sent elsewhere."""
        documents = [item for item in self.exchanges[self.document_since :] if item.main and item.status]
        exact = [item for item in documents if item.url.partition("#")[0] == url.partition("#")[0]]
        found = exact or documents
        return found[-1] if found else None

    @property
    def document_ended(self) -> bool:
        """Whether the page's own document arrived whole or was cut; what is still arriving may go on to say more."""
        found = self.document()
        return found is None or found.whole or bool(found.failed)

    @property
    def last_documents(self) -> dict[str, int]:
        """From each origin that gave a document, of the page or of a frame, to the number of the last such exchange."""
        given = ((number, item) for number, item in enumerate(self.exchanges) if item.kind == "Document")
        return {origin_of(item.url): number for number, item in given if item.status and item.status not in REDIRECTS}

    @property
    def documents_begun(self) -> int:
        """The number of exchanges of which no document is still to come."""
        awaited = (n for n, item in enumerate(self.exchanges) if item.kind == "Document" and not item.finished)
        return next(awaited, len(self.exchanges))

    @property
    def heaviest_document(self) -> int:
        """Bytes of the largest document received so far."""
        return max((item.received for item in self.exchanges if item.kind == "Document"), default=0)

    @property
    def quiet(self) -> bool:
        """Whether nothing is being loaded."""
        return all(item.finished or item.kind in _STREAMS for item in self.exchanges)

    @property
    def scripted(self) -> bool:
        """Whether the page asked for scripts of its own address."""
        return any(item.kind == "Script" for item in self.exchanges)

    async def bodies(self) -> None:
        """Wait for the bodies that are being fetched now."""
        if self._bodies:
            await asyncio.wait(self._bodies)

    async def drain(self, seconds: float) -> None:
        """Wait for bodies still being fetched, no longer than given."""
        if self._bodies:
            _, late = await asyncio.wait(self._bodies, timeout=seconds)
            for task in late:
                task.cancel()

    def _last(self, event: dict[str, Any]) -> Exchange | None:
        found = self._open.get(event["requestId"])
        return found[-1] if found else None

    def _sent(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        request = event["request"]
        if request["url"].startswith(("data:", "blob:", "chrome-error:", "about:")):
            return
        main = event.get("type") == "Document" and event.get("frameId") == self._main_frame
        if main and request["url"] == self.own:
            return
        # The page's own documents, which are few, are recorded in any case: an earlier one must not speak for a later.
        if len(self.exchanges) >= MAX_EXCHANGES and not main:
            self.dropped += 1
            return
        previous = self._last(event)
        if (
            previous is not None
            and previous.url.partition("#")[0] == request["url"]
            and "redirectResponse" not in event
        ):
            return  # the script of a worker: its own session and that of its page tell of it
        if previous is not None and "redirectResponse" in event:
            self._response(previous, event["redirectResponse"])
            previous.finished = True
            previous.body_missing = "the browser keeps no body of a redirect"
        item = Exchange(
            id=event["requestId"],
            loader=event.get("loaderId", ""),
            frame=event.get("frameId", ""),
            kind=event.get("type", "Other"),
            url=request["url"] + request.get("urlFragment", ""),
            method=request["method"],
            wall_time=float(event.get("wallTime", 0)),
            login=self.login_phase,
            request_headers=_headers(request["headers"]),
            request_body=_posted(request),
        )
        item.request_body_missing = bool(request.get("hasPostData")) and not item.request_body
        if main:
            item.main = True
            self.document_navigations += 1
        self._open.setdefault(item.id, []).append(item)
        self._sent_by.setdefault(session, []).append(item)
        self.exchanges.append(item)
        self.changed.set()

    def _sent_extra(self, event: dict[str, Any]) -> None:
        for item in self._open.get(event["requestId"], ()):
            if not item.extra_request:
                item.extra_request = True
                item.request_headers = _headers(event["headers"])
                return

    def _response(self, item: Exchange | None, response: dict[str, Any]) -> None:
        if item is None:
            return
        item.status = int(response["status"])
        item.reason = response.get("statusText", "")
        item.protocol = response.get("protocol", "")
        item.address = str(response.get("remoteIPAddress", "")).strip("[]")
        item.port = int(response.get("remotePort", 0))
        item.tls = response.get("securityDetails") or {}
        if not item.extra_response:
            item.response_headers = _headers(response["headers"])
        if not self.on_answer(item):
            item.body_missing = "it came from an internal address that the deployment does not declare"
        self.changed.set()

    def _response_extra(self, event: dict[str, Any]) -> None:
        for item in self._open.get(event["requestId"], ()):
            if not item.extra_response:
                item.extra_response = True
                item.response_headers = _headers(event["headers"])
                return

    def _data(self, event: dict[str, Any]) -> None:
        length = int(event.get("dataLength", 0))
        self.received += length
        item = self._last(event)
        if item is None:
            return
        item.received += length
        if item.kind == "Document" and item.received > MAX_BODY_BYTES:
            self._stop(f"the document {item.url} is larger than {MAX_BODY_BYTES >> 20} MB")
        elif self.received > MAX_TRAFFIC_BYTES:
            self._stop(f"the visit received more than {MAX_TRAFFIC_BYTES >> 20} MB")

    def _socket(self, url: str) -> None:
        if len(self.sockets) < MAX_EXCHANGES:
            self.sockets.append(url)
        else:
            self.dropped += 1

    def _stop(self, why: str) -> None:
        if not self.too_large:
            self.too_large = why
            self.on_too_large()

    def _finished(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        item = self._last(event)
        if item is None or item.whole:
            return
        item.whole = True
        if item.received > MAX_BODY_BYTES:
            item.body_missing = f"larger than {MAX_BODY_BYTES >> 20} MB"
        if item.body_missing:
            item.finished = True
        else:
            task = asyncio.create_task(_fetch_body(session, item))
            self._bodies.add(task)
            task.add_done_callback(self._bodies.discard)
        self.changed.set()

    def _failed(self, event: dict[str, Any]) -> None:
        item = self._last(event)
        if item is not None:
            item.failed = event.get("errorText") or "failed"
            cors_code = (event.get("corsErrorStatus") or {}).get("corsError", "")
            if "LocalNetwork" in cors_code:
                self.on_local(item)
            if event.get("blockedReason"):
                item.failed += f" ({event['blockedReason']})"
            item.body_missing = item.body_missing or "the response did not finish"
            item.finished = True
        self.changed.set()


async def _fetch_body(session: ProtocolSession, item: Exchange) -> None:
    try:
        answer = await session.send("Network.getResponseBody", {"requestId": item.id})
        text = answer["body"]
        item.body = base64.b64decode(text) if answer["base64Encoded"] else text.encode("utf-8", "replace")
    except PlaywrightError as error:
        item.body_missing = f"the browser no longer had it: {_first_line(error)}"
    except asyncio.CancelledError:
        item.body_missing = "the browser did not give it in time"
    finally:
        item.finished = True


def _headers(headers: dict[str, str]) -> Headers:
    """Header fields in the browser's order; a field sent several times is one line each."""
    return tuple((name, line) for name, value in headers.items() for line in str(value).split("\n"))


def _posted(request: dict[str, Any]) -> bytes:
    entries = request.get("postDataEntries")
    if entries and all("bytes" in entry for entry in entries):
        return b"".join(base64.b64decode(entry["bytes"]) for entry in entries)
    return str(request.get("postData", "")).encode("utf-8", "replace")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def short_origin(origin: str) -> str:
    """An origin as Chromium writes it, without a default port."""
    return origin.removesuffix(":443") if origin.startswith("https:") else origin.removesuffix(":80")
