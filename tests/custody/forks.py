"""Processes for tests of several: forks of this one, which begin at once and die where they are told to."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from auditor.cli import main
from auditor.errors import AuditorError

WATCHED = ("open", "os.", "socket.", "fcntl.", "sqlite3.")
"""Calls into the operating system, as Python tells its auditors of them."""


@dataclass(frozen=True)
class Ends:
    """The child's ends of its pipes."""

    told: IO[str]
    asked: IO[str]

    def say(self, line: object) -> None:
        print(line, file=self.told, flush=True)

    def wait(self) -> None:
        """Until the parent says go."""
        self.asked.readline()


@dataclass
class Fork:
    """A child process, as its parent sees it."""

    pid: int
    told: IO[str]
    asked: IO[str]
    status: int | None = None
    """As `subprocess.Popen.returncode`."""

    def line(self) -> str:
        return self.told.readline().strip()

    def go(self) -> None:
        print(file=self.asked, flush=True)

    def end(self) -> int:
        """Its exit status, or the negative number of the signal that ended it."""
        if self.status is None:
            _, found = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(found)
        return self.status

    def kill(self) -> None:
        """It, and what it started itself: a browser."""
        os.killpg(self.pid, signal.SIGKILL)
        self.end()


@contextmanager
def forked(act: Callable[[Ends], None]) -> Iterator[Fork]:
    """A child that does `act`; an error of ours ends it with that error's exit code, in one line. Killed at the end of
    the block, where it still lives."""
    (told, tells), (hears, asked) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        status = 99
        try:
            os.close(told)
            os.close(asked)
            os.setsid()
            logging.disable()
            ends = Ends(os.fdopen(tells, "w"), os.fdopen(hears))
            try:
                act(ends)
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            except AuditorError as error:
                ends.say(f"{type(error).__name__} {error}")
                status = error.exit_code
            except Exception as error:  # noqa: BLE001 (a child of a test tells its parent)
                ends.say(f"{type(error).__name__} {error}")
        finally:
            os._exit(status)
    os.close(tells)
    os.close(hears)
    with os.fdopen(told) as hearing, os.fdopen(asked, "w") as asking:
        child = Fork(pid, hearing, asking)
        try:
            yield child
        finally:
            if child.status is None:
                child.kill()


@dataclass
class Command:
    """The command line at work in a process of its own."""

    process: Fork
    out: Path
    err: Path

    def end(self) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        return self.process.end(), self.out.read_text("utf-8"), self.err.read_text("utf-8")


@contextmanager
def command_line(folder: Path, *arguments: object) -> Iterator[Command]:
    """`auditor` with these arguments; what it prints goes into new files of `folder`."""
    out, err = (Path(tempfile.mkstemp(dir=folder, suffix=f".{name}")[1]) for name in ("out", "err"))

    def act(_: Ends) -> None:
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
        sys.argv = ["auditor", *map(str, arguments)]
        try:
            main()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    with forked(act) as process:
        yield Command(process, out, err)


def die_at(point: int) -> Callable[[], int]:
    """From now on this process counts its calls into the operating system and dies at one of them; what it counts."""
    count = 0

    def watch(event: str, _: object) -> None:
        nonlocal count
        if event.startswith(WATCHED):
            count += 1
            if count == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return lambda: count


def die_opening(name: str, time: int) -> None:
    """From now on this process dies when it has opened a file of that name so often."""
    left = time

    def watch(event: str, arguments: object) -> None:
        nonlocal left
        if event == "open" and isinstance(arguments, tuple) and str(arguments[0]).endswith(name):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
