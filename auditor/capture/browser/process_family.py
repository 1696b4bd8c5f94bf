"""A process with all that it started: found, weighed and ended by process id, never by name."""

from __future__ import annotations

import contextlib

import psutil

from auditor.clock import monotonic

PAUSE_SECONDS = 0.02


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
