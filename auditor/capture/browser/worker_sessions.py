"""Sessions of a page's workers, spoken to through the session of the page that started them.

Chromium tells of workers by `Target.attachedToTarget`; their commands and events travel wrapped in messages of the
parent's session, which lets a worker of a worker be followed as well.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from playwright.async_api import Error as PlaywrightError

ANSWER_SECONDS = 10.0
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
