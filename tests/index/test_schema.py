"""An index of an earlier version: an empty one is brought on, one with rows is refused and left as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.index.schema import migrations

PACKAGE = {
    "capture": "c-1", "deployment": "a", "run": "r", "state": "complete", "captured_at": "2026-01-01T00:00:00Z",
    "sealed": 1, "body": '{"warnings": ["a sentence"]}',
}  # fmt: skip


def older(path: Path, before: str) -> Database:
    """An index as it stood before a migration."""
    database = Database(path)
    database.enable_wal()
    migrations.apply(database, stop_before=before)
    return database


@pytest.mark.parametrize("before", ["m005_who_speaks", "m006_reasons_are_codes", "m007_four_checks"])
def test_reasons_that_were_sentences_are_never_made_codes(tmp_path: Path, before: str) -> None:
    path = tmp_path / "old.db"
    database = older(path, before)
    database["packages"].insert(PACKAGE)  # type: ignore[union-attr]
    tables = {table: database[table].count for table in database.table_names()}
    database.close()
    for _ in range(2):
        with pytest.raises(EvidenceIndexError, match=r"read less surely\. Run: auditor rebuild"):
            Index.open(path)
    with sqlite3.connect(path) as left:
        assert left.execute("select body from packages").fetchall() == [(PACKAGE["body"],)]
        assert {name for (name,) in left.execute("select name from sqlite_master where type = 'table'")} >= set(tables)


@pytest.mark.parametrize("before", ["m005_who_speaks", "m006_reasons_are_codes", "m007_four_checks"])
def test_an_empty_older_index_is_brought_on(tmp_path: Path, before: str) -> None:
    older(tmp_path / "old.db", before).close()
    with Index.open(tmp_path / "old.db") as old, Index.open(tmp_path / "new.db") as new:
        assert list(old.dump()) == list(new.dump()) == []
        assert old._db["counts"].columns_dict == new._db["counts"].columns_dict
