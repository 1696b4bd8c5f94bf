"""What a worker can say without a visit, or keep where nobody looks, and what that keeps nobody else from."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC
from pathlib import Path

import psycopg
import pytest

from auditor.custody.packages.stage import package_name
from auditor.errors import AwayError, ConfigError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetRoster,
    IdleHolderWatch,
    WorkerState,
    connect,
    package_key,
)
from auditor.model.events import CaptureCommitted, VisitIntended
from auditor.workflow.fleet.status import fleet_status
from auditor.workflow.replica.place import MovedPlace
from tests.alerting.receivers import hooked
from tests.custody.practice_authorities import Authorities
from tests.fleet.servers import CONFINED, PostgresServer, StoreServer, free_port
from tests.fleet.store_faults import faulty_store
from tests.fleet.world import FleetWorld, end
from tests.workflow import http_estate

WEBHOOK = "webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}"
ENDED = "select count(*) = 0 from auditor.request where ended_at is null"


@contextmanager
def stamped_fleet(make: Callable[[str], FleetWorld], stamps: Authorities, count: int) -> Iterator[FleetWorld]:
    """A fleet of so many deployments with both practice authorities."""
    both = [(stamps.one, "alpha"), (stamps.two, "beta")]
    entries = "".join(
        f"    {name}: {{url: '{server.url}', owner: '{one.ring.owner}', roots: {name}.pem, practice: true}}\n"
        for (one, name), server in zip(both, stamps.servers, strict=True)
    )
    with http_estate.serving(http_estate.JsonSite()) as address:
        text = f"{http_estate.targets(address, count)}timestamping:\n  quorum: 2\n  authorities:\n{entries}"
        world = make(text)
        for one, name in both:
            (world.root / f"{name}.pem").write_bytes(one.ring.root.read_bytes())
        yield world


def commit_nothing(world: FleetWorld, deployment: str) -> str:
    """A capture's line of a package that is in no store; where it would be, below `evidence/`."""
    address = DatabaseAddress(world.database)
    ((request, run),) = world.ask(
        "select id, run from auditor.request where deployment = %s and ended_at is null", deployment
    )
    with connect(address, "auditor_worker", "hostile") as connection:
        FleetRoster(connection, address).register(WorkerState("w-0", "main", "h", 1, "s", 1))
        assert DatabaseLease(connection, address).take([f"deployment {deployment}"]) == ""
        log = AttemptLog(connection, address)
        intent = VisitIntended(intent=request, run=run, deployment=deployment, slot=deployment)
        begun = log.begin(request, 1, "w-0", None, intent)
        home = f"{deployment}/{package_name(request, begun.at.astimezone(UTC))}"
        capture = CaptureCommitted(
            capture=request, intent=request, deployment=deployment, run=run, state="complete", package=home,
            manifest_sha256="0" * 64, manifest_bytes=7, artefacts=3, quorum=2,
        )  # fmt: skip
        log.end(request, capture, "capture")
    return home


@pytest.mark.tsa
def test_a_package_that_is_in_no_store_keeps_no_other_from_its_timestamps(
    fleet: Callable[[str], FleetWorld], stamps: Authorities
) -> None:
    with stamped_fleet(fleet, stamps, 2) as world:
        world.maintain(())
        commit_nothing(world, "d0")
        with world.worker() as honest:
            world.until(ENDED)
            end(honest, signal.SIGTERM)
        world.maintain()
        assert world.one("select count(*) from auditor.ledger where kind = 'seal'") == 1
        assert not any("not in the store" in one for one in world.told), "that pass, and what follows in it, is whole"


def test_who_is_no_maintenance_does_not_count_as_one(
    fleet: Callable[[str], FleetWorld], postgres: PostgresServer
) -> None:
    """Anybody who may connect can take the lock that is the lease."""
    world = fleet(http_estate.targets("http://127.0.0.1:9/", 1))
    user = f"worker_{world.database.rpartition('/')[2]}"
    with psycopg.connect(world.database, autocommit=True) as owner:
        owner.execute(f"create role {user} login in role auditor_worker".encode())
    with psycopg.connect(postgres.url(world.database.rpartition("/")[2], user), autocommit=True) as hostile:
        hostile.execute("set application_name = 'maintenance'")
        hostile.execute("select auditor.take_lease(array['maintenance'])")
        found = fleet_status(world.database)
        assert not found.maintained and not found.healthy and found.usurper == user
        maintenance = world.maintenance()
        assert not maintenance.once()
        assert any(user in one and "maintenance" in one for one in world.told), world.told


def test_a_worker_whose_store_is_another_one_gets_no_work(fleet: Callable[[str], FleetWorld]) -> None:
    """Its packages would lie where nobody reads them, and the run would count as complete."""
    with http_estate.serving(http_estate.JsonSite()) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        fleets, world.store = world.store, f"{world.store}x"
        with world.worker("elsewhere"):
            world.until(
                "select count(*) = 1 from auditor.worker where refused like %s", "its store s3://%is not the one%"
            )
            world.maintain()
        assert world.one("select count(*) from auditor.attempt") == 0
        world.store = fleets
        with world.worker() as process:
            world.until(ENDED)
            end(process, signal.SIGTERM)
        world.judge(captures=1)


def test_maintenance_of_a_workspace_that_moved_keeps_to_its_store(fleet: Callable[[str], FleetWorld]) -> None:
    world = fleet(http_estate.targets("http://127.0.0.1:9/", 1))
    (world.root / "MOVED").write_text(MovedPlace(world.database, world.store, 1).text(), encoding="utf-8")
    world.maintain()
    world.store += "x"
    with pytest.raises(ConfigError, match="moved to the store"):
        world.maintenance().once()


def test_what_is_in_no_store_does_not_count_as_complete(
    fleet: Callable[[str], FleetWorld], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One package of three is there, one is missing, in the place of one lies another thing."""
    with http_estate.serving(http_estate.JsonSite()) as address, hooked() as hook:
        monkeypatch.setenv("HOOK", hook.url)
        monkeypatch.setenv("HOOK_KEY", "k")
        world = fleet(f"{http_estate.targets(address, 3)}alerts: {{{WEBHOOK}}}\n")
        world.maintain(())
        commit_nothing(world, "d0")
        home = commit_nothing(world, "d1")
        world.evidence().bucket.create(package_key(home), b"no zip", hashlib.sha256(b"no zip").hexdigest())
        with world.worker() as honest:
            world.until(ENDED)
            end(honest, signal.SIGTERM)
        world.maintain()
        (told,) = [one for said in hook.received for one in said["raised"] if one["kind"] == "unread"]
    assert any("3 planned, 1 complete" in one and "2 whose packages cannot be read" in one for one in world.told)
    ((closed,),) = world.ask(
        "select convert_from(line, 'UTF8')::json -> 'body' from auditor.ledger where kind = 'run.closed'"
    )
    assert (closed["planned"], closed["complete"], closed["gaps"], closed["unread"]) == (3, 1, 0, 2)
    ((run, count),) = fleet_status(world.database).unread.items()
    assert (run, count) == (closed["run"], 2) and not fleet_status(world.database).healthy
    (line,) = fleet_status(world.database).unread_lines
    assert run in line and "2 whose packages cannot be read" in line
    assert told["key"] == f"unread/{run}" and "2 packages" in told["text"]


@pytest.mark.long
def test_no_run_is_closed_while_nobody_can_look_for_its_packages(
    fleet: Callable[[str], FleetWorld], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = "select count(*) from auditor.ledger where kind = 'run.closed'"
    with http_estate.serving(http_estate.JsonSite()) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        with world.worker() as honest:
            world.until(ENDED)
            end(honest, signal.SIGTERM)
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        with pytest.raises(AwayError):
            world.maintain()
    assert world.one(closed) == 0
    world.maintain()
    assert world.one(closed) == 1
    world.judge(captures=1)


def test_a_package_that_came_back_is_no_longer_told(fleet: Callable[[str], FleetWorld]) -> None:
    with http_estate.serving(http_estate.JsonSite()) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        with world.worker() as honest:
            world.until(ENDED)
            end(honest, signal.SIGTERM)
    ((home,),) = world.ask(
        "select convert_from(line, 'UTF8')::json -> 'body' ->> 'package' from auditor.ledger where kind = 'capture'"
    )
    bucket = world.evidence().bucket
    whole = bucket.read(package_key(home), 64 << 20)
    bucket.take_away(package_key(home))
    world.maintain()
    assert list(fleet_status(world.database).unread.values()) == [1]
    bucket.create(package_key(home), whole, hashlib.sha256(whole).hexdigest())
    world.maintain()
    assert not fleet_status(world.database).unread
    assert any("can be read now" in one for one in world.told)


def test_a_place_of_the_store_is_one_fleet_s(
    fleet: Callable[[str], FleetWorld], postgres: PostgresServer, tmp_path: Path
) -> None:
    """Given to another one it is refused before anything is written there; a mark that somebody lays beside one's own
    refuses nobody."""
    targets = http_estate.targets("http://127.0.0.1:9/", 1)
    mine = fleet(targets)
    mine.maintain()
    other = FleetWorld.make(tmp_path / "other", postgres.new_database("other"), mine.store, mine.environment, targets)
    before = list(mine.evidence().bucket.keys(""))
    with pytest.raises(ConfigError, match="another fleet keeps its evidence") as refused:
        other.maintenance().run()
    assert str(refused.value).count("\n") == 0
    assert list(mine.evidence().bucket.keys("")) == before
    other.store += "-other"
    other.maintain()
    mine.evidence().bucket.try_to_create("trial/fleet-0123", b"of somebody")
    mine.maintain()


@pytest.mark.long
def test_another_fleet_s_place_that_answers_later_is_left_alone(
    fleet: Callable[[str], FleetWorld],
    postgres: PostgresServer,
    store: StoreServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Maintenance begins while the store is away, and is refused once it answers, before anything is written there."""
    targets = http_estate.targets("http://127.0.0.1:9/", 1)
    mine = fleet(targets)
    mine.maintain()
    other = FleetWorld.make(tmp_path / "other", postgres.new_database("later"), mine.store, mine.environment, targets)
    before, direct = list(mine.evidence().bucket.keys("")), mine.evidence().bucket
    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        proxy.refused[b"/"] = 503
        maintenance = other.maintenance()
        leading = threading.Thread(target=maintenance.run)
        leading.start()
        try:
            _told(other, "this process leads")
            _told(other, "does not answer as it should")
            proxy.refused.clear()
            _told(other, "another fleet keeps its evidence")
        finally:
            maintenance.stop.set()
            leading.join(60)
    assert list(direct.keys("")) == before


def _told(world: FleetWorld, text: str) -> None:
    end = time.monotonic() + 60
    while not any(text in line for line in world.told):
        assert time.monotonic() < end, world.told
        time.sleep(0.1)


def test_a_worker_s_credentials_can_be_confined_to_packages(
    fleet: Callable[[str], FleetWorld], monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_estate.serving(http_estate.JsonSite()) as address:
        world = fleet(http_estate.targets(address, 1))
        world.maintain(())
        with world.worker(environment=CONFINED) as process:
            world.until(ENDED)
            end(process, signal.SIGTERM)
        world.judge(captures=1)
    for name, value in CONFINED.items():
        monkeypatch.setenv(name, value)
    bucket = world.evidence().bucket
    for key in (
        "evidence/d0/x/manifest.alpha.tsr",
        "evidence/journal/checkpoints/000000000099.checkpoint",
        "trial/fleet-0",
    ):
        with pytest.raises(ConfigError, match="refuses these credentials"):
            bucket.try_to_create(key, b"another thing")


def test_who_keeps_a_lease_and_makes_no_visit_has_its_session_ended(
    fleet: Callable[[str], FleetWorld], postgres: PostgresServer
) -> None:
    world = fleet(http_estate.targets("http://127.0.0.1:9/", 1))
    world.maintain(())
    name, address = world.database.rpartition("/")[2], DatabaseAddress(world.database)
    with psycopg.connect(world.database, autocommit=True) as owner:
        owner.execute(f"create role worker_{name} login in role auditor_worker".encode())
    theirs = DatabaseAddress(postgres.url(name, f"worker_{name}"))
    watch = IdleHolderWatch()
    with ExitStack() as stack:
        maintenance = stack.enter_context(connect(address, "auditor_maintenance"))
        leads, lease, visit = (stack.enter_context(connect(theirs, "auditor_worker")) for _ in range(3))
        assert not watch.end(maintenance, address, 0)
        for connection, what in ((leads, "maintenance"), (lease, "deployment d1"), (visit, "deployment d0")):
            assert DatabaseLease(connection, theirs).take([what]) == ""
        ((request, run),) = world.ask("select id, run from auditor.request")
        FleetRoster(visit, theirs).register(WorkerState("w-0", "main", "h", 1, "s", 1))
        intent = VisitIntended(intent=request, run=run, deployment="d0", slot="d0")
        AttemptLog(visit, theirs).begin(request, 1, "w-0", None, intent)
        pids = {leads.info.backend_pid: True, lease.info.backend_pid: False}
        status = fleet_status(world.database)
        assert {one.pid: one.leads for one in status.idle} == pids
        assert all(f"worker_{name}" in one.told and str(one.pid) in one.told for one in status.idle)
        assert not watch.end(maintenance, address, 10) and not watch.end(maintenance, address, 69)
        assert {one.pid for one in watch.end(maintenance, address, 71)} == set(pids)
        for connection in (leads, lease):
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        visit.execute("select 1")
        assert not watch.end(maintenance, address, 200) and not fleet_status(world.database).idle
