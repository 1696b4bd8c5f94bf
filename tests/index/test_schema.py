"""An index of before facts, fields and derived values were kept apart: migrated row by row, or made anew."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from auditor.errors import EvidenceIndexError
from auditor.index import Index, IndexedCapture
from auditor.index.schema import migrations
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.observations import Basis, Observation
from auditor.model.readings import Candidate, FieldReading, Locator, Reading
from auditor.model.reports import EvidenceRow

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SEAL = Seal("0" * 64, (TokenVerdict("a", "A", "verified", gen_time=T0),), 1)


def record(*fields: str) -> IndexedCapture:
    """One capture whose page has these text fields, beside its number."""
    row = EvidenceRow("c-1", "a", "evidence/c-1", "complete", T0, "0" * 64, SEAL, ())
    place = Candidate("x", Locator("v", "dom.html", "td"), None, True)
    found = tuple(FieldReading(one, "text", "read", (place,), "x") for one in fields)
    reading = Reading("c-1", "a", "reader/1", found, ())
    seen = Observation(
        "a", "branch", "c-1", T0, False, None, "", 20, "20", 1, True,
        {"listed": Basis("c-1", "dom.html", "0" * 64, "tr", "B1", None)}, ({"code": "B1"},),
        fields=dict.fromkeys(fields, "x"), connection={"address": "192.0.2.7:443", "host": "a.example"},
        derived={"remaining": "19", "accounts_from": "2019-08-29"}, unreadable={"licensee": "missing: licensee"},
    )  # fmt: skip
    return IndexedCapture("r", row, reading, (seen,), ())


def older(path: Path, made: IndexedCapture) -> None:
    """The same capture in an index as it was written before: one `identity` holds all three."""
    with Index.open(path.with_name("now.db")) as index:
        index.record([made])
        rows = index.rows_of("c-1")
        columns = {table: sorted(index._db[table].columns_dict) for table in rows}
    database = Database(path)
    database.enable_wal()
    migrations.apply(database, stop_before="m005_who_speaks")
    for table in ("packages", "readings", "observations"):
        values: dict[str, Any] = dict(zip(columns[table], rows[table][0], strict=True))
        if table == "observations":
            body = json.loads(values["body"])
            apart = [body.pop(name) for name in ("connection", "fields", "derived")]
            del body["sealed_at"]
            body["identity"] = {name: text for one in apart for name, text in one.items()}
            values["body"] = json.dumps(body, ensure_ascii=False)
        database[table].insert(values)  # type: ignore[union-attr]
    database.close()


def test_an_older_index_is_brought_to_what_a_rebuild_makes(tmp_path: Path) -> None:
    made = record("edition", "licensee")
    older(tmp_path / "old.db", made)
    with pytest.raises(EvidenceIndexError, match=r"made by an earlier version\. Run: auditor rebuild"):
        Index.open_to_read(tmp_path / "old.db")
    with Index.open(tmp_path / "old.db") as old, Index.open(tmp_path / "now.db") as now:
        assert list(old.dump()) == list(now.dump())
        (count,) = old.counts("a", T0)
        (seen,) = old.whole([count])
    assert dict(seen.fields) == {"edition": "x", "licensee": "x"}
    assert dict(seen.derived) == {"remaining": "19", "accounts_from": "2019-08-29"}
    assert dict(seen.connection) == {"address": "192.0.2.7:443", "host": "a.example"}


def test_an_older_index_in_which_a_page_spoke_for_the_connection_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    older(tmp_path / "old.db", record("edition", "tls_subject"))
    advice = r"capture c-1 a page's field tls_subject hides .* then run: auditor rebuild"
    for _ in range(2):
        with pytest.raises(EvidenceIndexError, match=advice):
            Index.open(tmp_path / "old.db")
    with sqlite3.connect(tmp_path / "old.db") as database:
        (body,) = database.execute("select body from observations").fetchone()
    database.close()
    assert "identity" in json.loads(body)
