"""Waiting for the values a page must state: there, and keeping still. By DOM snapshots, not by network idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

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

LOAD_SECONDS = 0.5
"""How long the first look waits for the page to have loaded; a page that takes longer is looked at while it loads."""

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
    confirmed: bool = True
    """Whether two looks running were equal. Where not, the look after the picture is the second one."""


async def look_at(page: OpenPage, judge: Callable[[Snapshot, bytes], Readiness], *, like: Look | None = None) -> Look:
    """One snapshot and what the reader says of it. Reading happens in a thread: it may take longer than the page.

    `like`: an earlier look. A snapshot equal to its one has the same bytes, of which the reader says the same.
    """
    at = monotonic()
    snapshot = await page.snapshot()

    def read() -> Look:
        # A page that waits is asked again: the reader may ask for stillness, which only time shows.
        if like is not None and like.readiness.state != "waiting" and snapshot == like.snapshot:
            return replace(like, at=at)
        data = snapshot.to_bytes()
        if len(data) > MOST_BYTES:
            raise Ended("too_large", f"The page's layout is larger than {MOST_BYTES >> 20} MB.")
        return Look(snapshot, data, judge(snapshot, data), at)

    return await asyncio.to_thread(read)


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
    page: OpenPage,
    judge: Callable[[Snapshot, bytes], Readiness],
    *,
    seconds: float,
    unlike: str | None = None,
    early: bool = False,
) -> Settled:
    """Look until the values are ready and equal in two looks running, or until waiting is of no more use.

    `unlike`: a fingerprint the page must have left (the previous page of a list). A page that states something else
    (a login form, another page) and has come to rest is not waited for to the end: a third of `seconds`.

    `early`: one look is enough where the page has loaded and asks for nothing more; the answer is then not `confirmed`,
    and the caller owes the second look.
    """
    began = monotonic()
    await page.loaded(min(LOAD_SECONDS, seconds))
    pause = FIRST_PAUSE
    last: Look | None = None
    since = restless = began
    while True:
        page.check()
        resting = page.at_rest
        look = await _try_look(page, judge, began + seconds, last)
        now = monotonic()
        if look is not None:
            same = last is not None and _same(last, look)
            if not same:
                since = look.at
            moved = unlike is None or look.readiness.fingerprint != unlike
            if same and look.readiness.state == "ready" and moved:
                return Settled(look, since, "observed", "")
            if early and resting and page.at_rest and look.readiness.state == "ready" and unlike is None:
                return Settled(look, look.at, "observed", "", confirmed=False)
            if not (same and page.traffic.quiet):
                restless = now
            last = look
            elsewhere = look.readiness.state not in ("waiting", "ready") and now - restless > seconds / 3
            if now - began > seconds or elsewhere:
                return _gave_up(look, since, seconds, unlike)
        elif now - began > seconds:
            raise _never_seen(page, seconds)
        await asyncio.sleep(max(pause, 0.5 * (now - look.at) if look else 0.0))
        pause = min(pause * 1.6, LONGEST_PAUSE)


async def _try_look(
    page: OpenPage, judge: Callable[[Snapshot, bytes], Readiness], until: float, like: Look | None
) -> Look | None:
    """A look, or None where the page was just changing its document or answered nothing in time."""
    try:
        async with asyncio.timeout(max(until - monotonic(), 0.5)):
            return await look_at(page, judge, like=like)
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
