"""Playwright's own process, which starts and drives Chromium: begun and ended within bounds, or told why not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright, async_playwright

from auditor.capture.browser.playwright_internals import use_fast_json
from auditor.errors import CaptureError
from auditor.model.targets.estate import BrowserSettings

START_SECONDS = 60.0
"""For this process, and for Chromium: where the machine gives no file descriptors, either never answers."""
STOP_SECONDS = 10.0
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser")


async def start_driver() -> Playwright:
    """Playwright's own process. It is a program of its own, and may lack a library of the machine."""
    starting = async_playwright()
    try:
        async with asyncio.timeout(START_SECONDS):
            playwright = await starting.start()
    except TimeoutError as late:
        raise CaptureError(why_no_answer("Playwright's driver does not start", START_SECONDS)) from late
    except Exception as error:
        # A driver that ends at once is told by a bare Exception.
        why = (str(error).splitlines() or ["no reason given"])[0]
        raise CaptureError(f"Playwright's driver does not start: {why}. Run: auditor doctor") from error
    use_fast_json(starting)
    return playwright


async def stop_driver(driver: Playwright) -> None:
    """End Playwright's own process, if it answers."""
    with contextlib.suppress(TimeoutError, PlaywrightError):
        async with asyncio.timeout(STOP_SECONDS):
            await driver.stop()


def find_executable(settings: BrowserSettings) -> str:
    """The Chromium to start: the one set, else the system's; empty for Playwright's own."""
    if settings.executable:
        return settings.executable
    return next((found for name in EXECUTABLES if (found := shutil.which(name))), "")


def why_no_start(executable: str, settings: BrowserSettings, error: Exception) -> str:
    """Why Chromium does not start, and what to do."""
    name = executable or "Playwright's own Chromium"
    text = str(error)
    if settings.sandbox and hasattr(os, "geteuid") and os.geteuid() == 0:
        return f"{name} does not start as root with its sandbox on; run as another user, or set browser.sandbox: false"
    first = next((line for line in text.splitlines() if line.strip()), "no reason given")
    return f"{name} does not start: {first}; install `chromium-headless-shell` or set browser.executable"


def why_ended(error: Exception) -> str:
    """What is told of a Chromium that fails as it is used."""
    first = next((line for line in str(error).splitlines() if line.strip()), "no reason given")
    return f"Chromium started and failed: {first}; look at the limit of open files (ulimit -n). Run: auditor doctor"


def why_no_answer(what: str, seconds: float) -> str:
    """What is told of a program that runs and says nothing."""
    return f"{what} within {seconds:g} s; look at the limit of open files (ulimit -n) and memory. Run: auditor doctor"
