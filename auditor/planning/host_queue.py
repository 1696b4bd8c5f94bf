"""In which order hosts are visited, how many visits go on at one, and who asked to be left alone.

Times are seconds of a clock that never steps back, passed in.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from auditor.model.targets.estate import Politeness

Stop = TypeVar("Stop")
MAX_RETRY_AFTER_SECONDS = 7 * 86_400
"""Seconds that a host is left alone at most, whatever it asks."""


@dataclass(frozen=True, slots=True)
class QueueDecision(Generic[Stop]):
    """One answer of an itinerary: a stop to visit, a stop to give up, or seconds to wait until asking again."""

    stop: Stop | None = None
    host: str = ""
    wait: float = 0.0
    """Where there is no stop: seconds; infinite until some visit ends."""
    held_for: float = 0.0
    """Where the stop is not to be visited: how long its host still asked to be left alone."""


@dataclass(slots=True)
class _Host:
    stops: deque[tuple[float, object]] = field(default_factory=deque)
    active: int = 0
    ready: float = 0.0
    held: float = 0.0
    queued: bool = False


class HostQueue(Generic[Stop]):
    """Stops handed out one at a time: within a host in order, across hosts whichever is ready first."""

    def __init__(self, politeness: Politeness, held: Mapping[str, float]) -> None:
        """`held`: hosts that asked to be left alone, until when."""
        self._politeness = politeness
        self._hosts: dict[str, _Host] = {}
        self._held = dict(held)
        self._heap: list[tuple[float, int, str]] = []
        self._count = 0
        self.left = 0

    def add(self, host: str, stops: Iterable[tuple[float, Stop]]) -> None:
        """Stops of one host, each with the earliest time of its visit, in ascending order of it."""
        known = self._hosts.setdefault(host, _Host(held=self._held.get(host, 0.0)))
        before = len(known.stops)
        known.stops.extend(stops)
        self.left += len(known.stops) - before
        self._queue(host, known)

    def take(self, now: float) -> QueueDecision[Stop] | None:
        """What to do next; None when every stop was handed out."""
        if not self.left:
            return None
        while self._heap:
            ready, _, host = self._heap[0]
            known = self._hosts[host]
            if known.held - now > self._politeness.longest_wait_seconds:
                stop = self._pop(known)
                self._drop(known)
                self._queue(host, known)
                return QueueDecision(stop, host, held_for=known.held - now)
            if ready > now:
                # A host that is held may wait beyond the bound while another is due sooner: told when its turn comes.
                return QueueDecision(wait=ready - now)
            self._drop(known)
            stop = self._pop(known)
            known.active += 1
            known.ready = now + self._politeness.rule(host).seconds_between
            self._queue(host, known)
            return QueueDecision(stop, host)
        return QueueDecision(wait=math.inf)

    def release(self, host: str) -> None:
        """A visit to the host ended."""
        known = self._hosts[host]
        known.active -= 1
        self._queue(host, known)

    def hold(self, host: str, until: float) -> None:
        """The host asked to be left alone until then."""
        known = self._hosts[host]
        known.held = max(known.held, until)
        if known.queued:
            self._heap = [item for item in self._heap if item[2] != host]
            heapq.heapify(self._heap)
            known.queued = False
        self._queue(host, known)

    def _pop(self, known: _Host) -> Stop:
        self.left -= 1
        stop: Stop = known.stops.popleft()[1]  # type: ignore[assignment]
        return stop

    def _drop(self, known: _Host) -> None:
        heapq.heappop(self._heap)
        known.queued = False

    def _queue(self, host: str, known: _Host) -> None:
        if known.queued or not known.stops or known.active >= self._politeness.rule(host).visits_at_once:
            return
        self._count += 1
        known.queued = True
        heapq.heappush(self._heap, (max(known.ready, known.stops[0][0], known.held), self._count, host))


def retry_after_seconds(header: str, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or a date); None for anything else."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:12]), MAX_RETRY_AFTER_SECONDS))
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max(0.0, (at - now).total_seconds()), MAX_RETRY_AFTER_SECONDS)
    except (ValueError, OverflowError):  # a year or a zone beyond the calendar
        return None
