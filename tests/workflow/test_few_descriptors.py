"""A machine that gives too few file descriptors: a run ends within its bound, and all of it is journalled."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from auditor.custody import open_workspace
from tests.workflow.http_estate import JsonSite, opened, serving

SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
SECONDS = 150
TRIES = 8
"""Processes that a Chromium began in vain, one after the other."""


def slow_down_what_tries_in_vain(command: subprocess.Popen[str]) -> None:
    """Leave the Chromium of a command a twentieth of its time once the network processes that it begins have ended
    time after time: else it begins a thousand more of them on a whole core, and answers as little."""
    while command.poll() is None:
        time.sleep(0.05)
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(command.pid).children(recursive=True)
            stopped = [*filter(_is_marked, below)] if sum(map(_has_ended, below)) >= TRIES else []
            for one in stopped:
                one.suspend()
            time.sleep(1)
            for one in stopped:
                one.resume()


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_marked(process: psutil.Process) -> bool:
    """Whether it is the Chromium that the program started, not one of its processes."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return any("--auditor-instance=" in word for word in words) and not any("--type=" in word for word in words)


@pytest.mark.parametrize("descriptors", [64, pytest.param(48, marks=pytest.mark.long)])
def test_a_run_whose_browser_never_answers_ends_with_a_gap_for_each_visit(tmp_path: Path, descriptors: int) -> None:
    """With 64, Chromium starts and answers nothing about cookies: its network process has no pipe."""
    root = tmp_path / "w"
    with serving(JsonSite()) as address, opened(root, address, 2):
        pass
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "--quiet", "run", *SANDBOX]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
    ) as running:
        slow_down_what_tries_in_vain(running)
        _, stderr = running.communicate(timeout=SECONDS)
    assert running.returncode == 1, stderr
    assert "Traceback" not in stderr
    told = stderr.splitlines()[-1]
    assert "ulimit -n" in told, told
    with open_workspace(root) as custody:
        (gap,) = custody.journal.entries(kinds=("gap",))
        assert gap.body["deployments"] == ["d0", "d1"]
        assert "ulimit -n" in str(gap.body["why"])
