"""Takes the originals of a page: screenshot, other artefacts, then a check that the page did not change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.browser.dom_snapshot import Snapshot
from auditor.capture.browser.page import CdpPage
from auditor.capture.browser.screenshot import Clip, is_uniform, tile_clips
from auditor.capture.interaction.readiness import STILL_SECONDS, PageState, SettleResult, read_page_state
from auditor.clock import Clock, monotonic
from auditor.model.captures import Readiness

PICTURE_SECONDS = 30.0
PICTURES_SECONDS = 15.0
"""Of these, how long the pictures may take; a page too large for them is kept with a picture of its window."""
WINDOW_SECONDS = 5.0
TRIES = 4
AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class PageOriginals:
    """What a page gave, as Chromium gave it."""

    look: PageState
    pictures: tuple[bytes, ...]
    clips: tuple[Clip, ...]
    """Which part of the page each picture shows."""
    mhtml: bytes
    documents: tuple[bytes, ...]
    captured_at: datetime
    blank: bool
    """Whether the picture is of one colour."""
    remark: str
    """What the picture leaves out, or what moved; empty where it shows the page that the snapshot describes."""
    values_moved: bool
    moved: bool = False
    """Whether anything laid out changed while the picture was taken."""

    @property
    def clean(self) -> bool:
        """Whether the page kept still and its picture shows something."""
        return not (self.blank or self.values_moved or self.moved)

    @property
    def empty(self) -> bool:
        """Whether the picture is blank and the page holds no text either."""
        return self.blank and not self.look.snapshot.shows_text()


async def take_originals_if_ready(
    page: CdpPage, settled: SettleResult, judge: Callable[[Snapshot, bytes], Readiness], clock: Clock
) -> PageOriginals | None:
    """The originals of a page that one look found ready, if the look after the picture is equal to that one.

    None where it is not, or where the page was exchanged meanwhile: it has then to settle first.
    """
    try:
        taken = await _take_once(page, settled.look, settled.since + STILL_SECONDS, judge, clock)
    except PlaywrightError:
        return None
    return taken if taken.clean else None


async def take_originals(
    page: CdpPage, settled: SettleResult, judge: Callable[[Snapshot, bytes], Readiness], clock: Clock
) -> PageOriginals:
    """Take the originals of a settled page; a page that moved or gave a blank picture is taken once more.

    A page that is exchanged for another one in that moment has nothing to give: it is looked at again, a few times.
    """
    still = max(STILL_SECONDS, settled.still)
    look, since = settled.look, settled.since
    for tries_left in reversed(range(TRIES)):
        try:
            taken = await _take_once(page, look, since + still, judge, clock)
            if taken.clean:
                return taken
            look, since = await _again(page, judge, settled)
            return await _take_once(page, look, since + still, judge, clock)
        except PlaywrightError as error:
            if not tries_left:
                raise VisitEnded("error", f"The picture could not be taken: {str(error).splitlines()[0]}.") from error
            await asyncio.sleep(AGAIN_SECONDS)
            page.check()
            look, since = await _again(page, judge, settled)
    raise AssertionError("the last try returns or raises")


async def _again(
    page: CdpPage, judge: Callable[[Snapshot, bytes], Readiness], settled: SettleResult
) -> tuple[PageState, float]:
    """Another look; the values have been still since then, or only since now."""
    look = await read_page_state(page, judge)
    same = look.readiness.fingerprint == settled.look.readiness.fingerprint
    return look, settled.since if same else look.at


async def _take_once(
    page: CdpPage,
    look: PageState,
    still_at: float,
    judge: Callable[[Snapshot, bytes], Readiness],
    clock: Clock,
) -> PageOriginals:
    """The originals, with a look after them that is not before `still_at` (monotonic seconds)."""
    try:
        async with asyncio.timeout(PICTURE_SECONDS):
            pictures, cut, left_out = await _pictures(page, look.snapshot)
            captured_at = clock()
            mhtml, documents = await asyncio.gather(page.mhtml(), page.documents(look.snapshot))
            await asyncio.sleep(max(0.0, still_at - monotonic()))
            after = await read_page_state(page, judge, like=look)
    except TimeoutError:
        raise VisitEnded("timed_out", f"The picture could not be taken within {PICTURE_SECONDS:g} s.") from None
    moved = after.readiness.fingerprint != look.readiness.fingerprint
    blank, same = await asyncio.to_thread(
        lambda: (
            all(is_uniform(png, clip) for png, clip in zip(pictures, cut, strict=True)),
            look.data is after.data or look.data == after.data or look.snapshot.looks() == after.snapshot.looks(),
        )
    )
    remark = left_out or ("" if same else "the page moved while its picture was taken")
    return PageOriginals(look, pictures, cut, mhtml, documents, captured_at, blank, remark, moved, not same)


async def _pictures(page: CdpPage, snapshot: Snapshot) -> tuple[tuple[bytes, ...], tuple[Clip, ...], str]:
    """The pictures of a page, the part that each shows, and what they leave out (empty: nothing).

    A page too large for them gives those that came in time; where none did, one of its window, which is always had.
    """
    cut, left_out = tile_clips(*snapshot.size)
    beyond = snapshot.exceeds_viewport
    taken: list[bytes] = []
    until = monotonic() + PICTURES_SECONDS
    for clip in cut:
        try:
            async with asyncio.timeout(until - monotonic()):
                png = await page.screenshot(clip, beyond=beyond)
        except TimeoutError:
            break
        taken.append(png)
    if len(taken) == len(cut):
        return tuple(taken), cut, left_out
    if taken:
        last = cut[len(taken) - 1]
        told = f"there was time for {len(taken)} of {len(cut)} pictures; they end at {last.y + last.height} px"
        return tuple(taken), cut[: len(taken)], told
    window = Clip(0, 0, *snapshot.window)
    async with asyncio.timeout(WINDOW_SECONDS):
        png = await page.screenshot(window, beyond=False)
    return (png,), (window,), "the page is too large for a picture; it shows the window alone"
