"""How results go to the terminal: consoles, tables, one JSON value, a progress bar.

With `streams` the one door to the terminal: commands print through it alone, since any text may be a captured page's.
It can neither move the cursor nor break the markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.text import Text

from auditor.cli.streams import output_written
from auditor.formats.foreign_text import visible_json, visible_lines, visible_text

WIDTH = 140
"""Columns where the output is a file."""


class EscapingConsole(Console):
    """A console to which captured text can do nothing: no markup, no emoji codes, every control character named.

    Texts given as values (`rich.text.Text`) come with a style, not with markup; what they hold is held to the same.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        width = None if (sys.stderr if stderr else sys.stdout).isatty() else WIDTH
        super().__init__(stderr=stderr, quiet=quiet, width=width, markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        with output_written():
            super().print(*objects, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible_lines(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            clean = segment.control or segment.text.isprintable()
            yield segment if clean else Segment(visible_lines(segment.text), segment.style)


def print_json(value: object) -> None:
    """One JSON value on standard output; what the terminal cannot show, or should not, is escaped."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, ensure_ascii=not unicode, indent=2, sort_keys=True)
    with output_written():
        click.echo(visible_json(text))


def result_console() -> Console:
    """The terminal for results, which `--quiet` leaves; as wide as it needs to be where the output is a file."""
    return EscapingConsole()


def remark_console(ctx: click.Context) -> Console:
    """The terminal for what is said beside results: hints and what was done; silent with `--quiet`."""
    return EscapingConsole(quiet=bool(ctx.obj["quiet"]))


@contextmanager
def progress_bar(ctx: click.Context, title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error for long work: call it with done, total and what was just done."""
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    shown = EscapingConsole(stderr=True)
    with Progress(*columns, console=shown, disable=bool(ctx.obj["quiet"]) or not shown.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=visible_text(what, 60))

        yield advance
