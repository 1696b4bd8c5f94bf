"""The standard streams: lines that captured text cannot break, in every encoding a terminal may have."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from auditor.errors import AuditorError
from auditor.formats.foreign_text import visible_lines

_FIRST_FREE = 3
"""The descriptor after those of the standard streams."""


def open_missing_streams() -> None:
    """Standard streams that the caller closed lead nowhere; no file of ours may get their descriptors."""
    while (free := os.open(os.devnull, os.O_RDWR)) < _FIRST_FREE:
        os.set_inheritable(free, True)
    os.close(free)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open like the others


class UnwritableOutputError(AuditorError):
    """Standard output or error takes nothing more: a full disk, a device that fails."""


@contextmanager
def output_written() -> Iterator[None]:
    """What is printed within is written; `UnwritableOutputError` where it cannot be. A reader may go away."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go_of_output()
        raise UnwritableOutputError(
            f"the output cannot be written: {error.strerror}; what was done before stands"
        ) from error


def _let_go_of_output() -> None:
    """Where standard output takes nothing more, nothing waits for it: the interpreter's end is not to fail by it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def end_output() -> None:
    """Write out what still waits, as the last act; nothing waits any more where that fails."""
    try:
        with output_written():
            sys.stdout.flush()
    except (BrokenPipeError, UnwritableOutputError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def degrade_streams() -> None:
    """What the terminal's encoding cannot write is written as `\\u5408`, and ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(text: object, *, err: bool = False) -> None:
    """Print lines on standard output, or on standard error; characters that would move the cursor are named."""
    with output_written():
        click.echo(visible_lines(str(text)), err=err)


def echo_script(script: str) -> None:
    """Print a program byte for byte, paths in it as the file system has them."""
    with output_written():
        click.echo(os.fsencode(script), nl=False)
