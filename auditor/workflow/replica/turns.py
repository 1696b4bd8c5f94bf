"""One process at a time does a thing; others wait a while. The kernel's lock ends with its process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STEP = 0.03


@contextmanager
def my_turn(lock: Path, seconds: float) -> Iterator[bool]:
    """Whether this process has its turn until the block ends; False where another one went on for so long."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield _waited(handle, time.monotonic() + seconds)
    finally:
        os.close(handle)


def _waited(handle: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(STEP)
        else:
            return True
