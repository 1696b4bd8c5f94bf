"""The only place that asks what time it is. Everything else is given the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present moment, timezone-aware, in UTC."""


def now() -> datetime:
    """The present moment in UTC, from the system clock."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never step back; for durations only."""
    return time.monotonic()


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day of a moment in a named zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2021-11-10T02:03:04.000005Z`. Refuses a naive moment."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> datetime:
    """The inverse of `timestamp`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {text!r}")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
