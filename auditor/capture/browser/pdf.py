"""Printing a page of ours to PDF: HTML bytes in, PDF bytes out, in a fresh context that reaches no network."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route

from auditor.capture.browser.process import Browser
from auditor.errors import CaptureError

PRINT_SECONDS = 300.0


async def print_to_pdf(browser: Browser, html: bytes) -> bytes:
    """The PDF of a self-contained page, on the paper that its own `@page` rule names.

    Whatever the page asks of the network is refused. Raises `CaptureError` where the browser does not print it.
    """
    try:
        async with asyncio.timeout(PRINT_SECONDS), browser.context(PRINT_SECONDS) as context:
            await context.set_offline(True)
            await context.route("**/*", _refuse)
            page = await context.new_page()
            await page.set_content(html.decode("utf-8"), wait_until="load")
            return await page.pdf(prefer_css_page_size=True, print_background=True)
    except (TimeoutError, CaptureError) as error:
        first = (str(error.__cause__ or error).splitlines() or ["no reason given"])[0]
        raise CaptureError(f"print: Chromium gave no PDF of a page of {len(html)} bytes: {first}; try again") from error


async def _refuse(route: Route) -> None:
    await route.abort("blockedbyclient")
