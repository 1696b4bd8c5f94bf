"""A machine that gives too few file descriptors: a run ends within its bound, and all of it is journalled."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.custody import open_workspace
from tests.workflow.http_estate import JsonSite, opened, serving

SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
SECONDS = 150


@pytest.mark.parametrize("descriptors", [64, pytest.param(48, marks=pytest.mark.long)])
def test_a_run_whose_browser_never_answers_ends_with_a_gap_for_each_visit(tmp_path: Path, descriptors: int) -> None:
    """With 64, Chromium starts and answers nothing about cookies: its network process has no pipe."""
    root = tmp_path / "w"
    with serving(JsonSite()) as address, opened(root, address, 2):
        pass
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "--quiet", "run", *SANDBOX]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    told = ended.stderr.splitlines()[-1]
    assert "ulimit -n" in told, told
    with open_workspace(root) as custody:
        (gap,) = custody.journal.entries(kinds=("gap",))
        assert gap.body["deployments"] == ["d0", "d1"]
        assert "ulimit -n" in str(gap.body["why"])
