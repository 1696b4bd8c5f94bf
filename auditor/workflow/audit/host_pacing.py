"""Politeness within a run: which slot comes next, waiting until its host may be visited, `Retry-After` heeded."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.clock import monotonic
from auditor.model.captures import Capture
from auditor.model.events import HostDeferred
from auditor.model.targets.estate import Politeness
from auditor.planning import HostQueue, QueueDecision, retry_after_seconds
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_timing import VisitTiming

POLL_SECONDS = 1.0
"""How soon a request to stop is noticed while every host is to be left alone."""


def queue_slots(
    slots: Sequence[VisitSlot], politeness: Politeness, timing: VisitTiming, now: float
) -> HostQueue[VisitSlot]:
    """The slots by host, each host's in the order of their earliest moment. Pure; `now`: monotonic seconds."""
    queue: HostQueue[VisitSlot] = HostQueue(politeness, {host: now + left for host, left in timing.held.items()})
    by_host: dict[str, list[tuple[float, VisitSlot]]] = defaultdict(list)
    for slot in slots:
        by_host[slot.host].append((now + timing.delays.get(slot.id, 0.0), slot))
    for host, stops in by_host.items():
        queue.add(host, sorted(stops, key=lambda stop: stop[0]))
    return queue


class HostPacer:
    """Hands out slots when their hosts may be visited. For one event loop."""

    def __init__(
        self, queue: HostQueue[VisitSlot], stop: Callable[[], bool], clock: Callable[[], float] = monotonic
    ) -> None:
        """`stop` is asked before each slot; `clock`: seconds that never step back."""
        self._queue = queue
        self._stop = stop
        self._clock = clock
        self._released = asyncio.Event()

    @property
    def expects_more(self) -> bool:
        """Whether another slot will be handed out."""
        return bool(self._queue.left) and not self._stop()

    @property
    def left(self) -> int:
        """Slots that were not handed out."""
        return self._queue.left

    async def next(self) -> QueueDecision[VisitSlot] | None:
        """The next slot: to be visited, or (`held_for`) given up. None at the end, or once asked to stop."""
        while not self._stop():
            decision = self._queue.take(self._clock())
            if decision is None or decision.stop is not None:
                return decision
            await self._wait(decision.wait)
        return None

    async def _wait(self, seconds: float) -> None:
        """Until a host is free again, but no longer than that; infinite seconds are waited in short turns."""
        self._released.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS if seconds == math.inf else min(seconds, POLL_SECONDS)):
                await self._released.wait()

    def release(self, host: str) -> None:
        """A visit to the host ended."""
        self._queue.release(host)
        self._released.set()

    def hold(self, host: str, seconds: float) -> None:
        """The host is to be left alone for so long from now."""
        self._queue.hold(host, self._clock() + seconds)


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """A host asked to be left alone, by a `Retry-After` header (RFC 9110 §10.2.3)."""

    host: str
    seconds: float
    until: datetime
    header: str
    capture: str

    def event(self) -> HostDeferred:
        """What is journalled of it; later runs leave the host alone too."""
        return HostDeferred(host=self.host, until=self.until, header=self.header, capture=self.capture)


def retry_after_of(host: str, capture: Capture, at: datetime) -> RetryAfter | None:
    """What the host asked for with its answer; None where it asked for nothing that can be read. Pure."""
    header = capture.facts.get("retry_after", "")
    seconds = retry_after_seconds(header, at) if header else None
    if not seconds:
        return None
    return RetryAfter(host, seconds, at + timedelta(seconds=seconds), header, capture.id)
