"""Options that several commands share, and values made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from auditor.cli.streams import echo
from auditor.clock import parse_timestamp
from auditor.errors import ConfigError
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow import CommandClaim, CommandTerms

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


def sharing_terms(command: str, *claims: CommandClaim) -> CommandTerms:
    """How a command shares the workspace: other commands work meanwhile, unless they need one of the same claims.

    At its end it waits for those that work through it, and says so.
    """
    from auditor.workflow import CommandTerms

    return CommandTerms(command, claims, serves=True, told=lambda line: echo(f"auditor: {line}", err=True))


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace that `--workspace` names."""
    return Workspace(ctx.obj["workspace"])
