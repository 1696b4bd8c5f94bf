"""A fleet: lines appended, requests offered, visits by several workers beside one machine, and the second try.

    python bench/fleet.py [--json] [--short]

A PostgreSQL and a SeaweedFS of its own on this machine's loopback, as the tests start them. Everything shares the cores
of this machine: database, store, maintenance and the workers.

`append`   intent lines a second by 1, 2, 4 and 8 writers at once, and the longest of them in milliseconds;
`offer`    seconds until what is due is in the queues, of so many requests that are due; and again, with nothing to do;
`visits`   captures a second by 1, 2 and 4 workers of two places each, beside `auditor run` over the same deployments,
           two and four at once; of pages in Chromium, and of JSON that is answered at once: there everything but the
           page is measured. `kB` are the bytes of a capture in the store;
`again`    seconds from `kill -9` of a worker in the middle of a visit until the visit's second try begins.

Ratios count, not seconds: `append` between the numbers of writers, `visits` beside the run on one machine.
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
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

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


def _timed(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def _world(postgres: PostgresServer, store: StoreServer, folder: Path, text: str) -> FleetWorld:
    os.environ.update(store.environment)
    name = f"b{secrets.token_hex(4)}"
    return FleetWorld.make(folder / name, postgres.new_database(name), f"s3://evidence/{name}", store.environment, text)


class _PageSite(JsonSite):
    """Pages for a browser."""

    def answer(self, request: HttpRequest) -> HttpResponse:
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
        with serving(_PageSite() if what == "page" else JsonSite()) as address:
            text = targets(address, count)
            text = _in_browser(text) if what == "page" else text
            for workers in WORKERS:
                world = _world(postgres, store, folder, text)
                rate = _by_workers(world, workers, count)
                found[f"captures a second, {what}, {workers} workers"] = rate
            stored = sum(size for _, size in world.evidence().bucket.keys(""))
            found[f"kB of a capture, {what}"] = stored / count / 1e3
            for places in (2, 4):
                rate = _locally(folder / f"{what}-{places}", text, count, places)
                found[f"captures a second, {what}, one machine, {places} at once"] = rate
    return found


def _by_workers(world: FleetWorld, workers: int, count: int) -> float:
    maintenance = world.maintenance()
    world.maintain()
    with ExitStack() as stack:
        for name in range(workers):
            stack.enter_context(world.worker(f"{name}"))
        world.until("select count(*) = %s from auditor.worker", workers)
        began = time.monotonic()
        world.maintain(())
        leading = threading.Thread(target=maintenance.run)
        leading.start()
        try:
            world.until(ENDED, seconds=600)
            return count / (time.monotonic() - began)
        finally:
            maintenance.stop.set()
            leading.join(60)


def _locally(root: Path, text: str, count: int, places: int) -> float:
    root.mkdir()
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    initialise_workspace(Workspace(root), origin="bench.example/local")
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "--quiet", "run", *SANDBOX]
    done = subprocess.run(
        [*command, "--concurrency", str(places), "--json"], check=True, capture_output=True, text=True
    )
    return count / float(json.loads(done.stdout)["seconds"])


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
    chosen = parser.parse_args()
    with postgres_server(durably=True) as postgres, store_server() as store, tempfile.TemporaryDirectory() as folder:
        found = {
            **measure_append(postgres, 1.0 if chosen.short else 5.0),
            **measure_offer(postgres, 10_000 if chosen.short else 1_000_000),
            **measure_again(postgres, store, Path(folder)),
            **measure_visits(
                postgres, store, Path(folder), {"page": 8, "JSON": 24} if chosen.short else {"page": 120, "JSON": 400}
            ),
        }
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{value:12.3f}  {name}")


if __name__ == "__main__":
    main()
