"""One request's visit in this process: what it needs, what its package says, and what becomes of it where it fails."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.custody import LocalEvidenceStore
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.errors import VaultError
from auditor.fleet import DatabaseAddress, FleetRoster, PublishedEstate, Vantage, WorkerState, connect
from auditor.formats import manifest
from auditor.model.events import CaptureCommitted
from auditor.model.ports import EvidenceStore
from auditor.workflow.fleet.worker_fitness import FitnessCheck
from auditor.workflow.fleet.worker_visit import WorkerMeans, WorkerPlace, WorkerTools, WorkerVisit
from auditor.workflow.wiring import open_credentials, read_targets
from auditor.workspace import Workspace
from tests.fleet.test_planning import planner_of
from tests.fleet.world import LIMIT, FleetWorld
from tests.workflow import http_estate
from tests.workflow.http_estate import JsonSite


@dataclass
class LongLine:
    """A way to the database on which the near side can be cut while the far side stays."""

    target: int
    far: list[socket.socket] = field(default_factory=list)
    near: list[socket.socket] = field(default_factory=list)

    threads: list[threading.Thread] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._start(self._serve, listener)
            try:
                yield listener.getsockname()[1]
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                self.cut()
                self.let_go()
                for thread in self.threads:
                    thread.join(10)

    def _start(self, act: Callable[..., None], *values: socket.socket) -> None:
        self.threads.append(threading.Thread(target=act, args=values, daemon=True))
        self.threads[-1].start()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.near.append(near)
                self.far.append(far)
                self._start(_carry, near, far)
                self._start(_carry, far, near)

    def cut(self) -> None:
        """The near side is gone; the far side hears nothing of it until `let_go`."""
        _shut(self.near)

    def let_go(self) -> None:
        _shut(self.far)


def _shut(sockets: list[socket.socket]) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    sockets.clear()


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Until `one` ends: what it says, to the other."""
    with contextlib.suppress(OSError), one:
        while data := one.recv(65536):
            other.sendall(data)


class Fleet:
    """A fleet of a folder and a database, and a worker of it whose visits are made here."""

    def __init__(self, root: Path, database: str, site: JsonSite, stack: ExitStack, count: int = 1) -> None:
        self.world = FleetWorld.make(
            root, database, "", {}, http_estate.targets(stack.enter_context(http_estate.serving(site)), count)
        )
        self.store: EvidenceStore = LocalEvidenceStore(root / "kept")
        self.pool = stack.enter_context(ThreadPoolExecutor(2))
        self.estate = read_targets(Workspace(root))[0]
        with planner_of(self.world) as planner:
            planner.begin_run(())
        with connect(DatabaseAddress(database), "auditor_worker") as connection:
            FleetRoster(connection, DatabaseAddress(database)).register(WorkerState("w-1", "main", "h", 1, "s", 1))

    def fitness(self, database: str = "") -> FitnessCheck:
        def sources() -> dict[str, str]:
            return dict(self.estate.sources)

        return FitnessCheck(DatabaseAddress(database or self.world.database), "main", self.world.root, sources, sources)

    def visit(self, deployment: str = "d0", database: str = "") -> bool:
        """Make the visit of a deployment's request; whether it was kept."""
        address, workspace = DatabaseAddress(database or self.world.database), Workspace(self.world.root)
        means = WorkerMeans(workspace, self.estate, now, open_credentials(workspace, self.estate))
        tools = WorkerTools(means, http_estate.unopened_browser(), http_estate.clean_machine())
        place = WorkerPlace(address, self.store, "w-1", "main")
        making = WorkerVisit(place, lambda: tools, self.fitness(database).ask, self.pool)
        (request,) = self.world.ask("select id from auditor.request where deployment = %s", deployment)[0]
        return asyncio.run(making.make(request, None))

    def package_facts(self) -> dict[str, str]:
        """What the one package says of where it was made."""
        with planner_of(self.world) as planner:
            planner.instruments.journal.follow()
            (line,) = planner.instruments.journal.entries(kinds=("capture",))
        data = self.store.read(f"{CaptureCommitted.of(line).package}/{manifest.NAME}", LIMIT)
        facts = manifest.decode_manifest(data).capture.facts
        return {name: facts[name] for name in ("worker", "vantage", "egress") if name in facts}

    def put_off_for(self) -> float:
        return float(
            self.world.one("select extract(epoch from next_try_at - clock_timestamp())::float from auditor.request")
        )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class Observer(JsonSite):
    def answer(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"198.51.100.7\n", media_type="text/plain")


def test_a_package_names_the_address_that_was_held_against_the_vantage(
    tmp_path: Path, empty_database: str, stack: ExitStack
) -> None:
    """Also the first one of a worker, which nobody has asked before."""
    fleet = Fleet(tmp_path / "fleet", empty_database, JsonSite(), stack)
    observer = stack.enter_context(http_estate.serving(Observer()))
    with planner_of(fleet.world) as planner:
        FleetRoster(planner.connection, planner.address).declare(Vantage("main", ("198.51.100.0/24",), observer))
    assert fleet.visit()
    assert fleet.package_facts() == {"worker": "w-1", "vantage": "main", "egress": "198.51.100.7"}


def test_where_nobody_tells_the_address_a_package_names_none(
    tmp_path: Path, empty_database: str, stack: ExitStack
) -> None:
    fleet = Fleet(tmp_path / "fleet", empty_database, JsonSite(), stack)
    assert fleet.visit()
    assert fleet.package_facts() == {"worker": "w-1", "vantage": "main"}
    assert not fleet.visit(), "it has ended"


def test_a_vantage_that_is_gone_and_a_fleet_without_a_key_give_no_work(
    tmp_path: Path, empty_database: str, stack: ExitStack
) -> None:
    site = JsonSite()
    fleet = Fleet(tmp_path / "fleet", empty_database, site, stack)
    address = DatabaseAddress(fleet.world.database)
    fleet.world.ask("delete from auditor.vantage returning id")
    with connect(address, "auditor_worker") as connection:
        assert "vantage main is not known to this fleet any more" in fleet.fitness().ask(connection).why
    assert not fleet.visit() and not site.asked and 50 < fleet.put_off_for() < 61
    fleet.world.ask("insert into auditor.vantage (id) values ('main') returning id")
    fleet.world.ask("delete from auditor.estate returning box")
    with connect(address, "auditor_worker") as connection:
        assert "no key for secrets yet" in fleet.fitness().ask(connection).why
    with connect(address, "auditor_maintenance") as connection:
        FleetRoster(connection, address).publish(PublishedEstate(dict(fleet.estate.sources), "box"))
    with connect(address, "auditor_worker") as connection:
        assert fleet.fitness().ask(connection).why == ""


def test_what_cannot_be_begun_is_put_off_and_is_no_gap(tmp_path: Path, empty_database: str, stack: ExitStack) -> None:
    site = JsonSite()
    fleet = Fleet(tmp_path / "fleet", empty_database, site, stack)
    (fleet.world.root / "kept").write_bytes(b"")  # nothing can be staged below it
    with pytest.raises(VaultError):
        fleet.visit()
    assert 20 < fleet.put_off_for() < 31 and not site.asked
    assert fleet.world.one("select count(*) from auditor.attempt") == 0
    assert fleet.world.one("select count(*) from auditor.ledger where kind = 'gap'") == 0


def test_what_is_not_kept_is_a_gap_and_tried_again_later_each_time(
    tmp_path: Path, empty_database: str, stack: ExitStack
) -> None:
    fleet = Fleet(tmp_path / "fleet", empty_database, JsonSite(), stack)
    (fleet.world.root / "kept" / "evidence").mkdir(parents=True)
    (fleet.world.root / "kept" / "evidence" / "d0").write_bytes(b"")  # no package can get there
    for seconds in (30, 60, 120):
        with pytest.raises(VaultError):
            fleet.visit()
        assert seconds - 10 < fleet.put_off_for() < seconds + 1
        assert not fleet.visit(), "it is not due"
        fleet.world.ask("update auditor.request set next_try_at = clock_timestamp() returning id")
    said = fleet.world.ask("select outcome, why like 'the visit was not kept: VaultError%%' from auditor.attempt")
    assert said == [("gap", True)] * 3


def test_a_visit_whose_connection_is_lost_waits_for_its_own_former_session(
    tmp_path: Path, empty_database: str, stack: ExitStack
) -> None:
    """The database learns of a cut seconds later, and until then that session has the lease: nobody else's visit."""

    class Cutting(JsonSite):
        def answer(self, request: HttpRequest) -> HttpResponse:
            line.cut()
            threading.Timer(2.5, line.let_go).start()
            return super().answer(request)

    head, _, rest = empty_database.rpartition(":")
    port, _, name = rest.partition("/")
    line = LongLine(int(port))
    near = stack.enter_context(line.open())
    fleet = Fleet(tmp_path / "fleet", empty_database, Cutting(), stack)
    began = time.monotonic()
    assert fleet.visit(database=f"{head}:{near}/{name}")
    assert time.monotonic() - began > 2
    assert fleet.world.ask("select outcome from auditor.attempt") == [("capture",)]
    assert fleet.world.slots_ended_otherwise() == []
