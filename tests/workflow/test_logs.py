"""A log line: one event, one line, nothing but printable characters, no secret; and where no log may lie."""

from __future__ import annotations

import logging
import re
import stat
import sys
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ConfigError
from auditor.targets import load_with_warnings
from auditor.workflow.logs import MAX_LINE, OneLineFormatter, hide_variables, secret_places, start_logging

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z WARNING auditor\.custody ")


def line(message: str, *, journald: bool = False, level: int = logging.WARNING) -> str:
    record = logging.LogRecord("auditor.custody", level, __file__, 1, "%s", (message,), None)
    return OneLineFormatter(journald=journald).format(record)


@given(st.text())
def test_any_text_is_one_line_of_printable_characters(text: str) -> None:
    said = line(text)
    assert STAMP.match(said)
    assert said.isprintable()
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("hostile", ["a\nb", "a\r\x1b[2Jb", "a\u2028b", "a\u202eb", "a\x00b", "a\x85b", "a\ud800b"])
def test_what_a_page_says_cannot_forge_a_line(hostile: str) -> None:
    said = line(hostile)
    assert hostile[1:-1] not in said
    assert "\\" in said


def test_chinese_stays_readable_and_a_backslash_is_told_from_an_escape() -> None:
    assert line("不限\\n").endswith("不限\\\\n")


def test_a_long_message_is_cut_and_says_so() -> None:
    said = line("x" * (MAX_LINE + 7))
    assert said.endswith("x … 7 characters more")


def test_an_exception_is_told_in_the_same_line_without_a_traceback() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record = logging.LogRecord("auditor.x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    assert OneLineFormatter().format(record).endswith(r"failed: ValueError: first\nsecond")


def test_values_of_secret_places_never_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cret /+\n'π"
    monkeypatch.setenv("AUDITOR_TEST_SECRET", secret)
    hide_variables(["AUDITOR_TEST_SECRET", "AUDITOR_NOT_SET"])
    said = line(f"refused: {secret}; http://h/?p={quote_plus(secret)}")
    assert said.endswith("refused: [hidden]; http://h/?p=[hidden]")


def test_every_secret_that_targets_name_is_known(tmp_path: Path) -> None:
    path = tmp_path / "targets.yaml"
    path.write_text(
        """format: 1
timezone: UTC
currency: CNY
parties: {v: {name: V, role: licensor}}
products: {p: {name: P, metrics: [{id: seat, label: seat}], editions: {}}}
contracts: []
logins:
  l:
    path: /login
    username_env: L_USER
    password_env: L_PASSWORD
    steps: [{action: fill, selector: "#pin", value_env: L_PIN}]
    logged_in: {text: Welcome}
deployments: {}
pages: {}
alerts:
  webhooks: {ops: {url_env: HOOK_URL, secret_env: HOOK_KEY}}
  mail: {server: mail.example, sender: a@mail.example, recipients: [b@mail.example], username_env: M_USER,
    password_env: M_PASSWORD}
""",
        encoding="utf-8",
    )
    estate, _ = load_with_warnings(path)
    assert secret_places(estate) == {"L_PASSWORD", "L_PIN", "HOOK_URL", "HOOK_KEY", "M_PASSWORD"}


def test_the_journal_of_systemd_gets_priorities_and_no_second_time() -> None:
    assert line("x", journald=True) == "<4>auditor.custody x"
    assert line("x", journald=True, level=logging.ERROR) == "<3>auditor.custody x"
    assert line("x", journald=True, level=logging.DEBUG) == "<7>auditor.custody x"


def test_a_log_file_is_this_user_s_alone_and_takes_its_level(tmp_path: Path) -> None:
    path = tmp_path / "auditor.log"
    end = start_logging("warning", path, tmp_path / "evidence")
    try:
        logging.getLogger("auditor.custody").info("not told")
        logging.getLogger("auditor.custody").warning("told")
    finally:
        end()
    logging.getLogger("auditor.custody").warning("after the end")
    (only,) = path.read_text(encoding="utf-8").splitlines()
    assert only.endswith("WARNING auditor.custody told")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_log_lies_in_the_evidence_nor_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lies in the evidence"):
        start_logging("info", tmp_path / "evidence" / "x.log", tmp_path / "evidence")
    with pytest.raises(ConfigError, match="--log-file"):
        start_logging("info", tmp_path / "nowhere" / "x.log", tmp_path / "evidence")
    assert not list(tmp_path.iterdir())


def test_a_log_file_that_takes_nothing_more_is_told_of_once_and_ends_nothing(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said: list[str] = []
    end = start_logging("info", Path("/dev/full"), tmp_path / "evidence", said.append)
    for _ in range(3):
        logging.getLogger("auditor.custody").info("x" * 1_000)
    end()
    assert said == ["--log-file /dev/full: No space left on device; from here on lines of the log are missing"]
    assert capfd.readouterr() == ("", ""), "no traceback of the logging library"


def test_nothing_is_written_unless_asked_for(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    start_logging("off", None, tmp_path)()
    logging.getLogger("auditor.scheduler").info("x")
    assert capfd.readouterr() == ("", "")
