"""A process that asks for the history of schedules again reads what was journalled since, and says the same."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.errors import IntegrityError
from auditor.formats.evidence_layout import JOURNAL, in_evidence, segment_path
from auditor.formats.tiles import WIDTH
from auditor.model.events import (
    AlertSent,
    ChannelResult,
    GapRecorded,
    JournalEvent,
    RunClosed,
    RunOpened,
    RunPlanned,
    ScheduleAdopted,
    ScheduleDefinition,
    ScheduleDropped,
)
from auditor.planning import HISTORY_KINDS, ScheduleHistory
from auditor.workflow.index.compare import compare_index
from auditor.workflow.memory.schedule_memory import FILE, WORTH_LINES, ScheduleMemory, recall_history
from auditor.workflow.schedule import read_schedule_history
from auditor.workflow.upkeep.rebuild import rebuild_index
from auditor.workflow.wiring import Instruments, hold_workspace
from auditor.workspace import Workspace
from tests.workflow.http_estate import opened

START = now().replace(microsecond=0)
DEFINITION = ScheduleDefinition(cron="0 3 * * *", every_seconds=None, timezone="UTC", blackout=())


def missed(number: int) -> GapRecorded:
    return GapRecorded(
        run="", deployment="d0", slot=f"s/{number}", intent="", why="nobody was awake", schedule="nightly",
        planned=START + timedelta(minutes=number), missed="skip",
    )  # fmt: skip


def alerted(raised: tuple[str, ...], over: tuple[str, ...]) -> AlertSent:
    return AlertSent(
        digest="0" * 64, raised=raised, over=over, channels=(ChannelResult(channel="mail", ok=True, why=""),)
    )


def planned(run: str, number: int) -> RunPlanned:
    at = START + timedelta(minutes=number)
    return RunPlanned(
        run=run, slots=(), schedule="nightly", schedule_slot=f"s/{number}", planned=at, late=False
    )  # fmt: skip


EVENTS: tuple[JournalEvent, ...] = (
    ScheduleAdopted(schedule="nightly", definition=DEFINITION),
    missed(1),
    RunOpened(run="r1"),
    planned("r1", 2),
    alerted(("overdue/x", "authority/y"), ()),
    RunClosed(run="r1", complete=3),
    alerted((), ("overdue/x",)),
    RunOpened(run="r2"),
    planned("r2", 3),
    ScheduleDropped(schedule="nightly"),
)


def read_anew(instruments: Instruments) -> ScheduleHistory:
    return ScheduleHistory.of(instruments.journal.entries(kinds=HISTORY_KINDS))


def test_every_further_line_is_learnt_and_what_was_told_stays_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        told = [read_schedule_history(instruments)]
        for event in EVENTS:
            instruments.journal.record(event)
            told.append(read_schedule_history(instruments))
            assert told[-1] == read_anew(instruments) == ScheduleMemory().history(instruments.journal)
        lines = list(instruments.journal.entries(kinds=HISTORY_KINDS))
        assert len(lines) == len(EVENTS)
        assert told == [ScheduleHistory.of(lines[:count]) for count in range(len(EVENTS) + 1)]


def test_the_next_piece_of_work_reads_no_line_again(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1):
        pass
    with hold_workspace(Workspace(tmp_path / "w")) as held:
        with held.instruments() as instruments:
            journal = instruments.journal
            while journal.size <= WIDTH:
                journal.record(missed(journal.size))
            before = read_schedule_history(instruments)
        (tmp_path / "w" / in_evidence(f"{JOURNAL}/{segment_path(0)}")).rename(tmp_path / "out of reach")
        with held.instruments() as instruments:
            with pytest.raises(IntegrityError):
                read_anew(instruments)
            assert read_schedule_history(instruments) == before
            journal.record(missed(journal.size))
            assert read_schedule_history(instruments).missed == before.missed + 1 > WIDTH / 2


def silent(done: int, total: int, what: str) -> None:
    """Nobody looks on."""


def rewritten(path: Path, head: dict[str, object], missed: int | None = None) -> None:
    """As a hand would that knows the form of the file."""
    first, _, body = path.read_bytes().partition(b"\n")
    if missed is not None:
        body = json.dumps(json.loads(body) | {"missed": missed}).encode()
    said = json.loads(first) | {"body": hashlib.sha256(body).hexdigest()} | head
    path.write_bytes(json.dumps(said).encode() + b"\n" + body)


def test_the_next_process_goes_on_from_what_is_kept_and_a_wrong_one_is_found(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    kept = workspace.db.with_name(FILE)
    with opened(workspace.root, "http://127.0.0.1:9/", 1) as instruments:
        for number in range(WORTH_LINES - 1):
            instruments.journal.record(missed(number))
        read_schedule_history(instruments)
        assert not kept.exists(), "so few are read in no time"
        for event in EVENTS:
            instruments.journal.record(event)
        whole = ScheduleMemory().history(instruments.journal)
        assert whole == read_anew(instruments)
        assert recall_history(instruments.journal) == (whole, instruments.journal.size)
        instruments.journal.record(missed(WORTH_LINES))
        assert ScheduleMemory().history(instruments.journal) == read_anew(instruments)

        heads: list[dict[str, object]] = [
            {"root": "00" * 32}, {"size": 5}, {"size": 10_000}, {"code": "another"}, {"format": "x/9"},
        ]  # fmt: skip
        for head in heads:
            before = kept.read_bytes()
            rewritten(kept, head)
            assert recall_history(instruments.journal) is None, head
            assert ScheduleMemory().history(instruments.journal) == read_anew(instruments)
            kept.write_bytes(before)

    def found() -> list[str]:
        checks = compare_index(workspace, silent).answers.made
        return [check.verdict for check in checks if check.subject == f"db/{FILE}"]

    assert found() == ["passed"]
    rewritten(kept, {}, missed=1)
    assert found() == ["failed"]
    with hold_workspace(workspace) as held, held.instruments() as instruments:
        estate = instruments.estate
    rebuild_index(workspace, estate, silent)
    assert found() == [] and not kept.exists()
