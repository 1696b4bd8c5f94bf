"""What comes back is recognised by its form, and kept as it is (A13)."""

from __future__ import annotations

import pytest

from auditor.model.notices import ReplyKind
from auditor.notices import recognise_reply

HEAD = "From: Mail Delivery <postmaster@cloud.example>\r\nDate: Fri, 27 Nov 2026 04:00:00 +0000\r\nSubject: {}\r\n"
OURS = "<N-2026-001.n-1@vendor.example>"


def report(kind: str, inner: str, more: str = "") -> bytes:
    """A multipart/report with one machine-readable part and the headers of our message."""
    types = {
        "delivery-status": "message/delivery-status",
        "disposition-notification": "message/disposition-notification",
    }
    return (
        HEAD.format("Report") + f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n{more}\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b\r\nContent-Type: {types[kind]}\r\n\r\n{inner}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OURS}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()  # fmt: skip


def dsn(*actions: str) -> bytes:
    blocks = "\r\n".join(
        f"Final-Recipient: rfc822; a{n}@cloud.example\r\nAction: {one}\r\nStatus: 5.1.1\r\n"
        for n, one in enumerate(actions)
    )
    return report("delivery-status", f"Reporting-MTA: dns; mail.cloud.example\r\n\r\n{blocks}")


def letter(subject: str = "Re: 侵权通知书", more: str = "", text: str = "已收悉。") -> bytes:
    head = HEAD.format(subject) + f"In-Reply-To: {OURS}\r\n{more}Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return (head + text).encode()


MDN = report(
    "disposition-notification",
    f"Original-Message-ID: {OURS}\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n",
)
DELETED = report("disposition-notification", "Disposition: automatic-action/MDN-sent-automatically; deleted\r\n")
EMPTY = HEAD.format("x").encode() + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
CORPUS: list[tuple[str, bytes, ReplyKind]] = [
    ("failed", dsn("failed"), "bounce"),
    ("delayed", dsn("delayed"), "delay"),
    ("delivered", dsn("delivered"), "delivered"),
    ("handed on to where no report comes from", dsn("relayed"), "unread"),
    ("one delivered, one handed on", dsn("delivered", "relayed"), "unread"),
    ("one of two failed", dsn("delivered", "failed"), "bounce"),
    ("displayed", MDN, "displayed"),
    ("deleted unread", DELETED, "automatic"),
    ("automatic", letter(more="Auto-Submitted: auto-replied\r\n"), "automatic"),
    ("automatic with a comment", letter(more="Auto-Submitted: auto-generated; owner-email=x\r\n"), "automatic"),
    ("said to be by hand", letter(more="Auto-Submitted: no\r\n"), "answer"),
    ("answer", letter(), "answer"),
    ("counter-statement", letter("不侵权声明", text="我司提交声明"), "counter_statement"),
    ("counter notice in the text", letter("Re: x", text="Please find our counter-notification."), "counter_statement"),
    ("no mail", b"%PDF-1.4 \xff\xfe", "unread"),
    ("nothing", b"\0", "unread"),
    ("a report without a part", EMPTY, "unread"),
]  # fmt: skip


AUTOMATIC = "Auto-Submitted: auto-replied\r\n"
RETURNED: list[tuple[str, bytes, ReplyKind]] = [
    ("Exim", letter("Mail delivery failed", AUTOMATIC + "X-Failed-Recipients: a@c.example\r\n"), "bounce"),
    ("the failed recipient alone", letter("x", AUTOMATIC + "X-Failed-Recipients: a@cloud.example\r\n"), "bounce"),
    ("qmail", letter("failure notice"), "bounce"),
    ("a provider in China", letter("系统退信", AUTOMATIC), "bounce"),
    ("its subject encoded", letter("=?utf-8?B?57O757uf6YCA5L+h?="), "bounce"),
    ("Exchange without a report", letter("Undeliverable: 侵权通知书"), "bounce"),
    ("a daemon's words", letter("Warning").replace(b"postmaster@", b"MAILER-DAEMON@"), "unread"),
    ("an answer about it", letter("Re: Undeliverable: 侵权通知书"), "answer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "kind"), RETURNED, ids=[one[0] for one in RETURNED])
def test_what_was_returned_without_a_report_is_no_reply_that_shows_arrival(
    name: str, data: bytes, kind: ReplyKind
) -> None:
    assert recognise_reply(data).kind == kind, name


@pytest.mark.parametrize(("name", "data", "kind"), CORPUS, ids=[one[0] for one in CORPUS])
def test_the_kind_of_each(name: str, data: bytes, kind: ReplyKind) -> None:
    assert recognise_reply(data).kind == kind, name


def test_known_error_7_an_automatic_reply_is_no_answer() -> None:
    assert recognise_reply(letter(more="Auto-Submitted: auto-replied\r\n", text="不侵权声明")).kind == "automatic"


def test_the_letter_that_it_belongs_to_is_told() -> None:
    for data in (dsn("failed"), MDN, letter()):
        assert OURS in recognise_reply(data).answers
    assert recognise_reply(dsn("failed")).status == "5.1.1"


@pytest.mark.parametrize("cut", range(0, 700, 23))
def test_a_report_that_was_cut_anywhere_is_read_without_an_error(cut: int) -> None:
    assert recognise_reply(dsn("failed")[:cut]).kind in ("unread", "bounce", "answer")


def test_hostile_headers_are_told_as_text() -> None:
    found = recognise_reply(letter("=?utf-8?B?G1syShtdMDtvd25lZAc=?="))
    assert found.subject.isprintable()
    assert recognise_reply(b"From: a\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff").kind == "answer"
