"""The files of accounts: what could not be written whole is not there, and the next change is made as ever."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from auditor.people.database import OwnDatabase


def test_a_change_that_cannot_be_written_at_its_end_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    database = OwnDatabase(path, "CREATE TABLE IF NOT EXISTS note (text TEXT) STRICT")
    database.change("INSERT INTO note VALUES (?)", "before")
    database.rows("PRAGMA busy_timeout=50")
    reader = sqlite3.connect(path, isolation_level=None)  # as a backup does, for as long as it takes
    reader.execute("BEGIN")
    assert reader.execute("SELECT text FROM note").fetchall() == [("before",)]
    with pytest.raises(sqlite3.OperationalError, match="locked"), database.transaction():
        database.change("INSERT INTO note VALUES (?)", "refused")
    reader.close()
    assert database.rows("SELECT text FROM note") == [("before",)]
    with database.transaction():
        database.change("INSERT INTO note VALUES (?)", "after")
    assert database.rows("SELECT text FROM note") == [("before",), ("after",)]
    database.close()
