"""What every `StandingReader` does: pages that join without a gap, rows and sums of the reader's own alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.index import Index, StandingRows
from auditor.model.ports import StandingReader
from auditor.model.standing import (
    EVERYTHING,
    DeploymentQuery,
    DeploymentSort,
    FindingQuery,
    FindingSort,
    StandingDeployment,
    StandingFinding,
    StandingScope,
)
from tests.workflow.standing_world import NAMES, StandingWorld, standing_world

Reading = Callable[[StandingWorld], AbstractContextManager[StandingReader]]


@contextmanager
def _sqlite(world: StandingWorld) -> Iterator[StandingReader]:
    with Index.open(world.workspace.db) as index:
        yield index.standing_rows


PLUGS: dict[type, Reading] = {StandingRows: _sqlite}


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def reading(request: pytest.FixtureRequest) -> Reading:
    return PLUGS[request.param]


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


@pytest.mark.parametrize("sort", ["over", "value", "deployment", "captured"])
def test_pages_of_deployments_join_without_a_gap(world: StandingWorld, reading: Reading, sort: DeploymentSort) -> None:
    with reading(world) as reader:
        now = world.now
        whole = reader.deployments(DeploymentQuery(EVERYTHING, sort), now)
        assert (len(whole.rows), whole.next) == (len(NAMES), "")
        found: list[StandingDeployment] = []
        query = DeploymentQuery(EVERYTHING, sort, limit=2)
        while True:
            page = reader.deployments(query, now)
            found += page.rows
            if not page.next:
                break
            query = replace(query, after=page.next)
        assert tuple(found) == whole.rows


@pytest.mark.parametrize("sort", ["weight", "value", "units", "changed", "deployment"])
def test_pages_of_findings_join_without_a_gap(world: StandingWorld, reading: Reading, sort: FindingSort) -> None:
    with reading(world) as reader:
        now = world.now
        whole = reader.findings(FindingQuery(EVERYTHING, sort, limit=500), now)
        found: list[StandingFinding] = []
        query = FindingQuery(EVERYTHING, sort, limit=3)
        while True:
            page = reader.findings(query, now)
            found += page.rows
            if not page.next:
                break
            query = replace(query, after=page.next)
        assert tuple(found) == whole.rows
        assert len({one.fingerprint for one in found}) == len(found) > 10
        if sort == "units":
            units = [one.units for one in found if one.units is not None]
            assert units == sorted(units, reverse=True)
        with pytest.raises(ValueError, match="no place"):
            reader.findings(replace(query, after="bm90aGluZw=="), now)
        high = reader.findings(FindingQuery(EVERYTHING, sort, severities=("high",), limit=500), now).rows
        assert {one.fingerprint for one in high} == {one.fingerprint for one in found if one.severity == "high"}
        text = reader.findings(FindingQuery(EVERYTHING, sort, text="LIB3.example", limit=500), now).rows
        assert {one.deployment for one in text} == {"d3"}


def test_a_reader_sees_his_own_rows_and_sums_alone(world: StandingWorld, reading: Reading) -> None:
    counsel, customer = StandingScope(frozenset({"C-2"})), StandingScope(customers=frozenset({"other"}))
    with reading(world) as reader:
        now = world.now
        assert reader.deployments(DeploymentQuery(StandingScope()), now).rows == ()
        assert reader.tallies(StandingScope()).deployments == 0
        assert {one.deployment for one in reader.deployments(DeploymentQuery(counsel), now).rows} == {"d3"}
        assert reader.positions("d0", counsel, now) == []
        seen = reader.findings(FindingQuery(counsel, limit=500), now).rows
        assert seen and {one.contract for one in seen} <= {"C-2", None}
        sums = reader.tallies(counsel)
        assert sums.deployments == 1 and sum(one.findings for one in sums.findings) == len(seen)
        assert reader.tallies(customer).deployments == 1
        both = StandingScope(frozenset({"C-2"}), frozenset({"other"}))
        assert reader.tallies(both) == reader.tallies(customer), "what is a customer's is not counted twice"
        everything = reader.findings(FindingQuery(EVERYTHING, rules=("D303",), limit=500), now).rows
        vendor = StandingScope(frozenset({"C-1"}))
        mine = reader.findings(FindingQuery(vendor, rules=("D303",), limit=500), now).rows
        assert {one.deployment for one in everything} == {"d0", "d4"}
        assert not mine, "what names deployments of others is withheld"
        assert reader.finding(everything[0].fingerprint, vendor, now) is None
