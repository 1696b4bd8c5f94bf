"""Trying the browser, once and for nobody's evidence: which Chromium it is, whether it starts and draws Chinese.

Nothing is visited: the one page is our own, of characters to be drawn.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from playwright.async_api import Error as PlaywrightError

from auditor.capture.browser.driver import DriverError, find_executable
from auditor.capture.browser.process import Browser
from auditor.capture.environment.cjk_fonts import draws_cjk
from auditor.clock import Clock
from auditor.errors import CaptureError
from auditor.model.targets.estate import BrowserSettings

Hindrance = Literal["", "driver", "absent", "sandbox", "start"]
"""What keeps the browser from starting: nothing; Playwright's own process; no such program; its sandbox, without which
it starts; something else."""


@dataclass(frozen=True, slots=True)
class BrowserTrial:
    """What one start of Chromium showed."""

    launched: str
    """The program that is started; empty for Playwright's own."""
    hindrance: Hindrance
    detail: str = ""
    """The first line of what the program said against it."""
    version: str = ""
    executable: str = ""
    """The binary that ran."""
    sandbox: bool = True
    """Whether it was asked to run in its own sandbox."""
    glyphs_ok: bool | None = None
    """Whether Chinese characters are drawn, each differently; None where nothing could be drawn."""
    glyphs_fact: str = ""
    playwright: str = ""


async def try_browser(settings: BrowserSettings, clock: Clock) -> BrowserTrial:
    """Start Chromium as `settings` say and let it draw; where its sandbox alone hinders it, say so. Never raises for
    a browser that cannot be had."""
    begun = BrowserTrial(
        find_executable(settings), "", sandbox=settings.sandbox, playwright=importlib.metadata.version("playwright")
    )
    found = await _tried(begun, settings, clock)
    if found.hindrance == "start" and settings.sandbox:
        without = await _tried(begun, replace(settings, sandbox=False), clock)
        if not without.hindrance:
            return replace(without, hindrance="sandbox", detail=found.detail, sandbox=True)
    return found


async def _tried(begun: BrowserTrial, settings: BrowserSettings, clock: Clock) -> BrowserTrial:
    if settings.executable and shutil.which(settings.executable) is None:
        return replace(begun, hindrance="absent", detail=settings.executable)
    try:
        async with Browser.open(settings, clock) as browser:
            process = browser.process
            async with browser.context() as context:
                glyphs_ok, fact = await draws_cjk(context)
            return replace(
                begun,
                version=process.version,
                executable=process.executable,
                glyphs_ok=glyphs_ok,
                glyphs_fact=fact,
            )
    except DriverError as error:
        return replace(begun, hindrance="driver", detail=first_line(error))
    except CaptureError as error:
        cause = error.__cause__
        if not isinstance(cause, PlaywrightError):  # it runs and does not answer, or has ended by itself
            return replace(begun, hindrance="start", detail=first_line(error))
        own = not begun.launched
        return replace(begun, hindrance="absent" if own and not _own_browser() else "start", detail=first_line(cause))


def _own_browser() -> bool:
    """Whether Playwright has a Chromium of its own on this machine."""
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return any(folder.glob("chromium*"))


def first_line(error: BaseException) -> str:
    """The first line that says something."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
