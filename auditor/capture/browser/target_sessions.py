"""Sessions of a page's other targets: frames that other processes render, and workers.

A frame of another process has a session of its own, with its place on the page. Chromium tells of workers by
`Target.attachedToTarget`; their commands and events travel wrapped in messages of the parent's session, which lets a
worker of a worker be followed as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

from playwright.async_api import BrowserContext, CDPSession, Frame
from playwright.async_api import Error as PlaywrightError

from auditor.capture.browser.dom_snapshot import CAPTURE_SNAPSHOT_PARAMS
from auditor.model.captures import ElementTarget

ANSWER_SECONDS = 10.0
MAX_FRAMES = 20
MAX_WORKERS = 50
"""Workers that one page may start."""
WORKER_KINDS = ("worker", "shared_worker", "service_worker")
_AUTO_ATTACH = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": False,
    "filter": [*({"type": kind} for kind in WORKER_KINDS), {"exclude": True}],
}

EventHandler = Callable[[dict[str, Any]], Any]


class ProtocolSession(Protocol):
    """What the record and the guard need of a session: Playwright's own, or one of a worker."""

    def on(self, event: str, f: EventHandler) -> None:
        """Call `f` with the parameters of every such event."""

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """One protocol command; raises Playwright's `Error` where Chromium refuses."""
        ...


class WorkerSession:
    """A worker's session inside its parent's."""

    def __init__(self, parent: ProtocolSession, session_id: str) -> None:
        self._parent = parent
        self._id = session_id
        self._last = 0
        self._handlers: dict[str, list[EventHandler]] = {}
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        parent.on("Target.receivedMessageFromTarget", self._received)

    def on(self, event: str, f: EventHandler) -> None:
        """As `ProtocolSession.on`."""
        self._handlers.setdefault(event, []).append(f)

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """As `ProtocolSession.send`."""
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        try:
            await self._parent.send("Target.sendMessageToTarget", {"sessionId": self._id, "message": message})
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise PlaywrightError(f"{method}: the worker gave no answer") from None
        finally:
            self._waiting.pop(number, None)

    def _received(self, event: dict[str, Any]) -> None:
        if event.get("sessionId") != self._id:
            return
        told = json.loads(event["message"])
        if "id" not in told:
            for handler in self._handlers.get(told.get("method", ""), ()):
                handler(told.get("params", {}))
            return
        waiting = self._waiting.get(told["id"])
        if waiting is None or waiting.done():
            return
        if "error" in told:
            waiting.set_exception(PlaywrightError(str(told["error"].get("message", "refused"))))
        else:
            waiting.set_result(told.get("result", {}))


class WorkerWatch:
    """Puts every worker of a page under the page's record and guard before it runs."""

    def __init__(
        self,
        prepare: Callable[[ProtocolSession, str], Awaitable[None]],
        note: Callable[[str, str], None],
        ended: Callable[[ProtocolSession], None],
        too_many: Callable[[], None],
        run: Callable[[Awaitable[None]], None],
    ) -> None:
        """`prepare` follows a new session of a kind; `note` is told kind and address of each worker; `ended` is told of
        each session that is over; `too_many` of a page that starts more than are followed."""
        self._prepare = prepare
        self._note = note
        self._ended = ended
        self._too_many = too_many
        self._run = run
        self._count = 0

    async def follow(self, session: ProtocolSession) -> None:
        """Follow the workers that a session's page, frame or worker starts from now on."""
        session.on("Target.attachedToTarget", lambda event: self._run(self._attached(session, event)))
        await session.send("Target.setAutoAttach", _AUTO_ATTACH)

    async def _attached(self, parent: ProtocolSession, event: dict[str, Any]) -> None:
        target = event["targetInfo"]
        self._count += 1
        self._note(str(target["type"]), str(target["url"]))
        if self._count > MAX_WORKERS:
            self._too_many()
            return
        worker = WorkerSession(parent, event["sessionId"])
        parent.on("Target.detachedFromTarget", lambda gone: self._gone(worker, event["sessionId"], gone))
        try:
            await self._prepare(worker, str(target["type"]))
            await self.follow(worker)
        except PlaywrightError:
            pass  # it ended, or has no such domain: it is let run as far as it can be seen
        try:
            await worker.send("Runtime.runIfWaitingForDebugger")
        except PlaywrightError:
            return

    def _gone(self, worker: WorkerSession, session_id: str, event: dict[str, Any]) -> None:
        if event.get("sessionId") == session_id:
            self._ended(worker)


class PopUpHold:
    """Lets a context have the pages that it has: any further one is held before it asks for anything, and closed.

    A page opens tabs in spite of `--block-new-web-contents`: by a click of its own on a link, with the control key.
    """

    def __init__(self, session: ProtocolSession) -> None:
        """`session`: one of the whole browser."""
        self._session = session
        self._complete: dict[str, Callable[[str], None]] = {}
        """Contexts that get no further page, with whoever is told of those that were closed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun = False

    async def begin(self) -> None:
        """Hold what is opened from now on, where that is not so yet. Of several sessions that a page waits for, each
        has to let it go, and before it goes anywhere."""
        if self._begun:
            return
        self._begun = True
        self._session.on("Target.attachedToTarget", self._attached)
        pages = {**_AUTO_ATTACH, "flatten": True, "filter": [{"type": "page"}, {"exclude": True}]}
        await self._session.send("Target.setAutoAttach", pages)

    async def complete(self, page: ProtocolSession, closed: Callable[[str], None]) -> str:
        """The context of this page gets no further one; `closed` is told the address of each that was to be.

        The name of the context, for `forget`.
        """
        told = await page.send("Target.getTargetInfo")
        context = str(told["targetInfo"]["browserContextId"])
        self._complete[context] = closed
        return context

    def forget(self, context: str) -> None:
        """That context is over."""
        self._complete.pop(context, None)

    def _attached(self, event: dict[str, Any]) -> None:
        # Decided as it is told: what comes before its context is complete is ours, whenever the answer is sent.
        target = event["targetInfo"]
        closed = self._complete.get(str(target.get("browserContextId", "")))
        if closed is not None:
            closed(str(target.get("url", "")))
            answer = self._session.send("Target.closeTarget", {"targetId": target["targetId"]})
        else:
            answer = self._session.send("Target.detachFromTarget", {"sessionId": event["sessionId"]})
        task = asyncio.create_task(self._sent(answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sent(self, answer: Coroutine[Any, Any, dict[str, Any]]) -> None:
        with contextlib.suppress(PlaywrightError):  # it is gone
            await answer


class Send(Protocol):
    """One protocol command, as `CdpPage.send`."""

    async def __call__(
        self, method: str, params: Mapping[str, Any] | None = None, session: CDPSession | None = None
    ) -> dict[str, Any]: ...


class FrameSessions:
    """In the order in which they were found."""

    def __init__(
        self,
        context: BrowserContext,
        send: Send,
        follow: Callable[[CDPSession], Awaitable[None]],
        note: Callable[[str], None],
    ) -> None:
        """`follow`: records and guards what a frame asks for. `note` is told of each that is found."""
        self._context, self._send, self._follow, self._note = context, send, follow, note
        self._found: dict[Frame, tuple[str, CDPSession]] = {}

    @property
    def sessions(self) -> list[CDPSession]:
        return [session for _, session in self._alive()]

    async def attach(self, frame: Frame) -> None:
        """Follow a frame that another process renders; frames of the page's own process are already covered."""
        if frame.parent_frame is None or frame in self._found:
            return
        try:
            session = await self._context.new_cdp_session(frame)  # refused for a frame of the page's own process
            self._note(f"frame in a process of its own: {frame.url}; what it asked for at once may be missing")
            info = await session.send("Target.getTargetInfo")
            self._found[frame] = (info["targetInfo"]["targetId"], session)
            await self._follow(session)
        except PlaywrightError:
            return

    async def snapshots(self) -> tuple[tuple[int, Mapping[str, Any]], ...]:
        """Documents and layout of each, by the node of the page that it is in; without those that are gone."""
        found = [await self._snapshot(frame_id, session) for frame_id, session in self._alive()]
        return tuple(one for one in found if one is not None)

    async def of(self, target: ElementTarget, page: CDPSession) -> tuple[CDPSession, tuple[float, float]]:
        """The session of an element's frame, `page` for one of the page itself; and where that frame is."""
        alive = self._alive()
        if not 0 < target.frame <= len(alive):
            return page, (0.0, 0.0)
        frame_id, session = alive[target.frame - 1]
        owner = await self._send("DOM.getFrameOwner", {"frameId": frame_id})
        box = await self._send("DOM.getContentQuads", {"backendNodeId": owner["backendNodeId"]})
        return session, (box["quads"][0][0], box["quads"][0][1])

    def _alive(self) -> list[tuple[str, CDPSession]]:
        return [pair for frame, pair in self._found.items() if not frame.is_detached()][:MAX_FRAMES]

    async def _snapshot(self, frame_id: str, session: CDPSession) -> tuple[int, Mapping[str, Any]] | None:
        try:
            owner = await self._send("DOM.getFrameOwner", {"frameId": frame_id})
            return int(owner["backendNodeId"]), await self._send(
                "DOMSnapshot.captureSnapshot", CAPTURE_SNAPSHOT_PARAMS, session
            )
        except PlaywrightError:
            return None
