"""Fresh browser contexts with an about:blank page, opened ahead of the visits that use them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.proxy_tunnel import ProxyHop
from auditor.capture.browser.socket_gate import SocketGate
from auditor.model.targets.estate import BrowserSettings

MAX_WARM_PAGES = 16
CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class FreshPage:
    """An about:blank page in a fresh context, with its CDP session."""

    context: BrowserContext
    page: Page
    session: CDPSession
    gate: SocketGate
    crashed: bool = False
    flooded: bool = False
    """Whether its page told of so many events that the next visit of the process would wait for them."""
    on_tab: Callable[[str], None] = field(default=lambda _: None)
    """Told the address of each tab that its page was to open, and that was closed."""

    @property
    def usable(self) -> bool:
        """Whether its renderer still runs."""
        return not (self.crashed or self.page.is_closed())


async def new_context(
    browser: PlaywrightBrowser,
    settings: BrowserSettings,
    *,
    ignore_https_errors: bool = False,
    gate: SocketGate | None = None,
    state: Mapping[str, Any] | None = None,
) -> BrowserContext:
    """A fresh context: own cookies, own cache, own storage; `state`: what a person's sign-in put there."""
    return await browser.new_context(
        locale=settings.locale,
        timezone_id=settings.timezone,
        viewport={"width": settings.width, "height": settings.height},
        accept_downloads=False,
        ignore_https_errors=ignore_https_errors,
        proxy=gate.proxy if gate is not None else None,
        storage_state=cast("Any", state),
    )


async def open_fresh_page(
    browser: PlaywrightBrowser,
    settings: BrowserSettings,
    *,
    ignore_https_errors: bool = False,
    hop: ProxyHop | None = None,
    state: Mapping[str, Any] | None = None,
) -> FreshPage:
    """An empty page in a fresh context.

    `hop`: the proxy that all its connections go through. `state`: cookies and storage that the context begins with.
    """
    gate = await SocketGate.serve(hop)
    try:
        context = await new_context(browser, settings, ignore_https_errors=ignore_https_errors, gate=gate, state=state)
    except BaseException:
        gate.close()
        raise
    try:
        page = await context.new_page()
        blank = FreshPage(context, page, await context.new_cdp_session(page), gate)
    except BaseException:
        gate.close()
        await _close(context)
        raise
    page.on("crash", lambda _: setattr(blank, "crashed", True))
    return blank


async def _close(context: BrowserContext) -> None:
    """Close it if that can be had: what stays open ends with its process."""
    with contextlib.suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await context.close()


def _shut(opening: asyncio.Future[FreshPage]) -> None:
    """Close the gate of a page that was opened and is not used."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().gate.close()


class WarmPages:
    """Empty pages of one browser process that wait for visits; each is given once, to one visit."""

    def __init__(self, opening: Callable[[], Awaitable[FreshPage]]) -> None:
        self._opening = opening
        self._waiting: list[asyncio.Future[FreshPage]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self) -> None:
        """Begin to open one more."""
        if len(self._waiting) < MAX_WARM_PAGES:
            self._waiting.append(asyncio.ensure_future(self._opening()))

    async def take(self) -> FreshPage | None:
        """One that can be used; None where there is none."""
        while self._waiting:
            opening = self._waiting.pop(0)
            try:
                blank = await opening
            except PlaywrightError:  # a spare that failed is no fault of the visit
                continue
            except BaseException:  # the visit is over just as its page is there: nobody else knows of it
                opening.add_done_callback(_shut)
                raise
            if blank.usable:
                return blank
            blank.gate.close()
            await _close(blank.context)
        return None

    async def drop(self) -> None:
        """Give up those that are still being opened; the end of the process closes the others."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.add_done_callback(_shut)
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
