"""The functions of the database write what the house's own encoder writes, and refuse what a worker may not say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import clock
from auditor.custody.journal.lines import parse_line
from auditor.fleet import DatabaseAddress, FleetConnection, FleetRole, connect, prepare_database
from auditor.formats import canonical_json, merkle
from auditor.model.events import CaptureCommitted, GapRecorded, VisitIntended, parse_event
from tests.fleet.servers import PostgresServer

TEXTS = [
    "",
    "plain",
    'quote " back \\ slash /',
    "tab\t line\n \x01 \x1f \x7f",
    "分馆授权数量 不限",
    "\U0001f4da",
    "é\u2028\u2029",
]


@pytest.fixture(scope="module")
def refusing(postgres: PostgresServer) -> Iterator[dict[FleetRole, FleetConnection]]:
    """A log in which nothing is ever written, for what is refused, with a connection of each role."""
    found = begun(postgres.new_database("refusing"))
    with connect(found, "auditor_worker") as worker, connect(found, "auditor_maintenance") as maintenance:
        yield {"auditor_worker": worker, "auditor_maintenance": maintenance}


@pytest.fixture
def address(empty_database: str) -> DatabaseAddress:
    return begun(empty_database)


def begun(database: str) -> DatabaseAddress:
    found = DatabaseAddress(database)
    assert 1 in prepare_database(found)
    assert list(prepare_database(found)) == []
    with connect(found, None) as owner:
        owner.execute("update auditor.head set note = 'a log that has begun'")
    return found


@pytest.fixture
def visits(address: DatabaseAddress) -> Iterator[FleetConnection]:
    """Who may append by the function itself; a worker's lines come by those that begin and end an attempt."""
    with connect(address, "auditor_maintenance") as connection:
        yield connection


@pytest.fixture
def maintenance(address: DatabaseAddress) -> Iterator[FleetConnection]:
    with connect(address, "auditor_maintenance") as connection:
        yield connection


def intent(name: str, address: str | None = None, access: str | None = None) -> VisitIntended:
    return VisitIntended(intent=name, run="r1", deployment="site-a", slot="r1/site-a", address=address, access=access)


def capture(name: str, package: str = "") -> CaptureCommitted:
    return CaptureCommitted(
        capture=name, intent=name, deployment="site-a", run="r1", state="complete",
        package=package or f"site-a/20260105T030000Z-{name}", manifest_sha256="0" * 64, manifest_bytes=7, artefacts=3,
        quorum=2,
    )  # fmt: skip


def gap(name: str) -> GapRecorded:
    return GapRecorded(run="r1", deployment="site-a", slot="", intent=name, why="gone")


def append(
    connection: FleetConnection, event: VisitIntended | CaptureCommitted | GapRecorded
) -> tuple[int, datetime, bytes]:
    body = canonical_json.encode(event.body()).decode("utf-8")
    row = connection.execute("select * from auditor.append_line(%s, %s)", (event.kind, body)).fetchone()
    assert row is not None
    number, at, line = row
    assert isinstance(number, int) and isinstance(at, datetime) and isinstance(line, bytes)
    return number, at, line


def test_lines_are_those_of_the_house_with_its_chain_and_its_tree(
    visits: FleetConnection, maintenance: FleetConnection
) -> None:
    previous, frontier = canonical_json.ZERO_DIGEST, merkle.Frontier()
    for number in range(70):
        name = f"c{number:03d}"
        event = intent(name, address=TEXTS[number % len(TEXTS)], access="contract") if number % 2 else capture(name)
        found, at, line = append(visits, event)
        assert found == number
        assert line == canonical_json.encode(
            {
                "at": clock.timestamp(at),
                "body": event.body(),
                "kind": event.kind,
                "number": number,
                "previous": previous,
            }
        )
        assert type(event).of(parse_line(line, number, previous)) == event
        previous = canonical_json.sha256(line)
        frontier.add(merkle.leaf_hash(line))
        head = maintenance.execute("select size, last_sha256, peaks from auditor.head").fetchone()
        assert head is not None and head[:2] == (number + 1, previous)
        peaks = head[2]
        assert isinstance(peaks, bytes)
        parts = [peaks[at : at + 32] for at in range(0, len(peaks), 32)]
        assert merkle.Frontier(number + 1, parts).root() == frontier.root()


def test_a_clock_that_steps_back_is_told_in_the_line(
    visits: FleetConnection, maintenance: FleetConnection, address: DatabaseAddress
) -> None:
    append(visits, intent("c1"))
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with connect(address, None) as owner:
        owner.execute("update auditor.head set last_at = %s", (ahead,))
    _, at, line = append(visits, intent("c2"))
    members = canonical_json.decode(line, "line")
    assert members["stepped_back_ms"] == int((ahead - at).total_seconds() * 1000)
    assert parse_line(line, 1, None).number == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("key", "{}"),
        ("gap", '{"why":"x"}'),
        ("intent", "[]"),
        ("intent", '{"intent":"c1"}'),
        ("intent", '{"deployment":"a","intent":"c1","run":"r","slot":1}'),
        ("intent", '{"deployment":"a","intent":"c1","more":"x","run":"r","slot":""}'),
        ("intent", '{"intent":"c1","deployment":"a","run":"r","slot":""}'),
        ("intent", '{"deployment": "a","intent":"c1","run":"r","slot":""}'),
        ("intent", '{"deployment":"a","intent":"c1","run":"r","slot":""},"kind":"key'),
        ("intent", '{"deployment":"a","intent":"c1","intent":"c2","run":"r","slot":""}'),
        ("intent", '{"deployment":"\\u0061","intent":"c1","run":"r","slot":""}'),
        ("intent", '{"deployment":"a\\u0000","intent":"c1","run":"r","slot":""}'),
        ("intent", '{"deployment":"\\ud800","intent":"c1","run":"r","slot":""}'),
        ("intent", '{"deployment":"a","intent":"c1","pages":[1],"run":"r","slot":""}'),
        ("intent", "not json"),
        ("capture", canonical_json.encode({**capture("c1").body(), "state": "fine"}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "manifest_sha256": "00"}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "artefacts": -1}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "package": "site-b/20260105T030000Z-c1"}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "package": "site-a/../site-b/x-c1"}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "package": "site-a/20260105T030000Z-xc1"}).decode()),
        ("capture", canonical_json.encode({**capture("c1").body(), "intent": "c2"}).decode()),
        *(
            ("capture", canonical_json.encode({**capture("c1").body(), "version": version}).decode())
            for version in ("", "null", "a b", "é", "a\n", "x" * 1025, None, 7)
        ),
        ("intent", '{"deployment":"a","intent":"","run":"r","slot":""}'),
        ("capture", canonical_json.encode(capture("c1").body()).decode().replace('"artefacts":3', '"artefacts":3.0')),
        ("capture", canonical_json.encode(capture("c1").body()).decode().replace('"artefacts":3', '"artefacts":1e0')),
    ],
)  # fmt: skip
def test_what_a_worker_may_not_say_is_refused_and_leaves_nothing(
    refusing: dict[FleetRole, FleetConnection], kind: str, body: str
) -> None:
    maintenance = refusing["auditor_maintenance"]
    with pytest.raises(psycopg.errors.CheckViolation):
        maintenance.execute("select * from auditor.append_line(%s, %s)", (kind, body))
    assert maintenance.execute("select size from auditor.head").fetchone() == (0,)


@pytest.mark.parametrize(
    "version", ["3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo", "x" * 1024, "1-_.~=:"]
)
def test_a_capture_may_name_the_version_of_its_object(visits: FleetConnection, version: str) -> None:
    event = replace(capture("c1"), version=version)
    line = canonical_json.decode(append(visits, event)[2], "line")
    assert parse_event("capture", line["body"]) == event  # type: ignore[arg-type]


def test_one_id_has_one_line(visits: FleetConnection) -> None:
    append(visits, intent("c1"))
    append(visits, capture("c1"))
    for event in (intent("c1"), capture("c1"), gap("c1")):
        with pytest.raises(psycopg.errors.UniqueViolation):
            append(visits, event)
    exact = canonical_json.encode({"kind": "gap", "body": gap("c1").body()})
    with pytest.raises(psycopg.errors.UniqueViolation):
        visits.execute("select auditor.append_exact(2, %s)", (exact,))
    assert append(visits, intent("c2"))[0] == 2


def test_a_line_too_long_for_a_log_is_refused(visits: FleetConnection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="65535"):
        append(visits, intent("c1", address="x" * 65_400))


@pytest.mark.parametrize(
    "statement",
    [
        "insert into auditor.ledger values (0, now(), 'key', null, 'x')",
        "update auditor.head set size = 9",
        "delete from auditor.ledger",
        "truncate auditor.ledger",
        "select line from auditor.ledger",
        "select auditor.append_exact(0, 'x')",
        "select auditor.append_line('gap', '{}')",
        "create temporary table mine (x int)",
        "create trigger mine before insert on auditor.request execute function suppress_redundant_updates_trigger()",
        "insert into auditor.worker_kind values ('key', '{}')",
        "create table auditor.mine (x int)",
        "drop table auditor.ledger",
    ],
)
def test_a_worker_writes_nothing_of_itself(refusing: dict[FleetRole, FleetConnection], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        refusing["auditor_worker"].execute(statement.encode())


@pytest.mark.parametrize(
    "statement", ["insert into auditor.ledger values (0, now(), 'key', null, 'x')", "update auditor.head set size = 9",
                  "delete from auditor.ledger", "update auditor.ledger set line = 'x'", "truncate auditor.ledger"],
)  # fmt: skip
def test_maintenance_appends_by_the_function_alone(refusing: dict[FleetRole, FleetConnection], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        refusing["auditor_maintenance"].execute(statement.encode())


def test_a_line_as_it_is_must_be_the_next_one_and_follow_the_last(
    maintenance: FleetConnection, visits: FleetConnection
) -> None:
    _, _, first = append(visits, intent("c1"))
    for number, line in (
        (0, b"again"),
        (2, b"too far"),
        (1, b'{"number":1,"previous":"%s"}' % (b"0" * 64)),
    ):
        with pytest.raises(psycopg.errors.SerializationFailure):
            maintenance.execute("select auditor.append_exact(%s, %s)", (number, line))
    line = canonical_json.encode(
        {"at": "2026-01-05T03:00:00.000000Z", "body": {"run": "r1"}, "kind": "run.closed", "number": 1,
         "previous": canonical_json.sha256(first)}
    )  # fmt: skip
    maintenance.execute("select auditor.append_exact(%s, %s)", (1, line))
    assert append(visits, intent("c2"))[2].find(canonical_json.sha256(line).encode()) > 0


def test_many_writers_make_one_chain(address: DatabaseAddress, maintenance: FleetConnection) -> None:
    def write(who: int) -> None:
        with connect(address, "auditor_maintenance") as connection:
            for number in range(25):
                append(connection, intent(f"w{who}-{number}"))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    previous, frontier = canonical_json.ZERO_DIGEST, merkle.Frontier()
    rows = maintenance.execute("select line from auditor.ledger order by number").fetchall()
    for number, (line,) in enumerate(rows):
        assert isinstance(line, bytes)
        previous = canonical_json.sha256(parse_line(line, number, previous).line)
        frontier.add(merkle.leaf_hash(line))
    assert frontier.size == 150


_KEYS = st.text(st.characters(max_codepoint=0xD7FF, exclude_characters="\x00"), max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(value=st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_the_canonical_form_is_that_of_the_house(owner: FleetConnection, value: dict[str, object]) -> None:
    written = canonical_json.encode(value).decode("utf-8")
    assert owner.execute("select auditor.canonical(%s::json)", (written,)).fetchone() == (written,)


@pytest.fixture(scope="module")
def owner(postgres: PostgresServer) -> Iterator[FleetConnection]:
    found = DatabaseAddress(postgres.new_database("canonical"))
    prepare_database(found)
    with connect(found, None) as connection:
        yield connection


def test_nothing_is_appended_where_the_log_has_not_begun_or_goes_on_elsewhere(
    address: DatabaseAddress, visits: FleetConnection, maintenance: FleetConnection
) -> None:
    with connect(address, None) as owner:
        for statement in ("set note = null", "set note = 'begun', moved_to = 'folder'"):
            owner.execute(f"update auditor.head {statement}".encode())
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                append(visits, intent("c1"))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="moved to folder"):
        maintenance.execute("select auditor.append_exact(0, 'x')")
