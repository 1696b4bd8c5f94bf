"""Folders of one process below a replica, in which things are made before they get their names, and end after them.

Each is under a lock that ends with its process: what one that was killed left is taken away by the next look.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

PREFIX = ".scratch-"


class ReplicaScratch:
    """Those of this process. Any thread."""

    def __init__(self, root: Path) -> None:
        """`root`: of the replica. Nothing is made yet."""
        self._root = root
        self._guard = threading.Lock()
        self._own: Path | None = None
        self._lock = -1

    def folder(self) -> Path:
        """A new one, which is the caller's to remove."""
        with self._guard:
            while self._own is None or not self._own.is_dir():  # also where the whole replica was thrown away
                self._forget()
                self._own = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._root))
                with suppress(FileNotFoundError):
                    self._lock = os.open(self._own, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                    fcntl.flock(self._lock, fcntl.LOCK_SH)
            return Path(tempfile.mkdtemp(dir=self._own))

    def let_go(self, folder: Path) -> None:
        """Take a folder away. Its name goes at once and with all that is in it, whenever this process ends."""
        if not folder.exists():
            return
        gone = self.folder()
        with suppress(FileNotFoundError):
            folder.rename(gone / "gone")
        shutil.rmtree(gone, ignore_errors=True)

    def close(self) -> None:
        with self._guard:
            if self._own is not None:
                shutil.rmtree(self._own, ignore_errors=True)
            self._forget()

    def _forget(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        self._own, self._lock = None, -1


def clear_scratch(root: Path) -> None:
    """Take away what processes left that are no more."""
    for path in root.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError, BlockingIOError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)
