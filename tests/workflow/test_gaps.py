"""Which slots have no ending, and the gaps that give them one: each begun visit its own, one for all the others."""

from __future__ import annotations

from pathlib import Path

from auditor.workflow.audit.gaps import find_unfinished, record_host_left_alone, record_unfinished
from auditor.workflow.audit.run_record import open_run
from auditor.workflow.audit.visit_steps import journal_intent
from tests.workflow.http_estate import opened

NOWHERE = "http://127.0.0.1:9/"


def test_each_begun_visit_has_a_gap_of_its_own_and_the_others_share_one(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 5) as instruments:
        slots = open_run(instruments, (), None).slots
        assert {len(slot.capture) for slot in slots} == {34}, "128 bits: nobody meets two captures of one id"
        journal_intent(instruments, slots[1])
        journal_intent(instruments, slots[3])
        instruments.custody.gap("its own reason", run=slots[3].run, deployment="d3", slot="d3", intent=slots[3].capture)
        found = find_unfinished(slots, instruments.journal.ledger)
        assert [slot.id for slot in found.begun] == ["d1"]
        assert [slot.id for slot in found.untouched] == ["d0", "d2", "d4"]
        assert record_unfinished(instruments.custody, slots, "the run ended") == found.count == 4
        gaps = [entry.body for entry in instruments.journal.entries(kinds=("gap",))][1:]
        assert [(gap["intent"], gap["deployment"]) for gap in gaps] == [(slots[1].capture, "d1"), ("", "")]
        assert gaps[1]["deployments"] == ["d0", "d2", "d4"]
        assert record_unfinished(instruments.custody, slots, "again") == 0, "an ending is given once"


def test_a_single_slot_that_was_not_begun_is_named_by_itself(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 1) as instruments:
        slots = open_run(instruments, (), None).slots
        assert record_unfinished(instruments.custody, slots, "the run ended") == 1
        (gap,) = instruments.journal.entries(kinds=("gap",))
    assert (gap.body["deployment"], gap.body["slot"], gap.body["why"]) == ("d0", "d0", "the run ended")
    assert "deployments" not in gap.body


def test_a_host_left_alone_is_said_with_its_bound(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 2) as instruments:
        first, second = open_run(instruments, (), None).slots
        record_host_left_alone(instruments.custody, first, 119.2, 60)
        (gap,) = instruments.journal.entries(kinds=("gap",))
        found = find_unfinished((first, second), instruments.journal.ledger)
    assert gap.body["why"] == "host 127.0.0.1 asked to be left alone for 120 s more; a run waits at most 60 s"
    assert [slot.id for slot in found.untouched] == ["d1"]
