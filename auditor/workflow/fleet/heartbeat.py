"""A worker's signs of life, on a thread of their own: no visit that blocks holds them up, and no error ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from auditor.errors import AuditorError

LOGGER = logging.getLogger("auditor.workflow")


async def keep_beating(beat: Callable[[], None], seconds: float, notify: Callable[[str], None]) -> None:
    """Until it is cancelled: a beat, told to the service manager where it was taken, and a pause of `seconds`."""
    own = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
    try:
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(own, beat)
                notify("WATCHDOG=1")
            except AuditorError as error:
                LOGGER.warning("no sign of life: %s", error)
            except Exception:  # the next one may succeed; the service manager sees that this one did not
                LOGGER.error("no sign of life", exc_info=True)
            await asyncio.sleep(seconds)
    finally:
        own.shutdown(wait=False)
