"""Playwright's own process, which starts and drives Chromium: begun and ended within bounds, or told why not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import threading
from dataclasses import dataclass

import psutil
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright, async_playwright

from auditor.capture.browser.playwright_internals import process_id, use_fast_json
from auditor.capture.browser.process_family import children_with, end_family, family_of
from auditor.errors import CaptureError
from auditor.model.targets.estate import BrowserSettings

START_SECONDS = 60.0
"""For this process, and for Chromium: where the machine gives no file descriptors, either never answers."""
STOP_SECONDS = 10.0
TURN_SECONDS = 0.05
_OF_PLAYWRIGHT = "PW_CLI_DISPLAY_VERSION"
"""Stands in the environment of what Playwright starts, whatever program that becomes."""
_STARTING = threading.Lock()
"""One start at a time, in whatever loop: what Playwright started meanwhile is then the start's own."""
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser")


class DriverError(CaptureError):
    """Playwright's own process cannot be had; nothing is known of Chromium."""


@dataclass(frozen=True, slots=True)
class Driver:
    """Playwright's own process, which answers."""

    playwright: Playwright
    pid: int


async def start_driver() -> Driver:
    """Playwright's own process. It is a program of its own, and may lack a library of the machine.

    Raises `DriverError`; then no process of it is left.
    """
    while not _STARTING.acquire(blocking=False):  # noqa: ASYNC110 (whoever holds it may be in another loop)
        await asyncio.sleep(TURN_SECONDS)
    try:
        return await _start()
    finally:
        _STARTING.release()


async def _start() -> Driver:
    starting = async_playwright()
    before = await asyncio.to_thread(children_with, _OF_PLAYWRIGHT)
    try:
        async with asyncio.timeout(START_SECONDS):
            playwright = await starting.start()
        pid = process_id(starting) or await _pid_since(before)
    except BaseException as error:
        await _end_since(before)
        if isinstance(error, TimeoutError):
            raise DriverError(why_no_answer("Playwright's driver does not start", START_SECONDS)) from error
        if not isinstance(error, Exception) or isinstance(error, DriverError):
            raise
        # A driver that ends at once is told by a bare Exception.
        why = (str(error).splitlines() or ["no reason given"])[0]
        raise DriverError(f"Playwright's driver does not start: {why}. Run: auditor doctor") from error
    use_fast_json(starting)
    return Driver(playwright, pid)


async def stop_driver(driver: Driver) -> None:
    """End Playwright's own process with all that it started: politely if it answers, then each by its id."""
    family = await asyncio.to_thread(family_of, driver.pid)
    try:
        with contextlib.suppress(TimeoutError, PlaywrightError):
            async with asyncio.timeout(STOP_SECONDS):
                await driver.playwright.stop()
    finally:
        await asyncio.shield(asyncio.to_thread(end_family, family))


async def _since(before: list[psutil.Process]) -> list[psutil.Process]:
    """What Playwright started since."""
    return [child for child in await asyncio.to_thread(children_with, _OF_PLAYWRIGHT) if child not in before]


async def _pid_since(before: list[psutil.Process]) -> int:
    """The driver's process id, where this version of Playwright does not tell it."""
    for child in await _since(before):
        return child.pid
    raise DriverError(f"Playwright's driver started and cannot be found. Unset {_OF_PLAYWRIGHT} in the environment")


async def _end_since(before: list[psutil.Process]) -> None:
    for child in await _since(before):
        await asyncio.to_thread(end_family, family_of(child.pid))


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
