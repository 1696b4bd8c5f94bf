"""What report and status really ask of a grown index is asked by keys: SQLite's plan of every statement they send."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from auditor.custody import Journal
from auditor.index import Index
from auditor.targets import load_estate
from auditor.workflow.report.compose import compose_report
from auditor.workspace import Workspace
from bench.estate_made import START, grown

BIG = ("packages", "readings", "observations", "unobserved", "counts")


def scans(index: Index, asked: set[str]) -> list[str]:
    """The steps that go through a big table, or through one of its indexes from end to end."""
    connection = index._db.conn
    assert connection is not None
    found = []
    for query in asked:
        for row in connection.execute(f"explain query plan {query}").fetchall():
            step = str(row[3])
            waiting = step.endswith(" USING INDEX idx_packages_waiting")  # of those that wait for their seal alone
            if step.startswith("SCAN") and step.split()[1] in (*BIG, "p", "u", "o") and not waiting:
                found.append(f"{step} in: {query}")
    return found


def test_report_and_status_seek(tmp_path: Path) -> None:
    grown(tmp_path, 6, 0, 240)
    asked: set[str] = set()
    with Index.open(Workspace(tmp_path).db) as index:
        connection = index._db.conn
        assert connection is not None
        connection.execute("analyze")
        connection.set_trace_callback(asked.add)
        report = compose_report(
            load_estate(tmp_path / "targets.yaml"),
            index,
            Journal.open(tmp_path),
            START + timedelta(days=90),
            "w",
            told=60,
        )
        index.newest()
        connection.set_trace_callback(None)
        assert (len(report.positions), len(report.history)) == (40, 60)
        assert len(asked) > 40  # the series of each deployment by itself
        assert scans(index, asked) == []
        seen = "select body from packages order by captured_at"
        assert len(scans(index, {seen})) == 1  # a scan would be seen
