"""Work divided among processes: in order, whole or not at all, and nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.custody import Journal
from auditor.errors import AuditorError, EvidenceIndexError
from auditor.index import Index
from auditor.model.reports import Report
from auditor.reporting import EXPORTERS, ExportInput
from auditor.targets import load_estate
from auditor.workflow.report.compose import compose_report
from auditor.workflow.report.parallel import map_forked
from auditor.workspace import Workspace
from bench.estate_made import START, grown


def composed(root: Path, processes: int, portion: int) -> Report:
    with Index.open(Workspace(root).db) as index:
        return compose_report(
            load_estate(root / "targets.yaml"),
            index,
            Journal.open(root),
            START + timedelta(days=90),
            "w",
            told=60,
            processes=processes,
            portion=portion,
        )


def test_a_report_is_the_same_whatever_the_number_of_processes(tmp_path: Path) -> None:
    grown(tmp_path, 6, 0, 240)
    alone, several = composed(tmp_path, 1, 500), composed(tmp_path, 3, 7)
    assert len(alone.findings) > 80
    assert {"unchanged", "updated", "new", "absent"} == {one.baseline for one in alone.findings}
    assert replace(alone, history=()) == replace(several, history=())
    for form in ("json", "html", "csv"):
        pages = [EXPORTERS[form](ExportInput(report, lambda *_: None)) for report in (alone, several)]
        assert pages[0] == pages[1]
    assert multiprocessing.active_children() == []


def test_results_come_in_the_order_of_the_pieces() -> None:
    begun: list[int] = []
    found = list(map_forked(lambda piece: (piece, os.getpid()), range(20), 3, lambda: begun.append(1)))
    assert [piece for piece, _ in found] == list(range(20))
    assert len({process for _, process in found} | {os.getpid()}) == 4
    assert begun == []  # there, not here


def test_a_process_that_dies_ends_the_work() -> None:
    def task(piece: int) -> int:
        if piece == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return piece

    taken = []
    with pytest.raises(AuditorError, match="was ended from outside; nothing is reported without it"):
        for found in map_forked(task, range(20), 2, lambda: None):
            taken.append(found)
    assert taken == list(range(5))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_within_an_answer_ends_the_work() -> None:
    def task(_piece: int) -> bytes:
        # Ended a while after the answer of 64 MB began, of which a pipe holds 64 kB until somebody reads on.
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        return bytes(64 << 20)

    answers = map_forked(task, range(4), 2, lambda: None)
    with pytest.raises(AuditorError, match="was ended from outside; nothing is reported without it"):
        next(answers)
        for one in multiprocessing.active_children():
            one.join(30)
        next(answers)
    assert multiprocessing.active_children() == []


def test_an_error_is_raised_where_it_is_asked_for() -> None:
    def task(piece: int) -> int:
        if piece == 3:
            raise EvidenceIndexError("index: it is gone. Run: auditor rebuild")
        return 1 // (piece - 5)

    with pytest.raises(EvidenceIndexError, match="it is gone"):
        list(map_forked(task, range(4), 2, lambda: None))
    with pytest.raises(AuditorError, match=r"failed \(ZeroDivisionError: "):
        list(map_forked(task, [4, 5], 2, lambda: None))
    assert multiprocessing.active_children() == []


def test_who_stops_taking_leaves_nobody_behind() -> None:
    found = map_forked(lambda piece: "x" * 100_000, range(1_000), 2, lambda: None)
    assert len(next(found)) == 100_000
    found.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


ENDLESS = """
import os, sys
from auditor.workflow.report.parallel import map_forked
found = map_forked(lambda piece: "x" * 100_000, range(10**6), 2, lambda: os.write(1, b"%d\\n" % os.getpid()))
next(found)
next(found)
os.write(1, b"ready\\n")
sys.stdin.read()
"""


def test_a_parent_that_is_killed_leaves_nobody_behind() -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        lines = [parent.stdout.readline().decode().strip() for _ in range(3)]
        crew = [os.pidfd_open(int(line)) for line in lines if line != "ready"]
        parent.kill()
        for one in crew:
            assert select.select([one], [], [], 30)[0], "a process goes on without its parent"
            os.close(one)
    assert len(crew) == 2
