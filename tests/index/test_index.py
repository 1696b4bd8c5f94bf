"""The index keeps what it is given, all or none, and can be compared row by row."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.errors import EvidenceIndexError
from auditor.index import Index, IndexedCapture
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.findings import Unobserved
from auditor.model.notes import quote_text
from auditor.model.reading.observations import Observation
from auditor.model.reading.readings import Reading
from auditor.model.reports import EvidenceRow

T0 = datetime(2021, 11, 10, 2, 0, tzinfo=UTC)
UNSEALED = Seal("0" * 64, (), 1)
SEALED = Seal("0" * 64, (TokenVerdict("a", "A", "verified", gen_time=T0),), 1)


def record(
    capture: str, deployment: str, displayed: int | None, hours: int = 0, seal: Seal = UNSEALED
) -> IndexedCapture:
    at = T0 + timedelta(hours=hours)
    observation = Observation(
        deployment, "branch", capture, at, False, displayed, str(displayed), "unlimited", "不限", None, False, {}
    )
    missed = Unobserved(deployment, "registration", "http_error", quote_text("the server answered 500"), at, capture)
    return IndexedCapture(
        run="run-1",
        row=EvidenceRow(capture, deployment, f"evidence/{deployment}/{capture}", "complete", at, "0" * 64, seal, ()),
        reading=Reading(capture, deployment, "reader/1", (), ()),
        observations=(observation,) if displayed is not None else (),
        unobserved=() if displayed is not None else (missed,),
    )


def test_observations_come_back_equal_oldest_first_with_the_present_seal(tmp_path: Path) -> None:
    with Index.open(tmp_path / "db" / "auditor.db") as index:
        index.record([record("c2", "libmsc-com", 22, hours=2), record("c1", "libmsc-com", 18)])
        index.record([record("c3", "site-90", 34, hours=1)])
        index.seal("c1", SEALED)
        seen = index.observations()
        assert [(o.capture, o.displayed, o.cap, o.sealed) for o in seen] == [
            ("c1", 18, "unlimited", True),
            ("c3", 34, "unlimited", False),
            ("c2", 22, "unlimited", False),
        ]
        assert [o.capture for o in index.observations("libmsc-com")] == ["c1", "c2"]
        expected = record("c1", "libmsc-com", 18).observations[0]
        assert seen[0] == replace(expected, sealed=True)
        assert {d: row.capture for d, row in index.latest().items()} == {"libmsc-com": "c2", "site-90": "c3"}
        assert index.reading("c3") == Reading("c3", "site-90", "reader/1", (), ())


def test_what_was_not_observed_is_of_the_newest_visit_unless_all_is_asked(tmp_path: Path) -> None:
    with Index.open(tmp_path / "auditor.db") as index:
        index.record([record("c1", "site-90", None), record("c2", "site-90", 34, hours=1), record("c3", "x", None)])
        assert [missed.capture for missed in index.unobserved()] == ["c3"]
        assert [missed.capture for missed in index.unobserved(latest_only=False)] == ["c1", "c3"]


def test_practice_authorities_are_found_however_old_their_tokens_are(tmp_path: Path) -> None:
    verdict = TokenVerdict("practice-a", "A", "verified", gen_time=T0, practice=True)
    failed = replace(verdict, authority="practice-b", status="refused")
    with Index.open(tmp_path / "auditor.db") as index:
        index.record([record(f"c{hours}", "x", 1, hours=hours, seal=SEALED) for hours in range(1, 300)])
        assert index.practice_authorities() == ()
        index.record([record("c0", "x", 1, seal=Seal("0" * 64, (verdict, failed), 1))])
        assert index.practice_authorities() == ("practice-a",)


def test_the_same_records_in_another_order_make_the_same_rows(tmp_path: Path) -> None:
    records = [record("c1", "a", 1), record("c2", "b", 2, hours=1), record("c3", "c", None, hours=2)]
    with Index.open(tmp_path / "one.db") as one, Index.open(tmp_path / "two.db") as two:
        one.record(records)
        for each in reversed(records):
            two.record([each])
        two.record(records[:1])  # recorded again: replaced, not doubled
        assert list(one.dump()) == list(two.dump())
        two.seal("c1", SEALED)
        assert list(one.dump()) != list(two.dump())


def test_a_failed_transaction_writes_nothing(tmp_path: Path) -> None:
    with Index.open(tmp_path / "auditor.db") as index:
        broken = replace(record("c2", "b", 2), run=None)  # type: ignore[arg-type]  # refused by NOT NULL
        with pytest.raises(EvidenceIndexError, match="NOT NULL"):
            index.record([record("c1", "a", 1), broken])
        assert index.packages() == ()


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "auditor.db"
    path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(EvidenceIndexError, match=r"auditor rebuild") as caught:
        Index.open(path)
    assert "\n" not in str(caught.value)


def test_sealing_what_is_not_recorded_is_refused(tmp_path: Path) -> None:
    with Index.open(tmp_path / "auditor.db") as index, pytest.raises(EvidenceIndexError, match="not recorded"):
        index.seal("c9", SEALED)


def test_an_index_opened_to_read_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "an index?.db"
    with Index.open(path) as index:
        index.record([record("c1", "a", 1), record("c2", "b", None)])
        rows = index.rows_of("c1")
    before = path.read_bytes()
    with Index.open_to_read(path) as index:
        assert index.captures() == {"c1", "c2"}
        assert index.rows_of("c1") == rows
        assert [len(rows[table]) for table in ("packages", "readings", "observations", "unobserved")] == [1, 1, 1, 0]
        with pytest.raises(EvidenceIndexError, match="readonly"):
            index.record([record("c3", "c", 3)])
    assert path.read_bytes() == before
    with pytest.raises(EvidenceIndexError, match="auditor rebuild"):
        Index.open_to_read(tmp_path / "absent.db")
    assert not (tmp_path / "absent.db").exists()


def test_a_count_without_its_body_is_told_and_not_left_out(tmp_path: Path) -> None:
    with Index.open(tmp_path / "auditor.db") as index:
        index.record([record("c1", "a", 18), record("c2", "a", 22, hours=1)])
    with sqlite3.connect(tmp_path / "auditor.db") as damaged:
        damaged.execute("delete from observations where capture = 'c1'")
    damaged.close()
    lost = r"index: a count of branch in capture c1 has lost its body\. Run: auditor rebuild"
    with Index.open(tmp_path / "auditor.db") as index:
        with pytest.raises(EvidenceIndexError, match=lost):
            index.series("a", T0 + timedelta(hours=2))
        first, second = index.counts("a", T0 + timedelta(hours=2))
        assert [one.displayed for one in index.whole([second])] == [22]
        with pytest.raises(EvidenceIndexError, match=lost):
            index.whole([second, first])


def test_a_body_of_another_version_is_refused_with_the_way_out_and_never_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Index.open(path) as index:
        index.record([record("c-1", "a", None)])
    with sqlite3.connect(path) as database:
        database.execute("update unobserved set body = json_set(body, '$.why', 'the server answered 500')")
    with Index.open(path) as index, pytest.raises(EvidenceIndexError, match=r"why.*auditor rebuild"):
        index.unobserved()
