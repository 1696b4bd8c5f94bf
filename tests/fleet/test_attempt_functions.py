"""What a worker may say of an attempt, by the functions that begin and end it: of the request whose lease it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from auditor.custody.packages.stage import package_name
from auditor.errors import VaultError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetConnection,
    FleetRoster,
    LedgerLine,
    RequestBook,
    Vantage,
    VisitRequest,
    WorkerState,
    connect,
    prepare_database,
)
from auditor.formats import canonical_json
from auditor.model.events import CaptureCommitted, GapRecorded, VisitIntended
from auditor.workflow.audit.slots import capture_id
from auditor.workflow.fleet.planning import why_overdue

INTENT = VisitIntended(intent="c1", run="r1", deployment="d1", slot="d1")
GAP = GapRecorded(run="r1", deployment="d1", slot="", intent="c1", why="gone")
ENDS = "select auditor.end_attempt('c1', %s, %s, %s, '', 0)"


@dataclass
class AtWork:
    """A worker with the lease on its request's deployment."""

    address: DatabaseAddress
    connection: FleetConnection

    def begin(self, intent: VisitIntended = INTENT) -> LedgerLine:
        return AttemptLog(self.connection, self.address).begin("c1", 1, "w1", None, intent)

    def end(self, kind: str, body: Mapping[str, object], outcome: str) -> None:
        text = canonical_json.encode(body).decode("utf-8")
        self.connection.execute(ENDS, (kind, text, outcome))


@pytest.fixture
def at_work(empty_database: str) -> Iterator[AtWork]:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    with connect(address, None) as owner:
        owner.execute("update auditor.head set note = 'a log that has begun'")
    with connect(address, "auditor_maintenance") as maintenance:
        FleetRoster(maintenance, address).declare(Vantage("main"))
        now = datetime.now(UTC)
        RequestBook(maintenance, address).add(
            [VisitRequest("c1", "r1", "d1", "main", "r1", "d1", now, now + timedelta(hours=1))], "r1"
        )
    with connect(address, "auditor_worker", "worker w1") as connection:
        FleetRoster(connection, address).register(WorkerState("w1", "main", "host", 1, "tests", 1))
        assert DatabaseLease(connection, address).take(["deployment d1"]) == ""
        yield AtWork(address, connection)


@contextmanager
def refused(at_work: AtWork) -> Iterator[None]:
    """By the functions' own checks, and nothing is written."""
    with connect(at_work.address, "auditor_reader") as reader:
        before = reader.execute("select size from auditor.head").fetchone()
        with pytest.raises(psycopg.Error) as told:
            yield
        assert told.value.sqlstate in {"23514", "AU001"}, told.value
        assert reader.execute("select size from auditor.head").fetchone() == before


def test_an_attempt_is_begun_and_ended_as_its_request_and_its_intent_say(at_work: AtWork) -> None:
    for wrong in (replace(INTENT, run="r2"), replace(INTENT, deployment="d2"), replace(INTENT, slot="")):
        with pytest.raises(VaultError, match="another deployment, run or slot"):
            at_work.begin(wrong)
    begun = at_work.begin()
    home = f"d1/{package_name('c1', begun.at)}"
    capture = CaptureCommitted(
        capture="c1", intent="c1", deployment="d1", run="r1", state="complete", package=home,
        manifest_sha256="0" * 64, manifest_bytes=7, artefacts=3, quorum=2,
    ).body()  # fmt: skip
    later = f"d1/{package_name('c1', begun.at + timedelta(seconds=1))}"
    for kind, body, outcome in (
        ("capture", {**capture, "run": "r2"}, "capture"),
        ("capture", {**capture, "capture": "c2", "package": home.replace("-c1", "-c2")}, "capture"),
        ("capture", {**capture, "deployment": "d2"}, "capture"),
        ("capture", {**capture, "package": later}, "capture"),
        ("capture", {**capture, "package": f"d1/x/{home}"}, "capture"),
        ("capture", capture, "gap"),
        ("gap", {**GAP.body(), "slot": "d1"}, "gap"),
        ("gap", {**GAP.body(), "run": ""}, "gap"),
        ("gap", {**GAP.body(), "intent": ""}, "gap"),
        ("gap", GAP.body(), "capture"),
    ):
        with refused(at_work):
            at_work.end(kind, body, outcome)
    at_work.end("capture", capture, "capture")
    with refused(at_work):
        at_work.end("gap", GAP.body(), "gap")
    again = canonical_json.encode(GAP.body()).decode("utf-8")
    with connect(at_work.address, "auditor_maintenance") as visits, pytest.raises(psycopg.errors.UniqueViolation):
        visits.execute("select auditor.append_line('gap', %s)", (again,))


def test_an_attempt_is_the_next_one_of_a_request_that_is_due(at_work: AtWork) -> None:
    """Else one request is attempted without end, and takes the ids that the attempts at others need."""
    begin = "select auditor.begin_attempt('c1', %s, 'w1', null, %s)"
    for number, name in ((2, "c1"), (1, "c-of-another-request")):
        with refused(at_work):
            at_work.connection.execute(
                begin, (number, canonical_json.encode(replace(INTENT, intent=name).body()).decode())
            )
    at_work.begin()
    at_work.connection.execute(ENDS, ("gap", canonical_json.encode(GAP.body()).decode(), "gap"))
    again = canonical_json.encode(replace(INTENT, intent=capture_id("r1", "d1", 2)).body()).decode()
    with refused(at_work):
        at_work.connection.execute(begin, (2, again))
    with connect(at_work.address, None) as owner:
        owner.execute("update auditor.request set next_try_at = clock_timestamp()")
    at_work.connection.execute(begin, (2, again))


def test_what_a_worker_says_of_itself_fits_into_a_line_of_maintenance(at_work: AtWork) -> None:
    """It is repeated in gaps: one that no line could hold would end every pass of maintenance."""
    with pytest.raises(VaultError, match="a worker's id"):
        FleetRoster(at_work.connection, at_work.address).register(WorkerState("w" * 200, "main", "h", 1, "s", 1))
    long = "y" * 100_000
    FleetRoster(at_work.connection, at_work.address).register(WorkerState("w2", "main", long, 1, long, 1, refused=long))
    at_work.begin()
    at_work.connection.execute(
        ENDS.replace("''", f"'{long}'"), ("gap", canonical_json.encode(GAP.body()).decode(), "gap")
    )
    with connect(at_work.address, "auditor_maintenance") as maintenance:
        book = RequestBook(maintenance, at_work.address)
        request = book.open("c1")
        assert request is not None
        assert book.give_up(request, why_overdue(request, book.story(request)))


def test_a_lock_that_others_may_share_is_no_lease(at_work: AtWork) -> None:
    at_work.begin()
    DatabaseLease(at_work.connection, at_work.address).give_back(["deployment d1"])
    at_work.connection.execute("select pg_advisory_lock_shared(auditor.lease_key('deployment d1'))")
    with refused(at_work):
        at_work.end("gap", GAP.body(), "gap")
    at_work.connection.execute("select pg_advisory_unlock_all()")
    assert DatabaseLease(at_work.connection, at_work.address).take(["deployment d1"]) == ""
    at_work.end("gap", GAP.body(), "gap")
