"""A printer for rooms that need a PDF: Chromium, started when the first page is printed, ended with the work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

from auditor.capture import Browser, print_to_pdf
from auditor.clock import Clock
from auditor.errors import CaptureError
from auditor.model.targets.estate import BrowserSettings

PrintToPdf = Callable[[bytes], bytes]


@contextmanager
def pdf_printer(settings: BrowserSettings, clock: Clock) -> Iterator[PrintToPdf]:
    """Gives a function from HTML to PDF that may be called many times, from a thread without an event loop of its own.

    Calling it raises `CaptureError` where no browser can be had, or once the context has ended.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="printer", daemon=True)
    thread.start()
    stack, browsers = AsyncExitStack(), list[Browser]()

    async def print_in_loop(html: bytes) -> bytes:
        if not browsers:
            browsers.append(await stack.enter_async_context(Browser.open(settings, clock)))
        return await print_to_pdf(browsers[0], html)

    def print_html(html: bytes) -> bytes:
        if not thread.is_alive():
            raise CaptureError("print: the printer has ended with its context; print within it")
        return asyncio.run_coroutine_threadsafe(print_in_loop(html), loop).result()

    try:
        yield print_html
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
