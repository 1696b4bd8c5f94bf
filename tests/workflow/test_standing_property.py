"""Whatever happens, and wherever it is killed: what stands is what a whole recomputation says, or is marked."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.index import Index
from auditor.model.standing import EVERYTHING
from auditor.reporting import summarise
from auditor.workflow.report.render import workspace_report
from auditor.workflow.standing.standing import StandingWorkspace
from tests.workflow.standing_world import (
    NAMES,
    StandingWorld,
    decided,
    gap,
    key_date,
    killed_at,
    run_closed,
    seal,
    standing_world,
)

RULES = ("Q101", "D301", "P701", "D303", "Q111", "V801", "D302")


def captured(world: StandingWorld, one: int, two: int) -> None:
    with Index.open(world.workspace.db) as index:
        index.record([world.capture(one % len(NAMES), None if two % 9 == 0 else 15 + two % 12, two)])


def captured_ahead(world: StandingWorld, one: int, two: int) -> None:
    """By a clock that was wrong: it counts once its time has come."""
    ahead = timedelta(hours=2 + two % 30)
    world.now += ahead
    captured(world, one, two)
    world.now -= ahead


def captured_and_killed(world: StandingWorld, one: int, two: int) -> None:
    records = [world.capture(number % len(NAMES), 15 + two % 12, two + number) for number in (one, one + 1)]

    def work(hook: Callable[[Index], None]) -> None:
        with Index.open(world.workspace.db) as index:
            hook(index)
            index.record(records)

    if killed_at(two % 40, work):
        with Index.open(world.workspace.db) as index:
            gone = [record.row.capture for record in records if index.package(record.row.capture) is None]
            assert len(gone) in (0, len(records))
            world.unsealed = [name for name in world.unsealed if name not in gone]


def sealed_late(world: StandingWorld, one: int, _: int) -> None:
    if world.unsealed:
        name = world.unsealed.pop(one % len(world.unsealed))
        with Index.open(world.workspace.db) as index:
            index.seal(name, seal(world.now, True))


def pruned(world: StandingWorld, one: int, two: int) -> None:
    with Index.open(world.workspace.db) as index:
        there = sorted(index.captures())
        names = there[one % max(1, len(there)) :][: 1 + two % 3]
        index.remove(names)
    world.unsealed = [name for name in world.unsealed if name not in names]


def decision(world: StandingWorld, one: int, two: int) -> None:
    name, earlier = NAMES[one % len(NAMES)], [each.id for each in world.decisions]
    supersedes = earlier[two % len(earlier)] if earlier and two % 3 == 0 else ""
    contract = {0: "C-1", 1: "C-1", 2: "C-2", 3: "C-2"}.get(one % len(NAMES), "-")
    rule = RULES[two % len(RULES)]
    metric = "-" if rule.startswith(("P", "D302", "D303")) else "branch"
    finding = f"{rule}/{contract}/{name}/{metric}"
    match two % 5:
        case 0:
            decided(world, "confirmed_count", name, value=10 + two % 9, metric="branch", supersedes=supersedes)
        case 1:
            expires = (world.now + timedelta(days=1 + two % 2)).date()
            decided(world, "suppression", finding, expires_on=expires, supersedes=supersedes)
        case 2:
            value = {"value": 3} if two % 2 else {}
            decided(world, "finding", finding, text="explained", supersedes=supersedes, **value)
        case 3:
            decided(world, "identity", name, text="same", supersedes=supersedes)
        case _:
            decided(world, "date", "e-C-1-True", text="2021-11-03", supersedes=supersedes)


def edited(world: StandingWorld, one: int, two: int) -> None:
    targets = world.targets
    match one % 11:
        case 0:
            targets = replace(targets, zone=("Asia/Shanghai", "Europe/Berlin", "UTC")[two % 3])
        case 1:
            order = [*targets.order]
            order.append(order.pop(two % len(order)))
            targets = replace(targets, order=tuple(order))
        case 2:
            targets = replace(targets, gone=frozenset({2 + two % 5}) if two % 3 else frozenset())
        case 3:
            targets = replace(targets, second=not targets.second)
        case 4:
            targets = replace(targets, pool=20 + two)
        case 5:
            targets = replace(targets, product_price=5000 + two)
        case 6:
            targets = replace(targets, reference=not targets.reference)
        case 7:
            targets = replace(targets, licensee=("buyer", "other")[two % 2])
        case 8:
            targets = replace(targets, name=f"library {two % 3}")
        case 9:
            targets = replace(targets, added=two % 4)
        case _:
            targets = replace(targets, dates=not targets.dates)
    world.targets = targets
    world.write_targets()


def time_passes(world: StandingWorld, one: int, two: int) -> None:
    world.now += (timedelta(hours=1 + two % 5), timedelta(hours=14), timedelta(days=1), timedelta(days=19))[one % 4]


def gapped(world: StandingWorld, one: int, two: int) -> None:
    gap(world, *{one % len(NAMES), two % len(NAMES)})


def dated(world: StandingWorld, one: int, two: int) -> None:
    key_date(world, ("", "C-1", "C-2", "C-9")[one % 4], ("d1", None)[two % 2], ambiguous=two % 3 == 0)


def closed(world: StandingWorld, _: int, __: int) -> None:
    run_closed(world)


ACTIONS = (
    captured, captured, captured, captured_ahead, captured_and_killed, sealed_late, pruned, decision, decision, edited,
    edited, time_passes, time_passes, gapped, dated, closed,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 200), st.integers(0, 200), st.integers(0, 400)),
    min_size=1,
    max_size=12,
)


def refreshed_and_killed(world: StandingWorld, statement: int) -> None:
    def work(hook: Callable[[Index], None]) -> None:
        with Index.open(world.workspace.db) as index:
            hook(index)
            StandingWorkspace(world.workspace, index, world.clock).refresh()

    killed_at(statement, work)


def assert_nothing_wrong(world: StandingWorld) -> None:
    """No row that is not marked says other than the recomputation."""
    found = world.compared()
    assert found.differing == [], found.differing


def assert_listed_as_anew(world: StandingWorld) -> None:
    """Every column of a list is what it is where everything is judged for the first time."""
    with tempfile.TemporaryDirectory() as folder, world.opened() as standing:
        place = Path(folder) / "copy.db"
        with closing(sqlite3.connect(place)) as copy, closing(sqlite3.connect(world.workspace.db)) as kept:
            kept.backup(copy)
        with Index.open(place) as index, Index.open(world.workspace.db) as kept_index:
            with index.standing.transaction():
                index.standing.clear()
            assert StandingWorkspace(world.workspace, index, lambda: standing.moment).refresh().settled
            assert listed_rows(kept_index) == listed_rows(index)


def listed_rows(index: Index) -> list[list[str]]:
    told = (index.listed.every("position"), index.listed.every("finding"), index.standing.every("subject"))
    return [sorted(map(repr, rows)) for rows in told]


def assert_settled(world: StandingWorld) -> None:
    """Everything is judged, and says what the recomputation and the report say."""
    with world.opened() as standing:
        state = standing.refresh()
        assert state.settled
        found = standing.compare()
        assert (found.kept, found.outstanding, found.differing) == (True, 0, [])
        tallies = standing.reader.tallies(EVERYTHING)
    assert_listed_as_anew(world)
    report = workspace_report(world.workspace, clock=world.clock)
    told = summarise(report)
    assert tallies.statuses == told.statuses
    assert (tallies.units, tallies.list_value, tallies.net_value) == (told.units, told.list_value, told.net_value)
    assert (tallies.deployments, tallies.review_only, tallies.unvalued) == (
        told.deployments, told.review_only, told.unvalued,
    )  # fmt: skip
    lives: dict[str, int] = {}
    for one in report.findings:
        if one.baseline != "absent":
            lives[one.life] = lives.get(one.life, 0) + 1
    assert tallies.findings_by("life") == lives


def history(steps: list[tuple[Callable[[StandingWorld, int, int], None], int, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, standing_world(Path(folder) / "w") as world:
        for action, one, two, kill in steps:
            world.now += timedelta(seconds=1)
            action(world, one, two)
            assert_nothing_wrong(world)
            if kill % 3 == 0:
                refreshed_and_killed(world, kill)
                assert_nothing_wrong(world)
            elif kill % 3 == 1:
                assert_settled(world)
        assert_settled(world)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_what_stands_is_what_a_recomputation_says(steps: list[object]) -> None:
    history(steps)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_what_stands_is_what_a_recomputation_says_at_length(steps: list[object]) -> None:
    history(steps)  # type: ignore[arg-type]
