"""SIGKILL at any point of a run: after a restart nothing is lost, nothing is half, nothing is stamped twice."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from auditor import custody
from auditor.custody.journal.journal import Journal
from auditor.model.evidence import Verification
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities

WATCHED = {"posix", "fcntl", "_io"}
"""Modules whose calls reach the operating system: each call is a point at which the process may be killed."""


class Countdown:
    """Counts calls into the operating system in every thread; kills its own process at the chosen one."""

    def __init__(self, point: int | None, report: int | None = None) -> None:
        self.point = point
        self.count = 0
        self.report = report

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "c_call" or getattr(argument, "__module__", None) not in WATCHED:
            return
        self.count += 1
        if self.count == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


def lived(work: Callable[[], None], point: int | None, tally: Path | None = None) -> int:
    """Do the work in a child killed at a point; 0 where it came to its end. `tally` gets the number of points."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            countdown = Countdown(point)
            threading.setprofile(countdown)
            sys.setprofile(countdown)
            work()
            sys.setprofile(None)
            if tally is not None:
                tally.write_text(str(countdown.count))
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def told(found: Verification) -> list[str]:
    return [f"{c.name} {c.subject} {c.detail}" for c in found.checks if c.verdict != "passed"]


def recovered(root: Path, stamps: Authorities) -> None:
    """Start again, seal what waits, and hold the workspace to its promises."""
    practice.begin(root)
    with custody.open_workspace(root) as held:
        later = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        later.seal_outbox()
        custody.sign_checkpoint(held.journal, later, "after the interruption")
    found = custody.verify_workspace(root)
    assert told(found) == []
    assert not any((root / "evidence" / ".staging").iterdir()), "something half made was left"
    ledger = Journal.open(root).ledger
    assert not ledger.open_intents()
    assert not ledger.standing.runs
    for subject, records in ledger.stamped():
        verified = Counter(r.verdict.authority for r in records if r.verdict.status == "verified")
        assert all(count == 1 for count in verified.values()), f"{subject} was stamped twice: {verified}"


def _points(tmp_path: Path, stamps: Authorities, many: int) -> list[int]:
    tally = tmp_path / "tally"
    assert lived(lambda: practice.run(tmp_path / "whole", stamps, ("c1",)), None, tally) == 0
    total = int(tally.read_text())
    assert total > many
    return [1 + (total - 1) * step // (many - 1) for step in range(many)]


def _crash_everywhere(tmp_path: Path, stamps: Authorities, many: int) -> None:
    killed = 0
    for point in _points(tmp_path, stamps, many):
        root = tmp_path / f"at-{point}"
        status = lived(lambda root=root: practice.run(root, stamps, ("c1",)), point)  # type: ignore[misc]
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, f"at {point}: {status}"
        killed += status != 0
        recovered(root, stamps)
    assert killed >= many * 9 // 10


def test_a_kill_at_12_points(tmp_path: Path, stamps: Authorities) -> None:
    _crash_everywhere(tmp_path, stamps, 12)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_kill_at_200_points(tmp_path: Path, stamps: Authorities) -> None:
    _crash_everywhere(tmp_path, stamps, 200)


def test_a_kill_during_the_recovery_itself(tmp_path: Path, stamps: Authorities) -> None:
    points = _points(tmp_path, stamps, 8)
    for point in points[2:-1:2]:
        root = tmp_path / f"again-{point}"
        lived(lambda root=root: practice.run(root, stamps, ("c1",)), point)  # type: ignore[misc]
        for second in (40, 90, 160):
            lived(lambda root=root: recovered(root, stamps), second)  # type: ignore[misc]
        recovered(root, stamps)


def test_a_line_torn_by_a_power_cut_is_completed(workspace: Path) -> None:
    """The head was exchanged, the line itself is on the disk in part, or not at all."""
    path = workspace / "evidence" / "journal" / "tail.jsonl"
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for kept in (0, 1, len(last) // 2, len(last) - 1):
        path.write_bytes(whole[: len(whole) - len(last) + kept])
        assert custody.verify_workspace(workspace).verdict == "failed", "until it is recovered, it does not pass"
        with custody.open_workspace(workspace) as held:
            assert held.recovered[0].endswith("was written")
        assert path.read_bytes() == whole
    assert custody.verify_workspace(workspace).verdict == "passed"
