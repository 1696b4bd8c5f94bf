"""What stands: found wrong where it is, healed by a rebuild, marked before it is shown, and read by those who may."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.index import Index
from auditor.model.evidence import Check
from auditor.model.standing import (
    EVERYTHING,
    DeploymentQuery,
    FindingQuery,
    FindingSort,
    StandingScope,
)
from auditor.targets import load_estate
from auditor.workflow import verify_paths
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.standing.checking import check_standing
from auditor.workflow.standing.overview import render_overview, standing_overview
from auditor.workflow.standing.rebuilding import keep_standing
from auditor.workflow.standing.standing import open_standing
from auditor.workflow.upkeep.rebuild import rebuild_index
from tests.custody import practice_authorities as practice
from tests.workflow.http_estate import opened
from tests.workflow.standing_world import NAMES, START, StandingWorld, standing_world

LATER = START + timedelta(days=3)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StandingWorld]:
    """Every deployment captured twice, everything judged."""
    with standing_world(tmp_path / "w") as made:
        with Index.open(made.workspace.db) as index:
            for turn in range(2):
                for number in range(len(NAMES)):
                    made.now += timedelta(hours=1)
                    index.record([made.capture(number, 25 + number + turn, 1 + number)])
        with made.opened() as standing:
            assert standing.refresh().settled
        yield made


def asked(world: StandingWorld, statement: str, *values: object) -> None:
    """SQL sent behind everybody's back."""
    with sqlite3.connect(world.workspace.db) as connection:
        connection.execute(statement, values)


def wrong(checks: list[Check]) -> list[str]:
    return [one.subject for one in checks if one.verdict != "passed"]


PLANTED = {
    "a position": ("update standing_position set over_by = 999 where deployment = 'd1'", "position d1/C-1/branch"),
    "its digest": ("update standing_position set sha256 = 'ff' where deployment = 'd4'", "position d4//branch"),
    "a position that is gone": ("delete from standing_position where deployment = 'd0'", "position d0/C-1/branch"),
    "a finding": ("update standing_finding set severity = 'info' where fingerprint = 'Q101/C-1/d1/branch'",
                  "finding Q101/C-1/d1/branch"),
    "a finding that is gone": ("delete from standing_finding where fingerprint = 'Q101/C-1/d1/branch'",
                               "finding Q101/C-1/d1/branch"),
    "who may read it": ("update standing_finding set in_customer = 1 - in_customer where rule = 'D301'",
                        "finding D301/-/d4/branch"),
    "a sum": ("update standing_sums set body = '{\"numbers\":{}}' where scope = '*'", "sums of *"),
    "a deployment": ("update standing_subject set over_by = 7 where scope = '*' and deployment = 'd2'",
                     "deployment d2 in *"),
}  # fmt: skip


@pytest.mark.parametrize("what", PLANTED)
def test_a_wrong_row_is_found_and_named(world: StandingWorld, what: str) -> None:
    statement, subject = PLANTED[what]
    assert wrong(check_standing(world.workspace, clock=world.clock).made) == []
    asked(world, statement)
    assert subject in wrong(check_standing(world.workspace, clock=world.clock).made)


def test_an_index_made_anew_says_the_same_and_keeps_what_was_seen_first(world: StandingWorld) -> None:
    with Index.open(world.workspace.db) as index:
        stood = [dict(row) for row in index.standing.every("finding")]
        trend = list(index.standing.every("trend"))
    asked(world, "update standing_finding set severity = 'info'")
    world.now += timedelta(hours=1)
    fresh = world.workspace.db.with_name("fresh.db")
    with Index.open(fresh) as index, Index.open(world.workspace.db) as before:
        for name in sorted(before.captures()):
            row = before.package(name)
            assert row is not None
        again = StandingWorld(world.root, world.custody, now=START)
        for turn in range(2):
            for number in range(len(NAMES)):
                again.now += timedelta(hours=1)
                index.record([again.capture(number, 25 + number + turn, 1 + number)])
        keep_standing(world.workspace, index, load_estate(world.workspace.targets), clock=world.clock)
        made = [dict(row) for row in index.standing.every("finding")]
        assert list(index.standing.every("trend")) == trend
    assert made == stood


def test_rebuild_heals_and_verify_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 2) as instruments:
        practice.keep(instruments.custody, "c1", authorities=[])
        index_missing_captures(instruments)
        workspace, estate = instruments.workspace, instruments.estate
    with open_standing(workspace) as standing:
        assert standing.refresh().settled
    planted = "update standing_position set displayed = 99"
    with sqlite3.connect(workspace.db) as connection:
        assert connection.execute(planted).rowcount > 0
    names = {one.name for one in verify_paths(workspace, (), trust=None).checks if one.verdict == "failed"}
    assert "index.standing" in names
    rebuild_index(workspace, estate, lambda *_: None)
    checks = [one for one in verify_paths(workspace, (), trust=None).checks if one.name == "index.standing"]
    assert [one.verdict for one in checks] == ["passed"]


def test_what_is_marked_is_said_to_be_outstanding_until_it_is_judged(world: StandingWorld) -> None:
    world.now += timedelta(minutes=1)
    with Index.open(world.workspace.db) as index:
        index.record([world.capture(1, 30, 1)])
    with world.opened() as standing:
        reader = standing.reader
        state = reader.state(world.now)
        assert (state.settled, state.outstanding) == (False, 1)
        rows = reader.deployments(DeploymentQuery(EVERYTHING), world.now).rows
        assert [one.deployment for one in rows if one.outstanding] == ["d1"]
        assert [one.outstanding for one in reader.positions("d1", EVERYTHING, world.now)] == [True]
        assert standing.refresh().settled
        (row,) = reader.positions("d1", EVERYTHING, standing.moment)
        assert (row.displayed, row.outstanding) == (30, False)
        tomorrow = standing.moment + timedelta(days=2)
        state = reader.state(tomorrow)
        assert state.outstanding == state.passed > 0
        assert all(one.outstanding for one in reader.deployments(DeploymentQuery(EVERYTHING), tomorrow).rows)


def test_opening_judges_anew_and_finds_a_row_that_says_something_else(world: StandingWorld) -> None:
    with world.opened() as standing:
        opened_ = standing.open("d1", EVERYTHING)
        assert (opened_.differing, len(opened_.positions)) == ((), 1)
        held = standing.reader.findings(FindingQuery(EVERYTHING, deployment="d1"), standing.moment).rows
        assert {one.fingerprint for one in opened_.findings} == {one.fingerprint for one in held}
    asked(world, "update standing_position set sha256 = 'ff' where deployment = 'd1'")
    with world.opened() as standing:
        assert standing.open("d1", EVERYTHING).differing == ("C-1/d1/branch",)
        assert standing.state().outstanding > 0
        standing.refresh()
        assert standing.open("d1", EVERYTHING).differing == ()


def test_opening_shows_a_reader_his_own_alone(world: StandingWorld) -> None:
    counsel = StandingScope(frozenset({"C-1"}))
    with world.opened() as standing:
        assert any("d4" in one.others for one in standing.open("d0", EVERYTHING).findings)
        own = standing.open("d0", counsel)
        assert own.positions and own.findings and not any(one.others for one in own.findings)
        alone = standing.open("d0", StandingScope(frozenset({"C-2"})))
        assert (alone.positions, alone.findings) == ((), ())


def test_two_who_judge_at_once_come_to_the_same(world: StandingWorld) -> None:
    world.now += timedelta(days=1)
    with Index.open(world.workspace.db) as index:
        index.record([world.capture(number, 30, number) for number in range(len(NAMES))])
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            with world.opened() as standing:
                os._exit(0 if standing.refresh().settled else 1)
        children.append(child)
    assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    found = world.compared()
    assert (found.outstanding, found.differing) == (0, [])


def test_an_overview_is_the_same_bytes_and_says_as_of_what_it_stands(world: StandingWorld) -> None:
    first = standing_overview(world.workspace, clock=world.clock)
    assert (first.state.settled, first.size, first.state.line) == (True, world.journal.size, world.journal.size)
    assert render_overview(first) == render_overview(standing_overview(world.workspace, clock=world.clock))
    assert len(first.trend) == 1 and first.trend[0].tallies == first.tallies
    hurried = standing_overview(world.workspace, clock=lambda: LATER + timedelta(days=9), seconds=0)
    assert not hurried.state.settled and hurried.state.outstanding == hurried.state.passed > 0


def test_lists_are_read_along_an_index(world: StandingWorld) -> None:
    asked: set[str] = set()
    sorts: tuple[FindingSort, ...] = ("weight", "value", "units", "changed")
    with Index.open(world.workspace.db) as index:
        reader = index.standing_rows
        index.standing.watch(asked.add)
        for one in sorts:
            page = reader.findings(FindingQuery(EVERYTHING, one, limit=2), world.now)
            reader.findings(FindingQuery(EVERYTHING, one, limit=2, after=page.next), world.now)
        for scope in (EVERYTHING, StandingScope(frozenset({"C-1"})), StandingScope(customers=frozenset({"buyer"}))):
            reader.findings(FindingQuery(scope, limit=2), world.now)
            first = reader.deployments(DeploymentQuery(scope, limit=2), world.now)
            reader.deployments(DeploymentQuery(scope, limit=2, after=first.next), world.now)
        index.standing.watch(None)
    lists = [one for one in asked if " order by " in one]
    with sqlite3.connect(world.workspace.db) as connection:
        steps = [str(row[3]) for one in lists for row in connection.execute(f"explain query plan {one}")]
    assert len(lists) > 12
    assert [step for step in steps if "TEMP B-TREE" in step] == []
    assert [step for step in steps if step.startswith("SCAN r") and "INDEX" not in step] == []
