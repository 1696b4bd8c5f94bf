"""One process per workspace."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor import clock
from auditor.custody import disk
from auditor.errors import VaultError

NAME = ".auditor.lock"


@contextmanager
def lock(root: Path, at: clock.Clock = clock.now) -> Iterator[None]:
    """Hold the workspace for this process; `VaultError` naming the holder where another has it.

    The kernel holds the lock (`flock`), not the file: it ends with the process, `kill -9` included.
    """
    with disk.storing(root / NAME):
        handle = os.open(root / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise VaultError(f"{root}: the workspace is in use by {holder}; wait for it to end, or end it") from None
        with disk.storing(root / NAME):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} since {clock.timestamp(at())}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def held(root: Path) -> bool:
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
