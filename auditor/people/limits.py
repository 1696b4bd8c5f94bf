"""How often may be tried: a bucket for each account and one for each network, refilled as time passes. And how much
may go on at once."""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv4Address, ip_address, ip_network

from auditor.errors import TooManyTriesError

MOST_BUCKETS = 10_000
"""Buckets that are remembered. The longest unused are forgotten; a forgotten bucket begins full."""


def network_of(address: str) -> str:
    """The /24 or /56 of an address; the text itself, cut, where it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:60]
    mapped = None if isinstance(found, IPv4Address) else found.ipv4_mapped
    found = mapped or found
    return str(ip_network((found, 24 if found.version == 4 else 56), strict=False))


class TryLimits:
    """So many tries a minute for each name; kept in memory, so that a restart fills the buckets."""

    def __init__(self, a_minute: float, at_once: int | None = None) -> None:
        self.a_minute = a_minute
        self._full = float(at_once if at_once is not None else a_minute)
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, name: str, now: datetime) -> None:
        """One try; `TooManyTriesError` where there is none left, with the seconds until there is one."""
        with self._guard:
            left, at = self._buckets.pop(name, (self._full, now))
            left = min(self._full, left + max(0.0, (now - at).total_seconds()) * self.a_minute / 60)
            allowed = left >= 1
            self._buckets[name] = (left - 1 if allowed else left, now)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyTriesError("too many tries; wait a little", math.ceil((1 - left) * 60 / self.a_minute))

    def forget(self, name: str) -> None:
        """The bucket is full again: somebody proved who they are."""
        with self._guard:
            self._buckets.pop(name, None)


class PlaceLimits:
    """So many places at once for each name."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._taken: Counter[str] = Counter()
        self._guard = threading.Lock()

    @contextmanager
    def place(self, name: str) -> Iterator[bool]:
        """Taken while the block lasts. False where there is none left: then none is taken."""
        with self._guard:
            free = self._taken[name] < self._at_once
            self._taken[name] += free
        try:
            yield free
        finally:
            with self._guard:
                self._taken[name] -= free
                self._taken += Counter()  # forgets names that hold none
