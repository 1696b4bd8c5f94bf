"""The database's server is lost and its standby takes over: with a synchronous one nothing is lost; with another one
whoever knows of lines that it lacks stops."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from auditor.errors import ConfigError
from auditor.fleet import DatabaseAddress, connect
from auditor.workflow.fleet.asked_runs import ask_for_run
from auditor.workflow.replica.place import MovedPlace
from tests.fleet import servers
from tests.fleet.fixtures import require_servers
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.test_full_disks import until_said
from tests.fleet.test_store_chaos import leads, maintaining
from tests.fleet.world import FleetWorld, end
from tests.workflow import http_estate
from tests.workflow.http_estate import JsonSite

STANDBY = "second"
CAUGHT_UP = "select replay_lsn = pg_current_wal_lsn() from pg_stat_replication"
LINES = "select number, line from auditor.ledger order by number"


@dataclass(frozen=True)
class Pair:
    """A primary, and the standby that follows it."""

    first: PostgresServer
    second: PostgresServer

    def address(self, name: str) -> str:
        return (
            f"postgresql://postgres@127.0.0.1:{self.first.port},127.0.0.1:{self.second.port}/{name}"
            "?target_session_attrs=read-write"
        )

    def synchronous(self) -> None:
        """Nothing is answered as kept before the standby has it."""
        with psycopg.connect(self.first.url(), autocommit=True) as connection:
            connection.execute(f"alter system set synchronous_standby_names = '{STANDBY}'".encode())
            connection.execute("select pg_reload_conf()")
        query = "select sync_state = 'sync' from pg_stat_replication"
        until_said(lambda: self.ask(query) == [(True,)], lambda: str(self.ask("table pg_stat_replication")))

    def caught_up(self) -> None:
        """Wait until the standby has, and shows, all that there is."""
        until_said(lambda: self.ask(CAUGHT_UP) == [(True,)], lambda: str(self.ask("table pg_stat_replication")))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.first.url()) as connection:
            return connection.execute(query.encode()).fetchall()

    def fail_over(self) -> None:
        self.first.stop_at_once()
        self.second.promote()


@pytest.fixture
def pair() -> Iterator[Pair]:
    require_servers()
    with servers.postgres_server() as first, servers.standby_server(first, STANDBY) as second:
        yield Pair(first, second)


def test_an_address_of_both_leads_to_the_one_that_takes_lines(pair: Pair) -> None:
    """Whoever works with it works on, with what the standby has; what takes no lines alone is told as that."""
    name = pair.first.new_database("fleet").rpartition("/")[2]
    pair.synchronous()
    pair.caught_up()
    both = DatabaseAddress(pair.address(name))
    alone = DatabaseAddress(f"{pair.second.url(name)}?target_session_attrs=read-write")
    with pytest.raises(ConfigError, match="read-only") as told:
        connect(alone, None)
    assert "\n" not in str(told.value)
    with connect(both, None) as connection:
        connection.execute("create table kept as select 7 as number")
        assert connection.info.port == pair.first.port
    pair.fail_over()
    with connect(both, None) as connection:
        assert connection.info.port == pair.second.port
        assert connection.execute("delete from kept returning number").fetchall() == [(7,)]


@pytest.mark.long
def test_a_synchronous_standby_takes_over_in_the_middle_of_visits(
    pair: Pair, tmp_path: Path, empty_store: str, store: StoreServer
) -> None:
    """Every line that anybody could read before is there after it, and the ledger goes on behind them."""
    site = JsonSite(seconds=0.1)
    name = pair.first.new_database(f"t{secrets.token_hex(6)}").rpartition("/")[2]
    pair.synchronous()
    with http_estate.serving(site) as address:
        world = FleetWorld.make(
            tmp_path / "fleet", pair.address(name), empty_store, store.environment, http_estate.targets(address, 60)
        )
        world.maintain()
        with maintaining(world, "maintenance") as maintenance, world.worker("first") as first:
            leads(world, "maintenance")
            ask_for_run(world.database, ())
            world.until("select count(*) > 10 from auditor.ledger where kind = 'capture'")
            before = world.ask(LINES)
            pair.fail_over()
            with world.worker("second") as second:
                leads(world, "maintenance", 2)
                world.until("select count(*) = 60 from auditor.request where ended_at is not null")
                for one in (first, second, maintenance):
                    end(one, signal.SIGTERM)
        after = world.ask(LINES)
        assert after[: len(before)] == before
        lines = world.judge(captures=60)
    kinds = [one.kind for one in lines]
    assert kinds.count("intent") == kinds.count("capture") + kinds.count("gap")


def auditor(folder: Path, *words: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "auditor", "--workspace", str(folder), *words], env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.long
def test_a_standby_that_lacks_the_last_lines_is_signed_by_nobody(
    pair: Pair, tmp_path: Path, empty_store: str, store: StoreServer
) -> None:
    """It was not synchronous. The maintenance that was at work stops, and so does one that begins, and who read."""
    name = pair.first.new_database(f"t{secrets.token_hex(6)}").rpartition("/")[2]
    world = FleetWorld.make(
        tmp_path / "fleet",
        pair.address(name),
        empty_store,
        store.environment,
        http_estate.targets("http://[::1]:9/", 1),
    )
    maintain = ("fleet", "maintain", "--every", "0.2", "--database", world.database, "--store", world.store)
    reader = tmp_path / "reader"
    reader.mkdir()
    shutil.copy(world.root / "targets.yaml", reader)
    (reader / "MOVED").write_text(MovedPlace(world.database, world.store, 1).text())
    pair.caught_up()
    pair.second.stop()
    at_work = auditor(world.root, *maintain, environment=world.environment)
    ask_for_run(world.database, ())
    world.until("select count(*) = 1 from auditor.request")
    reading = auditor(reader, "status", environment=world.environment)
    assert "set back" not in reading.communicate(timeout=60)[1]
    pair.first.stop_at_once()
    pair.second.start()
    pair.second.promote()
    assert world.one("select count(*) from auditor.request") == 0, "the standby lacks it"
    for process in (
        at_work,
        auditor(world.root, *maintain, environment=world.environment),
        auditor(reader, "status", environment=world.environment),
    ):
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 4 and "set back" in said.splitlines()[-1], said
