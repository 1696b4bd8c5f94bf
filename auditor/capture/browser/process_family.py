"""A process with all that it started: found, weighed and ended by process id, never by name."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from auditor.clock import monotonic
from auditor.errors import CaptureError

PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class BrowserProcess:
    """The running Chromium, as the machine sees it."""

    pid: int
    executable: str
    """The binary that runs, behind any start script."""
    launched: str
    """The file that was started."""
    version: str
    command_line: tuple[str, ...]


def marked_processes(mark: str) -> list[psutil.Process]:
    """Our own descendants that have the mark on their command line: the browser process, behind any start script."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            line = child.cmdline()
            if mark in line and not any(part.startswith("--type=") for part in line):
                found.append(child)
    return found


def children_with(variable: str) -> list[psutil.Process]:
    """Our own children that have a variable in their environment which is not in ours."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children() if variable not in os.environ else ():
        with contextlib.suppress(psutil.Error):
            if variable in child.environ():
                found.append(child)
    return found


def find_browser_process(mark: str, executable: str, version: str) -> BrowserProcess:
    """The browser process, by the mark on its command line."""
    found = marked_processes(mark)
    if not found:
        raise CaptureError("Chromium was started but its process cannot be found; it may have ended at once")
    binary = found[-1]
    leader = found[0]
    path = str(Path(f"/proc/{binary.pid}/exe").readlink()) if Path(f"/proc/{binary.pid}/exe").exists() else binary.exe()
    return BrowserProcess(leader.pid, path, executable or path, version, tuple(binary.cmdline()))


def family_of(pid: int) -> list[psutil.Process]:
    """A process and all that it started, each known by id and start time."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def resident_bytes(pid: int) -> int:
    """Bytes of memory that a process and all that it started hold."""
    total = 0
    for process in family_of(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def end_family(family: list[psutil.Process]) -> None:
    """Kill what is left; an id that meanwhile belongs to another process is left alone."""
    left = _ended(family, 1)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _ended(left, 3)


def _ended(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes to end; those that did not. One that ended and whose parent did not ask yet has ended."""
    until = monotonic() + seconds
    left = [process for process in processes if _runs(process)]
    while left and monotonic() < until:
        psutil.wait_procs(left, timeout=PAUSE_SECONDS)
        left = [process for process in left if _runs(process)]
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
