"""Sent once, by a person, exactly the approved bytes; what became of it, killed or cut at any point (A9, A11, A12)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import auditor
from auditor.custody import Journal, verify_workspace
from auditor.errors import ConfigError
from auditor.model.events import NoticeSendRefused, parse_entry
from auditor.model.notices import DeliveryOutcome, NoticeDelivery, NoticeRecord
from auditor.workflow import approve_notice, draft_notice, notice_records_of, send_notice, withdraw_notice
from auditor.workspace import Workspace
from tests.custody.test_recovery import lived
from tests.notices.estates import NOTICE, NoticeEstate, held, visit
from tests.notices.mail_servers import MailPost, mail_post, scripted_post


def send(workspace: Workspace, typed: str | None = NOTICE, **environment: str) -> NoticeDelivery:
    with held(workspace) as instruments:
        return send_notice(instruments, NOTICE, typed, environment.get)


def nothing_set(name: str) -> str | None:
    """An environment without any variable."""
    return None


def record(workspace: Workspace) -> NoticeRecord:
    (found,) = notice_records_of(workspace, NOTICE, None)
    return found


def refusals(workspace: Workspace) -> list[str]:
    events = (parse_entry(one) for one in Journal.open(workspace.root).entries(kinds=("notice",)))
    return [one.why for one in events if isinstance(one, NoticeSendRefused)]


def failures(workspace: Workspace) -> list[str]:
    return [f"{one.name} {one.subject}" for one in verify_workspace(workspace.root).checks if one.verdict == "failed"]


def message_of(workspace: Workspace) -> bytes:
    return (workspace.root / record(workspace).drafts[-1].path / "message.eml").read_bytes()


def transcript(workspace: Workspace) -> str:
    return next((workspace.evidence / "notices").rglob("transcript.txt")).read_text()


OUTCOMES: list[tuple[str, str, DeliveryOutcome, str]] = [
    ("", "250 2.0.0 Ok: queued as 4ABC", "accepted", "noticedelivery.accepted_mx"),
    ("550 5.1.1 no such user", "", "refused", "noticedelivery.refused"),
    ("451 4.7.1 try later", "", "deferred", "noticedelivery.deferred"),
    ("", "554 5.7.1 content refused", "refused", "noticedelivery.refused"),
    ("", "552 5.3.4 too big", "refused", "noticedelivery.refused"),
    ("", "452 4.3.1 no space", "deferred", "noticedelivery.deferred"),
    ("", "drop", "unknown", "noticedelivery.lost_after_dot"),
]


@pytest.mark.parametrize(("rcpt", "data", "outcome", "code"), OUTCOMES, ids=range(len(OUTCOMES)))
def test_a12_each_answer_of_the_server_is_an_outcome(
    estate: NoticeEstate, post: MailPost, rcpt: str, data: str, outcome: DeliveryOutcome, code: str
) -> None:
    post.rcpt, post.data = rcpt, data or post.data
    sent = send(estate.workspace)
    assert (sent.outcome, sent.says.code) == (outcome, code)
    (told,) = record(estate.workspace).deliveries
    assert (told.id, told.outcome, told.says.code) == (sent.id, outcome, code)
    assert sorted(map(str, told.says.values)) == sorted(map(str, sent.says.values))
    assert failures(estate.workspace) == []


def test_the_bytes_at_the_server_are_the_approved_ones_and_the_transcript_is_sealed(
    estate: NoticeEstate, post: MailPost
) -> None:
    """Known error 11: leading dots, Chinese names and folded lines arrive as they were approved."""
    post.wait = 1.2
    sent = send(estate.workspace)
    assert sent.outcome == "accepted" and sent.answer.endswith("queued as 4ABC"), "slow is accepted"
    (taken,) = post.taken
    assert taken == message_of(estate.workspace)
    told = transcript(estate.workspace)
    assert "TLSv1.3" in told and "S: 250 2.0.0 Ok: queued as 4ABC" in told and sent.sha256 in told
    home = next((estate.workspace.evidence / "notices").rglob("transcript.txt")).parent
    assert len(list(home.glob("*.tsr"))) == 2
    facts = json.loads((home / "sending.json").read_bytes())["facts"]
    assert len(facts["certificate_sha256"]) == 64


def test_a_password_stands_in_no_byte(estate: NoticeEstate, post: MailPost) -> None:
    estate.rewrite("answer_seconds: 5", "answer_seconds: 5, username_env: MAIL_USER, password_env: MAIL_WORD")
    with pytest.raises(ConfigError, match="MAIL_USER, MAIL_WORD are not set"):
        send(estate.workspace)
    sent = send(estate.workspace, MAIL_USER="clerk", MAIL_WORD="right")
    assert sent.outcome == "accepted" and [one.password for one in post.accounts] == [b"right"]
    told = transcript(estate.workspace)
    assert told.count("C: (withheld: account)") >= 1 and "clerk" not in told and "cmlnaHQ" not in told


def test_a_wrong_password_hands_nothing_over(estate: NoticeEstate, post: MailPost) -> None:
    estate.rewrite("answer_seconds: 5", "answer_seconds: 5, username_env: MAIL_USER, password_env: MAIL_WORD")
    sent = send(estate.workspace, MAIL_USER="clerk", MAIL_WORD="wrong")
    assert (sent.outcome, sent.says.code, post.taken) == ("not_reached", "noticedelivery.no_login", [])


ENVELOPE = [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n"]
CUT: list[tuple[list[bytes | None], DeliveryOutcome, str]] = [
    ([b"554 go away\r\n"], "refused", "refused"),
    ([b"421 busy\r\n"], "deferred", "deferred"),
    ([None], "not_reached", "not_reached"),
    ([*ENVELOPE, None], "not_reached", "not_reached"),
    ([*ENVELOPE, b"354 go\r\n", None], "unknown", "lost_after_dot"),
    ([*ENVELOPE, b"354 go\r\n", b"what\r\n"], "unknown", "lost_after_dot"),
    ([b"220 hi\r\n", b"250-hi\r\n250 SIZE 1000\r\n", b"221 bye\r\n"], "not_reached", "too_large"),
]


@pytest.mark.parametrize(("lines", "outcome", "code"), CUT)
def test_a_connection_that_ends_anywhere(
    estate: NoticeEstate, lines: list[bytes | None], outcome: DeliveryOutcome, code: str
) -> None:
    """Known errors 6 and 10: lost after the last byte is unknown; a message too large is a person's choice."""
    with scripted_post(lines) as port:
        mail = next(line for line in estate.text.splitlines() if "answer_seconds" in line)
        estate.rewrite(
            mail, f"  mail: {{server: 127.0.0.1, port: {port}, via: relay, security: none, answer_seconds: 2}}"
        )
        sent = send(estate.workspace)
    assert (sent.outcome, sent.says.code) == (outcome, f"noticedelivery.{code}")


def test_known_error_10_a_message_beyond_the_size_that_the_server_takes_is_not_begun(estate: NoticeEstate) -> None:
    """Whether it is split is a person's choice: nothing is cut, nothing is handed over, and that is told."""
    with scripted_post([b"220 hi\r\n", b"250-hi\r\n250 SIZE 1000\r\n", b"221 bye\r\n"]) as port:
        mail = next(line for line in estate.text.splitlines() if "answer_seconds" in line)
        estate.rewrite(mail, f"  mail: {{server: 127.0.0.1, port: {port}, via: mx, security: none, answer_seconds: 2}}")
        sent = send(estate.workspace)
    assert (sent.outcome, sent.says.code, sent.says.text("most")) == ("not_reached", "noticedelivery.too_large", "1000")


def test_without_encryption_or_with_a_strange_certificate_nothing_is_handed_over(
    estate: NoticeEstate, tmp_path: Path
) -> None:
    for number, tls in enumerate((False, True)):
        with mail_post(tmp_path / f"m{number}", tls=tls) as other:
            old = next(word for word in estate.text.split() if word.isdigit() is False and word.startswith("via"))
            mail = next(line for line in estate.text.splitlines() if "answer_seconds" in line)
            port = mail.partition("port: ")[2].partition(",")[0]
            estate.rewrite(f"port: {port}, {old}", f"port: {other.port}, {old}")
            sent = send(estate.workspace)
            assert (sent.outcome, sent.says.code) == ("not_reached", "noticedelivery.no_tls")
            assert other.taken == []


def test_a11_what_is_refused_is_journalled_and_nothing_leaves(estate: NoticeEstate, post: MailPost) -> None:
    workspace = estate.workspace
    for typed, why in ((None, "no_terminal"), ("N-2026", "id_not_typed"), ("", "id_not_typed")):
        with pytest.raises(ConfigError, match="not sent"):
            send(workspace, typed)
        assert refusals(workspace)[-1] == why
    with held(workspace) as instruments:
        draft_notice(instruments, NOTICE)
    with pytest.raises(ConfigError, match="not approved"):
        send(workspace)
    assert refusals(workspace)[-1] == "not_approved"
    (changed,) = (one for one in record(workspace).findings if one.rule == "N102")
    assert changed.severity == "medium"
    with held(workspace) as instruments:
        approve_notice(instruments, NOTICE, by="B. Counsel", why="again")
        withdraw_notice(instruments, NOTICE, by="B. Counsel", why="settled")
    with pytest.raises(ConfigError, match="withdrawn"):
        send(workspace)
    with held(workspace) as instruments, pytest.raises(ConfigError, match="not sent"):
        send_notice(instruments, "N-2026-009", "N-2026-009", nothing_set)
    assert refusals(workspace)[-2:] == ["withdrawn", "not_drafted"]
    assert (post.taken, failures(workspace)) == ([], [])


def test_a11_bytes_changed_after_the_approval_are_refused(estate: NoticeEstate, post: MailPost) -> None:
    path = estate.workspace.root / record(estate.workspace).drafts[-1].path / "message.eml"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Subject", b"Subjecx"))
    with pytest.raises(ConfigError):
        send(estate.workspace)
    assert (post.taken, refusals(estate.workspace)) == ([], ["bytes_differ"])
    assert failures(estate.workspace)


def test_a11_neither_scheduler_nor_web_can_send() -> None:
    """Only the command at the terminal and the practice world reach the workflow that sends."""
    house = Path(auditor.__file__).parent
    said = {str(path.relative_to(house)): path.read_text("utf-8") for path in house.rglob("*.py")}
    assert {name for name, text in said.items() if "send_notice" in text} <= {
        "cli/notice.py", "cli/demo.py", "workflow/__init__.py", "workflow/notices/sending.py",
    }  # fmt: skip
    assert {name for name, text in said.items() if "hand_over_mail" in text} == {
        "notices/__init__.py", "notices/delivery/smtp.py", "workflow/notices/sending.py",
    }  # fmt: skip


def test_two_people_approve_where_four_eyes_are_asked_for(estate: NoticeEstate, post: MailPost) -> None:
    estate.rewrite("notices:\n", "notices:\n  four_eyes: true\n")
    with pytest.raises(ConfigError, match="not approved"):
        send(estate.workspace)
    with held(estate.workspace) as instruments:
        with pytest.raises(ConfigError, match="already"):
            approve_notice(instruments, NOTICE, by="b. counsel ", why="again")
        _, enough = approve_notice(instruments, NOTICE, by="C. Manager", why="second pair")
    assert enough and send(estate.workspace).outcome == "accepted"


def test_what_was_accepted_or_may_have_been_is_never_sent_again(estate: NoticeEstate, post: MailPost) -> None:
    assert send(estate.workspace).outcome == "accepted"
    with pytest.raises(ConfigError, match="accepted by a server already"):
        send(estate.workspace)
    assert (len(post.taken), refusals(estate.workspace)) == (1, ["sent_before"])


def test_known_error_6_unknown_is_not_sent_again_and_deferred_may_be(estate: NoticeEstate, post: MailPost) -> None:
    post.rcpt = "451 later"
    assert send(estate.workspace).outcome == "deferred"
    post.rcpt, post.data = "", "drop"
    assert send(estate.workspace).outcome == "unknown", "a person tried again"
    with pytest.raises(ConfigError, match="unknown"):
        send(estate.workspace)
    assert (len(post.taken), refusals(estate.workspace)) == (1, ["unknown_before"])
    assert "N103" in [one.rule for one in record(estate.workspace).findings]


def test_a9_killed_while_the_server_keeps_the_answer_is_unknown_and_never_sent_twice(
    estate: NoticeEstate, post: MailPost
) -> None:
    """SIGKILL after the last byte: the server took it, we never heard; the next start knows that it does not know."""
    post.data = "hang"
    child = os.fork()
    if child == 0:
        try:
            send(estate.workspace)
        finally:
            os._exit(0)
    assert post.reached.wait(20)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    post.data = "250 Ok"
    with pytest.raises(ConfigError, match="unknown"):
        send(estate.workspace)
    (told,) = record(estate.workspace).deliveries
    assert (told.outcome, told.says.code, len(post.taken)) == ("unknown", "noticedelivery.interrupted", 1)
    assert failures(estate.workspace) == []
    assert list((estate.workspace.evidence / ".staging").iterdir()) == []


@pytest.mark.parametrize("points", [2, pytest.param(12, marks=pytest.mark.long)])
def test_a9_killed_at_points_of_the_sending_is_a_package_or_unknown_and_nothing_goes_twice(
    estate: NoticeEstate, post: MailPost, tmp_path: Path, points: int
) -> None:
    """SIGKILL at calls into the operating system, spread over the whole sending."""
    tally = tmp_path / "tally"
    first = Path(shutil.copytree(estate.workspace.root, tmp_path / "first"))
    assert lived(sending(first), None, tally) == 0
    total, before = int(tally.read_text()), len(post.taken)
    for number in range(points):
        copy = Workspace(Path(shutil.copytree(estate.workspace.root, tmp_path / f"k{number}")))
        lived(sending(copy.root), total * (2 * number + 1) // (2 * points))
        begun = record(copy).deliveries if recovered(copy) else ()
        try:
            again = send(copy)
        except ConfigError:
            assert [one.outcome for one in begun] in (["unknown"], ["accepted"])
        else:
            assert begun == () and again.outcome == "accepted", "it was killed before the intent"
        assert len(post.taken) - before <= 1
        before = len(post.taken)
        assert failures(copy) == []


def sending(root: Path) -> Callable[[], None]:
    def work() -> None:
        send(Workspace(root))

    return work


def recovered(workspace: Workspace) -> bool:
    """The next start finishes or records what was interrupted."""
    with held(workspace):
        return True


def test_a_capture_after_the_sending_shows_that_it_goes_on_and_grew(estate: NoticeEstate, post: MailPost) -> None:
    """N106 to N108 over real captures, and N114 when it is gone."""
    send(estate.workspace)
    with held(estate.workspace) as instruments:
        visit(instruments, "r2")
        estate.site.used = 22
        visit(instruments, "r3")
    assert {"N106", "N107", "N108"} <= {one.rule for one in record(estate.workspace).findings}
    estate.site.gone = True
    with held(estate.workspace) as instruments:
        visit(instruments, "r4")
    found = {one.rule: one for one in record(estate.workspace).findings}
    assert found["N114"].favours == "other_side"
