"""`auditor notice` as a person uses it: exit codes, a terminal with the id typed, JSON in both languages."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import group, main
from auditor.errors import ConfigError
from tests.notices.estates import NOTICE, NoticeEstate
from tests.notices.mail_servers import MailPost


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    error: str


def auditor(estate: NoticeEstate, *words: str) -> Done:
    """The command without a terminal, in this process; an error is one line."""
    found = CliRunner().invoke(group, ["--workspace", str(estate.workspace.root), *words])
    if isinstance(found.exception, ConfigError):
        return Done(2, found.output, str(found.exception))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return Done(found.exit_code, found.output, "")


def at_a_terminal(estate: NoticeEstate, typed: str, *words: str) -> tuple[int, str]:
    """The command with a terminal on both sides; its exit code and what it showed."""
    try:
        child, leader = pty.fork()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo-terminal: {error}")  # a bare chroot has none
    if child == 0:
        code = 1
        try:
            sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode) for n, mode in ((0, "r"), (1, "w"), (2, "w")))
            sys.argv = ["auditor", "--workspace", str(estate.workspace.root), *words]
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.write(leader, f"{typed}\n".encode())
    said = b""
    with contextlib.suppress(OSError):
        while part := os.read(leader, 65536):
            said += part
    _, status = os.waitpid(child, 0)
    os.close(leader)
    return os.waitstatus_to_exitcode(status), said.decode("utf-8", "replace")


def test_it_is_sent_at_a_terminal_alone_and_only_with_the_id_typed(estate: NoticeEstate, post: MailPost) -> None:
    piped = auditor(estate, "notice", "send", NOTICE)
    assert piped.code == 2 and "at a terminal" in piped.error
    assert at_a_terminal(estate, "y", "notice", "send", NOTICE)[0] == 2
    assert post.taken == []
    code, said = at_a_terminal(estate, NOTICE, "notice", "send", NOTICE)
    assert (code, len(post.taken)) == (0, 1), said
    assert "accepted" in said and "Type its id" in said


def test_check_exits_with_3_and_tells_both_readings_with_the_reversal(estate: NoticeEstate) -> None:
    done = auditor(estate, "notice", "check", NOTICE)
    assert done.code == 3, done.error
    assert "lenient reading: qualified" in done.out and "strict reading: qualified" in done.out
    assert "REVERSED 2019-06-20 by (2017)京73民终1194号" in done.out
    told = json.loads(auditor(estate, "notice", "check", NOTICE, "--json", "--lang", "zh").out)
    assert [one["source_status"] for one in told["laws"][0]["profiles"]] == ["reversed", "in_force"]


def test_status_in_words_and_for_machines(estate: NoticeEstate, tmp_path: Path) -> None:
    shown = auditor(estate, "notice", "status", "--lang", "zh")
    assert shown.code == 0 and "已批准" in shown.out, shown.error
    told = json.loads(auditor(estate, "notice", "status", NOTICE, "--json").out)["notices"]
    assert [(one["notice"], one["stage"]) for one in told] == [(NOTICE, "approved")]
    missing = auditor(estate, "notice", "status", "N-2026-009")
    assert missing.code == 2 and "notice draft N-2026-009" in missing.error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draft", "N-2026-009", "--no-pdf"), "known: N-2026-001, N-2026-002"),
        (("check", "N-2026-002"), "no draft on record"),
        (("approve", NOTICE, "--by", "B. Counsel", "--why", "x"), "approved these bytes already"),
        (("approve", NOTICE, "--by", " ", "--why", "x"), "who decides"),
        (("receive", "nowhere.eml", "--for", NOTICE), "cannot be read"),
        (("send", NOTICE, "--record", "x.png"), "--record needs"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(estate: NoticeEstate, words: tuple[str, ...], said: str) -> None:
    done = auditor(estate, "notice", *words)
    assert done.code == 2 and said in done.error
