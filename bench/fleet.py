"""A fleet: lines appended, requests offered, visits by several workers beside one machine, and the second try.

    python bench/fleet.py [--json] [--short] [--only append|offer|plan|again|visits]

A PostgreSQL and a SeaweedFS of its own on this machine's loopback, as the tests start them. Everything shares the cores
of this machine: database, store, maintenance and the workers.

`append`   intent lines a second by 1, 2, 4 and 8 writers at once, and the longest of them in milliseconds;
`offer`    seconds until what is due is in the queues, of so many requests that are due; and again, with nothing to do;
`plan`     seconds of a pass of maintenance that begins a run of so many deployments: `targets.yaml` read, the plan
           journalled and signed, a request for each; and the memory of that process;
`visits`   captures a second by 1, 2 and 4 workers of two places each, beside `auditor run` over the same deployments,
           two and four at once; of pages in Chromium, and of JSON that is answered at once: there everything but the
           page is measured. `kB` are the bytes of a capture in the store. `ms of processor` a capture are of workers
           with their browsers, or of `auditor run` with its own, from the first page that was asked for to the end; and
           of database and store, and of maintenance; `MB of a place` are those of workers and browsers, half way;
`again`    seconds from `kill -9` of a worker in the middle of a visit until the visit's second try begins.

Ratios count, not seconds: `append` between the numbers of writers, `visits` beside the run on one machine, and that
a core of workers captures no less than 0.9 of what a core of `auditor run` does: `of one machine, a core`.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.fleet import DatabaseAddress, FleetRoster, RequestBook, VisitRequest, connect, offer_requests
from auditor.formats import canonical_json
from auditor.model.events import VisitIntended
from auditor.workflow.fleet.setting_up import prepare_fleet
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.fleet.servers import PostgresServer, StoreServer, postgres_server, store_server
from tests.fleet.world import SANDBOX, FleetWorld
from tests.workflow.http_estate import JsonSite, serving, targets

WRITERS, WORKERS = (1, 2, 4, 8), (1, 2, 4)
ENDED = "select count(*) = 0 from auditor.request where ended_at is null"
Found = dict[str, float]


def measure_append(postgres: PostgresServer, seconds: float) -> Found:
    found: Found = {}
    for writers in WRITERS:
        address = DatabaseAddress(postgres.new_database(f"b{secrets.token_hex(4)}"))
        prepare_fleet(address.url)
        with connect(address, None) as owner:
            owner.execute("update auditor.head set note = 'a log that has begun'")
        taken: list[float] = []
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=_append, args=(address, name, end, taken)) for name in range(writers)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        found[f"lines a second, {writers} writers"] = len(taken) / seconds
        found[f"longest in ms, {writers} writers"] = 1000 * max(taken)
    return found


def _append(address: DatabaseAddress, name: int, end: float, taken: list[float]) -> None:
    with connect(address, "auditor_maintenance") as connection:
        count = 0
        while (began := time.monotonic()) < end:
            intent = VisitIntended(intent=f"c-{name}-{count}", run="r", deployment="d", slot="d", access="bench: none")
            body = canonical_json.encode(intent.body()).decode("utf-8")
            connection.execute("select auditor.append_line('intent', %s)", (body,))
            taken.append(time.monotonic() - began)
            count += 1


def measure_offer(postgres: PostgresServer, count: int) -> Found:
    address = DatabaseAddress(postgres.new_database(f"b{secrets.token_hex(4)}"))
    prepare_fleet(address.url)
    with connect(address, "auditor_maintenance") as connection:
        now = FleetRoster(connection, address).now()
        connection.execute("insert into auditor.vantage (id) values ('main')")
        requests = [
            VisitRequest(f"c-{number}", "r", f"d{number}", "main", "s", f"d{number}", now, now + timedelta(days=1))
            for number in range(count)
        ]
        put = _timed(lambda: RequestBook(connection, address).add(requests, "r"))
        first = _timed(lambda: offer_requests(connection, address))
        again = _timed(lambda: offer_requests(connection, address))
    return {f"put, {count} requests": put, f"offer of {count} due": first, f"again, {count} due": again}


def measure_plan(postgres: PostgresServer, store: StoreServer, folder: Path, counts: Sequence[int]) -> Found:
    """One pass of maintenance in a process of its own, that begins a run of so many deployments."""
    found: Found = {}
    for count in counts:
        world = _world(postgres, store, folder, targets("http://127.0.0.1:9/", count))
        command = [sys.executable, "-c", _PLAN, str(world.root), world.database, world.store]
        environment = {**os.environ, **world.environment, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        again = ("again, targets.yaml kept",) if count < 1_000_000 else ()  # the plan is the greater part there
        for what in ("first, targets.yaml read", *again):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            waited, spent, memory = done.stdout.split()[-3:]
            found[f"plan of {count} due, {what}"] = float(waited)
            found[f"plan of {count} due, {what}, of processor"] = float(spent)
            found[f"MB of the planner, {count} due, {what}"] = float(memory)
        due = world.one("select count(*) from auditor.request")
        assert due == (1 + len(again)) * count, f"{due} requests"
    return found


_PLAN = """
import resource, sys, time
from pathlib import Path
from auditor.fleet import DatabaseAddress, S3EvidenceStore, StoreAddress
from auditor.workflow.fleet.maintenance import FleetMaintenance, MaintenanceOptions
from auditor.workflow.fleet.wiring import FleetPlaces
from auditor.workspace import Workspace

root, database, store = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
places = FleetPlaces(DatabaseAddress(database), S3EvidenceStore(StoreAddress(store), root / "staging"))
began = time.monotonic()
assert FleetMaintenance(Workspace(root), MaintenanceOptions(places)).once(())
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3)
"""


def _timed(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def _world(postgres: PostgresServer, store: StoreServer, folder: Path, text: str) -> FleetWorld:
    os.environ.update(store.environment)
    name = f"b{secrets.token_hex(4)}"
    return FleetWorld.make(folder / name, postgres.new_database(name), f"s3://evidence/{name}", store.environment, text)


class _Meter:
    """The processor time of some processes with all that they begin, as it was looked at five times a second."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots, self._spent, self._stop = roots, dict[tuple[int, float], float](), threading.Event()
        self._look()
        self._before = sum(self._spent.values())
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stop.wait(0.2):
            self._look()

    def _look(self) -> None:
        for root in self._roots:
            with suppress(psutil.NoSuchProcess):
                first = psutil.Process(root)
                for one in (first, *first.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        times = one.cpu_times()
                        self._spent[one.pid, one.create_time()] = times.user + times.system

    def memory(self) -> float:
        """Megabytes that these processes have now, what several share counted once."""
        found = 0
        for root in self._roots:
            first = psutil.Process(root)
            for one in (first, *first.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    found += one.memory_full_info().pss
        return found / 1e6

    def end(self) -> float:
        """Seconds since it began."""
        self._stop.set()
        self._thread.join()
        self._look()
        return sum(self._spent.values()) - self._before


class _AskedSite(JsonSite):
    """Tells when it is asked for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.begun.set()
        return super().answer(request)


class _PageSite(_AskedSite):
    """Pages for a browser."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.begun.set()
        rows = "".join(f"<tr><td>分馆 {number}<td>启用" for number in range(18))
        counts = "<table><tr><th>当前分馆数量<td>18<tr><th>分馆授权数量<td>20</table>"
        return HttpResponse(f"<!doctype html><meta charset=utf-8><title>注册</title>{counts}<table>{rows}".encode())


def _in_browser(text: str) -> str:
    """The same deployments, their page looked at in Chromium."""
    head, _, rest = text.partition("    path: status.json\n")
    page = (
        "    path: reg\n    fields: {used: {kind: count, role: used, labels: [当前分馆数量]},"
        " cap: {kind: count, role: cap, labels: [分馆授权数量]}}\n"
    )
    return head + page + rest[rest.index("politeness:") :]


def measure_visits(postgres: PostgresServer, store: StoreServer, folder: Path, counts: Mapping[str, int]) -> Found:
    """`counts`: how many captures of pages in Chromium, and of JSON."""
    found: Found = {}
    for what, count in counts.items():
        site = _PageSite() if what == "page" else _AskedSite()
        with serving(site) as address:
            text = targets(address, count)
            text = _in_browser(text) if what == "page" else text
            served = (int((postgres.folder / "data" / "postmaster.pid").read_text().split()[0]), store.pid)
            for workers in WORKERS:
                world = _world(postgres, store, folder, text)
                found |= _by_workers(world, site, workers, count, f"{what}, {workers} workers", served)
            stored = sum(size for _, size in world.evidence().bucket.keys(""))
            found[f"kB of a capture, {what}"] = stored / count / 1e3
            for places in (2, 4):
                named = f"{what}, one machine, {places} at once"
                found |= _locally(folder / f"{what}-{places}", site, text, count, places, named)
            for workers in WORKERS:
                places = 2 if workers == 1 else 4
                alone = found[f"ms of processor a capture, {what}, one machine, {places} at once"]
                spent = found[f"ms of processor a capture, {what}, {workers} workers"]
                found[f"of one machine, a core, {what}, {workers} workers"] = alone / spent
    return found


def _by_workers(
    world: FleetWorld, site: _AskedSite, workers: int, count: int, named: str, served: Sequence[int]
) -> Found:
    world.maintain()
    site.begun.clear()
    with ExitStack() as stack:
        begun = [stack.enter_context(world.worker(f"{name}")) for name in range(workers)]
        world.until("select count(*) = %s from auditor.worker", workers)
        began = time.monotonic()
        world.maintain(())
        leading = stack.enter_context(_leading(world))
        site.begun.wait(60)
        meters = _Meter([one.pid for one in begun]), _Meter(served), _Meter([leading.pid])
        world.until("select count(*) * 2 > %s from auditor.request where ended_at is not null", count, seconds=600)
        memory = meters[0].memory() / (2 * workers)
        world.until(ENDED, seconds=600)
        rate = count / (time.monotonic() - began)
        spent, kept, led = (1000 * meter.end() / count for meter in meters)
    return {
        f"captures a second, {named}": rate,
        f"MB of a place in the middle of the work, {named}": memory,
        f"ms of processor a capture, {named}": spent,
        f"ms of processor a capture, {named}, database and store": kept,
        f"ms of processor a capture, {named}, maintenance": led,
    }


@contextmanager
def _leading(world: FleetWorld) -> Iterator[subprocess.Popen[bytes]]:
    """Maintenance as a process of its own."""
    command = [sys.executable, "-m", "auditor", "--workspace", str(world.root), "fleet", "maintain", "--every", "1"]
    command += ["--database", world.database, "--store", world.store]
    with (world.root / "maintenance.log").open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **world.environment})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _locally(root: Path, site: _AskedSite, text: str, count: int, places: int, named: str) -> Found:
    root.mkdir()
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    initialise_workspace(Workspace(root), origin="bench.example/local")
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "--quiet", "run", *SANDBOX]
    site.begun.clear()
    with subprocess.Popen([*command, "--concurrency", str(places), "--json"], stdout=subprocess.PIPE) as process:
        site.begun.wait(60)
        meter = _Meter([process.pid])
        said, _ = process.communicate()
        spent = meter.end()
    assert process.returncode == 0, f"auditor run: exit code {process.returncode}"
    return {
        f"captures a second, {named}": count / float(json.loads(said)["seconds"]),
        f"ms of processor a capture, {named}": 1000 * spent / count,
    }


class _Held(JsonSite):
    """Holds its answers until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived, self.go = threading.Semaphore(0), threading.Event()

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.arrived.release()
        self.go.wait(150)
        return super().answer(request)


def measure_again(postgres: PostgresServer, store: StoreServer, folder: Path) -> Found:
    site = _Held()
    with serving(site) as address:
        world = _world(postgres, store, folder, targets(address, 1))
        world.maintain(())
        with world.worker("first"), world.worker("second"):
            site.arrived.acquire()
            visiting = world.one("select process from auditor.worker as w join auditor.attempt as a on a.worker = w.id")
            began = time.monotonic()
            os.killpg(visiting, signal.SIGKILL)
            world.until("select count(*) = 2 from auditor.attempt", maintained=True)
            took = time.monotonic() - began
            site.go.set()
    return {"seconds from kill -9 to the second try": took}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=["append", "offer", "plan", "again", "visits"], help="one of the five")
    chosen = parser.parse_args()
    with postgres_server(durably=True) as postgres, store_server() as store, tempfile.TemporaryDirectory() as folder:
        short, place = chosen.short, Path(folder)
        measures: dict[str, Callable[[], Found]] = {
            "append": lambda: measure_append(postgres, 1.0 if short else 5.0),
            "offer": lambda: measure_offer(postgres, 10_000 if short else 1_000_000),
            "plan": lambda: measure_plan(postgres, store, place, [10_000] if short else [100_000, 1_000_000]),
            "again": lambda: measure_again(postgres, store, place),
            "visits": lambda: measure_visits(
                postgres, store, place, {"page": 8, "JSON": 24} if short else {"page": 120, "JSON": 400}
            ),
        }
        found = {
            name: value
            for what, measure in measures.items()
            if chosen.only in (None, what)
            for name, value in measure().items()
        }
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{value:12.3f}  {name}")


if __name__ == "__main__":
    main()
