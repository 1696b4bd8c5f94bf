"""SIGKILL of a whole `auditor run`, browser and all: after the next run nothing is lost, half made or stamped twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from auditor.custody import Journal
from auditor.demo import CREDENTIALS, DemoEnvironment
from tests.story.conftest import SANDBOX, Workspace
from tests.story.in_process import Inside

ONLY = ("--only", "libmsc-cn", "--only", "libmsc-net")

DRIVER = """
import os, signal, sys
from auditor.cli import main
point, tally = int(sys.argv.pop(1)), sys.argv.pop(1)
count = 0
def watch(event, arguments):
    global count
    if event == "fcntl.flock" or (count and event.startswith(("open", "os.", "fcntl.", "socket.", "subprocess."))):
        count += 1
        if count == point:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
try:
    main()
finally:
    with open(tally, "w") as out:
        out.write(str(count))
"""
"""`auditor` in a process that, once it holds the workspace, counts what Python tells its auditors of calls into
the operating system (files, sockets, programs; in every thread) and dies at one of them."""


def lived(workspace: Workspace, point: int, tally: Path) -> int:
    """Run `auditor run`, killed at a point of its life; its exit status. Its browser ends with it."""
    command = [sys.executable, "-c", DRIVER, str(point), str(tally), "--workspace", str(workspace.root), "run"]
    with subprocess.Popen(
        [*command, *SANDBOX, *ONLY],
        env={**os.environ, **CREDENTIALS},
        cwd=workspace.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        status = process.wait(timeout=240)
        if status == -signal.SIGKILL:
            _end_session(process.pid)
    return status


def _end_session(leader: int) -> None:
    """What the killed process started itself: its browser driver and browser, in its own session."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def nothing_is_lost(workspace: Workspace) -> None:
    """The next run recovers; then every promise holds."""
    workspace.run("--only", "libmsc-net")
    assert "verdict: passed" in workspace.auditor("verify")
    evidence = workspace.root / "evidence"
    assert not any((evidence / ".staging").iterdir())
    ledger = Journal.open(workspace.root).ledger
    assert not ledger.open_intents()
    assert not ledger.standing.runs, "every run is closed"
    assert list(ledger.slots_left()) == [], "neither visited nor a gap"
    assert list(ledger.intents_ended_otherwise()) == []
    homes = {path.parent.relative_to(evidence).as_posix() for path in evidence.glob("*/*/manifest.json")}
    assert homes == {record.home for record in ledger.packages()}
    for subject, records in ledger.stamped():
        verified = Counter(r.verdict.authority for r in records if r.verdict.status == "verified")
        assert all(count == 1 for count in verified.values()), f"{subject} was stamped twice: {verified}"
    assert len(list(evidence.glob("*/*/manifest.*.tsr"))) == 2 * ledger.standing.captures, "every package is sealed"


def _killed(workspace: Workspace, tmp_path: Path, points: Sequence[tuple[int, int]]) -> None:
    """Kill runs at parts of a life that is counted first; after each of them nothing is lost."""
    tally = tmp_path / "tally"
    assert lived(workspace, 0, tally) == 0
    total = int(tally.read_text())
    killed = 0
    for part, parts in points:
        point = total * (2 * part + 1) // (2 * parts)
        assert point, f"{total} points of a life cannot be parted in {parts}"
        status = lived(workspace, point, tally)
        assert status in {0, -signal.SIGKILL}, f"at {point} of {total}: {status}"
        killed += status != 0
        nothing_is_lost(workspace)
    assert killed >= len(points) * 9 // 10


def test_a_run_killed_at_3_points(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    _killed(Inside(make_workspace().root), tmp_path, [(part, 3) for part in range(3)])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", range(10))
def test_a_run_killed_at_20_of_200_points(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace], tmp_path: Path, first: int
) -> None:
    _killed(Inside(make_workspace().root), tmp_path, [(part, 200) for part in range(first, 200, 10)])
