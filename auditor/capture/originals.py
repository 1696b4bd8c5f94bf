"""Taking the originals of a page: picture first, then everything else, then a look whether it moved meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from playwright.async_api import Error as PlaywrightError

from auditor.capture.endings import Ended
from auditor.capture.picture import clips, is_uniform
from auditor.capture.session import OpenPage
from auditor.capture.settle import STILL_SECONDS, Look, Settled, look_at
from auditor.capture.snapshot import Snapshot
from auditor.clock import Clock, monotonic
from auditor.model.captures import Readiness

PICTURE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Originals:
    """What a page gave, as Chromium gave it."""

    look: Look
    pictures: tuple[bytes, ...]
    mhtml: bytes
    documents: tuple[bytes, ...]
    captured_at: datetime
    blank: bool
    remark: str
    """What the picture leaves out, or what moved; empty where it shows the page that the snapshot describes."""
    values_moved: bool


async def take(
    page: OpenPage, settled: Settled, judge: Callable[[Snapshot, bytes], Readiness], clock: Clock
) -> Originals:
    """Take the originals of a settled page; a page that moved or gave a blank picture is taken once more."""
    taken = await _take_once(page, settled.look, settled.since, judge, clock)
    if taken.blank or taken.values_moved or taken.remark.startswith("the page"):
        again = await look_at(page, judge)
        since = settled.since if again.readiness.fingerprint == settled.look.readiness.fingerprint else again.at
        taken = await _take_once(page, again, since, judge, clock)
    return taken


async def _take_once(
    page: OpenPage, look: Look, since: float, judge: Callable[[Snapshot, bytes], Readiness], clock: Clock
) -> Originals:
    try:
        async with asyncio.timeout(PICTURE_SECONDS):
            cut, left_out = clips(*look.snapshot.size)
            beyond = look.snapshot.exceeds_viewport
            pictures = [await page.screenshot(clip, beyond=beyond) for clip in cut]
            captured_at = clock()
            mhtml, documents = await asyncio.gather(page.mhtml(), page.documents(look.snapshot))
            await asyncio.sleep(max(0.0, since + STILL_SECONDS - monotonic()))
            after = await look_at(page, judge)
    except TimeoutError:
        raise Ended("timed_out", f"The picture could not be taken within {PICTURE_SECONDS:g} s.") from None
    except PlaywrightError as error:
        raise Ended("error", f"The picture could not be taken: {str(error).splitlines()[0]}.") from error
    moved = after.readiness.fingerprint != look.readiness.fingerprint
    blank, same = await asyncio.to_thread(
        lambda: (
            look.snapshot.shows_text() and all(is_uniform(png, clip) for png, clip in zip(pictures, cut, strict=True)),
            look.data == after.data or look.snapshot.looks() == after.snapshot.looks(),
        )
    )
    remark = left_out or ("" if same else "the page moved while its picture was taken")
    return Originals(look, tuple(pictures), mhtml, documents, captured_at, blank, remark, moved)
