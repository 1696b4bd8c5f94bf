"""Log lines for operators: one event is one line, on standard error or in a file; off unless asked for.

Every room logs by `logging.getLogger("auditor.<room>")`, at these levels:

=========  ===================================================================================================
debug      decisions that are not events: an authority that is not asked yet, a slot that is not due
info       what happened as it should: run, visit, package, timestamp, checkpoint, alert
warning    what a person may have to look at: gap, refused timestamp, silent authority, recovery, failed alert
error      what was not done: a turn of the scheduler, a `targets.yaml` that is refused
=========  ===================================================================================================

Whatever a message holds, its line has no control, format or separator character (they are escaped as in Python), at
most `MAX_LINE` characters, and no secret that was given to `hide_variables` or `hide_values`. Logs are no
evidence: the journal is.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable, Iterable
from logging.handlers import WatchedFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

from auditor.clock import now, timestamp
from auditor.errors import ConfigError
from auditor.model.targets.estate import Estate

ROOT = "auditor"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
"""Levels of `--log-level`; `off` beside them."""
MAX_LINE = 2_000
"""Characters of a message that a line shows; the number of those left out follows."""
SHORTEST_SECRET = 4
"""Values of fewer characters are not looked for: they would be found everywhere, and no message holds them alone."""
_PRIORITY = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"))
"""Prefixes by which systemd's journal takes a line's priority: sd-daemon(3)."""
_hidden: set[str] = set()


def hide_variables(names: Iterable[str]) -> None:
    """From here on, the values of these environment variables are `[hidden]` in every line of this process."""
    hide_values(os.environ.get(name, "") for name in names)


def hide_values(values: Iterable[str]) -> None:
    """From here on, these are `[hidden]` in every line of this process."""
    for value in values:
        if len(value) >= SHORTEST_SECRET:
            _hidden.update((value, quote(value, safe=""), quote_plus(value)))


def secret_places(estate: Estate) -> frozenset[str]:
    """Where `targets.yaml` has passwords, secret addresses and keys from; a variable by its bare name."""
    logins = [*estate.logins.values(), *(one.login for one in estate.deployments.values() if one.login is not None)]
    steps = [step for page in estate.pages.values() for step in page.steps]
    steps += [step for login in logins for step in login.steps]
    names = (
        {login.password for login in logins}
        | {login.totp or "" for login in logins}
        | {step.value_from or "" for step in steps}
    )
    for hook in estate.alerts.webhooks:
        names |= {hook.url_env, hook.secret_env}
    if estate.alerts.mail is not None:
        names.add(estate.alerts.mail.password_env)
    if estate.notices.mail is not None:
        names.add(estate.notices.mail.password_env)
        names |= {estate.notices.mail.dkim.key_env} if estate.notices.mail.dkim is not None else set()
    return frozenset(names - {""})


def printable(text: str) -> str:
    """One line of printable characters: every other one, and the backslash, is escaped as Python writes it."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        one if one.isprintable() and one != "\\" else one.encode("unicode_escape").decode("ascii") for one in text
    )


class OneLineFormatter(logging.Formatter):
    """`2026-05-04T03:02:01.000000Z INFO auditor.custody message`; an exception is its class and its words."""

    def __init__(self, *, journald: bool = False) -> None:
        """`journald`: with the journal's priority in place of a time, which systemd writes itself."""
        super().__init__()
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            message += f": {type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        for secret in sorted(_hidden, key=len, reverse=True):
            message = message.replace(secret, "[hidden]")
        left = len(message) - MAX_LINE
        text = printable(message[:MAX_LINE]) + (f" … {left} characters more" if left > 0 else "")
        if self._journald:
            priority = next((prefix for level, prefix in _PRIORITY if record.levelno >= level), "<7>")
            return f"{priority}{record.name} {text}"
        return f"{timestamp(now())} {record.levelname} {record.name} {text}"


class _LogFile(WatchedFileHandler):
    """A file that is opened again where it was rotated away. One that takes nothing more is told of once."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        super().__init__(path, encoding="utf-8")
        self._say = tell
        self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that `logging` calls
        """Say which lines are missing: no log is what was asked for, so the command goes on."""
        self._tell(sys.exc_info()[1])

    def close(self) -> None:
        """End it, also where its last lines cannot be written."""
        try:
            super().close()
        except OSError as error:
            self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        if not self._told:
            self._told = True
            why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            self._say(f"--log-file {self.baseFilename}: {why}; from here on lines of the log are missing")


def _writes_to_journald() -> bool:
    """Whether standard error is systemd's journal: it names the stream's device and inode in `JOURNAL_STREAM`."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _file_handler(path: Path, evidence: Path, tell: Callable[[str], None]) -> logging.Handler:
    """Appends to a file that only this user can read; a file that was rotated away is opened again."""
    if path.resolve().is_relative_to(evidence.resolve()):
        raise ConfigError(f"--log-file {path}: lies in the evidence, where no unknown file may be; give another place")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
        os.close(handle)
        return _LogFile(path, tell)
    except OSError as error:
        raise ConfigError(f"--log-file {path}: {error.strerror or error}; give a file that can be written") from error


def start_logging(
    level: str, file: Path | None, evidence: Path, tell: Callable[[str], None] = lambda _: None
) -> Callable[[], None]:
    """Write the lines of `level` and above to `file`, or to standard error. Call what comes back to end it.

    `evidence`: the folder in which no log may lie. `tell`: takes what is to be said of a file that takes no more.
    Raises `ConfigError` where the file cannot be written.
    """
    if level not in LEVELS:
        return lambda: None
    handler = logging.StreamHandler() if file is None else _file_handler(file, evidence, tell)
    handler.setFormatter(OneLineFormatter(journald=file is None and _writes_to_journald()))
    logger = logging.getLogger(ROOT)
    before = (logger.level, logger.propagate)
    logger.setLevel(LEVELS[level])
    logger.propagate = False
    logger.addHandler(handler)

    def end() -> None:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
        handler.close()

    return end
