"""The certificate of delivery and the timeline: what is on record, in both languages, the same bytes each time."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document

from auditor.cli import group
from auditor.model.notices import SightedService
from auditor.notices import TimelineDay, record_paper_docx, record_paper_html
from auditor.reporting import notice_days
from auditor.wording import LANGS, Lang
from auditor.workflow.notices.drafting import draft_notice
from auditor.workflow.notices.papers import record_papers
from auditor.workflow.notices.receiving import receive_reply
from auditor.workflow.notices.records import notice_records_of
from auditor.workflow.notices.sending import send_notice
from auditor.workflow.notices.wording import record_json, record_lines
from tests.notices.estates import NOTICE, NoticeEstate, held, visit
from tests.notices.mail_servers import MailPost


def words(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


@pytest.fixture
def sent(estate: NoticeEstate, post: MailPost, tmp_path: Path) -> NoticeEstate:
    """Sent, answered by an automatic reply, and still running afterwards."""
    reply = tmp_path / "auto.eml"
    reply.write_bytes(
        b"From: desk@host.example\r\nAuto-Submitted: auto-replied\r\nSubject: [#1] <b>ticket</b>\r\n\r\nreceived\r\n"
    )
    with held(estate.workspace) as instruments:
        send_notice(instruments, NOTICE, NOTICE, lambda name: None)
        receive_reply(instruments, reply, notice=NOTICE)
        visit(instruments, "r2")
    return estate


TOLD: dict[tuple[str, Lang], tuple[str, ...]] = {
    ("delivery", "en"): ("Certificate of delivery", "queued as 4ABC", "automatic reply", "Certified by", "____"),
    ("delivery", "zh"): ("送达证明", "queued as 4ABC", "自动回复", "证明人", "____"),
    ("timeline", "en"): ("Timeline of the notice", "N107", "for the licensor", "互联网信息服务管理办法"),
    ("timeline", "zh"): ("通知时间线", "N107", "有利于许可方"),
}


def test_both_papers_say_what_is_on_record_in_both_languages_and_have_the_same_bytes_each_time(
    sent: NoticeEstate, tmp_path: Path
) -> None:
    (record,) = notice_records_of(sent.workspace, NOTICE, None)
    made = dict(record_papers(record))
    assert sorted(made) == [f"{which}.{lang}.docx" for which in ("delivery", "timeline") for lang in ("en", "zh")]
    for (which, lang), told in TOLD.items():
        said = words(made[f"{which}.{lang}.docx"])
        for word in (*told, NOTICE, record.drafts[-1].sha256):
            assert word in said, (which, lang, word)
    assert dict(record_papers(record)) == made
    done = CliRunner().invoke(
        group, ["--workspace", str(sent.workspace.root), "notice", "papers", NOTICE, "--no-pdf", "--output",
                str(tmp_path / "out")], catch_exceptions=False,
    )  # fmt: skip
    assert (done.exit_code, len(done.output.splitlines())) == (0, 4)
    assert (tmp_path / "out" / NOTICE / "timeline.zh.docx").is_file()


def test_the_papers_are_about_the_letter_that_went_out_however_many_were_drafted_since(sent: NoticeEstate) -> None:
    sent.rewrite("act: 未经许可运行软件副本", "act: 另一行为")
    with held(sent.workspace) as instruments:
        draft_notice(instruments, NOTICE)
    (record,) = notice_records_of(sent.workspace, NOTICE, None)
    first, second = record.drafts
    assert first.sha256 != second.sha256 and [one.sha256 for one in record.approvals] == [first.sha256]
    delivery = words(dict(record_papers(record))["delivery.en.docx"])
    assert first.sha256 in delivery and second.sha256 not in delivery
    assert "Approved by B. Counsel" in delivery
    codes = [one.says.code for one in notice_days(record)]
    assert (codes.count("noticeevent.drafted"), codes.count("noticeevent.approved")) == (2, 1)
    told = json.loads(json.dumps(record_json(record, "en")))
    assert told["approvals"] == [] and [one["approved_by"] for one in told["drafts"]] == [["B. Counsel"], []]
    assert first.sha256 in "\n".join(record_lines(record, "en"))


def test_what_is_left_out_of_a_paper_is_counted(sent: NoticeEstate) -> None:
    (record,) = notice_records_of(sent.workspace, NOTICE, None)
    seen = [SightedService(f"c-{n}", record.as_of, n % 2 == 0, 34) for n in range(15)]
    many = replace(
        record, since_receipt=tuple(seen), deliveries=(replace(record.deliveries[0], answer="x" * 500),),
    )  # fmt: skip
    (more,) = [one.says for one in notice_days(many) if one.says.code == "noticeevent.more_seen"]
    assert (more.text("captures"), more.text("running")) == ("3", "2")
    assert "x … (+100)" in words(record_paper_docx("delivery", many, [], "en"))
    assert record.received_on is not None and record.received_by is not None
    days = [TimelineDay(record.received_on, record.received_by, f"c-{n}") for n in range(503)]
    assert "3 later lines are left out" in words(record_paper_docx("timeline", record, days, "en"))
    assert "略去其后 3 行" in words(record_paper_docx("timeline", record, days, "zh"))
    assert "left out" not in words(record_paper_docx("timeline", record, days[:500], "en"))


def test_before_anything_is_sent_the_certificate_says_that_nothing_was_done(estate: NoticeEstate) -> None:
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    said = words(dict(record_papers(record))["delivery.en.docx"])
    assert "Nothing was done to deliver it." in said and "Nothing on record shows receipt." in said


def test_what_a_page_or_a_mail_wrote_is_never_markup(sent: NoticeEstate) -> None:
    (record,) = notice_records_of(sent.workspace, NOTICE, None)
    for lang in LANGS:
        page = record_paper_html("delivery", record, [], lang).decode()
        assert "<b>ticket</b>" not in page and "&lt;b&gt;ticket" in page
        assert record_paper_docx("timeline", record, [], lang)


def test_a_day_without_a_record_is_told_without_one(sent: NoticeEstate) -> None:
    (record,) = notice_records_of(sent.workspace, NOTICE, None)
    assert record.received_on is not None and record.received_by is not None
    day = TimelineDay(record.received_on, record.received_by, "")
    assert "–" in words(record_paper_docx("timeline", record, [day], "en"))
