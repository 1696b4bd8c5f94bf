"""Faults of the store, of maintenance and of numbers while visits are made: every slot ends once, and ledger, rows and
store agree. Judged as `test_chaos` is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.fleet.visits.queue import OFFERED_AT_ONCE
from auditor.workflow.fleet.asked_runs import ask_for_run
from tests.fleet.database_proxy import Way, database_proxy
from tests.fleet.servers import StoreServer
from tests.fleet.store_faults import Fault, faulty_store
from tests.fleet.world import FleetWorld, end, kill_alone
from tests.workflow import http_estate
from tests.workflow.http_estate import JsonSite

ENDED = "select count(*) = 0 from auditor.request where ended_at is null"
Make = Callable[[str], FleetWorld]
FAULTS: dict[str, dict[str, list[Fault]]] = {
    "slow": {"PUT": ["slow"] * 2, "GET": ["slow"] * 2},
    "conflict": {"PUT": ["conflict"] * 2},
    "kept, and told as an error": {"PUT": ["landed"] * 2},
    "other bytes": {"GET": ["flipped"]},
    "half of the bytes": {"GET": ["short"] * 2},
    "full": {"PUT": ["full"] * 6},
    "no listing": {"LIST": ["error"] * 6},
}
"""What the store does from the moment at which a page is loaded."""


class HeldSite(JsonSite):
    """Answers no page before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived, self.go = threading.Semaphore(0), threading.Event()

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.arrived.release()
        self.go.wait(150)
        return super().answer(request)


@pytest.mark.long
@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_the_store_is_wrong_in_the_middle_of_visits(
    faults: dict[str, list[Fault]], fleet: Make, store: StoreServer
) -> None:
    """The package stays staged until the store has it; what was visited is not visited again but where the store gave
    back other bytes than it was given."""
    site = HeldSite()
    with http_estate.serving(site) as address, faulty_store(store.port) as proxy:
        world = fleet(http_estate.targets(address, 2))
        world.maintain(())
        with world.worker(environment={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}) as process:
            assert site.arrived.acquire(timeout=120)
            proxy.faults = {method: list(those) for method, those in faults.items()}
            site.go.set()
            world.until(ENDED, maintained=True)
            end(process, signal.SIGTERM)
        assert not any(proxy.faults.values()), f"faults that nothing met: {proxy.faults}"
        world.judge(captures=2)
        if "flipped" not in faults.get("GET", []):
            assert world.one("select count(*) from auditor.attempt") == 2, world.said()


@contextmanager
def maintaining(world: FleetWorld, name: str, database: str = "") -> Iterator[subprocess.Popen[str]]:
    """`auditor fleet maintain` as a process in a folder of its own, as on another machine; killed at the end where it
    has not ended. `database`: where it reaches it, where that is not as the world does."""
    home = world.root.with_name(f"maintenance-{name}")
    shutil.copytree(world.root / "keys", home / "keys")
    shutil.copy(world.root / "targets.yaml", home)
    command = [
        sys.executable, "-m", "auditor", "--workspace", str(home), "fleet", "maintain", "--every", "0.3",
        "--database", database or world.database, "--store", world.store,
    ]  # fmt: skip
    with (world.root / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, text=True, env={**os.environ, **world.environment}, start_new_session=True
        )
    try:
        yield process
    finally:
        end(process)
        said = (world.root / f"{name}.log").read_text()
        assert "Traceback" not in said, said[-4000:]


def leads(world: FleetWorld, name: str, times: int = 1) -> None:
    """Wait until a process has said so often that it leads."""
    stop = time.monotonic() + 60
    while (said := (world.root / f"{name}.log").read_text()).count("this process leads") < times:
        assert time.monotonic() < stop, said
        time.sleep(0.1)


@pytest.mark.long
def test_two_maintain_and_the_one_that_leads_is_frozen_and_woken(fleet: Make, store: StoreServer) -> None:
    """While it is frozen visits go on and nobody signs; once the database has ended its session the other one leads,
    and what it does when it wakes doubles nothing."""
    site = JsonSite()
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 6))
        world.maintain()
        with maintaining(world, "first") as first, maintaining(world, "second") as second, world.worker() as process:
            stop = time.monotonic() + 60
            while True:
                said = {name: (world.root / f"{name}.log").read_text() for name in ("first", "second")}
                if leading := [name for name, text in said.items() if "this process leads" in text]:
                    break
                assert time.monotonic() < stop, said
                time.sleep(0.1)
            assert len(leading) == 1, said
            assert "store: object versions: no" in said[leading[0]]
            frozen, other = (first, "second") if leading == ["first"] else (second, "first")
            ask_for_run(world.database, ())
            world.until("select count(*) > 0 from auditor.attempt")
            os.killpg(frozen.pid, signal.SIGSTOP)
            world.until(ENDED)
            assert "this process leads" not in (world.root / f"{other}.log").read_text(), (
                "the lease is the frozen one's"
            )
            world.ask(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name like '%%maintenance%%'"
            )
            leads(world, other)
            os.killpg(frozen.pid, signal.SIGCONT)
            ask_for_run(world.database, ())
            world.until("select count(*) = 12 from auditor.request where ended_at is not null")
            for one in (process, first, second):
                end(one, signal.SIGTERM)
        world.judge(captures=12)


@pytest.mark.parametrize("way", [pytest.param("question", marks=pytest.mark.long), "answer"])
def test_maintenance_does_not_hear_whether_its_line_was_kept(way: Way, fleet: Make, store: StoreServer) -> None:
    """As where the database's server is lost: it leads again by what the ledger says, and doubles nothing."""
    world = fleet(http_estate.targets("http://127.0.0.1:9/", 1))
    world.maintain()
    with database_proxy(world.database) as proxy:
        with maintaining(world, "only", proxy.before(world.database)) as process:
            leads(world, "only")
            proxy.lost = True
            proxy.hold("commit\0", way, after="append_exact")
            ask_for_run(world.database, ())
            assert proxy.arrived.wait(60)
            proxy.release.set()
            leads(world, "only", 2)
            world.until("select count(*) = 1 from auditor.request")
            end(process, signal.SIGTERM)
        said = (world.root / "only.log").read_text()
        assert "maintenance waits: " in said and "did not answer whether it kept the line" in said
        assert world.one("select count(distinct run) from auditor.request") == 1


@pytest.mark.long
def test_ten_thousand_that_are_due_at_once_end_once_each(fleet: Make, store: StoreServer) -> None:
    """All are planned, a short queue of them is offered, and, where nobody comes, each is given up with one gap, by
    passes of two thousand each, the first of which was killed."""
    world = fleet(http_estate.targets("http://127.0.0.1:9/", 10_000))
    world.maintain(())
    assert world.one("select count(*) from auditor.request where ended_at is null") == 10_000
    queued = "select count(*) from auditor_queue.procrastinate_jobs where status = 'todo'"
    assert world.one(queued) == OFFERED_AT_ONCE, "a short queue; the rest waits as rows"
    world.ask("update auditor.request set give_up_at = clock_timestamp() returning 1")
    with maintaining(world, "killed") as process:
        world.until("select count(*) > 500 from auditor.request where ended_at is not null")
        kill_alone(process)
    assert world.one("select count(*) from auditor.request where ended_at is null") > 0, "killed in the middle"
    world.until("select count(*) = 0 from auditor.request where ended_at is null", maintained=True)
    world.judge(captures=0, gaps=10_000)
