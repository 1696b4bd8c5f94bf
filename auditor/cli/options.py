"""Options that several commands share, and how results go to the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from auditor.clock import parse_timestamp
from auditor.errors import ConfigError
from auditor.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for machines.")
sandbox_option = click.option(
    "--no-sandbox",
    is_flag=True,
    help="Start Chromium without its own sandbox (needed for root); recorded in the evidence and warned about.",
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["info", "low", "medium", "high"]),
    help="Exit with 3 where a finding of this severity or above stands.",
)
lang_option = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of the words.")


def parse_moment(option: str, text: str | None, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """A time, or a day in the zone: its beginning, or with `end` the beginning of the next. None for None."""
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        raise ConfigError(f"{option} {text!r:.40}: expected a day such as 2021-11-10 or a time with its zone") from None


def parse_day(option: str, text: str | None) -> date | None:
    """A calendar day; None for None."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text!r:.40}: expected a day such as 2021-11-10") from None


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace that `--workspace` names."""
    return Workspace(ctx.obj["workspace"])


def print_json(value: object) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def result_console(ctx: click.Context) -> Console:
    """The terminal for results; as wide as it needs to be where the output is a file."""
    return Console(width=None if sys.stdout.isatty() else 140, quiet=bool(ctx.obj["quiet"]), highlight=False)


def verdict_console() -> Console:
    """The terminal for what is said even where `--quiet` is given: problems and verdicts."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


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
