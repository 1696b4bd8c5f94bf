"""The lock that admits one writing process per workspace (`flock`)."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor import clock
from auditor.custody.files import durable
from auditor.errors import VaultError

NAME = ".auditor.lock"
GRACE, STEP = 5.0, 0.02
"""Seconds to wait for the lock of a process that has ended, and between two looks."""


@contextmanager
def lock_workspace(root: Path, at: clock.Clock = clock.now) -> Iterator[None]:
    """Hold the workspace for this process; `VaultError` naming the holder where another has it.

    The kernel holds the lock (`flock`), not the file: it ends with the process, `kill -9` included.
    """
    with durable.os_errors_as_vault_error(root / NAME):
        handle = os.open(root / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        _take(handle, root)
        with durable.os_errors_as_vault_error(root / NAME):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} since {clock.timestamp(at())}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, root: Path) -> None:
    """A holder that was killed while it started `openssl` leaves the lock to that child until it begins to run."""
    waited = 0.0
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another process"
            if waited >= GRACE or _lives(holder):
                said = f"{root}: the workspace is in use by {holder}; wait for it to end, or end it"
                raise VaultError(said) from None
            time.sleep(STEP)
            waited += STEP
        else:
            return


def _lives(holder: str) -> bool:
    found = re.match(r"process ([1-9][0-9]{0,9}) ", holder)
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def is_locked(root: Path) -> bool:
    """Whether some process holds the workspace now."""
    try:
        handle = os.open(root / NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
