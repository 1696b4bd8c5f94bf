"""While the scheduler runs, what changed is judged again without being asked for."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.index import Index
from auditor.scheduler import SchedulerEngine, SchedulerOptions
from auditor.workflow.standing.standing import open_standing
from tests.workflow.standing_world import standing_world


def test_what_changed_is_judged_beside_the_schedules(tmp_path: Path) -> None:
    with standing_world(tmp_path / "w") as world:
        workspace = world.workspace
        records = [world.capture(number, 30, number) for number in range(3)]
    with Index.open(workspace.db) as index:
        index.record(records)
    seen: list[bool] = []

    def ended_when_judged() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with open_standing(workspace) as standing:
                if standing.reader.state(now()).settled:
                    seen.append(True)
                    break
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=ended_when_judged)
    options = SchedulerOptions(print_line=lambda _: None, tick_seconds=3600, standing_seconds=0.3)
    watcher.start()
    SchedulerEngine(workspace, options).run()
    watcher.join()
    assert seen == [True]


def test_rows_of_another_version_are_left_alone_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with standing_world(tmp_path / "w") as world:
        workspace = world.workspace
        records = [world.capture(number, 30, number) for number in range(3)]
    with Index.open(workspace.db) as index:
        index.record(records)
    looks = [0]

    def clock() -> datetime:
        looks[0] += 1
        return now()

    def said() -> int:
        return sum("restart this process" in one.getMessage() for one in caplog.records)

    def wait(until: float, told: Callable[[], object]) -> None:
        while not told() and time.monotonic() < until:
            time.sleep(0.05)

    def judged() -> bool:
        with Index.open(workspace.db) as index:
            return index.standing.head() is not None and not any(index.standing.outstanding())

    def ended_when_said() -> None:
        until = time.monotonic() + 60
        try:
            wait(until, judged)
            with sqlite3.connect(workspace.db, timeout=30) as other:
                other.execute("update standing_head set code = 'of another version'")
            wait(until, said)
            after = looks[0] + 8
            wait(until, lambda: looks[0] >= after)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=ended_when_said)
    options = SchedulerOptions(print_line=lambda _: None, clock=clock, tick_seconds=3600, standing_seconds=0.3)
    with caplog.at_level(logging.WARNING, logger="auditor"):
        watcher.start()
        SchedulerEngine(workspace, options).run()
        watcher.join()
    assert said() == 1
    with Index.open(workspace.db) as index:
        head = index.standing.head()
        assert head is not None and head.code == "of another version"
        assert len(list(index.standing.every("position"))) > 0
