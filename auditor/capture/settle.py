"""Waiting for the values a page must state: there, and keeping still. By DOM snapshots, not by network idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError

from auditor.capture.endings import Ended
from auditor.capture.session import OpenPage
from auditor.capture.snapshot import MOST_BYTES, Snapshot
from auditor.clock import monotonic
from auditor.model.captures import Eyes, Outcome, Readiness
from auditor.model.deployments import PageSpec

FIRST_PAUSE = 0.03
LONGEST_PAUSE = 0.25
STILL_SECONDS = 0.3
"""From the first snapshot with the values to the last one after the screenshot, at least: a counter that is still
running up changes in this time."""

LARGE_DOCUMENT = 4 << 20
"""Bytes of a document that explain why a page cannot be looked at in time."""

_OUTCOME: dict[str, Outcome] = {
    # A value drawn in a picture is shown and evidenced; that no machine reads it is the reading's answer.
    "waiting": "not_settled",
    "label_missing": "label_missing",
    "not_logged_in": "not_logged_in",
    "obscured": "obscured",
    "unreadable": "observed",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One glance at the page."""

    snapshot: Snapshot
    data: bytes
    readiness: Readiness
    at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The last look and how the waiting ended."""

    look: Look
    since: float
    """Monotonic seconds of the first look with the same values."""
    outcome: Outcome
    why: str


async def look_at(page: OpenPage, judge: Callable[[Snapshot, bytes], Readiness]) -> Look:
    """One snapshot and what the reader says of it. Reading happens in a thread: it may take longer than the page."""
    at = monotonic()
    snapshot = await page.snapshot()

    def read() -> tuple[bytes, Readiness]:
        data = snapshot.to_bytes()
        if len(data) > MOST_BYTES:
            raise Ended("too_large", f"The page's layout is larger than {MOST_BYTES >> 20} MB.")
        return data, judge(snapshot, data)

    data, readiness = await asyncio.to_thread(read)
    return Look(snapshot, data, readiness, at)


def judge_of(eyes: Eyes, spec: PageSpec) -> Callable[[Snapshot, bytes], Readiness]:
    """Readiness of a page: the reader's, and the declared `ready` condition where there is one."""

    def judge(snapshot: Snapshot, data: bytes) -> Readiness:
        url = snapshot.url
        readiness = eyes.ready(spec, data, url)
        if readiness.state == "ready" and spec.ready is not None and not eyes.holds(spec.ready, data, url):
            return Readiness("waiting", "The page's `ready` condition does not hold yet.", readiness.fingerprint)
        return readiness

    return judge


async def settle(
    page: OpenPage, judge: Callable[[Snapshot, bytes], Readiness], *, seconds: float, unlike: str | None = None
) -> Settled:
    """Look until the values are ready and equal in two looks running, or until waiting is of no more use.

    `unlike`: a fingerprint the page must have left (the previous page of a list). A page that states something else
    (a login form, another page) and has come to rest is not waited for to the end: a third of `seconds`.
    """
    began = monotonic()
    pause = FIRST_PAUSE
    last: Look | None = None
    since = restless = began
    while True:
        page.check()
        look = await _try_look(page, judge, began + seconds)
        now = monotonic()
        if look is not None:
            same = last is not None and _same(last, look)
            if not same:
                since = look.at
            moved = unlike is None or look.readiness.fingerprint != unlike
            if same and look.readiness.state == "ready" and moved:
                return Settled(look, since, "observed", "")
            if not (same and page.traffic.quiet):
                restless = now
            last = look
            early = look.readiness.state not in ("waiting", "ready") and now - restless > seconds / 3
            if now - began > seconds or early:
                return _gave_up(look, since, seconds, unlike)
        elif now - began > seconds:
            raise _never_seen(page, seconds)
        await asyncio.sleep(max(pause, 0.5 * (now - look.at) if look else 0.0))
        pause = min(pause * 1.6, LONGEST_PAUSE)


async def _try_look(page: OpenPage, judge: Callable[[Snapshot, bytes], Readiness], until: float) -> Look | None:
    """A look, or None where the page was just changing its document or answered nothing in time."""
    try:
        async with asyncio.timeout(max(until - monotonic(), 0.5)):
            return await look_at(page, judge)
    except (PlaywrightError, TimeoutError):
        return None


def _same(one: Look, other: Look) -> bool:
    return one.readiness.state == other.readiness.state and one.readiness.fingerprint == other.readiness.fingerprint


def _never_seen(page: OpenPage, seconds: float) -> Ended:
    received = page.traffic.heaviest_document
    if received > LARGE_DOCUMENT:
        why = f"The document was {received >> 20} MB and growing when the page could still not be looked at"
        return Ended("too_large", f"{why} after {seconds:g} s.")
    return Ended("timed_out", f"The page could not be looked at within {seconds:g} s.")


def _gave_up(look: Look, since: float, seconds: float, unlike: str | None) -> Settled:
    state = look.readiness.state
    if state == "ready":
        why = "did not change" if look.readiness.fingerprint == unlike else "did not keep still"
        return Settled(look, since, "not_settled", f"The values {why} within {seconds:g} s.")
    outcome = _OUTCOME[state]
    why = "" if outcome == "observed" else look.readiness.why or f"The page was {state} to the end."
    return Settled(look, since, outcome, why)
