"""The digest by mail: what is newly over, what stopped being observed, what ends; sent by hand and by the scheduler."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

from auditor.custody import Journal
from auditor.model.events import AlertFailed, AlertSent, parse_entry
from auditor.model.targets.estate import Digest
from auditor.planning import ScheduleHistory, due_digest
from tests.alerting.receivers import Post, posting
from tests.cli.small_workspace import Small

MONDAY = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
WEEKLY = Digest("0 8 * * 1", "Asia/Shanghai")


def told(small: Small, port: int, digest: str = "") -> None:
    path = small.root / "targets.yaml"
    text = path.read_text("utf-8").partition("alerts:\n")[0]
    mail = f"server: 127.0.0.1, port: {port}, security: none, sender: a@x.example, recipients: [b@x.example]"
    path.write_text(f"{text}alerts:\n  mail: {{{mail}}}\n{digest}", encoding="utf-8")


def ending(small: Small, day: str) -> None:
    path = small.root / "targets.yaml"
    text = path.read_text("utf-8").replace(
        'term: {from: "2015-02-10"}',
        f'term: {{from: "2015-02-10", through: "{day}"}}\n    maintenance_through: "{day}"',
    )
    path.write_text(text, encoding="utf-8")


def letter(post: Post) -> tuple[str, dict[str, bytes]]:
    """The text of the only letter, and what is attached to it."""
    (found,) = post.letters
    body = found.get_body(("plain",))
    assert body is not None
    attached = {}
    for one in found.iter_attachments():
        content = one.get_content()
        attached[one.get_filename() or ""] = content if isinstance(content, bytes) else content.encode()
    return body.get_content(), attached


def test_the_digest_has_what_it_asks_for_and_the_statements(small: Small) -> None:
    small.capture("covered", 4)
    small.capture("suspect", 7)
    soon = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    ending(small, soon)
    small.capture("covered", 8)
    small.capture("suspect", "约 9")
    said = small.run("changes", "--digest", "--since", "2001-01-01")
    assert "Newly over entitlement by record, or further over (1)" in said
    with posting() as post:
        told(small, post.port)
        small.run(
            "changes", "--digest", "--statements", "--send", "--lang", "zh", "--within", "30", "--since", "2001-01-01"
        )
        text, attached = letter(post)
    assert "依记录新超出授权 3" in text
    assert "合肥市图书馆" in text
    assert "按合同价" in text
    assert f"{soon}" in text
    assert "维护期最后一日" in text
    plain = json.loads(attached["alert.json"])
    assert plain["format"] == "auditor.digest/1"
    assert [one["subject"] for one in plain["over"]] == ["covered"]
    assert plain["attached"] == ["statement-reader.zh.docx"]
    with zipfile.ZipFile(io.BytesIO(attached["statement-reader.zh.docx"])) as paper:
        statement = paper.read("word/document.xml").decode()
    assert "合肥市图书馆" in statement
    assert "lib.hefei.example" in statement


def test_what_stopped_being_observed_is_told_and_is_never_within(small: Small) -> None:
    small.capture("covered", 8)
    small.capture("covered", "约 9")
    found = json.loads(small.run("changes", "--digest", "--json"))
    assert [one["subject"] for one in found["lost"]] == ["covered"]
    assert found["over"] == []
    assert "Not observed any more (1)" in small.run("changes", "--digest")
    assert "--digest --send" in small.refused("changes", "--statements")


def test_a_digest_is_due_once_and_covers_those_that_were_missed() -> None:
    book = ScheduleHistory()
    first = due_digest(WEEKLY, book, MONDAY + timedelta(hours=3))
    assert first is not None
    assert (first.key, first.since) == ("digest/20260105T000000Z", MONDAY - timedelta(days=7))
    book.refused[first.key] = MONDAY + timedelta(hours=3)
    assert due_digest(WEEKLY, book, MONDAY + timedelta(hours=3, minutes=59)) is None
    assert due_digest(WEEKLY, book, MONDAY + timedelta(hours=4)) == first
    book.told.add(first.key)
    assert due_digest(WEEKLY, book, MONDAY + timedelta(days=6)) is None
    later = due_digest(WEEKLY, book, MONDAY + timedelta(days=22))
    assert later is not None
    assert (later.key, later.since, later.sent) == ("digest/20260126T000000Z", MONDAY, (first.key,))


def test_the_scheduler_sends_it_once_and_tries_again_what_nobody_took(small: Small) -> None:
    small.capture("covered", 4)
    digest = '  digest: {cron: "* * * * *", lang: zh}\n'
    with posting() as closed:
        port = closed.port
    told(small, port, digest)
    small.run("schedule", "--once")
    events = [parse_entry(one) for one in Journal.open(small.root).entries(kinds={"schedule"})]
    (failed,) = [one for one in events if isinstance(one, AlertFailed)]
    assert failed.raised[0].startswith("digest/")
    small.capture("covered", 8)
    with posting() as post:
        told(small, post.port, digest.replace("* * * * *", "0 8 * * 1"))
        small.run("schedule", "--once")
        small.run("schedule", "--once")
        text, _ = letter(post)
    assert "依记录新超出授权" in text
    events = [parse_entry(one) for one in Journal.open(small.root).entries(kinds={"schedule"})]
    (sent,) = [one for one in events if isinstance(one, AlertSent)]
    assert sent.channels[0].ok
