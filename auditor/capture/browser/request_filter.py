"""Holds a page's requests to what the deployment allows, from outside the page: by Chromium's Fetch domain."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.scope import Phase, Scope
from auditor.capture.browser.worker_sessions import ProtocolSession
from auditor.formats.web_origins import origin_of
from auditor.model.notes import Note, make_note
from auditor.wording import english

_EVERYTHING = [{"urlPattern": "*"}]
_WRITERS = ("Document", "XHR", "Fetch", "Ping", "Other", "CSPViolationReport")
_CAN_WRITE = [{"urlPattern": "*", "resourceType": kind} for kind in _WRITERS]
"""Images, styles, fonts and scripts are always asked for by GET: pausing them would only cost time …"""
_NAMES = ("localhost*", "*.localhost*", "*.local*", "*.internal*", "*.home.arpa*", "[*")
_FIRST_NUMBERS = (0, 10, 100, 127, 169, 172, 192, 198)
_INTERNAL = [{"urlPattern": f"*://{host}"} for host in (*_NAMES, *(f"{number}.*" for number in _FIRST_NUMBERS))]
"""… but for those that may lead into the network that the auditor stands in."""
MAX_RECORDED_REFUSALS = 50
SHUT_SECONDS = 2.0


class RequestFilter:
    """Lets requests pass or refuses them by the scope; refusals are recorded in `refused`."""

    def __init__(self, scope: Scope) -> None:
        self.refused: list[Note] = []
        self.refused_navigation = ""
        self._scope = scope
        self._phase: Phase = "read"
        self._main_frame = ""
        self._typed: tuple[bytes, ...] = ()
        self._page: ProtocolSession | None = None
        self._sessions: list[ProtocolSession] = []
        self._shut = False
        self._pending: set[asyncio.Task[None]] = set()

    async def watch(self, session: ProtocolSession, main_frame: str = "") -> None:
        """Guard one session from now on."""
        if main_frame:
            self._main_frame, self._page = main_frame, session
        session.on("Fetch.requestPaused", lambda event: self._start(session, event))
        self._sessions.append(session)
        await self._enable(session)

    async def enter(self, phase: Phase, typed: tuple[bytes, ...] = ()) -> None:
        """Change the phase. `typed`: what may travel to no undeclared origin from now on.

        Raises Playwright's `Error` where the page itself cannot be guarded so.
        """
        if phase == self._phase:
            return
        self._phase = phase
        self._typed = typed
        for session in tuple(self._sessions):
            try:
                await self._enable(session)
            except PlaywrightError:
                if session is self._page:
                    raise
                self._sessions.remove(session)  # a frame or a worker that ended

    async def shut(self) -> None:
        """Refuse whatever is still asked for, and wait until what was asked for is decided: a session that ends lets
        everything go that it still holds."""
        self._shut = True
        if self._pending:
            await asyncio.wait(self._pending, timeout=SHUT_SECONDS)

    async def _enable(self, session: ProtocolSession) -> None:
        everything = self._phase == "login" or bool(self._typed)
        patterns = _EVERYTHING if everything else [*_CAN_WRITE, *_INTERNAL]
        await session.send("Fetch.enable", {"patterns": patterns})

    def _start(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        task = asyncio.create_task(self._decide(session, event))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _decide(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        why = self._why_not(event)
        try:
            if why is None and not self._shut:
                await session.send("Fetch.continueRequest", {"requestId": event["requestId"]})
                return
            if why is not None:
                self.record(why)
            refusal = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
            await session.send("Fetch.failRequest", refusal)
        except PlaywrightError:
            return  # the page went away with its request

    def record(self, refusal: Note) -> None:
        """Keep a refusal, once for each of its kind; also for whoever refuses elsewhere."""
        if refusal not in self.refused and len(self.refused) < MAX_RECORDED_REFUSALS:
            self.refused.append(refusal)

    def _why_not(self, event: dict[str, Any]) -> Note | None:
        request = event["request"]
        url, method = str(request["url"]), str(request["method"])
        document = event.get("resourceType") == "Document"
        navigation = document and event.get("frameId") == self._main_frame
        frame = document and not navigation
        why = self._scope.refuses(method, url, phase=self._phase, navigation=navigation, frame=frame)
        if why is None and self._typed and not self._scope.declares(url):
            headers = " ".join(str(value) for value in request.get("headers", {}).values())
            carried = f"{url} {request.get('postData', '')} {headers}".encode("utf-8", "replace")
            if any(form in carried for form in self._typed):
                why = make_note("request.credentials", origin=origin_of(url))
        if why is not None and navigation:
            self.refused_navigation = english(why)
        return why
