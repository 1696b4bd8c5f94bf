"""What a database user may say: of its own workers, at vantages that it may serve, of the host that it visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from auditor.custody.packages.stage import package_name
from auditor.errors import VaultError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetConnection,
    FleetRoster,
    HeldHost,
    LedgerLine,
    RequestBook,
    Vantage,
    VisitRequest,
    WorkerState,
    connect,
    prepare_database,
)
from auditor.model.events import CaptureCommitted, GapRecorded, VisitIntended
from auditor.workflow.fleet.planning import why_held
from tests.fleet.servers import PostgresServer

KEY = "notary.example+14f42d88+AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
INTENT = VisitIntended(intent="c1", run="r1", deployment="d1", slot="d1@notary")
GAP = GapRecorded(run="r1", deployment="d1", slot="", intent="c1", why="gone")
ONE = WorkerState("w1", "notary", "host", 1, "tests", 1)
TWO = replace(ONE, id="w2", host="elsewhere")


@dataclass
class User:
    """A session of one database user who has a worker's role."""

    name: str
    address: DatabaseAddress
    connection: FleetConnection

    @property
    def roster(self) -> FleetRoster:
        return FleetRoster(self.connection, self.address)

    @property
    def attempts(self) -> AttemptLog:
        return AttemptLog(self.connection, self.address)

    @property
    def book(self) -> RequestBook:
        return RequestBook(self.connection, self.address)

    def lease(self, *, give_back: bool = False) -> None:
        lease = DatabaseLease(self.connection, self.address)
        if give_back:
            lease.give_back(["deployment d1"])
        else:
            assert lease.take(["deployment d1"]) == ""


@dataclass
class TwoUsers:
    """A vantage with a request, which the first of two users serves."""

    owner: FleetConnection
    address: DatabaseAddress
    first: User
    second: User

    def declare(self, *users: str, key: str = "") -> None:
        roster = FleetRoster(self.owner, self.address)
        roster.declare(Vantage("notary", users=users))
        roster.give_keys({"notary": key} if key else {})


@pytest.fixture
def two_users(empty_database: str, postgres: PostgresServer) -> Iterator[TwoUsers]:
    address, name = DatabaseAddress(empty_database), empty_database.rpartition("/")[2]
    prepare_database(address)
    with connect(address, None) as owner:
        owner.execute("update auditor.head set note = 'a log that has begun'")
        now = datetime.now(UTC)
        asked = VisitRequest("c1", "r1", "d1", "notary", "r1", "d1@notary", now, now + timedelta(hours=1), "d1.example")
        RequestBook(owner, address).add([asked], "r1")
        with _user(owner, postgres, name, "one") as first, _user(owner, postgres, name, "two") as second:
            made = TwoUsers(owner, address, first, second)
            made.declare()
            first.roster.register(ONE)
            first.lease()
            yield made


@contextmanager
def _user(owner: FleetConnection, server: PostgresServer, database: str, which: str) -> Iterator[User]:
    name = f"{which}_{database}"
    owner.execute(f"create role {name} login in role auditor_worker".encode())
    address = DatabaseAddress(server.url(database, name))
    with connect(address, "auditor_worker", f"worker {which}") as connection:
        yield User(name, address, connection)


def capture(begun: LedgerLine, key: str | None = None) -> CaptureCommitted:
    return CaptureCommitted(
        capture="c1", intent="c1", deployment="d1", run="r1", state="complete",
        package=f"d1/{package_name('c1', begun.at.astimezone(UTC))}", manifest_sha256="0" * 64, manifest_bytes=7,
        artefacts=3, quorum=2, party=key and "office", party_key=key, party_signature=key and "x",
    )  # fmt: skip


def test_a_worker_is_whose_login_it_is(two_users: TwoUsers) -> None:
    """By who logged in, not by the role that was set: that is the same for both."""
    first, second = two_users.first, two_users.second
    with pytest.raises(VaultError, match="worker w1 is not of user two_"):
        second.roster.register(replace(ONE, refused="by somebody else"))
    with pytest.raises(VaultError, match="worker w1 is not of user two_"):
        second.roster.end("w1")
    (found,) = first.roster.workers()
    assert (found.refused, found.ended_at) == ("", None)
    first.lease(give_back=True)
    second.lease()
    with pytest.raises(VaultError, match="worker w1 is not of user two_"):
        second.attempts.begin("c1", 1, "w1", None, INTENT)
    second.lease(give_back=True)
    first.lease()
    begun = first.attempts.begin("c1", 1, "w1", None, INTENT)
    first.lease(give_back=True)
    with pytest.raises(VaultError, match="worker w1 is not of user two_"):
        second.attempts.take_up("c1")
    second.lease()
    for end in (capture(begun), GAP):
        with pytest.raises(VaultError, match="worker w1 is not of user two_"):
            second.attempts.end("c1", end, end.kind)
    second.lease(give_back=True)
    assert first.attempts.take_up("c1") == ""
    first.attempts.end("c1", capture(begun), "capture")
    first.roster.end("w1")


def test_a_vantage_is_served_by_the_users_that_are_declared(two_users: TwoUsers) -> None:
    first, second = two_users.first, two_users.second
    second.roster.register(TWO)
    two_users.declare(first.name)
    with pytest.raises(VaultError, match=f"user {second.name} may not serve vantage notary"):
        second.roster.register(TWO)
    first.lease(give_back=True)
    second.lease()
    with pytest.raises(VaultError, match=f"user {second.name} may not serve vantage notary"):
        second.attempts.begin("c1", 1, "w2", None, INTENT)
    second.lease(give_back=True)
    first.lease()
    first.roster.register(ONE)
    first.attempts.begin("c1", 1, "w1", None, INTENT)


def test_a_capture_of_another_partys_vantage_names_its_key(two_users: TwoUsers) -> None:
    two_users.declare(key=KEY)
    attempts = two_users.first.attempts
    begun = attempts.begin("c1", 1, "w1", None, INTENT)
    for wrong in (None, KEY.replace("notary", "another")):
        with pytest.raises(VaultError, match="belongs to another party"):
            attempts.end("c1", capture(begun, wrong), "capture")
    attempts.end("c1", capture(begun, KEY), "capture")


def test_a_host_is_held_by_who_visits_it_and_the_gap_says_who_said_so(two_users: TwoUsers) -> None:
    first, second = two_users.first, two_users.second
    with pytest.raises(VaultError, match="no attempt c1 at host"):
        first.book.hold_host("c1", "d1.example", 5000)
    first.attempts.begin("c1", 1, "w1", None, INTENT)
    for user, host in ((first, "another.example"), (second, "d1.example")):
        with pytest.raises(VaultError, match="no attempt c1 at host"):
            user.book.hold_host("c1", host, 5000)
    assert first.book.hosts_held(0) == []
    first.book.hold_host("c1", "d1.example", 5000)
    (held,) = first.book.hosts_held(60)
    assert (held.host, held.worker, held.intent) == ("d1.example", "w1", "c1")
    assert why_held(replace(held, seconds=4999.5), 60) == (
        "worker w1 says of its visit c1 that host d1.example asked to be left alone for 5000 s more; a run waits at"
        " most 60 s"
    )
    assert why_held(HeldHost("h", 61, "", ""), 60).startswith("a worker said that host h ")
    first.attempts.end("c1", GAP, "gap")
    with pytest.raises(VaultError, match="no attempt c1 at host"):
        first.book.hold_host("c1", "d1.example", 9000)
