"""No question that is asked often reads a table from end to end, and each answers what it is asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from auditor.index import Index
from auditor.index.queries import FREQUENT_QUERIES


@pytest.fixture
def base(tmp_path: Path) -> sqlite3.Connection:
    """An index of 40 deployments with up to 30 captures each, with statistics as SQLite would have them."""
    Index.open(tmp_path / "auditor.db").close()
    connection = sqlite3.connect(tmp_path / "auditor.db")
    for deployment in range(40):
        for capture in range(1 + deployment % 30):
            name, at = f"c-{deployment}-{capture}", f"2026-01-{1 + capture:02}T00:00:00.000000Z"
            row = (name, f"d{deployment:02}", "r", "complete", at, int(capture > 0), f'"{name}"')
            connection.execute(
                "insert into packages (capture, deployment, run, state, captured_at, sealed, body)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            for table, key in (("observations", "metric"), ("unobserved", "page"), ("readings", "reader")):
                connection.execute(
                    f"insert into {table} (capture, {key}, deployment, captured_at, body) values (?, 'x', ?, ?, ?)",
                    (name, row[1], at, f'"{name}"'),
                )
    connection.execute("analyze")
    connection.commit()
    return connection


@pytest.mark.parametrize("name", FREQUENT_QUERIES)
def test_every_hot_query_seeks(base: sqlite3.Connection, name: str) -> None:
    query, parameters = FREQUENT_QUERIES[name]
    plan = [str(row[3]) for row in base.execute(f"explain query plan {query}", ("d01",) * parameters)]
    assert any("USING" in step for step in plan), plan
    asked = ("named", "json_each", "CONSTANT")  # what is looked for, not what is looked through
    scans = [step for step in plan if step.startswith("SCAN") and not any(name in step for name in asked)]
    # An index of those alone that wait for their seal, or have a token for practice, is read from end to end.
    few = (" USING INDEX idx_packages_waiting", " USING INDEX idx_packages_practice")
    assert [step for step in scans if not step.endswith(few)] == [], plan


def test_the_plan_of_a_query_without_an_index_would_be_seen(base: sqlite3.Connection) -> None:
    plan = [str(row[3]) for row in base.execute("explain query plan select body from packages where state = 'x'")]
    assert any(step.startswith("SCAN packages") for step in plan)


def test_the_newest_of_each_deployment(base: sqlite3.Connection) -> None:
    newest = dict(base.execute(FREQUENT_QUERIES["newest"][0]).fetchall())
    assert len(newest) == 40
    assert newest == dict(base.execute("select deployment, max(captured_at) from packages group by deployment"))
    bodies = {row[0] for row in base.execute(FREQUENT_QUERIES["latest"][0])}
    assert bodies == {f'"c-{deployment}-{deployment % 30}"' for deployment in range(40)}
    missed = [row[0] for row in base.execute(FREQUENT_QUERIES["missed lately"][0])]
    assert set(missed) == bodies
    assert len(missed) == 40


def test_an_empty_index_has_no_newest(tmp_path: Path) -> None:
    with Index.open(tmp_path / "auditor.db") as index:
        assert index.newest() == {}
        assert index.latest() == {}
        assert index.unobserved() == ()
