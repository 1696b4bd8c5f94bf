"""What every `EvidenceIndex` does: it says again what it was told, whatever the order, all of a record or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.model.ports import DeploymentSize, EvidenceIndex
from tests.index.test_index import SEALED, T0, record

Maker = Callable[[str], EvidenceIndex]
"""Opens an index by name: the same name, the same index."""


def _sqlite(base: Path) -> Iterator[Maker]:
    opened: list[Index] = []

    def make(name: str) -> EvidenceIndex:
        opened.append(Index.open(base / name / "auditor.db"))
        return opened[-1]

    yield make
    for index in opened:
        index.close()


PLUGS: dict[type, Callable[[Path], Iterator[Maker]]] = {Index: _sqlite}
RECORDS = (
    record("c1", "a", 18),
    record("c2", "a", 22, hours=2, seal=SEALED),
    record("c3", "b", None, hours=1),
    record("c4", "b", None, hours=3),
    record("c5", "site-90", 34, hours=1),
)
LATE = T0 + timedelta(days=1)


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    yield from PLUGS[request.param](tmp_path)


@pytest.fixture
def index(make: Maker) -> EvidenceIndex:
    made = make("usual")
    made.record(RECORDS)
    return made


def _all(index: EvidenceIndex) -> dict[str, object]:
    return {capture: index.rows_of(capture) for capture in sorted(index.captures())}


def test_an_empty_index_answers_every_question(make: Maker) -> None:
    index = make("empty")
    assert (list(index.packages()), list(index.unsealed()), list(index.deployments())) == ([], [], [])
    assert (dict(index.latest()), dict(index.newest()), dict(index.sizes(LATE))) == ({}, {}, {})
    assert (index.package("c1"), index.reading("c1"), index.captures()) == (None, None, set())
    assert (list(index.observations()), list(index.unobserved()), list(index.missed_as_of(LATE))) == ([], [], [])


def test_what_was_recorded_comes_back_equal(index: EvidenceIndex) -> None:
    for given in RECORDS:
        assert index.package(given.row.capture) == given.row
        assert index.reading(given.row.capture) == given.reading
    assert [row.capture for row in index.packages()] == ["c1", "c3", "c5", "c2", "c4"]
    assert [row.capture for row in index.packages_at("a")] == ["c1", "c2"]
    assert {row.capture for row in index.packages_of(["c5", "c1", "unknown"])} == {"c1", "c5"}
    assert list(index.deployments()) == ["a", "b", "site-90"]
    assert index.captures() == {"c1", "c2", "c3", "c4", "c5"}


def test_counts_come_oldest_first_with_the_present_seal(index: EvidenceIndex) -> None:
    assert [(seen.capture, seen.displayed, seen.sealed) for seen in index.observations("a")] == [
        ("c1", 18, False), ("c2", 22, True),
    ]  # fmt: skip
    assert [seen.capture for seen in index.observations()] == ["c1", "c5", "c2"]
    index.seal("c1", SEALED)
    assert [seen.sealed for seen in index.observations("a")] == [True, True]
    assert {row.capture for row in index.unsealed()} == {"c3", "c4", "c5"}


def test_a_moment_hides_what_came_after_it_and_includes_itself(index: EvidenceIndex) -> None:
    then = T0 + timedelta(hours=1)
    assert [seen.capture for seen in index.series("a", then)] == ["c1"]
    assert [seen.capture for seen in index.counts("a", then)] == ["c1"]
    assert {name: capture for name, (capture, _) in index.latest_as_of(then).items()} == {
        "a": "c1", "b": "c3", "site-90": "c5",
    }  # fmt: skip
    assert [missed.capture for missed in index.missed_as_of(then)] == ["c3"]
    assert index.sizes(then) == {"a": DeploymentSize(1, 1), "b": DeploymentSize(1, 0), "site-90": DeploymentSize(1, 1)}
    assert index.newest() == {"a": T0 + timedelta(hours=2), "b": T0 + timedelta(hours=3), "site-90": then}


def test_counts_have_their_numbers_and_get_their_texts_when_asked(index: EvidenceIndex) -> None:
    counts = index.counts("a", LATE)
    assert [(one.capture, one.displayed, one.sealed) for one in counts] == [("c1", 18, False), ("c2", 22, True)]
    whole = index.whole([counts[1], counts[0]])
    assert [(seen.capture, seen.displayed_raw) for seen in whole] == [("c2", "22"), ("c1", "18")]
    index.remove(["c1"])
    with pytest.raises(EvidenceIndexError):
        index.whole(counts)


def test_not_observed_is_told_of_the_newest_visit_or_of_all(index: EvidenceIndex) -> None:
    assert [missed.capture for missed in index.unobserved()] == ["c4"]
    assert [missed.capture for missed in index.unobserved(latest_only=False)] == ["c3", "c4"]


def test_the_same_captures_in_another_order_and_twice_make_the_same_index(make: Maker, index: EvidenceIndex) -> None:
    other = make("other")
    for given in reversed(RECORDS):
        other.record([given])
    other.record(RECORDS)
    assert _all(other) == _all(index)


def test_a_capture_recorded_again_is_replaced(index: EvidenceIndex) -> None:
    index.record([record("c1", "a", None)])
    assert [seen.capture for seen in index.observations("a")] == ["c2"]
    assert [missed.capture for missed in index.unobserved(latest_only=False)] == ["c1", "c3", "c4"]


def test_a_record_that_cannot_be_written_changes_nothing(make: Maker, index: EvidenceIndex) -> None:
    before = _all(index)
    given = record("c9", "a", 1)
    half = replace(given.observations[0], metric="user", displayed_raw="\ud800")  # no text of any encoding
    with pytest.raises(ValueError, match="surrogate"):
        index.record([given, replace(given, observations=(*given.observations, half))])
    assert _all(index) == before


def test_a_capture_that_is_forgotten_leaves_nothing(make: Maker, index: EvidenceIndex) -> None:
    index.remove(["c1", "c3", "never-there"])
    other = make("without")
    other.record([given for given in RECORDS if given.row.capture not in {"c1", "c3"}])
    assert _all(index) == _all(other)


def test_how_far_the_journal_was_followed_is_kept(make: Maker, index: EvidenceIndex) -> None:
    assert index.followed() == 0
    index.follow(41)
    index.follow(40)
    assert (index.followed(), make("usual").followed()) == (40, 40)


def test_what_could_not_be_read_is_kept_until_it_is_recorded_or_removed(make: Maker, index: EvidenceIndex) -> None:
    """Those that were tried last are last; it is no row of evidence."""
    before = _all(index)
    index.note_unread({"c7": "short", "c8": "gone", "c9": "gone"})
    index.note_unread({"c7": "other bytes"})
    assert list(make("usual").unread().items()) == [("c8", "gone"), ("c9", "gone"), ("c7", "other bytes")]
    assert _all(index) == before
    index.remove(["c8"])
    index.record([record("c9", "a", 3)])
    assert index.unread() == {"c7": "other bytes"}


def test_what_was_never_recorded_cannot_be_sealed(index: EvidenceIndex) -> None:
    with pytest.raises(EvidenceIndexError, match="auditor rebuild"):
        index.seal("never-there", SEALED)


def test_it_is_the_same_for_whoever_opens_it_next(make: Maker, index: EvidenceIndex) -> None:
    assert _all(make("usual")) == _all(index)
