"""Pauses CPython's cyclic garbage collector while large values without reference cycles are built."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

SWEEP_SECONDS = 10.0
"""How often a search is made while searches are held back for long."""


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search while many small values are made: it would cost a tenth to a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def spare_what_stays() -> None:
    """What is there now is searched no more: a process that serves holds it for long, and a search through a large
    estate would hold up every request. What nothing refers to any more is freed all the same."""
    gc.freeze()


@asynccontextmanager
async def collection_throttled() -> AsyncIterator[None]:
    """What is there already is not searched meanwhile, and what comes only every few seconds.

    A layout snapshot is ten thousand new lists; a search after every few hundred cost a run 10 ms a page.
    """
    with collection_paused():
        gc.freeze()
        sweeping = asyncio.ensure_future(_sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            gc.unfreeze()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        gc.collect()
