"""Holds a page's requests to what the deployment allows, from outside the page: by Chromium's Fetch domain.

During a login a document may write in which something was typed or pressed last, and no other: neither one that it led
to, nor a frame or a worker beside it. Those are shown to somebody who may be logged in, and nobody has seen yet whether
that is so. The page's own navigation goes on by any method, as single sign-on needs (`form_post`), and that of a frame
as long as no further document came. Before anything was typed nobody is logged in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.entry import NO_ENTRY, VisitEntry
from auditor.capture.base.scope import READING_METHODS, Phase, Scope
from auditor.capture.browser.target_sessions import ProtocolSession
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
_EMPTY_PAGE = {"responseCode": 200, "responseHeaders": [{"name": "Content-Type", "value": "text/html"}], "body": ""}
MAX_RECORDED_REFUSALS = 50
MAX_CHALLENGES = 50
"""Challenges of one visit that are answered: the browser remembers what it was given."""
SHUT_SECONDS = 2.0


class RequestFilter:
    """Lets requests pass or refuses them by the scope; refusals are recorded in `refused`."""

    def __init__(self, scope: Scope, entry: VisitEntry = NO_ENTRY) -> None:
        self.refused: list[Note] = []
        self.refused_navigation = ""
        self._scope = scope
        self._entry = entry
        self._answered: set[str] = set()
        """Requests whose challenge was answered: one that is challenged again was refused, and nobody guesses."""
        self._carried = tuple(value.split(" ")[-1].encode() for _, value in entry.headers)
        self._phase: Phase = "read"
        self._main_frame = ""
        self.loader_of: Callable[[str], Awaitable[str]] = _unknown
        """The loader of the document that a request comes from, by the request's id; empty where it is not known."""
        self._acted: str | None = None
        """The loader of the document in which something was typed or pressed last; None: nothing was yet."""
        self._led_on = False
        """Whether the page, or a frame of it, was sent to another document since."""
        self._typed: tuple[bytes, ...] = ()
        self._page: ProtocolSession | None = None
        self._sessions: list[ProtocolSession] = []
        self._shut = False
        self.own = ""
        """An address whose document the guard itself gives, empty, to a page that is shut."""
        self._pending: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Future[str]] = set()
        """Questions for the loader of a request that is held meanwhile."""

    async def watch(self, session: ProtocolSession, main_frame: str = "") -> None:
        """Guard one session from now on."""
        if main_frame:
            self._main_frame, self._page = main_frame, session
        session.on("Fetch.requestPaused", lambda event: self._start(self._decide(session, event)))
        session.on("Fetch.authRequired", lambda event: self._start(self._authenticate(session, event)))
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
        self._stop_asking()
        for session in tuple(self._sessions):
            try:
                await self._enable(session)
            except PlaywrightError:
                if session is self._page:
                    raise
                self._sessions.remove(session)  # a frame or a worker that ended

    @property
    def lets_act(self) -> bool:
        """Whether it matters in which document something is typed or pressed."""
        return self._phase == "login"

    def acted_in(self, loader: str) -> None:
        """Something is about to be typed or pressed in the document of this loader; empty where it is not known."""
        if loader != self._acted:
            self._acted, self._led_on = loader, False

    def framed(self) -> None:
        """A frame shows another document, which may have come without a request."""
        self._led_on = self._acted is not None

    def withhold(self, forms: tuple[bytes, ...]) -> None:
        """Let these too travel to no undeclared origin, until the phase changes."""
        self._typed += forms

    async def shut(self) -> None:
        """Refuse at once whatever is held or still asked for: a session that ends lets everything go that it holds."""
        self._shut = True
        self._stop_asking()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHUT_SECONDS):
                while self._pending:
                    await asyncio.wait(self._pending)

    def _stop_asking(self) -> None:
        for asking in self._asking:
            asking.cancel()

    async def _enable(self, session: ProtocolSession) -> None:
        everything = self._phase == "login" or bool(self._typed) or self._entry.carries
        patterns = _EVERYTHING if everything else [*_CAN_WRITE, *_INTERNAL]
        wanted = {"patterns": patterns, "handleAuthRequests": self._entry.user is not None}
        await session.send("Fetch.enable", wanted)

    def _start(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(act)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _decide(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        of_login = await self._of_login(event)
        # Judged as it is let go: the login may have ended while that was asked.
        why = self._why_not(event, "login" if of_login and self._phase == "login" else "read")
        try:
            if why is None and not self._shut:
                await session.send("Fetch.continueRequest", self._with_headers(event))
                return
            if self._shut and self._navigates(event) and event["request"]["url"] == self.own:
                await session.send("Fetch.fulfillRequest", {"requestId": event["requestId"], **_EMPTY_PAGE})
                return
            if why is not None:
                self.record(why)
            refusal = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
            await session.send("Fetch.failRequest", refusal)
        except PlaywrightError:
            return  # the page went away with its request

    def _with_headers(self, event: dict[str, Any]) -> dict[str, Any]:
        """How a request goes on: with the secret headers, where it goes to a declared origin."""
        request = event["request"]
        if not self._entry.headers or not self._scope.declares(str(request["url"])):
            return {"requestId": event["requestId"]}
        ours = {name.lower() for name, _ in self._entry.headers}
        kept = [(name, value) for name, value in request.get("headers", {}).items() if name.lower() not in ours]
        headers = [{"name": name, "value": str(value)} for name, value in (*kept, *self._entry.headers)]
        return {"requestId": event["requestId"], "headers": headers}

    async def _authenticate(self, session: ProtocolSession, event: dict[str, Any]) -> None:
        """Answer a challenge of HTTP authentication, once, and of a declared origin alone."""
        challenge = event["authChallenge"]
        asked, by = str(event["request"]["url"]), str(challenge["origin"])
        fresh = event["requestId"] not in self._answered
        own = challenge.get("source") == "Server" and self._scope.declares(asked) and self._scope.declares(by)
        answer: dict[str, str] = {"response": "CancelAuth"}
        if own and fresh and len(self._answered) < MAX_CHALLENGES and not self._shut and self._entry.user is not None:
            self._answered.add(event["requestId"])
            password = self._entry.password
            answer = {"response": "ProvideCredentials", "username": self._entry.user, "password": password}
        try:
            decided = {"requestId": event["requestId"], "authChallengeResponse": answer}
            await session.send("Fetch.continueWithAuth", decided)
        except PlaywrightError:
            return  # the page went away with its request

    def record(self, refusal: Note) -> None:
        """Keep a refusal, once for each of its kind; also for whoever refuses elsewhere."""
        if refusal not in self.refused and len(self.refused) < MAX_RECORDED_REFUSALS:
            self.refused.append(refusal)

    def _navigates(self, event: dict[str, Any]) -> bool:
        return event.get("resourceType") == "Document" and event.get("frameId") == self._main_frame

    async def _of_login(self, event: dict[str, Any]) -> bool:
        """Whether a request is the login's own: of the document that was acted in, or the way on from it."""
        if self._phase != "login" or self._shut:
            return False
        acted, led_on = self._acted, self._led_on
        if event.get("resourceType") == "Document":
            self._led_on = acted is not None
            if self._navigates(event):
                return True
            loader = "" if led_on else acted  # a navigation tells the loader of the document to come alone
        elif acted and str(event["request"]["method"]) not in READING_METHODS:
            loader = await self._loader(str(event.get("networkId", "")))
        else:
            loader = acted
        return not self._entry.known if acted is None else bool(acted) and loader == acted

    async def _loader(self, request: str) -> str:
        """The loader that a request comes from; empty where the login or the visit ends before that is known."""
        asking = asyncio.ensure_future(self.loader_of(request))
        self._asking.add(asking)
        await asyncio.wait({asking})
        self._asking.discard(asking)
        return "" if asking.cancelled() else asking.result()

    def _why_not(self, event: dict[str, Any], phase: Phase) -> Note | None:
        request = event["request"]
        url, method = str(request["url"]), str(request["method"])
        navigation = self._navigates(event)
        frame = event.get("resourceType") == "Document" and not navigation
        why = self._scope.refuses(method, url, phase=phase, navigation=navigation, frame=frame)
        forms = (*self._typed, *self._carried)
        if why is None and forms and not self._scope.declares(url):
            headers = " ".join(str(value) for value in request.get("headers", {}).values())
            carried = f"{url} {request.get('postData', '')} {headers}".encode("utf-8", "replace")
            if any(form in carried for form in forms):
                why = make_note("request.credentials", origin=origin_of(url))
        if why is not None and navigation:
            self.refused_navigation = english(why)
        return why


async def _unknown(_: str) -> str:
    return ""
