"""Waits until the values a page must state are there and unchanged between two DOM snapshots; not for network idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.outcomes import OUTCOME_OF, VisitEnded
from auditor.capture.browser.dom_snapshot import MAX_SNAPSHOT_BYTES, Snapshot
from auditor.capture.browser.page import CdpPage
from auditor.clock import monotonic
from auditor.model.captures import Outcome, PageProbe, Readiness, ReadyState, RestState
from auditor.model.targets.deployments import PageSpec

FIRST_PAUSE = 0.03
LONGEST_PAUSE = 0.25
STILL_SECONDS = 0.3
"""From the first snapshot with the values to the last one after the screenshot, at least: a counter that is still
running up changes in this time."""

SCRIPTED_STILL_SECONDS = 1.2
"""The same where scripts may go on, before the picture: a figure that is counted up stands for most of a second before
its last steps, and a request may begin on a timer. At most a third of the time there is."""

LOAD_SECONDS = 0.5
"""How long the first look waits for the page to have loaded; a page that takes longer is looked at while it loads."""

AWAITED = frozenset[ReadyState]({"waiting", "no_value", "ready"})
"""The states of a page that is waited for to the end; a page in any other shows something else."""

LARGE_DOCUMENT = 4 << 20
"""Bytes of a document that explain why a page cannot be looked at in time."""


@dataclass(frozen=True, slots=True)
class PageState:
    """One glance at the page."""

    snapshot: Snapshot
    data: bytes
    readiness: Readiness
    at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class SettleResult:
    """The last look and how the waiting ended."""

    look: PageState
    since: float
    """Monotonic seconds of the first look with the same values."""
    outcome: Outcome
    why: str
    confirmed: bool = True
    """Whether two looks running were equal. Where not, the look after the picture is the second one."""
    rest: RestState = "reached"
    still: float = STILL_SECONDS
    """Seconds that the values had to keep still."""


class Stillness:
    """For how long the values have been the same, and for how long they must be."""

    def __init__(self, began: float, seconds: float) -> None:
        self.since = began
        """Monotonic seconds of the first look with the present values."""
        self.bound = seconds / 3
        """The longest that is waited for."""
        self._seen = began
        self._longest = 0.0
        self._changes = 0
        self._scripted = False

    def see(self, last: PageState | None, look: PageState, *, same: bool, scripted: bool) -> None:
        """One more look."""
        self._scripted, self._seen = scripted, look.at
        if same:
            return
        if last is not None and last.readiness.state == look.readiness.state == "ready":
            if self._changes:  # the first change is an arrival; from the second on they are a counter's steps
                self._longest = max(self._longest, look.at - self.since)
            self._changes += 1
        self.since = look.at

    @property
    def asked(self) -> float:
        """Seconds; values that go on changing must keep twice as long as they ever did between two changes."""
        if not (self._scripted or self._changes):
            return 0.0
        return max(min(SCRIPTED_STILL_SECONDS, self.bound), 2 * self._longest)

    @property
    def reached(self) -> bool:
        """Whether the last look, not only the present moment, is that much later than the first with these values."""
        return self._seen - self.since >= self.asked

    @property
    def bounded(self) -> bool:
        """Whether more is not waited for."""
        return monotonic() - self.since > self.bound


async def read_page_state(
    page: CdpPage, judge: Callable[[Snapshot, bytes], Readiness], *, like: PageState | None = None
) -> PageState:
    """One snapshot and what the reader says of it. Reading happens in a thread: it may take longer than the page.

    `like`: an earlier look. A snapshot equal to its one has the same bytes, of which the reader says the same.
    """
    at = monotonic()
    snapshot = await page.snapshot()

    def read() -> PageState:
        # A page that waits is asked again: the reader may ask for stillness, which only time shows.
        if like is not None and like.readiness.state != "waiting" and snapshot == like.snapshot:
            return replace(like, at=at)
        data = snapshot.to_bytes()
        if len(data) > MAX_SNAPSHOT_BYTES:
            raise VisitEnded("too_large", f"The page's layout is larger than {MAX_SNAPSHOT_BYTES >> 20} MB.")
        return PageState(snapshot, data, judge(snapshot, data), at)

    return await asyncio.to_thread(read)


def readiness_check(eyes: PageProbe, spec: PageSpec) -> Callable[[Snapshot, bytes], Readiness]:
    """Readiness of a page: the reader's, and the declared `ready` condition where there is one."""

    def judge(snapshot: Snapshot, data: bytes) -> Readiness:
        url = snapshot.url
        readiness = eyes.ready(spec, data, url)
        if readiness.state == "ready" and spec.ready is not None and not eyes.holds(spec.ready, data, url):
            return Readiness("waiting", "The page's `ready` condition does not hold yet.", readiness.fingerprint)
        return readiness

    return judge


async def wait_until_settled(
    page: CdpPage,
    judge: Callable[[Snapshot, bytes], Readiness],
    *,
    seconds: float,
    unlike: str | None = None,
    early: bool = False,
) -> SettleResult:
    """Look until the values are ready and equal in two looks running, or until waiting is of no more use.

    A page that has its values and goes on asking for more, or whose scripts may go on, is waited for too, up to a third
    of `seconds`; one that never rests is then taken as `pending`.

    `unlike`: a fingerprint the page must have left (the previous page of a list). A page that states something else
    (a login form, another page) and has come to rest is not waited for to the end: a third of `seconds`.

    `early`: one look is enough where the page has loaded, has no scripts and asks for nothing more, or whose scripts
    hurry from address to address; the answer is then not `confirmed`, and the caller owes the second look.
    """
    began = monotonic()
    await page.loaded(min(LOAD_SECONDS, seconds))
    pause = FIRST_PAUSE
    last: PageState | None = None
    restless = began
    stillness = Stillness(began, seconds)
    rest: RestState
    while True:
        page.check()
        resting = page.at_rest
        look = await _try_look(page, judge, began + seconds, last)
        now = monotonic()
        if look is not None:
            same = last is not None and _same(last, look)
            scripted = page.traffic.scripted or look.snapshot.scripted
            stillness.see(last, look, same=same, scripted=scripted)
            moved = unlike is None or look.readiness.fingerprint != unlike
            still = same and look.readiness.state == "ready" and moved and page.traffic.document_ended
            # What is still asked for may fill the page anew: it is waited for, but a page may ask without end.
            rested = page.at_rest and stillness.reached and not page.hurries
            if still and (rested or stillness.bounded or page.hurries):
                rest = "reached" if rested else "pending"
                return SettleResult(look, stillness.since, "observed", "", rest=rest, still=stillness.asked)
            alone = early and unlike is None and (page.hurries or not scripted)
            if alone and resting and page.at_rest and look.readiness.state == "ready":
                rest = "pending" if page.hurries else "reached"
                return SettleResult(look, look.at, "observed", "", confirmed=False, rest=rest)
            if not (same and page.traffic.quiet):
                restless = now
            last = look
            elsewhere = look.readiness.state not in AWAITED and now - restless > seconds / 3
            if now - began > seconds or elsewhere:
                moving = not page.at_rest or not stillness.bounded
                return _gave_up(look, stillness.since, seconds, unlike, page.traffic.document_ended, moving=moving)
        elif now - began > seconds:
            raise _never_seen(page, seconds)
        await asyncio.sleep(max(pause, 0.5 * (now - look.at) if look else 0.0))
        pause = min(pause * 1.6, LONGEST_PAUSE)


async def _try_look(
    page: CdpPage, judge: Callable[[Snapshot, bytes], Readiness], until: float, like: PageState | None
) -> PageState | None:
    """A look, or None where the page was just changing its document or answered nothing in time."""
    try:
        async with asyncio.timeout(max(until - monotonic(), 0.5)):
            return await read_page_state(page, judge, like=like)
    except (PlaywrightError, TimeoutError):
        return None


def _same(one: PageState, other: PageState) -> bool:
    return one.readiness.state == other.readiness.state and one.readiness.fingerprint == other.readiness.fingerprint


def _never_seen(page: CdpPage, seconds: float) -> VisitEnded:
    received = page.traffic.heaviest_document
    if received > LARGE_DOCUMENT:
        why = f"The document was {received >> 20} MB and growing when the page could still not be looked at"
        return VisitEnded("too_large", f"{why} after {seconds:g} s.")
    return VisitEnded("timed_out", f"The page could not be looked at within {seconds:g} s.")


def _gave_up(
    look: PageState, since: float, seconds: float, unlike: str | None, document_ended: bool, *, moving: bool
) -> SettleResult:
    state = look.readiness.state
    if state in AWAITED - {"waiting"} and not document_ended:
        return SettleResult(look, since, "not_settled", f"The document did not arrive whole within {seconds:g} s.")
    if state == "ready":
        why = "did not change" if look.readiness.fingerprint == unlike else "did not keep still"
        return SettleResult(look, since, "not_settled", f"The values {why} within {seconds:g} s.")
    outcome: Outcome = "not_settled" if state == "no_value" and moving else OUTCOME_OF[state]
    why = "" if outcome == "observed" else look.readiness.why or f"The page was {state} to the end."
    return SettleResult(look, since, outcome, why)
