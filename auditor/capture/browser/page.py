"""One open page, driven from outside through the Chrome DevTools Protocol.

Nothing here evaluates a script in the page: no `Runtime.evaluate`, no `Runtime.callFunctionOn`, no Playwright locator,
`content()`, `title()` or `screenshot()` (they inject). Input is real input, by Chromium's node ids.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Dialog, Download, Frame, Page
from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.entry import NO_ENTRY, VisitEntry
from auditor.capture.base.exchange import Exchange
from auditor.capture.base.outcomes import VisitEnded, ending_for_network_error
from auditor.capture.base.scope import Scope, is_internal
from auditor.capture.browser.contexts import FreshPage
from auditor.capture.browser.dom_snapshot import CAPTURE_SNAPSHOT_PARAMS, Snapshot
from auditor.capture.browser.network_log import NetworkLog, short_origin
from auditor.capture.browser.playwright_internals import send_command
from auditor.capture.browser.request_filter import RequestFilter
from auditor.capture.browser.screenshot import Clip
from auditor.capture.browser.socket_gate import SocketGate
from auditor.capture.browser.target_sessions import (
    MAX_FRAMES,
    MAX_WORKERS,
    FrameSessions,
    ProtocolSession,
    WorkerWatch,
)
from auditor.formats.web_origins import origin_of
from auditor.model.captures import ElementTarget, Outcome
from auditor.model.notes import Note, make_note
from auditor.wording import english

MAX_NAVIGATIONS = 25
"""Documents that one act may lead through before it counts as a loop."""
MANY_ADDRESSES = 100
"""Changes of address, within documents too, after which a page is not expected to come to rest."""
FLOOD_ADDRESSES = 300
"""The same after which the next visit gets another process: what is left of the flood would be in its way."""
MAX_ADDRESSES = 3000
"""Addresses that a page and its frames may go through in one visit, those within a document included."""
LEAVE_SECONDS = 2.0
MAX_STORED = 2000
"""Values of a page's storage that are looked at."""


class CdpPage:
    """A page with its recorder and its guard. Every call ends with `VisitEnded` once the renderer is gone."""

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        session: CDPSession,
        gate: SocketGate,
        scope: Scope,
        entry: VisitEntry,
    ) -> None:
        self.traffic = NetworkLog()
        self.guard = RequestFilter(scope, entry)
        self.incidents: list[str] = []
        """Dialogs, downloads, pop-ups: dismissed, refused, recorded."""
        self.worker_addresses: list[str] = []
        """Addresses of workers' scripts, whose requests may be missing from the traffic."""
        self._scope = scope
        self._workers = WorkerWatch(
            self._prepare_worker, self._note_worker, self.traffic.forget, self._too_many_workers, self._run
        )
        self._gate = gate
        self._context = context
        self._page = page
        self._session = session
        self._frames = FrameSessions(context, page, self.send, self._follow)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loaded = asyncio.Event()
        self._leaving = False
        """Whether another document was asked for that neither came nor was given up."""
        self._acted = session, ""
        """Where something was typed or pressed last: a frame, by the session that tells of it."""
        self._addresses = 0
        self._on_flood: Callable[[], None] = lambda: None
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, blank: FreshPage, scope: Scope, entry: VisitEntry = NO_ENTRY) -> CdpPage:
        """An empty page in a fresh context, recorded and guarded before anything is loaded."""
        context, page, session = blank.context, blank.page, blank.session
        opened = cls(context, page, session, blank.gate, scope, entry)
        page.on("crash", lambda _: opened._lose("The page's process crashed."))
        page.on("close", lambda _: opened._lose("The page was closed from outside."))
        opened.traffic.on_too_large = opened._stop_loading
        opened.traffic.on_answer = opened._admit_answer
        opened.guard.loader_of = opened.traffic.loader_of
        opened.traffic.on_local = lambda item: opened.guard.record(_internal(item))
        opened.traffic.on_transport = opened._meet_transport
        blank.gate.admit(scope, opened.guard.record)
        page.on("dialog", lambda dialog: opened._run(opened._dismiss(dialog)))
        page.on("download", opened._refuse_download)
        page.on("framenavigated", opened._frame_navigated)
        opened._on_flood = lambda: setattr(blank, "flooded", True)
        context.on("page", lambda other: opened._run(opened._close_popup(other)))
        session.on("Page.frameNavigated", opened._navigated)
        session.on("Page.loadEventFired", lambda _: opened._loaded.set())
        session.on("Page.windowOpen", lambda event: opened._note(f"pop-up refused: {event.get('url', '')}"))
        tree: dict[str, Any]
        _, tree = await asyncio.gather(session.send("Page.enable"), session.send("Page.getFrameTree"))
        main = tree["frameTree"]["frame"]["id"]
        opened._acted = session, main
        session.on("Page.frameRequestedNavigation", lambda event: opened._leave(event["frameId"] == main, True))
        session.on("Page.frameStoppedLoading", lambda event: opened._leave(event["frameId"] == main, False))
        await asyncio.gather(
            opened.traffic.listen(session, main),
            opened.guard.watch(session, main),
            opened._workers.follow(session),
            session.send("Network.setBypassServiceWorker", {"bypass": True}),
        )
        return opened

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session: CDPSession | None = None
    ) -> dict[str, Any]:
        """One protocol command. `VisitEnded` where the page is gone, `PlaywrightError` where Chromium refuses."""
        call: asyncio.Future[Any] = asyncio.ensure_future(
            send_command(session or self._session, method, dict(params or {}))
        )
        try:
            waited: set[asyncio.Future[Any]] = {call, self._lost}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._lost.done():
                self._lost.result()
            answer: dict[str, Any] = await call
            return answer
        finally:
            if not call.done():
                call.cancel()
            elif not call.cancelled():
                call.exception()

    async def navigate(self, url: str, seconds: float) -> None:
        """Go to an address; returns when its document has begun. Raises `VisitEnded` for every other ending."""
        self.traffic.document_navigations = 0
        self.guard.refused_navigation = ""
        self._loaded.clear()
        before = self.traffic.expect_document()
        try:
            async with asyncio.timeout(seconds):
                answer = await self.send("Page.navigate", {"url": url})
        except TimeoutError:
            raise VisitEnded("timed_out", f"The server gave no answer within {seconds:g} s at {url}.") from None
        if "loaderId" not in answer:
            self.traffic.document_since = before  # another place of the same document
        error = answer.get("errorText", "")
        if error and self.guard.refused_navigation:
            raise VisitEnded("out_of_scope", f"Not followed: {self.guard.refused_navigation}.")
        if error:
            ended = ending_for_network_error(error, url)
            raise (self._gate.failure or ended) if ended.outcome == "proxy_failed" else ended

    async def end(self) -> None:
        """Take the page's documents away under its guard. A page that is closed goes on to write, and nothing holds it
        any more; its context, which is closed where that cannot be had, ends it at once."""
        await self.guard.shut()
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._session.send("Page.navigate", {"url": "about:blank"})
        except (PlaywrightError, TimeoutError):
            with contextlib.suppress(PlaywrightError):
                await self._context.close()

    def check(self) -> None:
        """Raises `VisitEnded` where what was received shows that waiting longer is of no use."""
        if self.traffic.document_navigations > MAX_NAVIGATIONS:
            raise VisitEnded("redirect_loop", f"The page went on to another one more than {MAX_NAVIGATIONS} times.")
        if self.guard.refused_navigation:
            raise VisitEnded("out_of_scope", f"Not followed: {self.guard.refused_navigation}.")

    @property
    def hurries(self) -> bool:
        """Whether scripts change the address again and again: it is taken as it stands, before events bury it."""
        return self._addresses > MANY_ADDRESSES

    async def loaded(self, seconds: float) -> None:
        """Wait for the document's `load` and for the bodies of what it loaded, no longer than given."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._loaded.wait()
                await self.traffic.bodies()

    @property
    def at_rest(self) -> bool:
        """Whether the document has loaded, stays, and nothing more is being asked for."""
        return self._loaded.is_set() and not self._leaving and self.traffic.quiet

    async def snapshot(self) -> Snapshot:
        """The page's documents, layout and metrics at this moment, out-of-process frames included."""
        calls = [self.send("DOMSnapshot.captureSnapshot", CAPTURE_SNAPSHOT_PARAMS), self.send("Page.getLayoutMetrics")]
        captured, metrics = await asyncio.gather(*calls)
        return Snapshot(captured, metrics, await self._frames.snapshots())

    async def screenshot(self, clip: Clip, *, beyond: bool) -> bytes:
        """A PNG of one rectangle of the page, at one picture pixel per CSS pixel.

        `beyond`: it reaches past the viewport. The page's layout stays as it is, but Chromium fires a `resize` event.
        """
        area = {"x": clip.x, "y": clip.y, "width": clip.width, "height": clip.height, "scale": 1}
        request = {"format": "png", "captureBeyondViewport": beyond, "clip": area, "optimizeForSpeed": True}
        return base64.b64decode((await self.send("Page.captureScreenshot", request))["data"])

    async def mhtml(self) -> bytes:
        """Everything the page loaded, as one MHTML document."""
        answer = await self.send("Page.captureSnapshot", {"format": "mhtml"})
        return str(answer["data"]).encode("utf-8", "replace")

    async def documents(self, snapshot: Snapshot) -> tuple[bytes, ...]:
        """The rendered DOM of every document, shadow roots included, the page's own first."""
        sessions = [self._session, *self._frames.sessions]
        frames = [frame for frame in snapshot.frames() if frame.captured_set < len(sessions)]
        calls = [self._outer_html(frame.root, sessions[frame.captured_set]) for frame in frames[:MAX_FRAMES]]
        return tuple(await asyncio.gather(*calls))

    async def certificate(self, origin: str) -> tuple[bytes, ...]:
        """The certificate chain (DER, leaf first) of the connections to an origin; empty without TLS."""
        try:
            answer = await self.send("Network.getCertificate", {"origin": origin})
        except PlaywrightError:
            return ()
        return tuple(base64.b64decode(item) for item in answer.get("tableNames", ()))

    async def cookies(self, url: str | None = None) -> list[dict[str, Any]]:
        """Every cookie of this visit, or those that an address would be sent, as the browser knows them."""
        return [dict(item) for item in await self._context.cookies(url)]

    async def stored(self) -> list[str]:
        """What the page's own origin keeps in its storage, value by value; nothing where it keeps none.

        Raises `VisitEnded` where it keeps more than is looked at.
        """
        origin = origin_of(self._page.url)
        values: list[str] = []
        for local in (True, False) if origin else ():
            place = {"securityOrigin": short_origin(origin), "isLocalStorage": local}
            with contextlib.suppress(PlaywrightError):  # a document without storage: sandboxed, gone
                answer = await self.send("DOMStorage.getDOMStorageItems", {"storageId": place})
                values += [str(value) for _, value in answer.get("entries", ())]
        if len(values) > MAX_STORED:
            raise VisitEnded("too_large", f"The page stores more than {MAX_STORED} values.")
        return values

    async def act(self, target: ElementTarget | None = None) -> tuple[float, float]:
        """Say that something is about to be typed or pressed in an element; None: where that was last.

        Returns `point_of` the element, and raises as that does.
        """
        place = (0.0, 0.0)
        session, frame = self._acted
        if target is not None:
            session, offset, (x, y) = await self._place(target)
            place = offset[0] + x, offset[1] + y
        if not self.guard.lets_act:
            return place
        try:
            if target is not None:
                at = {"x": round(x), "y": round(y), "ignorePointerEventsNone": True}
                frame = (await self.send("DOM.getNodeForLocation", at, session))["frameId"]
            tree = await self.send("Page.getFrameTree", session=session)
        except PlaywrightError:
            tree = {}  # the document is just being replaced: which one is acted in is not known
        self._acted = session, frame
        self.guard.acted_in(_loader_in(tree.get("frameTree"), frame))
        return place

    async def point_of(self, target: ElementTarget) -> tuple[float, float]:
        """The middle of an element in viewport pixels, scrolled into view. Raises `VisitEnded` where it has no box."""
        _, offset, (x, y) = await self._place(target)
        return offset[0] + x, offset[1] + y

    async def _place(self, target: ElementTarget) -> tuple[CDPSession, tuple[float, float], tuple[float, float]]:
        """The session of an element's frame, where that frame is, and where in it the middle of the element is."""
        session, offset = await self._frames.of(target, self._session)
        node = {"backendNodeId": target.backend_node_id}
        try:
            await self.send("DOM.scrollIntoViewIfNeeded", node, session)
            quads = (await self.send("DOM.getContentQuads", node, session))["quads"]
        except PlaywrightError:
            quads = []
        if not quads:
            raise VisitEnded("error", f"The element {target.node} has no place on the page to act on.")
        quad = quads[0]
        return session, offset, (sum(quad[0::2]) / 4, sum(quad[1::2]) / 4)

    async def focus(self, target: ElementTarget) -> None:
        """Give an element the keyboard."""
        session, _ = await self._frames.of(target, self._session)
        await self.send("DOM.focus", {"backendNodeId": target.backend_node_id}, session)

    async def _outer_html(self, root: int, session: CDPSession) -> bytes:
        request = {"backendNodeId": root, "includeShadowDOM": True}
        answer = await self.send("DOM.getOuterHTML", request, session)
        return str(answer["outerHTML"]).encode("utf-8", "replace")

    def _frame_navigated(self, frame: Frame) -> None:
        self._addresses += 1
        if self._addresses == FLOOD_ADDRESSES:
            self._on_flood()
        if self._addresses == MAX_ADDRESSES:
            self._lose(f"The page went through more than {MAX_ADDRESSES} addresses.", "redirect_loop")
            self._run(self.end())
        elif frame.parent_frame is not None and self._addresses < MAX_ADDRESSES:
            self._run(self._frames.attach(frame))

    async def _follow(self, session: CDPSession) -> None:
        """Record and guard what a frame asks for."""
        await asyncio.gather(self.traffic.listen(session), self.guard.watch(session), self._workers.follow(session))

    async def _prepare_worker(self, session: ProtocolSession, kind: str) -> None:
        """Record a worker's requests. The page's guard holds those of its own workers; others need one of theirs."""
        await self.traffic.listen(session)
        if kind != "worker":
            await self.guard.watch(session)

    def _note_worker(self, kind: str, url: str) -> None:
        self.worker_addresses.append(url)
        told = f"{kind.replace('_', ' ')} started: {url}"
        # The browser library lets a worker run as soon as it sees it: the record may come after its first requests.
        missing = "; what it asked for at once may be missing from the record" if kind != "shared_worker" else ""
        self._note(told + missing)

    def _too_many_workers(self) -> None:
        self._lose(f"The page started more than {MAX_WORKERS} workers.", "too_large")
        self._run(self.end())

    def _admit_answer(self, item: Exchange) -> bool:
        """Whether an answer may be kept. One of the auditor's own network ends the visit: the page may show it."""
        if not is_internal(item.address) or self._scope.declares(item.url):
            return True
        refused = _internal(item)
        self.guard.record(refused)
        self._lose(f"Broken off at {item.address}: {english(refused)}.", "out_of_scope")
        return False

    def _meet_transport(self, url: str) -> None:
        """No session can hold a WebTransport back: to an undeclared origin it ends the visit."""
        if not self._scope.declares(url):
            refused = make_note("request.socket", origin=origin_of(url))
            self.guard.record(refused)
            self._lose(f"Broken off: {english(refused)}.", "out_of_scope")
            self._run(self.end())

    def _navigated(self, event: dict[str, Any]) -> None:
        if "parentId" not in event["frame"]:
            self._loaded.clear()
            self._leaving = False
        elif event["frame"]["url"] != "about:blank":
            self.guard.framed()

    def _leave(self, of_page: bool, leaving: bool) -> None:
        if of_page:
            self._leaving = leaving

    async def _dismiss(self, dialog: Dialog) -> None:
        self._note(f"dialog ({dialog.type}) dismissed: {dialog.message[:200]}")
        try:
            await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())
        except PlaywrightError:
            return

    async def _close_popup(self, other: Page) -> None:
        if other is not self._page:
            self._note(f"pop-up closed: {other.url}")
            await other.close()

    def _refuse_download(self, download: Download) -> None:
        self._note(f"download refused: {download.url}")

    def _note(self, incident: str) -> None:
        if len(self.incidents) < 50:
            self.incidents.append(incident)

    def _stop_loading(self) -> None:
        self._lose(f"Loading was stopped: {self.traffic.too_large}.", "too_large")
        self._run(self.end())

    def _lose(self, why: str, outcome: Outcome = "crashed") -> None:
        if not self._lost.done():
            self._lost.set_exception(VisitEnded(outcome, why))
            self._lost.exception()

    def _run(self, act: Any) -> None:
        task = asyncio.ensure_future(act)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _internal(item: Exchange) -> Note:
    return make_note("request.internal", method=item.method, origin=origin_of(item.url))


def _loader_in(tree: Mapping[str, Any] | None, frame: str) -> str:
    """The loader of a frame's document; empty where the tree does not hold it."""
    if tree is None:
        return ""
    if tree["frame"]["id"] == frame:
        return str(tree["frame"]["loaderId"])
    return next((found for child in tree.get("childFrames", ()) if (found := _loader_in(child, frame))), "")
