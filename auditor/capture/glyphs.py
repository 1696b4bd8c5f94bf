"""The glyph self-test: does this browser draw Chinese, or boxes? In its own context, never in a page under audit."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from urllib.parse import quote

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from auditor.capture.browser import Browser

SAMPLES = ("图", "馆", "授", "权")
TRIES = 5
MISSING = "\U0003fff0"
"""A code point without a character: whatever is drawn for it is the sign of a missing glyph."""
_STYLE = "margin:8px;font:64px sans-serif"
_PAGE = f'<!doctype html><meta charset=utf-8><body style="margin:0;background:#fff"><p style="{_STYLE}">{{}}'


async def draws_cjk(browser: Browser) -> tuple[bool, str]:
    """Whether each sample is drawn, differently from the others and from a missing glyph; and the fact in one line."""
    try:
        async with asyncio.timeout(30), browser.context() as context:
            page = await context.new_page()
            session = await context.new_cdp_session(page)
            drawn = [await _digest(page, session, text) for text in (*SAMPLES, MISSING, " ")]
    except (PlaywrightError, TimeoutError) as error:
        return False, f"the glyph test could not be made ({type(error).__name__})"
    distinct = len(set(drawn)) == len(drawn)
    fact = f"{'、'.join(SAMPLES)}: {len(set(drawn[: len(SAMPLES)]))} different pictures"
    return distinct, fact if distinct else f"{fact}; characters are drawn as missing: install fonts-noto-cjk"


async def _digest(page: Page, session: CDPSession, text: str) -> str:
    # This page is our own: waiting for its load is not a touch on evidence.
    await page.goto("data:text/html;charset=utf-8," + quote(_PAGE.format(text)))
    clip = {"x": 0, "y": 0, "width": 120, "height": 120, "scale": 1}
    for attempt in range(TRIES):
        try:
            picture = await session.send("Page.captureScreenshot", {"format": "png", "clip": clip})
            break
        except PlaywrightError:
            # A page that was only just swapped in may have no frame to give yet.
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.2)
    return hashlib.sha256(base64.b64decode(picture["data"])).hexdigest()
