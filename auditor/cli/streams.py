"""The standard streams: lines that captured text cannot break, in every encoding a terminal may have."""

from __future__ import annotations

import io
import os
import sys

import click

from auditor.formats.foreign_text import visible_lines


def degrade_streams() -> None:
    """What the terminal's encoding cannot write is written as `\\u5408`, and ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(text: object, *, err: bool = False) -> None:
    """Print lines on standard output, or on standard error; characters that would move the cursor are named."""
    click.echo(visible_lines(str(text)), err=err)


def echo_script(script: str) -> None:
    """Print a program byte for byte, paths in it as the file system has them."""
    click.echo(os.fsencode(script), nl=False)
