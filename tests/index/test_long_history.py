"""A long history is told by whole series; counts without their texts say what the whole body says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.index import Index, IndexedCapture
from auditor.index.index import CAPTURES_PER_STATEMENT
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.notes import quote_text
from auditor.model.reading.observations import Basis, Count, Observation
from auditor.model.reports import EvidenceRow
from auditor.reconciliation.observations.reasons import MISSING, gap_note
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
        1, False, basis, ({"code": "B1"},), fields={"edition": "旗舰版"}, connection={"host": f"{capture}.example"},
        unreadable={"cap": gap_note(MISSING, quote_text("nothing there"))},
    )  # fmt: skip
    return IndexedCapture("r", row, None, (seen,), ())


def test_counts_and_their_texts_are_what_was_recorded(tmp_path: Path) -> None:
    with Index.open(tmp_path / "a.db") as index:
        largest = 10**40  # no column holds it
        index.record([record("a", 0, largest), record("a", 1, None), record("b", 0, seal=Seal("0" * 64, (), 1))])
        counts = [*index.counts("a", END), *index.counts("b", END)]
        assert [one.displayed for one in counts] == [largest, None, 5]
        assert {type(one) for one in counts} == {Count}
        wholes = (*index.series("a", END), *index.series("b", END))
        for one, whole in zip(counts, wholes, strict=True):
            for name in Count.__dataclass_fields__:
                assert getattr(one, name) == getattr(whole, name)
        assert [one.sealed_at for one in counts] == [T0, T0, None]
        assert [one.sealed for one in counts] == [True, True, False]
        # Texts come in the order asked, once for each time asked, whatever one statement takes.
        assert index.whole([counts[2], counts[0], counts[2]]) == [wholes[2], wholes[0], wholes[2]]
        assert index.whole([]) == []
        index.seal("c-b-0", SEAL)
        assert [one.sealed for name in index.deployments() for one in index.counts(name, END)] == [True, True, True]
        assert [len(index.counts(name, T0 + timedelta(hours=1))) for name in "abc"] == [1, 1, 0]


def test_more_texts_than_one_statement_takes_are_asked_for_by_several(tmp_path: Path) -> None:
    many = 2 * CAPTURES_PER_STATEMENT + 1
    with Index.open(tmp_path / "a.db") as index:
        index.record([record("a", turn, turn) for turn in range(many)])
        counts = index.counts("a", T0 + timedelta(days=many))
        assert [one.displayed for one in index.whole(counts)] == list(range(many))


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
        assert [one.capture for one in index.counts("a", END)] == ["c-a-1"]
