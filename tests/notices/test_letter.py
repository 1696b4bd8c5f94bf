"""The letter: its elements, its papers, and the message as exact bytes."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from auditor.errors import ConfigError, IntegrityError
from auditor.formats.canonical_json import sha256
from auditor.formats.docx import BLANK
from auditor.model.notices import NoticeAnnex, NoticeContents, NoticePlace, SightedService
from auditor.notices import (
    LetterSurroundings,
    check_points,
    decode_draft,
    docx_paper,
    element_states,
    encode_draft,
    html_paper,
    mail_message,
    message_name,
    text_paper,
)
from auditor.wording import LANGS, Lang

AT = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
PLACE = NoticePlace("http://203.0.113.10:90/", "203.0.113.10", 90, AT, AT, 2, "c-1", "a" * 64)
LETTER = NoticeContents(
    notice="N-2026-001", deployment="site-90", host="cloud", host_name="某云计算有限公司", host_kind="iaas",
    channel="mail", channel_kind="email", to="ipr@cloud.example", designated_by="c-0", law=("cn-general", "us-512"),
    dated=AT, sender="某软件公司", signer="张三", address="某路2号", telephone="010-5550100",
    email="legal@vendor.example", work="某图书馆软件", rights=("某图书馆软件 · 2014SR000001",), act="未经许可运行副本",
    request=("forward", "preserve_logs"), reply_by=date(2026, 12, 20), statements=("truth",), places=(PLACE,),
    annexes=(NoticeAnnex("登记证书", "certificate", "annexes/01-certificate.pdf", "b" * 64, 3),),
)  # fmt: skip
AROUND = LetterSurroundings(AT, 7, "suspect", SightedService("c-1", AT, True, 18, ("203.0.113.10",)), "", 1000)


def made(letter: NoticeContents = LETTER, to: str = "", sender: str = "", text: str = "t\r\n.\r\n..x\r\n") -> bytes:
    return mail_message(
        (letter.sender, sender or letter.email), to or letter.to, "侵权通知书", text,
        {"notice.zh.docx": docx_paper(letter, "zh"), "01 附件.pdf": b"%PDF\r\n.\r\n..\r\n" + bytes(range(256))},
        dated=letter.dated, message_id="<n-1@vendor.example>",
    )  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_every_fact_stands_in_every_paper_and_the_same_letter_gives_the_same_bytes(lang: Lang) -> None:
    text, page, paper = text_paper(LETTER, lang), html_paper(LETTER, lang), docx_paper(LETTER, lang)
    inner = zipfile.ZipFile(io.BytesIO(paper)).read("word/document.xml").decode()
    for fact in ("203.0.113.10", " : 90", "a" * 64, "c-1", "010-5550100", "张三", "2014SR000001", "2026-12-20"):
        assert fact in text and fact in page.decode() and fact in inner, fact
    assert paper == docx_paper(LETTER, lang) and page == html_paper(LETTER, lang)


def test_what_only_a_person_can_say_is_a_blank_in_both_languages() -> None:
    bare = replace(LETTER, signer="", act="", rights=(), statements=(), signature="")
    for lang in LANGS:
        assert text_paper(bare, lang).count(BLANK) > text_paper(LETTER, lang).count(BLANK)
    states = element_states(bare)
    assert (states["truth"], states["signature"], states["request"]) == ("blank", "blank", "blank")
    signed = replace(LETTER, signature="/s/ 张三", statements=("truth", "good_faith", "perjury"))
    assert {element_states(signed)[one] for one in ("truth", "good_faith", "perjury", "signature")} == {"there"}
    assert "/s/ 张三" in text_paper(signed, "en")


def test_hostile_text_is_no_markup_and_breaks_no_line() -> None:
    hostile = replace(LETTER, act="<script>x</script>\r\nSubject: y \u202e3", signer='"><img src=x>')
    page = html_paper(hostile, "zh").decode()
    assert "<script>" not in page and "<img" not in page and "⟦U+202E⟧" in page
    assert docx_paper(hostile, "zh")


def test_known_error_3_an_annex_that_is_named_and_not_enclosed_is_told_and_is_not_there() -> None:
    letter = replace(LETTER, annexes=(*LETTER.annexes, NoticeAnnex("第二证书", "certificate")))
    assert element_states(LETTER)["ownership"] == "there"
    assert element_states(letter)["ownership"] == "named"
    (point,) = (one for one in check_points(letter, AROUND) if one.name == "annexes")
    assert (point.verdict, point.says.text("count")) == ("failed", "1")
    assert "named, not enclosed" in text_paper(letter, "en") and "提及，未附" in text_paper(letter, "zh")


def test_known_error_8_the_address_of_the_letter_is_not_that_of_the_newest_capture() -> None:
    moved = replace(AROUND, newest=SightedService("c-2", AT, True, 18, ("198.51.100.7",)))
    (point,) = (one for one in check_points(LETTER, moved) if one.name == "address")
    assert (point.verdict, point.says.code, point.says.text("now")) == ("failed", "noticepoint.moved", "198.51.100.7")
    (unseen,) = (one for one in check_points(LETTER, replace(AROUND, newest=None)) if one.name == "address")
    assert unseen.verdict == "not_checked"


@pytest.mark.parametrize(("status", "verdict"), [("suspect", "passed"), ("licensed", "failed"), ("", "failed")])
def test_known_error_9_a_look_alike_that_is_licensed_fails(status: str, verdict: str) -> None:
    (point,) = (one for one in check_points(LETTER, replace(AROUND, status=status)) if one.name == "status")
    assert point.verdict == verdict


def test_a_stale_capture_a_restored_item_and_an_identity_number_fail() -> None:
    late = replace(AROUND, as_of=datetime(2026, 12, 5, 4, 0, tzinfo=UTC), restored_by="N-0")
    letter = replace(LETTER, act="用户 110101199003070000 的副本", telephone="13900000000")
    verdicts = {one.name: one.verdict for one in check_points(letter, late)}
    assert (verdicts["freshness"], verdicts["restored"], verdicts["personal"]) == ("failed", "failed", "failed")
    assert all(one.verdict == "passed" for one in check_points(LETTER, AROUND))


def test_the_message_is_mail_that_any_reader_takes_apart_and_its_bytes_repeat() -> None:
    data = made()
    assert data == made()
    assert data.count(b"\n") == data.count(b"\r\n") and max(map(len, data.split(b"\r\n"))) <= 998
    assert data.partition(b"\r\n\r\n")[0].isascii()
    read = message_from_bytes(data, policy=default)
    assert (read["To"], read["From"]) == ("ipr@cloud.example", "某软件公司 <legal@vendor.example>")
    parts = list(read.iter_attachments())
    assert [one.get_filename() for one in parts] == ["notice.zh.docx", "01 附件.pdf"]
    assert parts[0].get_content() == docx_paper(LETTER, "zh")


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@y.example", "a b@c.example", "", "nobody", "a@b@c"])
def test_known_error_11_no_address_and_no_name_puts_a_header_in(address: str) -> None:
    with pytest.raises(ConfigError, match="mail address"):
        made(to=address or "\n")
    data = made(replace(LETTER, sender='某"公司\r\nBcc: x@y.example <z@z>'))
    assert not re.search(rb"^Bcc:", data, re.MULTILINE)


def test_known_error_11_an_address_beyond_ascii_is_written_as_it_is() -> None:
    data = made(to="通知@云.example")
    assert "To: 通知@云.example" in data.decode()


def test_a_message_that_is_too_large_goes_by_another_channel() -> None:
    with pytest.raises(ConfigError, match="fewer annexes"):
        mail_message(
            ("a", "a@b.example"), "c@d.example", "s", "t", {"x.bin": bytes(41 << 20)}, dated=AT, message_id="<x@y>"
        )


def test_the_record_of_a_draft_is_read_back_or_refused() -> None:
    message = made()
    data = encode_draft(LETTER, "message.eml", sha256(message), "<n-1@vendor.example>")
    read = decode_draft({"notice.json": data, "message.eml": message}, "n-1", "p", AT)
    assert (read.contents, read.states) == (LETTER, element_states(LETTER))
    with pytest.raises(IntegrityError, match="other bytes"):
        decode_draft({"notice.json": data, "message.eml": message + b" "}, "n-1", "p", AT)
    with pytest.raises(IntegrityError):
        decode_draft({"notice.json": data.replace(b"iaas", b"iass"), "message.eml": message}, "n-1", "p", AT)
    assert message_name("N-1", "n-1", "a@云.example") == "<N-1.n-1@localhost.invalid>"
