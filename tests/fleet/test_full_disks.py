"""Disks that are really full in the middle of visits: the store's, a worker's and the database's.

Each is a file system that takes nothing more, until room is made. Nothing is lost or half recorded, one line says what
is wrong, and the slots end. Judged as `test_chaos` is.
"""

from __future__ import annotations

import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.fleet import servers
from tests.fleet.fixtures import require_servers
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.small_disk import SmallDisk, small_disk
from tests.fleet.store_proxy import StoreProxy, store_proxy
from tests.fleet.test_chaos import ENDED, Make, SlowSite
from tests.fleet.test_store_chaos import leads, maintaining
from tests.fleet.world import FleetWorld, end
from tests.workflow import http_estate

FULL = "No space left on device"
SOON = "update auditor.request set next_try_at = clock_timestamp() where ended_at is null returning id"


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    require_servers()
    with small_disk() as made:
        yield made


class HeldPages(NamedTuple):
    """Pages that wait until they are let go."""

    site: SlowSite
    address: str


@pytest.fixture
def pages() -> Iterator[HeldPages]:
    site = SlowSite()
    with http_estate.serving(site) as address:
        yield HeldPages(site, address)
        site.go.set()


def until_said(found: Callable[[], bool], said: Callable[[], str], seconds: float = 90) -> None:
    stop = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < stop, said()
        time.sleep(0.1)


def while_files_are_staged(disk: SmallDisk, pages: HeldPages, proxy: StoreProxy) -> None:
    disk.fill()
    pages.site.go.set()


def while_the_package_is_packed(disk: SmallDisk, pages: HeldPages, proxy: StoreProxy) -> None:
    proxy.held = {"LIST"}
    pages.site.go.set()
    assert proxy.arrived.acquire(timeout=60)
    disk.fill(4096)
    proxy.release.set()


@pytest.mark.parametrize(
    "fills", [pytest.param(while_files_are_staged, marks=pytest.mark.long), while_the_package_is_packed],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_a_worker_s_disk_is_full(
    fills: Callable[[SmallDisk, HeldPages, StoreProxy], None],
    fleet: Make,
    store: StoreServer,
    disk: SmallDisk,
    pages: HeldPages,
) -> None:
    """The worker ends with what is wrong, and leaves nothing on its disk; once there is room the visit is made."""
    with store_proxy(store.port) as proxy:
        world = fleet(http_estate.targets(pages.address, 1))
        (world.root / "worker-one").symlink_to(disk.folder)
        world.maintain(())
        with world.worker(environment={"AWS_ENDPOINT_URL": proxy.endpoint}) as process:
            assert pages.site.arrived.acquire(timeout=120)
            fills(disk, pages, proxy)
            assert process.wait(60) == 1, world.said()
        told = world.said().splitlines()[-1]
        assert FULL in told and "free space and run again" in told, world.said()
        assert not [path for path in (disk.folder / "evidence").rglob("*") if path.is_file()]
        assert world.one("select outcome from auditor.attempt") == "gap"
        disk.make_room()
        world.ask(SOON)
        with world.worker() as process:
            world.until(ENDED, maintained=True)
            end(process, signal.SIGTERM)
        world.judge(captures=1)


@pytest.mark.long
def test_the_store_s_disk_is_full(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: SmallDisk, pages: HeldPages
) -> None:
    """What was visited stays staged until the store, started again where there is room, takes it."""
    with servers.store_server(disk=disk.folder) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        place = f"s3://evidence/t{secrets.token_hex(6)}"
        world = FleetWorld.make(
            tmp_path / "fleet", empty_database, place, store.environment, http_estate.targets(pages.address, 2)
        )
        world.maintain(())
        with maintaining(world, "maintenance") as maintenance, world.worker() as process:
            leads(world, "maintenance")
            assert pages.site.arrived.acquire(timeout=120)
            disk.fill()
            pages.site.go.set()
            until_said(lambda: world.said().count("store does not answer") >= 2, world.said)
            told = next(line for line in world.said().splitlines() if "store does not answer" in line)
            assert "500 Internal Server Error: InternalError" in told and "nothing was lost" in told
            assert "no space left on device" in (store.folder / "log").read_text(errors="replace"), "so it says itself"
            assert world.one("select count(*) from auditor.ledger where kind = 'capture'") == 0
            assert list(world.evidence("asked").homes()) == []
            disk.make_room()
            store.kill()
            store.start()
            world.until(ENDED)
            for one in (process, maintenance):
                end(one, signal.SIGTERM)
        world.judge(captures=2)
        assert world.one("select count(*) from auditor.attempt") == 2, "nothing was visited again"


def tables_cannot_grow(database: PostgresServer) -> None:
    """It answers, and refuses."""
    with psycopg.connect(database.url(), autocommit=True) as connection, pytest.raises(psycopg.errors.DiskFull):
        connection.execute("create table growing as select repeat('x', 100) from generate_series(1, 100000)")


def the_log_cannot_be_written(database: PostgresServer) -> None:
    """It ends itself, recovers, and ends again where it cannot."""
    with pytest.raises(psycopg.OperationalError), psycopg.connect(database.url(), autocommit=True) as connection:
        for _ in range(10):
            connection.execute("select pg_switch_wal(), pg_logical_emit_message(false, 'test', repeat('x', 1000))")
    assert "PANIC" in log_of(database)


@pytest.mark.long
@pytest.mark.parametrize("happens", [tables_cannot_grow, the_log_cannot_be_written], ids=lambda one: one.__name__)
def test_the_database_s_disk_is_full(
    happens: Callable[[PostgresServer], None], tmp_path: Path, empty_store: str, store: StoreServer, disk: SmallDisk,
    pages: HeldPages,
) -> None:  # fmt: skip
    """What is under way is kept over a new connection, or tried again, by a worker that is started again where it
    ended; maintenance waits."""
    with servers.postgres_server(disk=disk.folder) as database:
        where = database.new_database(f"t{secrets.token_hex(6)}")
        world = FleetWorld.make(
            tmp_path / "fleet", where, empty_store, store.environment, http_estate.targets(pages.address, 3)
        )
        world.maintain(())
        with maintaining(world, "maintenance") as process, world.worker() as worker:
            leads(world, "maintenance")
            assert pages.site.arrived.acquire(timeout=120)
            disk.fill()
            happens(database)
            pages.site.go.set()
            until_said(lambda: FULL in log_of(database) and "does not answer" in world.said(), world.said)
            disk.make_room()
            start_again(database)
            with world.worker("second") as second:
                world.until(ENDED)
                for one in (second, worker, process):
                    end(one, signal.SIGTERM)
        world.judge(captures=3)


def log_of(database: PostgresServer) -> str:
    return (database.folder / "log").read_text(errors="replace")


def start_again(database: PostgresServer) -> None:
    """Where it ended, as a service manager does."""
    try:
        database.start()
    except subprocess.CalledProcessError:
        psycopg.connect(database.url()).close()  # it runs
