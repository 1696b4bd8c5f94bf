"""While the scheduler runs, what changed is judged again without being asked for."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

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
