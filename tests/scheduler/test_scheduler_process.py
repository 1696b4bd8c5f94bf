"""The process itself: it fires, answers probes, ends on SIGTERM with everything recorded, and survives the worst."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.scheduler.loopback_estate import SANDBOX, Place, Site, serving, targets

ANY_TIME = "schedules: {often: {every_seconds: 2, grace_seconds: 600}}\n"


@contextmanager
def started(place: Place, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of our own, in a group of its own; nothing of it outlives the test."""
    process = subprocess.Popen(
        place.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    family = psutil.Process(process.pid)
    try:
        yield process
    finally:
        children = family.children(recursive=True) if process.poll() is None else []
        for one in [*children, *([family] if process.poll() is None else [])]:
            one.kill()
        process.communicate()


def endings(place: Place) -> Counter[str]:
    """How often each intent ended."""
    ended: Counter[str] = Counter({str(entry.body["intent"]): 0 for entry in place.entries("intent")})
    for kind in ("capture", "gap"):
        ended.update(str(entry.body["intent"]) for entry in place.entries(kind) if entry.body.get("intent"))
    return ended


def test_sigterm_finishes_what_is_under_way_and_records_the_rest(tmp_path: Path) -> None:
    site = Site(hold=threading.Event())
    with serving(site) as address:
        place = Place.make(tmp_path / "w", targets(address, 6, ANY_TIME))
        command = ("schedule", "--listen", "127.0.0.1:0", "--concurrency", "1", *SANDBOX)
        with started(place, *command) as process:
            assert process.stderr is not None
            found = re.search(r"http://[0-9.]+:\d+/healthz", process.stderr.readline())
            assert found is not None
            assert site.arrived.acquire(timeout=120), "no visit began"
            health = requests.get(found[0], timeout=60)
            metrics = requests.get(found[0].replace("healthz", "metrics"), timeout=60)
            process.send_signal(signal.SIGTERM)
            assert site.hold is not None
            site.hold.set()
            process.wait(timeout=120)
            assert process.returncode == 0
        assert (health.status_code, health.json()["well"]) == (200, True)
        assert "auditor_deployments 6.0" in metrics.text
    (closed,) = place.entries("run.closed")
    assert closed.body["stopped"] is True
    assert set(endings(place).values()) == {1}
    captured = [str(entry.body["deployment"]) for entry in place.entries("capture")]
    assert captured == ["d0"]
    (rest,) = place.entries("gap")
    assert rest.body["deployments"] == ["d1", "d2", "d3", "d4", "d5"]
    actions = [str(entry.body["action"]) for entry in place.entries("schedule")]
    assert (actions[:2], actions[-1]) == (["started", "adopted"], "stopped")
    assert set(actions[2:-1]) <= {"overlap"}, "the schedule's next moments may have come while its visit was held"


def command_line(process: psutil.Process) -> str:
    """What a process was started with; nothing of one that ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("count", [24, pytest.param(50, marks=pytest.mark.long)])
def test_as_many_endings_as_intents(tmp_path: Path, count: int) -> None:
    """A hung page, a killed browser and a killed worker in the middle of a long run, and a restart."""
    site = Site(hanging=frozenset({"d3"}))
    with serving(site) as address:
        place = Place.make(tmp_path / "w", targets(address, count, f"{ANY_TIME}politeness: {{seconds_between: 0}}\n"))
        with started(place, "run", "--concurrency", "2", *SANDBOX) as process:
            worker = psutil.Process(process.pid)
            for _ in range(count * 3 // 10):
                assert site.arrived.acquire(timeout=120)
            browsers = [
                one for one in worker.children(recursive=True)
                if "--auditor-instance" in (line := command_line(one)) and "--type=" not in line
            ]  # fmt: skip
            assert browsers
            for one in browsers:
                one.kill()
            for _ in range(count * 3 // 10):
                assert site.arrived.acquire(timeout=120), "the browser was not replaced"
            family = worker.children(recursive=True)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
            psutil.wait_procs(family, timeout=30)
            assert [one for one in family if alive(one)] == []
        before = len(place.entries("capture"))
        place.auditor("run", *SANDBOX, "--only", "d0")
    (first, _) = [entry.body["run"] for entry in place.entries("run.opened")]
    intents = [entry for entry in place.entries("intent") if entry.body["run"] == first]
    gaps = [entry for entry in place.entries("gap") if entry.body["run"] == first]
    captures = [entry for entry in place.entries("capture") if entry.body["run"] == first]
    assert count // 5 < before <= len(captures) < count
    assert set(endings(place).values()) == {1}, "every intent has one ending"
    never_begun = [entry for entry in gaps if not entry.body["intent"]]
    assert len(intents) + len(never_begun) == count
    assert len(captures) + len(gaps) == count, "every planned slot has one ending"
    states = {str(entry.body["deployment"]): str(entry.body["state"]) for entry in captures}
    assert states["d3"] == "failed"
    assert sum(state == "complete" for state in states.values()) >= len(states) - 4
    checks = json.loads(place.auditor("verify", "--json", expect=5))["checks"]
    assert not [check for check in checks if check["verdict"] == "failed"]


def test_a_host_that_asks_to_be_left_alone_is_left_alone(tmp_path: Path) -> None:
    site = Site(busy={"d1": "3600"})
    with serving(site) as address:
        place = Place.make(tmp_path / "w", targets(address, 5, "politeness: {longest_wait_seconds: 5}\n"))
        place.auditor("run", *SANDBOX, "--concurrency", "1")
        assert sorted(set(site.asked)) == ["d0", "d1"]
        gaps = [entry.body for entry in place.entries("gap")]
        assert [gap["deployment"] for gap in gaps] == ["d2", "d3", "d4"]
        assert all("asked to be left alone" in str(gap["why"]) for gap in gaps)
        (noted,) = place.entries("schedule")
        assert (noted.body["action"], noted.body["host"]) == ("retry_after", "127.0.0.1")
        place.auditor("run", *SANDBOX)
        assert sorted(set(site.asked)) == ["d0", "d1"], "the next run knows it too"
