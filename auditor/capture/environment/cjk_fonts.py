"""The glyph self-test: does this browser draw Chinese, or boxes? In its own context, never in a page under audit."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Sequence
from urllib.parse import quote

from PIL import Image
from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

SAMPLES = ("图", "馆", "授", "权")
TRIES = 5
DRAW_SECONDS = 20.0
MISSING = "\U0003fff0"
"""A code point without a character: whatever is drawn for it is the sign of a missing glyph."""
SIDE = 120
"""Pixels of the square that each text is drawn in."""
_STYLE = f"position:absolute;left:0;width:{SIDE}px;height:{SIDE}px;overflow:hidden;font:64px sans-serif"
_PAGE = '<!doctype html><meta charset=utf-8><body style="margin:0;background:#fff">{}'


async def draws_cjk(context: BrowserContext) -> tuple[bool, str]:
    """Whether each sample is drawn, differently from the others and from a missing glyph; and the fact in one line."""
    try:
        async with asyncio.timeout(DRAW_SECONDS):
            drawn = await _drawn(context, (*SAMPLES, MISSING, " "))
    except (PlaywrightError, TimeoutError) as error:
        return False, f"the glyph test could not be made ({type(error).__name__})"
    distinct = len(set(drawn)) == len(drawn)
    fact = f"{'、'.join(SAMPLES)}: {len(set(drawn[: len(SAMPLES)]))} different pictures"
    return distinct, fact if distinct else f"{fact}; characters are drawn as missing: install fonts-noto-cjk"


async def _drawn(context: BrowserContext, texts: Sequence[str]) -> list[bytes]:
    """The pixels of each text, cut out of one picture."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    squares = "".join(f'<p style="{_STYLE};margin:0;top:{SIDE * row}px">{text}' for row, text in enumerate(texts))
    # This page is our own: waiting for its load is not a touch on evidence.
    await page.goto("data:text/html;charset=utf-8," + quote(_PAGE.format(squares)))
    clip = {"x": 0, "y": 0, "width": SIDE, "height": SIDE * len(texts), "scale": 1}
    for attempt in range(TRIES):
        try:
            picture = await session.send("Page.captureScreenshot", {"format": "png", "clip": clip})
            break
        except PlaywrightError:
            # A page that was only just swapped in may have no frame to give yet.
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.2)
    with Image.open(io.BytesIO(base64.b64decode(picture["data"]))) as image:
        rows = [image.crop((0, SIDE * row, SIDE, SIDE * (row + 1))) for row in range(len(texts))]
        return [row.convert("RGB").tobytes() for row in rows]
