"""Options that several commands share, and values made of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from auditor.cli.streams import echo
from auditor.clock import parse_timestamp
from auditor.errors import ConfigError
from auditor.formats.evidence_layout import MOVED
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow import CommandClaim, CommandTerms, MovedPlace

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


FOLDER_ALONE = frozenset(
    {
        "add", "check", "demo", "doctor", "fleet", "init", "move", "profile", "schedule", "sign-in", "upgrade",
        "verify", "worker",
    }
)  # fmt: skip
"""Commands that work with the folder itself, wherever the log goes on; `verify` finds its way alone."""
ELSEWHERE = {
    "--concurrency": "its workers visit: auditor worker --concurrency",
    "--no-sandbox": "its workers visit: auditor worker --no-sandbox",
    "--rehash": "it reads every package: bring the workspace back, auditor move --back",
    "--listen": "its /healthz and /metrics are those of auditor serve",
}
"""Options that a fleet has in another place, or not at all."""
FIGURES = frozenset({"bundle", "captures", "changes", "claim", "export", "report", "statement"})
"""Commands that hand on figures: without packages that cannot be read they are not whole."""


def place_of_moved(ctx: click.Context, **given: object) -> MovedPlace | None:
    """Where the log of the workspace goes on; None where that is its own folder.

    `given`: options, by their names in Python, that make no sense in a fleet; `ConfigError` for one that was used.
    """
    if not (ctx.obj["workspace"] / MOVED).exists():
        return None
    from auditor.workflow import moved_place

    if used := [f"--{name.replace('_', '-')}" for name, value in given.items() if value]:
        raise ConfigError(f"{used[0]}: not for a workspace that moved to a fleet (file MOVED); {ELSEWHERE[used[0]]}")
    return moved_place(ctx.obj["workspace"])


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace that `--workspace` names; where it moved to a fleet, what of it is there now.

    Where the database does not answer, what was copied before is used, that is said, and the exit code is not 0; nor is
    it where figures are told without packages that cannot be read, on one machine and in a fleet.
    """
    root, verb = ctx.obj["workspace"], ctx.find_root().invoked_subcommand or ""
    if verb not in FOLDER_ALONE and (root / MOVED).exists():
        return _moved_workspace(ctx, root, verb)
    workspace = Workspace(root)
    if verb in FIGURES:
        from auditor.workflow import noted_unreadable

        _tell_incomplete(ctx, verb, "", noted_unreadable(workspace))
    return workspace


def _moved_workspace(ctx: click.Context, root: Path, verb: str) -> Workspace:
    from auditor.workflow import bring_up_to_date

    indexed = verb not in {"rebuild", "keys", "people"}
    found = bring_up_to_date(root, indexed=indexed, told=lambda line: echo(line, err=True))
    assert found is not None  # noqa: S101 - it moved
    _tell_incomplete(ctx, verb, found.behind, found.unreadable if verb != "status" else ())  # which tells them itself
    return found.workspace


def _tell_incomplete(ctx: click.Context, verb: str, behind: str, unreadable: Sequence[str]) -> None:
    for line in filter(None, (behind, *unreadable)):
        echo(line, err=True)
    if behind or (unreadable and verb in FIGURES):
        ctx.find_root().call_on_close(partial(_end_incomplete, 1 if behind else 5))


def _end_incomplete(code: int) -> None:
    """What was told is not as of now (1), or without packages that could not be read (5): whatever has not failed by
    itself says so."""
    if sys.exc_info()[0] is None:
        raise click.exceptions.Exit(code)
