"""A disk of a test's own that can be full: a file system in memory, mounted where a server or a worker writes."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fleet.servers import scratch

ROOMY = 4 << 30
"""Bytes that it may have; of memory it takes what is written."""


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system."""

    folder: Path

    def fill(self, left: int = 0) -> None:
        """From now on it takes `left` bytes more, in whole pages."""
        for _ in range(50):
            found = os.statvfs(self.folder)
            with contextlib.suppress(subprocess.CalledProcessError):  # somebody wrote meanwhile
                self._resize((found.f_blocks - found.f_bfree) * found.f_frsize + left)
                return
        raise AssertionError("somebody writes on and on")

    def make_room(self) -> None:
        """It takes what comes."""
        self._resize(ROOMY)

    def _resize(self, size: int) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self.folder))


@contextlib.contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """One with room. Fails, or skips where the fleet's tests were not asked for, where nothing can be mounted."""
    folder = scratch("disk")
    try:
        try:
            _run("mount", "-t", "tmpfs", "-o", f"size={ROOMY},mode=755", "tmpfs", str(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            why = f"no disk can be filled here: a file system is mounted by root alone, where that is allowed: {error}"
            (pytest.fail if os.environ.get("FLEET_TESTS") == "required" else pytest.skip)(why)
        try:
            yield SmallDisk(folder)
        finally:
            _run("umount", "--lazy", str(folder))
    finally:
        folder.rmdir()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)
