"""Faults at named points of a visit: whatever happens, every slot ends once, and ledger, rows and store agree.

Each case is judged by one query and one full check of chain, head, tiles and objects (`FleetWorld.judge`). The short
form has the points before and after what cannot be taken back; the others are marked long.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from zipfile import is_zipfile

import psycopg
import pytest

from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.fleet import AttemptLog, DatabaseAddress, DatabaseLease, RequestBook, connect
from auditor.formats import manifest
from auditor.workflow.fleet.status import fleet_status
from tests.fleet.database_proxy import Way, database_proxy
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.store_proxy import store_proxy
from tests.fleet.world import FleetWorld, end, kill_alone
from tests.workflow import http_estate
from tests.workflow.http_estate import JsonSite

ENDED = "select count(*) = 0 from auditor.request where ended_at is null"
BEGUN = "select count(*) = 1 from auditor.attempt where ended_at is null"
REFUSED = "select count(*) = 1 from auditor.worker where refused like %s"
WAITS = (
    "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock' and query like %s"
    " and datname = current_database()"
)
SILENT = "update auditor_queue.procrastinate_workers set last_heartbeat = now() - interval '1 hour' returning id"
"""As though the 20 s had passed after which a worker of the queue counts as gone."""
LEASES = (
    "select count(*) from pg_locks where locktype = 'advisory' and granted and objsubid = 1"
    " and database = (select oid from pg_database where datname = current_database())"
)
Make = Callable[[str], FleetWorld]


class SlowSite(JsonSite):
    """Answers no page before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived, self.go = threading.Semaphore(0), threading.Event()

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.arrived.release()
        self.go.wait(150)
        return super().answer(request)


class Case:
    """One fleet of one deployment, with everything that can be held back."""

    def __init__(self, make: Make, stack: ExitStack, store: StoreServer, count: int = 1) -> None:
        self.site, self.proxy = SlowSite(), stack.enter_context(store_proxy(store.port))
        stack.callback(self.site.go.set)
        address = stack.enter_context(http_estate.serving(self.site))
        self.world = make(http_estate.targets(address, count))
        self.database = stack.enter_context(database_proxy(self.world.database))
        self.world.maintain(())
        self._holder = stack.enter_context(psycopg.connect(self.world.database))

    def hold(self, statement: str = "select from auditor.head for update") -> None:
        """Nobody gets past that lock until `let_go`; nobody can append to the ledger where no other is given."""
        self._holder.execute(statement.encode())

    def let_go(self) -> None:
        self._holder.rollback()

    def staged(self) -> list[Path]:
        """What the first worker has under way on its disk."""
        return list((self.world.root / "worker-first" / "evidence" / ".staging").iterdir())

    def packed(self) -> list[Path]:
        """What it has made to be put into the store."""
        return list((self.world.root / "worker-first" / "evidence" / ".outgoing").glob("*"))

    def kept(self) -> list[str]:
        """What the store has."""
        store = self.world.evidence("asked")
        found = list(store.homes())
        store.close()
        return found


def while_it_registers(case: Case) -> None:
    kill_at_the_lock(case, "lock table auditor.worker in share mode", "%register_worker%")


def while_it_fetches_a_job(case: Case) -> None:
    kill_at_the_lock(case, "lock table auditor_queue.procrastinate_jobs in share mode", "%fetch_job%")


def between_the_leases_of_deployment_and_host(case: Case) -> None:
    kill_at_the_lock(case, "lock table auditor.host in share mode", "%take_host%")


def before_the_lease_is_asked_for(case: Case) -> None:
    kill_at_the_statement(case, "take_lease", "question")
    assert case.world.one(LEASES) == 0


def before_it_hears_that_it_has_the_lease(case: Case) -> None:
    """The database has given the lease; the worker does not know."""

    def given() -> None:
        case.world.until(LEASES.replace("count(*)", "count(*) = 1"))

    kill_at_the_statement(case, "take_lease", "answer", given)
    case.world.until(LEASES.replace("count(*)", "count(*) = 0"))


def between_the_lease_and_the_attempt_s_row(case: Case) -> None:
    kill_at_the_statement(case, "begin_attempt", "question")
    assert case.world.one("select count(*) from auditor.attempt") == 0


def before_it_hears_of_the_intent_s_line(case: Case) -> None:
    kill_at_the_statement(case, "begin_attempt", "answer")
    assert case.world.one(BEGUN), "the intent is in the ledger"


def before_it_hears_of_the_capture_s_line(case: Case) -> None:
    kill_at_the_statement(case, "end_attempt", "answer")
    assert case.world.one(ENDED), "the line is in the ledger"


def kill_at_the_statement(case: Case, words: str, way: Way, reached: Callable[[], object] = lambda: None) -> None:
    case.site.go.set()
    case.database.hold(words, way)

    def held() -> bool:
        found = case.database.arrived.wait(120)
        reached()
        return found

    kill_a_worker(case, held)
    case.world.ask(SILENT)


def kill_at_the_lock(case: Case, lock: str, waiting: str) -> None:
    case.hold(lock)
    case.site.go.set()
    kill_a_worker(case, lambda: case.world.until(WAITS, waiting))
    case.let_go()


def at_the_intent(case: Case) -> None:
    case.hold()
    case.site.go.set()
    kill_a_worker(case, lambda: case.world.until(WAITS, "%begin_attempt%"))
    case.let_go()


def while_the_page_loads(case: Case) -> None:
    kill_a_worker(case, lambda: case.site.arrived.acquire(timeout=120))
    case.site.go.set()


def while_it_drains_after_sigterm(case: Case) -> None:
    with case.world.worker("first") as process:
        assert case.site.arrived.acquire(timeout=120)
        process.send_signal(signal.SIGTERM)
        stop = time.monotonic() + 30
        while "visits under way are finished" not in case.world.said("first"):
            assert time.monotonic() < stop, case.world.said("first")
            time.sleep(0.1)
        kill_alone(process)
    case.site.go.set()


def between_the_staged_files_and_the_package(case: Case) -> None:
    kill_at_the_store(case, "LIST")
    assert (len(case.staged()), case.packed(), case.kept()) == (1, [], [])


def while_the_package_is_packed(case: Case) -> None:
    """The last of its files is read for as long as nobody writes into it: a pipe was laid in its place."""

    def held() -> None:
        (folder,) = case.staged()
        file = folder / manifest.NAME
        file.unlink()
        os.mkfifo(file)
        case.proxy.release.set()
        open_to_write_once_it_is_read(file)

    kill_at_the_store(case, "LIST", held)
    (packed,) = case.packed()
    assert not is_zipfile(packed) and case.kept() == []


def before_the_object_is_put(case: Case) -> None:
    kill_at_the_store(case, "PUT")
    assert (len(case.packed()), case.kept()) == (1, [])


def after_the_object_is_put(case: Case) -> None:
    kill_at_the_store(case, "GET")
    assert (len(case.packed()), len(case.kept())) == (1, 1)


def while_the_object_is_sent(case: Case) -> None:
    kill_at_the_store(case, "PUT", within=True)
    assert (len(case.packed()), case.kept()) == (1, [])


def while_the_object_is_read_back(case: Case) -> None:
    kill_at_the_store(case, "GET", within=True)
    assert (len(case.packed()), len(case.kept())) == (1, 1)


def kill_at_the_store(
    case: Case, asked: str, then: Callable[[], object] = lambda: None, *, within: bool = False
) -> None:
    """Requests for that are held back from the visit on, or cut within; a worker that starts has tried the store
    before. `then`: what happens once one has arrived."""

    def held() -> bool:
        assert case.site.arrived.acquire(timeout=120)
        if within:
            case.proxy.cut = {asked}
        else:
            case.proxy.held = {asked}
        case.site.go.set()
        found = case.proxy.arrived.acquire(timeout=120)
        then()
        return found

    kill_a_worker(case, held)


def open_to_write_once_it_is_read(pipe: Path) -> None:
    """It is closed at the end of this process: whoever reads waits meanwhile."""
    stop = time.monotonic() + 60
    while True:
        try:
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO and time.monotonic() < stop, "nobody reads it"
            time.sleep(0.02)
        else:
            return


def before_the_line_is_committed(case: Case) -> None:
    def held() -> None:
        assert case.site.arrived.acquire(timeout=120)
        case.hold()
        case.site.go.set()
        case.world.until(WAITS, "%end_attempt%")

    kill_a_worker(case, held)
    case.let_go()


def after_the_line_is_committed(case: Case) -> None:
    case.site.go.set()
    kill_a_worker(case, lambda: case.world.until(ENDED))


def before_the_queue_is_told(case: Case) -> None:
    """The line is committed and the lease released; the job of the queue still counts as under way."""

    def held() -> None:
        assert case.site.arrived.acquire(timeout=120)
        case.hold("lock table auditor_queue.procrastinate_jobs in share mode")
        case.site.go.set()
        case.world.until(WAITS, "%finish_job%")

    kill_a_worker(case, held)
    case.let_go()


def kill_a_worker(case: Case, reached: Callable[[], object]) -> None:
    """Start a worker, wait until the point is reached, kill it."""
    proxied = {"AWS_ENDPOINT_URL": case.proxy.endpoint}
    with case.world.worker("first", environment=proxied, database=case.database.before(case.world.database)) as process:
        assert reached() is not False, case.world.said("first")
        kill_alone(process)


POINTS = [
    while_it_registers, while_it_fetches_a_job, before_the_lease_is_asked_for, before_it_hears_that_it_has_the_lease,
    between_the_leases_of_deployment_and_host, between_the_lease_and_the_attempt_s_row, at_the_intent,
    before_it_hears_of_the_intent_s_line, while_the_page_loads, while_it_drains_after_sigterm,
    between_the_staged_files_and_the_package, while_the_package_is_packed, before_the_object_is_put,
    while_the_object_is_sent, after_the_object_is_put, while_the_object_is_read_back, before_the_line_is_committed,
    before_it_hears_of_the_capture_s_line, after_the_line_is_committed, before_the_queue_is_told,
]  # fmt: skip
SHORT = {while_the_page_loads, while_the_package_is_packed}


@pytest.mark.parametrize(
    "point", [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in POINTS],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_a_worker_is_killed(point: Callable[[Case], None], fleet: Make, store: StoreServer) -> None:
    with ExitStack() as stack:
        case = Case(fleet, stack, store)
        point(case)
        killed = time.monotonic()
        case.proxy.held, case.proxy.cut = set(), set()
        with case.world.worker("first") as again:
            case.world.until(ENDED, maintained=True)
            took = time.monotonic() - killed
            end(again, signal.SIGTERM)
        lines = case.world.judge(captures=1)
        assert case.staged() == case.packed() == [], "what the killed one left on its disk is gone"
    attempts = case.world.one("select count(*) from auditor.attempt")
    assert len([one for one in lines if one.kind == "intent"]) == attempts
    assert len([one for one in lines if one.kind == "gap"]) == attempts - 1
    assert took < 150


@pytest.mark.long
def test_a_frozen_worker_is_not_overtaken(fleet: Make, store: StoreServer) -> None:
    """Its lease lives as long as its connection: nobody visits meanwhile, and it commits once it wakes."""
    with ExitStack() as stack:
        case = Case(fleet, stack, store)
        with case.world.worker("first") as process:
            assert case.site.arrived.acquire(timeout=120)
            os.killpg(process.pid, signal.SIGSTOP)
            case.site.go.set()
            with case.world.worker("second") as second:
                case.world.until("select count(*) = 2 from auditor.worker")
                for _ in range(20):
                    case.world.maintain()
                    time.sleep(0.1)
                assert case.world.one(BEGUN), "the attempt of the frozen worker is open, and the only one"
                os.killpg(process.pid, signal.SIGCONT)
                case.world.until(ENDED, maintained=True)
                end(second, signal.SIGTERM)
            end(process, signal.SIGTERM)
        case.world.judge(captures=1)
        assert case.world.one("select count(*) from auditor.attempt") == 1


@pytest.mark.long
def test_a_worker_that_is_frozen_for_too_long_is_fenced(fleet: Make, store: StoreServer) -> None:
    """Its session is ended: another one visits, and what it brings when it wakes is not kept."""
    with ExitStack() as stack:
        case = Case(fleet, stack, store)
        with case.world.worker("first") as process:
            assert case.site.arrived.acquire(timeout=120)
            os.killpg(process.pid, signal.SIGSTOP)
            case.site.go.set()
            case.world.ask("update auditor.attempt set began_at = began_at - interval '1 hour' returning intent")
            with case.world.worker("second") as second:
                case.world.until(ENDED, maintained=True)
                end(second, signal.SIGTERM)
            os.killpg(process.pid, signal.SIGCONT)
            case.world.until("select count(*) = 2 from auditor.attempt where ended_at is not null")
            end(process, signal.SIGTERM)
        lines = case.world.judge(captures=1)
        assert [one.kind for one in lines if one.kind in {"intent", "gap", "capture"}] == [
            "intent", "gap", "intent", "capture",
        ]  # fmt: skip


@pytest.mark.long
def test_the_database_is_restarted_at_once(fleet: Make, store: StoreServer, postgres: PostgresServer) -> None:
    """What is under way is kept over a new connection, or tried again; the worker goes on, or is started again."""
    with ExitStack() as stack:
        case = Case(fleet, stack, store, 3)
        with case.world.worker("first") as process:
            assert case.site.arrived.acquire(timeout=120)
            postgres.stop_at_once()
            postgres.start()
            case.site.go.set()
            with case.world.worker("second") as second:
                case.world.until(ENDED, maintained=True)
                end(second, signal.SIGTERM)
            end(process, signal.SIGTERM)
            assert process.returncode in {0, 1}, case.world.said("first")
        case.world.judge(captures=3)


@pytest.mark.long
def test_a_store_that_answers_with_errors_is_waited_for(fleet: Make, store: StoreServer) -> None:
    with ExitStack() as stack:
        case = Case(fleet, stack, store, 2)
        with case.world.worker("one", environment={"AWS_ENDPOINT_URL": case.proxy.endpoint}) as process:
            case.world.until(BEGUN.replace("= 1", "= 2"))
            case.proxy.refused = {"PUT", "GET", "LIST"}
            case.site.go.set()
            stop = time.monotonic() + 150
            while sum(case.proxy.counted.values()) < 4:
                assert time.monotonic() < stop, case.world.said()
                time.sleep(0.1)
            assert case.world.one("select count(*) from auditor.ledger where kind = 'capture'") == 0
            case.proxy.refused = set()
            case.world.until(ENDED, seconds=90)
            end(process, signal.SIGTERM)
        case.world.judge(captures=2)
        assert case.world.one("select count(*) from auditor.attempt") == 2, "nothing was visited again"


def test_a_second_maintenance_stands_by(fleet: Make, store: StoreServer) -> None:
    with ExitStack() as stack:
        case = Case(fleet, stack, store)
        with connect(DatabaseAddress(case.world.database), "auditor_maintenance") as other:
            lease = DatabaseLease(other, DatabaseAddress(case.world.database))
            assert lease.take(["maintenance"]) == ""
            assert not case.world.maintenance().once(())
            assert fleet_status(case.world.database).maintained
        assert not fleet_status(case.world.database).maintained
        assert case.world.one("select count(distinct run) from auditor.request") == 1, "it began no run"


@pytest.mark.long
def test_a_vantage_without_workers_holds_up_no_other(fleet: Make, store: StoreServer) -> None:
    site = JsonSite()
    with http_estate.serving(site) as address:
        text = http_estate.targets(address, 4).replace("d1/', pages", "d1/', vantage: lan, pages")
        world = fleet(text)
        world.maintain(())
        with world.worker() as process:
            world.until("select count(*) = 3 from auditor.request where ended_at is not null", maintained=True)
            end(process, signal.SIGTERM)
        found = {one.vantage.id: one for one in fleet_status(world.database).vantages}
        assert found["lan"].unserved and found["lan"].requests.waiting == 1
        assert not found["main"].unserved
        world.ask("update auditor.request set give_up_at = clock_timestamp() returning id")
        lines = world.judge(captures=3, gaps=1)
        gap = next(one for one in lines if one.kind == "gap")
        assert (gap.body["deployment"], gap.body["slot"], gap.body["intent"]) == ("d1", "d1", "")
    assert "d1" not in site.asked


@pytest.mark.long
def test_many_that_are_due_at_once(fleet: Make, store: StoreServer) -> None:
    site = JsonSite()
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 200))
        world.maintain(())
        with world.worker("one") as one, world.worker("two") as two:
            world.until(ENDED, maintained=True, seconds=200)
            end(one, signal.SIGTERM)
            end(two, signal.SIGTERM)
        world.judge(captures=200)
    assert sorted(site.asked) == sorted(f"d{number}" for number in range(200))


FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed")
@pytest.mark.long
@pytest.mark.parametrize("by", ["-10m", "+10m", "-2h", "+2h"])
def test_a_worker_whose_clock_is_wrong_gets_no_work(by: str, fleet: Make, store: StoreServer) -> None:
    site = JsonSite()
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": by, "DONT_FAKE_MONOTONIC": "1"}
        with world.worker("wrong", environment=environment):
            world.until(REFUSED, "its clock is %")
            assert not fleet_status(world.database).healthy
        assert not site.asked and world.one("select count(*) from auditor.attempt") == 0


@pytest.mark.long
def test_a_worker_that_is_seen_from_elsewhere_gets_no_work(fleet: Make, store: StoreServer) -> None:
    site = JsonSite()

    class Observer(http_estate.JsonSite):
        def answer(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse(b"198.51.100.7\n", media_type="text/plain")

    from auditor.workflow.fleet.setting_up import declare_vantage

    with http_estate.serving(site) as address, http_estate.serving(Observer()) as observer:
        world = fleet(http_estate.targets(address, 1))
        declare_vantage(world.database, "main", ["203.0.113.0/24"], observer, None)
        world.maintain(())
        with world.worker("elsewhere"):
            world.until(REFUSED, "it is seen from 198.51.100.7%")
        assert not site.asked
        declare_vantage(world.database, "main", ["198.51.100.0/24"], None, None)
        with world.worker("there") as process:
            world.until(ENDED, maintained=True)
            end(process, signal.SIGTERM)
        world.judge(captures=1)


@pytest.mark.long
def test_a_worker_with_another_targets_file_gets_no_work_until_it_has_the_fleet_s(
    fleet: Make, store: StoreServer, tmp_path: Path
) -> None:
    site, home = JsonSite(), tmp_path / "worker"
    home.mkdir()
    with http_estate.serving(site) as address:
        text = http_estate.targets(address, 1)
        world = fleet(text)
        (home / "targets.yaml").write_text(f"{text}# edited\n", encoding="utf-8")
        world.maintain(())
        with world.worker("other", home=home) as process:
            world.until(REFUSED, "its targets.yaml is not the one that maintenance has%")
            assert not site.asked
            (home / "targets.yaml").write_text(text, encoding="utf-8")
            world.until("select count(*) = 1 from auditor.worker where refused = ''")
            world.ask("update auditor.request set next_try_at = clock_timestamp() returning id")
            world.until(ENDED, maintained=True)
            end(process, signal.SIGTERM)
        world.judge(captures=1)


def test_no_session_without_the_lease_ends_an_attempt(fleet: Make, store: StoreServer) -> None:
    """A worker that was cut off cannot commit what another one does over."""
    from auditor.errors import LeaseLostError
    from auditor.model.events import GapRecorded, VisitIntended

    site = JsonSite()
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        place = DatabaseAddress(world.database)
        with connect(place, "auditor_worker", "a") as first, connect(place, "auditor_worker", "b") as second:
            first.execute("select auditor.register_worker('w-a', 'main', 'h', 1, 's', 1, '', 0, '')")
            request, run = world.ask("select id, run from auditor.request")[0]
            intent = VisitIntended(intent=request, run=run, deployment="d0", slot="d0")
            with pytest.raises(LeaseLostError):
                AttemptLog(first, place).begin(request, 1, "w-a", None, intent)
            assert DatabaseLease(first, place).take(["deployment d0"]) == ""
            AttemptLog(first, place).begin(request, 1, "w-a", None, intent)
            gap = GapRecorded(run=run, deployment="d0", slot="", intent=request, why="test")
            with pytest.raises(LeaseLostError):
                AttemptLog(second, place).end(request, gap, "gap")
            AttemptLog(first, place).end(request, gap, "gap", 3600)
            with pytest.raises(LeaseLostError, match="has ended"):
                AttemptLog(first, place).end(request, gap, "gap")
            assert RequestBook(first, place).open(request) is not None, "it may be tried again"
