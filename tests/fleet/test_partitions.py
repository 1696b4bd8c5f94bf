"""A worker whose cable is cut in the middle of a visit, silently, each way by itself: nothing is kept twice or lost."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.demo.http_server import LoopbackServer
from tests.fleet import servers
from tests.fleet.cut_network import NETWORK, CutNetwork, cut_network, lacking
from tests.fleet.fixtures import require_servers
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.test_chaos import BEGUN, ENDED, SlowSite
from tests.fleet.test_store_chaos import leads, maintaining
from tests.fleet.world import FleetWorld, end
from tests.workflow import http_estate

WAYS = {"inward": (True, False), "outward": (False, True), "both": (True, True)}
TOLD = "select number, worker, began_at::text, ended_at::text, outcome, now()::text from auditor.attempt"
SAT_OUT, FENCED = 9.0, 25.0
"""Seconds of silence that a session outlives, and within which the database ends it: keepalive after 5, three probes,
two seconds apart."""


@dataclass(frozen=True)
class Servers:
    """A database and a store that networks of workers reach."""

    postgres: PostgresServer
    store: StoreServer


@pytest.fixture(scope="module")
def reached() -> Iterator[Servers]:
    require_servers()
    if lacks := lacking():
        if os.environ.get("FLEET_TESTS") == "required":
            pytest.fail(f"no cable can be cut here: needs {lacks}")
        pytest.skip(f"no cable can be cut here: needs {lacks}")
    with servers.postgres_server(networks=[NETWORK]) as postgres, servers.store_server("0.0.0.0") as store:
        yield Servers(postgres, store)


class Partitioned:
    """A fleet of one deployment, whose workers are each behind a cable of their own and reach their own page."""

    def __init__(self, folder: Path, reached: Servers, stack: ExitStack) -> None:
        self.site, self._reached = SlowSite(), reached
        stack.callback(self.site.go.set)
        self.first, self.second = stack.enter_context(cut_network()), stack.enter_context(cut_network())
        port = servers.free_port()
        for network in (self.first, self.second):
            page = network.listening(lambda: LoopbackServer(self.site, name="page", port=port))
            page.start()
            stack.callback(page.stop)
        database = reached.postgres.new_database(f"t{secrets.token_hex(6)}")
        place = f"s3://evidence/t{secrets.token_hex(6)}"
        targets = http_estate.targets(f"http://127.0.0.1:{port}/", 1)
        self.world = FleetWorld.make(folder, database, place, reached.store.environment, targets)
        self.world.maintain(())

    def worker(self, stack: ExitStack, network: CutNetwork, name: str) -> subprocess.Popen[str]:
        """A worker behind that cable."""
        database = self.world.database.replace("127.0.0.1", network.here)
        store = self._reached.store.endpoint.replace("127.0.0.1", network.here)
        return stack.enter_context(
            self.world.worker(
                name, environment={"AWS_ENDPOINT_URL": store}, database=database, within=network.within
            )
        )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seconds", [5, 15])
@pytest.mark.parametrize("way", WAYS)
def test_a_cable_is_cut_in_the_middle_of_a_visit(
    way: str, seconds: int, tmp_path: Path, reached: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_in_the_middle(way, seconds, tmp_path, reached, monkeypatch)


def cut_in_the_middle(
    way: str, seconds: int, tmp_path: Path, reached: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One visit whose worker's cable is cut for so long."""
    for name, value in reached.store.environment.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        case = Partitioned(tmp_path / "fleet", reached, stack)
        first = case.worker(stack, case.first, "first")
        assert case.site.arrived.acquire(timeout=120), case.world.said("first")
        second = case.worker(stack, case.second, "second")
        case.world.until("select count(*) = 2 from auditor.worker")
        maintenance = stack.enter_context(maintaining(case.world, "only"))
        leads(case.world, "only")
        inward, outward = WAYS[way]
        cut = time.monotonic()
        case.first.cut(inward=inward, outward=outward)
        case.site.go.set()
        time.sleep(seconds)
        if seconds > FENCED:
            assert not case.world.one(BEGUN) or case.world.one(
                "select count(distinct worker) = 2 from auditor.attempt"
            ), f"the session that was cut off holds the deployment no more: {case.world.ask(TOLD)}"
        case.first.mend()
        lasted = time.monotonic() - cut
        case.world.until(ENDED)
        for process in (second, first, maintenance):
            end(process, signal.SIGTERM)
        lines = case.world.judge(captures=1)
    attempts = case.world.one("select count(*) from auditor.attempt")
    said = [one.kind for one in lines if one.kind in {"intent", "gap", "capture"}]
    assert said.count("intent") == attempts and said.count("gap") == attempts - 1
    assert attempts == 1 or lasted > SAT_OUT, "a short cut is sat out"
