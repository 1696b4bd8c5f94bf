"""docs/fleet.md: its commands as processes, up to a closed run; and what is said where one cannot begin."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from auditor.demo.http_server import HttpRequest, HttpResponse
from tests.docs_commands import page_commands
from tests.fleet.world import SANDBOX, FleetWorld
from tests.prepared_process import run_auditor
from tests.workflow import http_estate
from tests.workflow.http_estate import JsonSite

PAGE = "docs/fleet.md"
Make = Callable[[str], FleetWorld]


class Observer(JsonSite):
    def answer(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"203.0.113.5\n", media_type="text/plain")


def environment(world: FleetWorld) -> dict[str, str]:
    return {**os.environ, **world.environment, "AUDITOR_DATABASE": world.database, "AUDITOR_STORE": world.store}


def auditor(world: FleetWorld, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run_auditor("--workspace", str(world.root), *arguments, env=environment(world), cwd=world.root)
    assert "internal fault" not in done.stderr, done.stderr
    return done


@contextmanager
def running(world: FleetWorld, *arguments: str, log: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that is asked to stop at the end, where it was not killed."""
    command = [sys.executable, "-m", "auditor", "--workspace", str(world.root), *arguments]
    told = world.root / f"{log or arguments[0]}.log"
    with told.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(world), text=True)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) in {0, -signal.SIGKILL}, told.read_text()
        finally:
            process.kill()
            process.wait(10)


def test_the_commands_of_the_page(fleet: Make) -> None:
    prepare, vantage, maintain, worker, run, status, party, notary = (
        shlex.split(one)[1:] for one in page_commands(PAGE)
    )
    site = JsonSite()
    with http_estate.serving(site) as address, http_estate.serving(Observer()) as observer:
        targets = http_estate.targets(address, 2).replace("  d1: {", "  head-office: {vantage: eu, ")
        world = fleet(targets)
        assert auditor(world, *prepare).stdout == "nothing to do\n"
        made = auditor(world, *party)
        assert made.returncode == 0 and made.stdout.startswith("notary.example+"), made.stderr
        refused = auditor(world, *notary, *SANDBOX)
        assert refused.returncode == 2 and "no other party's by targets.yaml" in refused.stderr, refused.stderr
        declared = [observer if one.startswith("https://") else one for one in vantage]
        assert auditor(world, *declared).stdout == "vantage eu: egress 203.0.113.0/24, served by any user\n"
        with running(world, *maintain, "--every", "0.3"), running(world, *worker, *SANDBOX):
            world.until("select count(*) = 1 from auditor.estate")
            assert auditor(world, *run).returncode == 0
            world.until("select count(*) = 1 from auditor.request where outcome = 'capture'")
            world.until("select count(*) = 1 from auditor.ledger where kind = 'run.closed'")
            found = auditor(world, *status)
            assert found.returncode == 0, found.stdout
            assert "maintenance: at work" in found.stdout and "clock" in found.stdout
            told = json.loads(auditor(world, *status, "--json").stdout)
            assert told["healthy"] and told["maintained"]
            assert [one["egress"] for one in told["vantages"] if one["id"] == "eu"] == [["203.0.113.0/24"]]
            assert [each["egress"] for one in told["vantages"] for each in one["workers"]] == ["203.0.113.5"]
    assert site.asked == ["d1"]
    world.judge(captures=1)
    after = auditor(world, *status)
    assert after.returncode == 3 and "nobody leads" in after.stdout


@pytest.mark.long
def test_of_two_maintenances_the_second_takes_over_where_the_first_is_killed(fleet: Make) -> None:
    with http_estate.serving(JsonSite()) as address:
        world = fleet(http_estate.targets(address, 6))
        maintain = ("fleet", "maintain", "--every", "0.3")
        with running(world, *maintain, log="first") as first:
            world.until("select auditor.lease_holder('maintenance') is not null")
            with running(world, *maintain, log="second"):
                assert auditor(world, "fleet", "run").returncode == 0
                world.until("select count(*) = 6 from auditor.request")
                first.kill()
                with running(world, "worker", *SANDBOX, log="worker"):
                    world.until("select count(*) = 1 from auditor.ledger where kind = 'run.closed'")
            assert "this process leads" in (world.root / "second.log").read_text()
        assert world.one("select count(distinct run) from auditor.request") == 1
    world.judge(captures=6)


@pytest.mark.long
def test_what_is_said_where_a_worker_cannot_begin(fleet: Make) -> None:
    with http_estate.serving(JsonSite()) as address:
        world = fleet(http_estate.targets(address, 1))
        found = auditor(world, "worker", "--vantage", "nowhere", *SANDBOX)
        assert found.returncode == 2
        assert found.stderr.startswith("vantage nowhere: not known to this fleet; declare it: auditor fleet vantage")
        with psycopg.connect(world.database, autocommit=True) as owner:
            owner.execute("comment on schema auditor_queue is 'procrastinate 1.0'")
        found = auditor(world, "worker", *SANDBOX)
        assert found.returncode == 2 and "the queue was made by procrastinate 1.0" in found.stderr
        assert "the queue made" in auditor(world, "fleet", "prepare").stdout
        with psycopg.connect(world.database, autocommit=True) as owner:
            owner.execute("delete from auditor.schema_version where number > 1")
        found = auditor(world, "worker", *SANDBOX)
        assert found.returncode == 2 and "its schema is of version 1" in found.stderr
        found = auditor(world, "fleet", "vantage", "eu", "--egress", "nonsense")
        assert found.returncode == 2 and "give a network" in found.stderr
        assert all(len(one.splitlines()) == 1 for one in (found.stderr,))
