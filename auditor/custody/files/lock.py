"""The lock that admits one holder per workspace (`flock`)."""

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
"""Seconds to wait for the lock of a process that has ended, or is about to end, and between two looks."""
AT_REST = ", at rest"
"""Stands in the file where the holder has nothing under way."""


class WorkspaceLock:
    """The lock, held. The kernel holds it (`flock`), not the file: it ends with the last process that has the open
    file, `kill -9` included."""

    def __init__(self, handle: int, at: clock.Clock) -> None:
        self.handle = handle
        self._said = f"process {os.getpid()} since {clock.timestamp(at())}"

    def tell(self, *, at_rest: bool = False) -> None:
        """Write into the file who holds the workspace, and whether anything is under way in it."""
        with durable.os_errors_as_vault_error(NAME):
            line = f"{self._said}{AT_REST if at_rest else ''}\n".encode()
            os.pwrite(self.handle, line, 0)
            os.ftruncate(self.handle, len(line))

    def close(self) -> None:
        os.close(self.handle)


def try_lock(root: Path, at: clock.Clock = clock.now) -> WorkspaceLock | None:
    """Hold the workspace for this process; None where another process holds it."""
    with durable.os_errors_as_vault_error(root / NAME):
        handle = os.open(root / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = WorkspaceLock(handle, at)
        held.tell()
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:  # also where this process is being stopped: nobody else knows the handle
        os.close(handle)
        raise
    return held


@contextmanager
def lock_workspace(root: Path, at: clock.Clock = clock.now) -> Iterator[WorkspaceLock]:
    """Hold the workspace for this process; `VaultError` naming the holder where another has it."""
    waited = 0.0
    while (held := try_lock(root, at)) is None:
        # A holder that was killed while it started `openssl` leaves the lock to that child until it begins to run, and
        # to the commands that worked through it until they know of it.
        if waited >= GRACE or holder_lives(root):
            raise in_use(root)
        time.sleep(STEP)
        waited += STEP
    try:
        yield held
    finally:
        held.close()


def holder(root: Path) -> str:
    """Who holds the workspace, as the file says; nobody has to hold it."""
    try:
        handle = os.open(root / NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        return os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
    finally:
        os.close(handle)


def in_use(root: Path) -> VaultError:
    """The refusal, which names the holder."""
    who = holder(root).removesuffix(AT_REST) or "another process"
    return VaultError(f"{root}: the workspace is in use by {who}; wait for it to end, or end it")


def holder_lives(root: Path) -> bool:
    """Whether the process that the file names is there."""
    found = re.match(r"process ([1-9][0-9]{0,9}) ", holder(root))
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


def is_at_work(root: Path) -> bool:
    """Whether something is under way in the workspace: it is held, and its holder does not rest."""
    return is_locked(root) and not holder(root).endswith(AT_REST)
