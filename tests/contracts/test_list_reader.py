"""What every `ListReader` does: orders that join without a gap, filters that agree with counts, rows as judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from auditor.errors import EvidenceIndexError
from auditor.index import Index, ListRows
from auditor.model.findings import Finding, Position
from auditor.model.ports import ListReader
from auditor.model.standing import EVERYTHING, FindingListQuery, FindingOrder, PositionListQuery, PositionOrder
from tests.workflow.standing_world import NAMES, StandingWorld, standing_world

Listing = Callable[[StandingWorld], AbstractContextManager[ListReader]]


@contextmanager
def _sqlite(world: StandingWorld) -> Iterator[ListReader]:
    with Index.open(world.workspace.db) as index:
        yield index.lists


PLUGS: dict[type, Listing] = {ListRows: _sqlite}


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def listing(request: pytest.FixtureRequest) -> Listing:
    return PLUGS[request.param]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandingWorld]:
    """Every deployment captured in two weeks, everything judged."""
    with standing_world(tmp_path_factory.mktemp("w") / "w") as made:
        with Index.open(made.workspace.db) as index:
            for turn in range(2):
                made.now += timedelta(days=7)
                index.record([made.capture(number, 25 + number + turn, 1 + number) for number in range(len(NAMES))])
        with made.opened() as standing:
            assert standing.refresh().settled
        yield made


def _positions(reader: ListReader, query: PositionListQuery, world: StandingWorld) -> list[Position]:
    page = reader.listed_positions(query, world.now)
    found = [one.position for one in page.rows]
    while page.next:
        page = reader.listed_positions(replace(query, after=page.next), world.now)
        found += [one.position for one in page.rows]
    return found


def _findings(reader: ListReader, query: FindingListQuery, world: StandingWorld) -> list[Finding]:
    page = reader.listed_findings(query, world.now)
    found = [one.finding for one in page.rows]
    while page.next:
        page = reader.listed_findings(replace(query, after=page.next), world.now)
        found += [one.finding for one in page.rows]
    return found


def test_orders_join_without_a_gap_either_way(world: StandingWorld, listing: Listing) -> None:
    with listing(world) as reader:
        for order in get_args(PositionOrder):
            down = _positions(reader, PositionListQuery(order, descending=True, limit=2), world)
            assert down == _positions(reader, PositionListQuery(order, descending=False), world)[::-1]
            assert len({(one.deployment, one.metric, one.contract) for one in down}) == len(down) >= len(NAMES)
        for name in get_args(FindingOrder):
            down_too = _findings(reader, FindingListQuery(name, descending=True, limit=3), world)
            assert down_too == _findings(reader, FindingListQuery(name), world)[::-1]
            assert len(down_too) > 10
        with pytest.raises(ValueError, match="no place"):
            reader.listed_positions(PositionListQuery(after="bm90aGluZw"), world.now)


def test_filters_leave_as_many_as_are_counted(world: StandingWorld, listing: Listing) -> None:
    with listing(world) as reader:
        for (status, product, _, metric, sealed, certainty), number in reader.positions_together(PositionListQuery()):
            query = PositionListQuery(
                statuses=(status,), product=product, metric=metric, certainty=certainty, sealed=sealed == "yes"  # type: ignore[arg-type]
            )  # fmt: skip
            assert len(_positions(reader, query, world)) == number
        every = _findings(reader, FindingListQuery(), world)
        for (queue, severity, certainty, rule, favours, life), number in reader.findings_together(FindingListQuery()):
            asked = FindingListQuery(
                queue=queue, severity=severity, certainty=certainty, rule=rule, favours=favours, life=life,  # type: ignore[arg-type]
            )  # fmt: skip
            assert len(_findings(reader, asked, world)) == number
        for contract, number in reader.position_contracts(PositionListQuery(), 10):
            assert len(_positions(reader, PositionListQuery(contract=contract), world)) == number
        for deployment, number in reader.finding_deployments(FindingListQuery(), 10):
            assert sum(one.deployment == deployment for one in every) == number
        assert {one.deployment for one in _positions(reader, PositionListQuery(text="LIB3.EX"), world)} == {"d3"}
        assert reader.fingerprints("q101/", 100) == sorted(one.fingerprint for one in every if one.rule == "Q101")
        assert reader.fingerprints_from("Q101/", 100) == reader.fingerprints("q101/", 100)
        of = {one.fingerprint for one in every if one.rule == "Q101" or one.deployment == "d3"}
        assert set(reader.fingerprints_of(["Q101"], [], ["d3"], 500)) == of
        assert reader.listed_finding(every[0].fingerprint) == every[0] and reader.listed_finding("Q1/-/d/-") is None
        counts = reader.contract_counts(world.now).values()
        assert sum(one.captured for one in counts) >= len(NAMES) and not any(one.outstanding for one in counts)
        first, second = reader.weeks()
        assert (first.series, second.series) == (len(NAMES), 0) and second.displayed == len(NAMES)


def test_what_is_touched_is_outstanding_and_another_revision(world: StandingWorld, listing: Listing) -> None:
    with listing(world) as reader, Index.open(world.workspace.db) as index:
        before = reader.revision()
        with index.standing.transaction():
            index.standing.mark(["d:d3"])
        rows = reader.listed_positions(PositionListQuery(), world.now).rows
        assert {one.position.deployment for one in rows if one.outstanding} == {"d3"}
        assert sum(one.outstanding for one in reader.contract_counts(world.now).values()) >= 1
        assert reader.revision() != before
    with world.opened() as standing:
        assert standing.refresh().settled and standing.reader.tallies(EVERYTHING).deployments == len(NAMES)


def test_a_row_that_was_altered_is_not_told(world: StandingWorld, listing: Listing) -> None:
    with Index.open(world.workspace.db) as index, index.standing.transaction():
        store = index.listed
        store._ask("update listed_finding set sha256 = 'x' || substr(sha256, 2) where deployment = 'd1'")
    with listing(world) as reader, pytest.raises(EvidenceIndexError, match="auditor rebuild"):
        _findings(reader, FindingListQuery(deployment="d1"), world)
    with world.opened() as standing:
        assert any(name.startswith("listed finding") for name, _ in standing.compare().differing)
