"""How results go to the terminal: consoles, tables, one JSON value, a progress bar."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def print_json(value: object) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def result_console() -> Console:
    """The terminal for results, which `--quiet` leaves; as wide as it needs to be where the output is a file."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


def remark_console(ctx: click.Context) -> Console:
    """The terminal for what is said beside results: hints and what was done; silent with `--quiet`."""
    return Console(width=None if sys.stdout.isatty() else 140, quiet=bool(ctx.obj["quiet"]), highlight=False)


@contextmanager
def progress_bar(ctx: click.Context, title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error for long work: call it with done, total and what was just done."""
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    shown = Console(stderr=True)
    with Progress(*columns, console=shown, disable=bool(ctx.obj["quiet"]) or not shown.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield advance
