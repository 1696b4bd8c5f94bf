"""What stands while others capture, judge and edit: of one moment, and never told as settled too soon."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.custody import prune
from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.model.standing import EVERYTHING, FindingListQuery, StandingMoment
from auditor.targets import load_cached_estate
from auditor.workflow.audit.run_record import open_run
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.standing.checking import check_standing
from auditor.workflow.standing.overview import overview_of, standing_overview
from auditor.workflow.standing.standing import EstateMemory, StandingWorkspace, open_standing
from auditor.workflow.wiring import Instruments
from auditor.workspace import Workspace
from tests.custody.journal_clerk import token
from tests.workflow.http_estate import JsonSite, opened, serving
from tests.workflow.standing_world import NAMES, StandingWorld, gap, standing_world
from tests.workflow.test_visit_one import Worker


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StandingWorld]:
    """Every deployment captured once, everything judged."""
    with standing_world(tmp_path / "w") as made:
        with Index.open(made.workspace.db) as index:
            for number in range(len(NAMES)):
                made.now += timedelta(hours=1)
                index.record([made.capture(number, 25 + number, 1 + number)])
        with made.opened() as standing:
            assert standing.refresh().settled
        yield made


def another_judges(world: StandingWorld, shown: int) -> None:
    """Another process captures and judges."""
    with Index.open(world.workspace.db) as index:
        index.record([world.capture(number, shown + number, number) for number in range(len(NAMES))])
        assert StandingWorkspace(world.workspace, index, world.clock).refresh().settled


def once_at(index: Index, statement: str, act: Callable[[], None]) -> list[str]:
    """Have something happen as the index is about to run a statement that begins so; what was run then."""
    ran: list[str] = []

    def told(text: str) -> None:
        if not ran and text.startswith(statement):
            ran.append(text)
            act()

    index.standing.watch(told)
    return ran


class MovingClock:
    """A clock that is looked at as the standing index is opened, then each time just after the journal was read; others
    act then."""

    def __init__(self, world: StandingWorld, act: Callable[[], None], times: int = 1) -> None:
        self._world, self._act, self._times = world, act, times
        self.looks = -1
        """Since it was opened."""

    def __call__(self) -> datetime:
        self.looks += 1
        then = self._world.now
        if 1 <= self.looks <= self._times:
            self._act()
        return then


# What the index has not recorded yet.


def state_of(workspace: Workspace) -> StandingMoment:
    return standing_overview(workspace).state


def test_what_is_journalled_and_not_in_the_index_is_outstanding(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 2) as instruments:
        workspace, worker = instruments.workspace, Worker(instruments)
        assert state_of(workspace).settled
        slots = open_run(instruments, (), None).slots
        worker.visit(slots[0])
        found = standing_overview(workspace)
        assert (found.state.settled, found.state.outstanding, found.state.passed) == (False, 1, 0)
        assert [one.deployment for one in found.deployments if one.outstanding] == ["d0"]
        assert not state_of(workspace).settled, "as long as it is not recorded"
        instruments.index.record([worker.recorded[-1]])
        assert not _state(workspace).settled, "recorded, and not judged"
        assert state_of(workspace).settled
        _sealed(instruments, slots[0].capture)
        assert state_of(workspace).outstanding == 1
        index_missing_captures(instruments)
        assert state_of(workspace).settled
        prune(instruments.custody.vault, [slots[0].capture], "a rule")
        assert state_of(workspace).outstanding == 1
        instruments.index.remove([slots[0].capture])
        assert state_of(workspace).settled


def _state(workspace: Workspace) -> StandingMoment:
    with open_standing(workspace) as standing:
        return standing.state()


def _sealed(instruments: Instruments, capture: str) -> None:
    record = instruments.journal.ledger.package_record(capture)
    assert record is not None
    body = {
        "capture": capture, "files": [], "subject": {"path": record.manifest, "sha256": record.manifest_sha256},
        "quorum": 1, "tokens": [token("a", "verified"), token("b", "verified")],
    }  # fmt: skip
    instruments.journal.append("seal", body)


def test_verification_says_nothing_of_what_the_index_lacks(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 2) as instruments:
        worker = Worker(instruments)
        slots = open_run(instruments, (), None).slots
        for slot in slots:
            worker.visit(slot)
        instruments.index.record(worker.recorded)
        instruments.index.follow(instruments.journal.size)
        assert state_of(instruments.workspace).settled
        assert {one.verdict for one in check_standing(instruments.workspace).made} == {"passed"}
        instruments.index.remove([slots[0].capture])
        state_of(instruments.workspace)
        made = check_standing(instruments.workspace).made
    assert [(one.subject, one.verdict) for one in made] == [("deployment d0", "not checked")]


# Of one moment.


def test_an_overview_is_of_one_moment_while_others_judge(world: StandingWorld) -> None:
    before = standing_overview(world.workspace, clock=world.clock)
    for statement in ("select body from standing_sums", "select r.*", "select day, line, body"):
        with Index.open(world.workspace.db) as index:
            standing = StandingWorkspace(world.workspace, index, world.clock)
            standing.refresh()
            ran = once_at(index, statement, lambda: another_judges(world, 60))
            found = overview_of(world.workspace, standing)
            index.standing.watch(None)
        assert ran
        assert (found.tallies, found.deployments, found.findings) == (
            before.tallies, before.deployments, before.findings,
        ), statement  # fmt: skip
        assert found.trend[-1].tallies == found.tallies
        world.now += timedelta(minutes=1)
        before = standing_overview(world.workspace, clock=world.clock)


def test_rows_are_held_against_the_same_moment_while_others_judge(world: StandingWorld) -> None:
    for statement in ("select * from standing_position", "select * from standing_finding", "select body from"):
        world.now += timedelta(minutes=1)
        with Index.open(world.workspace.db) as index:
            ran = once_at(index, statement, lambda: another_judges(world, 60 + world.now.minute))
            found = StandingWorkspace(world.workspace, index, world.clock).compare()
            index.standing.watch(None)
        assert ran or statement == "select body from"
        assert (found.kept, found.differing) == (True, []), statement
        assert found.agreeing > len(NAMES)


# Lists are held column by column.


@pytest.mark.parametrize("table", ["finding", "position"])
def test_every_column_of_a_list_is_held_against_what_it_should_say(world: StandingWorld, table: str) -> None:
    with sqlite3.connect(world.workspace.db) as connection:
        columns = [str(row[1]) for row in connection.execute(f"pragma table_info(listed_{table})")]
        stood = connection.execute(f"select * from listed_{table} order by 1 limit 1").fetchone()
    assert world.compared().differing == []
    for column, value in zip(columns, stood, strict=True):
        with sqlite3.connect(world.workspace.db) as connection:
            other = {int: 77, float: 77.5, bytes: b"", type(None): "2021-11-01"}.get(type(value), f"{value}x")
            connection.execute(f"update listed_{table} set {column} = ? where {columns[0]} = ?", (other, stood[0]))
        assert world.compared().differing, column
        with sqlite3.connect(world.workspace.db) as connection:
            connection.execute(f"delete from listed_{table} where {columns[0]} in (?, ?)", (stood[0], other))
            connection.execute(f"insert into listed_{table} values ({', '.join('?' * len(stood))})", stood)
    assert world.compared().differing == []


# Others follow meanwhile.


def lines_and_follows(world: StandingWorld) -> None:
    """A line is journalled, and another process follows it."""
    gap(world, 3)
    with world.opened() as standing:
        standing.refresh()


def test_opening_beside_one_who_follows_throws_nothing_away(world: StandingWorld) -> None:
    clock = MovingClock(world, lambda: lines_and_follows(world))
    with Index.open(world.workspace.db) as index:
        standing = StandingWorkspace(world.workspace, index, clock)
        opened_ = standing.open("d1", EVERYTHING)
        assert (opened_.differing, len(opened_.positions)) == ((), 1)
        assert standing.state().settled
        assert list(index.standing.every("memory")) == []


def test_what_is_known_beside_one_who_follows_throws_nothing_away(world: StandingWorld) -> None:
    """A journal that was read a line too early is no other workspace."""
    with sqlite3.connect(world.workspace.db) as rows:
        (stood,) = rows.execute("select count(*) from standing_position").fetchone()
    clock = MovingClock(world, lambda: lines_and_follows(world))
    with Index.open(world.workspace.db) as index:
        StandingWorkspace(world.workspace, index, clock).known()
        assert list(index.standing.every("memory")) == []
    with sqlite3.connect(world.workspace.db) as rows:
        assert rows.execute("select count(*) from standing_position").fetchone() == (stood,) and stood


def test_opening_beside_one_who_edits_is_of_the_new_file(world: StandingWorld) -> None:
    load_cached_estate(world.workspace.targets, world.workspace.db.with_name("targets.json"), worth=0)

    def edited() -> None:
        world.targets = replace(world.targets, product_price=7000)
        world.write_targets()

    with Index.open(world.workspace.db) as index:
        ran = once_at(index, "select * from standing_head", edited)
        standing = StandingWorkspace(world.workspace, index, world.clock)
        assert len(standing.open("d1", EVERYTHING).positions) == 1
        assert ran
        standing.refresh()
        assert standing.compare().differing == []


def test_a_journal_that_stays_shorter_is_of_another_time_and_everything_is_judged_anew(world: StandingWorld) -> None:
    with sqlite3.connect(world.workspace.db) as connection:
        connection.execute("update standing_head set line = line + 1000")
    with world.opened() as standing:
        assert standing.refresh().settled
        assert standing.state().line == world.journal.size


def test_the_bound_in_seconds_is_over_all_turns(world: StandingWorld) -> None:
    clock = MovingClock(world, lambda: lines_and_follows(world), times=100)
    with Index.open(world.workspace.db) as index:
        StandingWorkspace(world.workspace, index, clock).refresh(seconds=0)
        assert clock.looks == 1
        assert list(index.standing.every("memory")) == []


def test_a_capture_made_during_a_refresh_is_judged_by_it(world: StandingWorld) -> None:
    def captured() -> None:
        world.now += timedelta(minutes=1)
        with Index.open(world.workspace.db) as index:
            index.record([world.capture(1, 77, 1)])

    with Index.open(world.workspace.db) as index:
        with index.standing.transaction():
            index.standing.mark(["d:d1"])
        standing = StandingWorkspace(world.workspace, index, MovingClock(world, captured))
        assert standing.refresh().settled
        (row,) = standing.reader.positions("d1", EVERYTHING, standing.moment)
        assert row.displayed == 77
        assert standing.compare().differing == []


def test_a_capture_dated_ahead_counts_from_then_on(world: StandingWorld) -> None:
    world.now += timedelta(hours=2)
    with Index.open(world.workspace.db) as index:
        index.record([world.capture(1, 77, 10), world.capture(4, 78, 10)])
    world.now -= timedelta(hours=2)
    with world.opened() as standing:
        assert standing.refresh().settled
        assert standing.compare().differing == []
        world.now += timedelta(hours=2)
        assert standing.compare().differing == []
        assert standing.refresh().settled
        (row,) = standing.reader.positions("d1", EVERYTHING, standing.moment)
        assert row.displayed == 77
        assert standing.compare().differing == []


# Another version of the program.


def test_rows_of_another_program_are_judged_anew_once_and_not_again(world: StandingWorld) -> None:
    memory = EstateMemory()
    with Index.open(world.workspace.db) as index:
        StandingWorkspace(world.workspace, index, world.clock, memory=memory).refresh()
        with sqlite3.connect(world.workspace.db) as other:
            other.execute("update standing_head set code = 'of another version'")
        index.record([world.capture(1, 30, 1)])
        old = StandingWorkspace(world.workspace, index, world.clock, memory=memory)
        for asked in (old.refresh, lambda: old.open("d1", EVERYTHING)):
            with pytest.raises(EvidenceIndexError, match="restart this process"):
                asked()
        head = index.standing.head()
        assert head is not None and head.code == "of another version"
        assert len(list(index.standing.every("position"))) == len(NAMES)
        assert StandingWorkspace(world.workspace, index, world.clock).refresh().settled, "a process that starts now"
        assert old.refresh().settled


def told(index: Index) -> tuple[set[object], dict[object, object]]:
    """What is told to be gone; and what stands, each with when it was held first."""
    gone = FindingListQuery(queue="gone", gone_from="2000-01-01", limit=500)
    rows = index.lists.listed_findings(gone, datetime.now(UTC)).rows
    assert len(rows) == index.lists.gone("2000-01-01")
    stands = {one["fingerprint"]: one["first_seen"] for one in index.standing.every("finding")}
    return {one.finding.fingerprint for one in rows}, stands


def of_another_program(world: StandingWorld) -> None:
    with sqlite3.connect(world.workspace.db) as other:
        other.execute("update standing_head set code = 'of another version'")


def told_anew(world: StandingWorld) -> tuple[set[object], dict[object, object]]:
    """What is told once everything was judged by another version of the program."""
    of_another_program(world)
    with world.opened() as standing:
        assert standing.refresh().settled
        return told(standing._index)


def test_what_stands_no_more_is_told_as_gone_by_another_program_too(world: StandingWorld) -> None:
    with Index.open(world.workspace.db) as index:
        gone, first = told(index)
        world.now += timedelta(days=1)
        index.record([world.capture(1, 3, 2)])  # over before, and within now
        of_another_program(world)
        standing = StandingWorkspace(world.workspace, index, world.clock)
        assert standing.refresh(0.0).outstanding and told(index)[0] == gone, "nobody knows yet"
        assert standing.refresh().settled
        vanished, stands = told(index)
        assert vanished == gone | (first.keys() - stands.keys()) > gone
        assert all(stands[name] == first[name] for name in stands.keys() & first.keys())
        assert told_anew(world)[0] == vanished, "kept through the next version"
        world.now += timedelta(days=1)
        index.record([world.capture(1, 26, 2)])
        again, stands = told_anew(world)
        back = (vanished - again) & stands.keys()
        assert back and {str(stands[name])[:10] for name in back} == {world.now.date().isoformat()}, "held first anew"


def test_what_left_the_record_is_not_told_as_gone_by_another_program(world: StandingWorld) -> None:
    with Index.open(world.workspace.db) as index:
        stood = {one["fingerprint"] for one in index.standing.findings_about(NAMES[1:2])[NAMES[1]]}
    world.targets.gone = frozenset({1})
    world.write_targets()
    gone, stands = told_anew(world)
    assert stood and not stood & (gone | stands.keys())
