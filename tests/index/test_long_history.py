"""A long history is told by whole series; what is recalled without its texts says what the whole body says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.index import Index, IndexedCapture
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.findings import Basis, Observation
from auditor.model.reports import EvidenceRow
from auditor.workflow.report.history import select_history

T0 = datetime(2026, 1, 1, tzinfo=UTC)
END = T0 + timedelta(days=900)
SEAL = Seal("0" * 64, (TokenVerdict("a", "A", "verified", gen_time=T0),), 1)


def record(deployment: str, turn: int, displayed: int | None = 5, seal: Seal = SEAL) -> IndexedCapture:
    capture, at = f"c-{deployment}-{turn}", T0 + timedelta(days=turn)
    row = EvidenceRow(capture, deployment, f"evidence/{capture}", "complete", at, "0" * 64, seal, ())
    basis = {"displayed": Basis(capture, "dom.html", "0" * 64, "td", "5", None)}
    seen = Observation(
        deployment, "branch", capture, at + timedelta(seconds=3), False, displayed, str(displayed), "unlimited", "不限",
        None, False, basis, {"edition": "旗舰版"}, ({"code": "B1"},), unreadable={"cap": "missing"},
    )  # fmt: skip
    return IndexedCapture("r", row, None, (seen,), ())


def test_what_is_recalled_is_what_was_recorded(tmp_path: Path) -> None:
    with Index.open(tmp_path / "a.db") as index:
        largest = 10**40  # no column holds it
        index.record([record("a", 0, largest), record("a", 1, None), record("b", 0, seal=Seal("0" * 64, (), 1))])
        recalled = [*index.recalled("a", END), *index.recalled("b", END)]
        assert [one.displayed for one in recalled] == [largest, None, 5]
        wholes = (*index.series("a", END), *index.series("b", END))
        for one, whole in zip(recalled, wholes, strict=True):
            for name in Observation.__dataclass_fields__:
                assert getattr(one, name) == getattr(whole, name)
        assert [one.identity.get("sealed_at") for one in recalled] == [T0.isoformat(), T0.isoformat(), None]
        assert [one.sealed for one in recalled] == [True, True, False]
        changed = replace(recalled[0], displayed=6)
        assert (changed.displayed, changed.rows) == (6, ({"code": "B1"},))
        index.seal("c-b-0", SEAL)
        assert [one.sealed for name in index.deployments() for one in index.recalled(name, END)] == [True, True, True]
        assert [len(index.recalled(name, T0 + timedelta(hours=1))) for name in "abc"] == [1, 1, 0]


def test_a_bounded_history_holds_whole_series_and_counts_the_rest(tmp_path: Path) -> None:
    with Index.open(tmp_path / "a.db") as index:
        waiting = record("c", 2, seal=Seal("0" * 64, (), 1))
        index.record([*(record(name, turn) for name in "abc" for turn in range(2)), waiting])
        whole, evidence, left = select_history(index, END, (), (), None)
        assert (len(whole), len(evidence), dict(left)) == (7, 7, {"history": 0, "evidence": 0})
        told, evidence, left = select_history(index, END, (), (), 4)
        assert [one.capture for one in told] == ["c-a-0", "c-b-0", "c-a-1", "c-b-1"]
        assert {row.capture for row in evidence} == {one.capture for one in told} | {"c-c-2"}  # waits for its seal
        assert dict(left) == {"history": 3, "evidence": 2}
        same, _, left = select_history(index, END, (), (), 7)
        assert same == whole
        assert left["history"] == 0


def test_what_is_removed_is_gone_from_every_table(tmp_path: Path) -> None:
    with Index.open(tmp_path / "a.db") as index:
        index.record([record("a", 0), record("a", 1)])
        index.remove(["c-a-0"])
        assert index.captures() == {"c-a-1"}
        assert [one.capture for one in index.recalled("a", END)] == ["c-a-1"]
