"""What came back is kept raw, told to its letter, and held for what a person says; what was done elsewhere is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.errors import ConfigError
from auditor.model.notices import NoticeRecord
from auditor.workflow import (
    ElsewhereDelivery,
    check_notice,
    confirm_reply,
    draft_notice,
    notice_records_of,
    receive_reply,
    record_delivery,
    send_notice,
)
from auditor.workspace import Workspace
from tests.notices.estates import NOTICE, NoticeEstate, held, visit
from tests.notices.mail_servers import MailPost
from tests.notices.test_replies import OURS, dsn, letter
from tests.notices.test_sending import failures, nothing_set


def record(workspace: Workspace, notice: str = NOTICE) -> NoticeRecord:
    (found,) = notice_records_of(workspace, notice, None)
    return found


def answering(workspace: Workspace, data: bytes, folder: Path, name: str = "reply.eml") -> Path:
    """A reply to the letter that was sent."""
    path = folder / name
    path.write_bytes(data.replace(OURS.encode(), record(workspace).drafts[-1].message_id.encode()))
    return path


def test_a_reply_is_kept_as_it_came_and_told_to_its_letter(
    estate: NoticeEstate, post: MailPost, tmp_path: Path
) -> None:
    automatic = answering(estate.workspace, letter(more="Auto-Submitted: auto-replied\r\n"), tmp_path)
    with held(estate.workspace) as instruments:
        send_notice(instruments, NOTICE, NOTICE, nothing_set)
        kept = receive_reply(instruments, automatic)
        visit(instruments, "r2")
    found = record(estate.workspace)
    assert (kept.recognised, kept.kind, found.stage) == ("automatic", "automatic", "received")
    assert (estate.workspace.root / kept.file).read_bytes() == automatic.read_bytes()
    assert {"N106", "N107"} <= {one.rule for one in found.findings}
    with held(estate.workspace) as instruments:
        with pytest.raises(ConfigError, match="expected one of"):
            confirm_reply(instruments, kept.id, "yes", by="B", why="w")
        with pytest.raises(ConfigError, match="who decides"):
            confirm_reply(instruments, kept.id, "answer", by="", why="w")
        with pytest.raises(ConfigError, match="no reply of this id"):
            confirm_reply(instruments, "r-none", "answer", by="B", why="w")
        confirm_reply(instruments, kept.id, "answer", by="B. Counsel", why="it names a person and a measure")
    found = record(estate.workspace)
    assert (found.stage, found.replies[0].kind, found.replies[0].by) == ("answered", "answer", "B. Counsel")
    assert "N106" not in {one.rule for one in found.findings}
    assert failures(estate.workspace) == []


def test_a_bounce_after_the_250_takes_the_receipt_away(estate: NoticeEstate, post: MailPost, tmp_path: Path) -> None:
    with held(estate.workspace) as instruments:
        send_notice(instruments, NOTICE, NOTICE, nothing_set)
    assert record(estate.workspace).received_on is not None
    bounce = answering(estate.workspace, dsn("failed"), tmp_path)
    with held(estate.workspace) as instruments:
        receive_reply(instruments, bounce)
    found = record(estate.workspace)
    assert (found.received_on, found.stage) == (None, "sent")
    assert {"N104", "N105"} <= {one.rule for one in found.findings}


def test_what_belongs_to_no_letter_needs_to_be_told(estate: NoticeEstate, tmp_path: Path) -> None:
    paper = tmp_path / "answer.pdf"
    paper.write_bytes(b"%PDF-1.4")
    ahead = now().date() + timedelta(days=2)
    with held(estate.workspace) as instruments:
        size = instruments.journal.size
        with pytest.raises(ConfigError, match=f"--for one of {NOTICE}"):
            receive_reply(instruments, paper)
        with pytest.raises(ConfigError, match="lies ahead"):
            receive_reply(instruments, paper, notice=NOTICE, arrived_on=ahead)
        with pytest.raises(ConfigError, match="cannot be read"):
            receive_reply(instruments, tmp_path / "none.eml", notice=NOTICE)
        assert instruments.journal.size == size
        kept = receive_reply(instruments, paper, notice=NOTICE, arrived_on=date(2026, 1, 2))
    assert (kept.recognised, kept.arrived_on) == ("unread", date(2026, 1, 2))


def test_the_present_day_is_that_of_the_zone_of_the_file(estate: NoticeEstate, tmp_path: Path) -> None:
    """In the first hours of a day in China it is still the day before in UTC."""
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4")
    local = date(2030, 11, 28)
    with held(estate.workspace) as instruments:
        early = replace(instruments, clock=lambda: datetime(2030, 11, 27, 23, 0, tzinfo=UTC))
        kept = receive_reply(early, paper, notice=NOTICE)
        done = ElsewhereDelivery("ems", "A. Clerk", local, "signed for", "EA1CN", received_on=local)
        sent = record_delivery(early, NOTICE, done, [paper])
        with pytest.raises(ConfigError, match="lies ahead"):
            record_delivery(early, NOTICE, replace(done, received_on=local + timedelta(days=1)), [paper])
        with pytest.raises(ConfigError, match="before it is handed over"):
            record_delivery(early, NOTICE, replace(done, received_on=local - timedelta(days=1)), [paper])
    assert (kept.arrived_on, sent.received_on) == (local, local)


def test_what_a_person_did_elsewhere_is_kept_with_who_when_and_number(estate: NoticeEstate, tmp_path: Path) -> None:
    slip = tmp_path / "slip.png"
    slip.write_bytes(b"\x89PNG")
    other, today = "N-2026-002", now().date()
    with held(estate.workspace) as instruments:
        draft_notice(instruments, other)
        with pytest.raises(ConfigError, match="who did it"):
            record_delivery(instruments, other, ElsewhereDelivery("ems", "", today, "x"), [slip])
        with pytest.raises(ConfigError, match="channel is no mail"):
            send_notice(instruments, other, other, nothing_set)
        done = ElsewhereDelivery("ems", "A. Clerk", today, "posted", "EA1CN")
        sent = record_delivery(instruments, other, done, [slip])
    found = record(estate.workspace, other)
    assert (sent.answer, found.stage, found.received_on) == ("EA1CN", "sent", None)
    assert "N105" in {one.rule for one in found.findings}
    with held(estate.workspace) as instruments:
        done = ElsewhereDelivery("ems", "A. Clerk", today, "signed for", "EA1CN", received_on=today)
        record_delivery(instruments, other, done, [slip])
    found = record(estate.workspace, other)
    assert (found.stage, found.received_on) == ("received", today)
    assert found.drafts[-1].approvable == "enclosed.sha256"
    listed = (estate.workspace.root / found.drafts[-1].path / "enclosed.sha256").read_text()
    assert "paper/notice.zh.docx" in listed and "annexes/01-certificate.pdf" in listed
    assert failures(estate.workspace) == []


def test_known_error_9_a_licensed_look_alike_gets_no_draft(estate: NoticeEstate) -> None:
    estate.rewrite("legal_status: suspect", "legal_status: licensed")
    with held(estate.workspace) as instruments, pytest.raises(ConfigError, match="d0 is licensed by record"):
        draft_notice(instruments, NOTICE)


def test_a_check_is_journalled_and_a_restored_item_fails_it(
    estate: NoticeEstate, post: MailPost, tmp_path: Path
) -> None:
    counter = answering(estate.workspace, letter("不侵权声明"), tmp_path)
    with held(estate.workspace) as instruments:
        first = check_notice(instruments, NOTICE)
        send_notice(instruments, NOTICE, NOTICE, nothing_set)
        receive_reply(instruments, counter)
        draft_notice(instruments, "N-2026-002")
        second = check_notice(instruments, "N-2026-002")
    assert first.qualified and first.failed, "its power of attorney is named and not enclosed"
    assert [one.name for one in first.points if one.verdict != "passed"] == ["annexes"]
    assert "restored" in [one.name for one in second.points if one.verdict == "failed"]
    lenient, strict = second.regimes[0].answers
    assert (lenient.together, strict.together) == (True, False)
    assert "N115" in {one.rule for one in record(estate.workspace, "N-2026-002").findings}
