"""`auditor status`."""

from __future__ import annotations

from datetime import datetime

import click
from rich.console import Console

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.workflow import WorkspaceStatus, send_alerts_as_observer, workspace_status


@click.command()
@click.option("--watchdog", is_flag=True, help="Exit with 1 where a slot is overdue by the journal, whoever runs.")
@click.option("--alert", is_flag=True, help="With --watchdog: tell the receivers of alerts: in targets.yaml.")
@json_option
@click.pass_context
def status_command(ctx: click.Context, watchdog: bool, alert: bool, as_json: bool) -> None:
    """Say how things stand: last captures, what waits for its seal, what is due and what is overdue."""
    workspace = workspace_of(ctx)
    found = workspace_status(workspace)
    if as_json:
        print_json(_plain(found))
    elif not watchdog:
        _print(result_console(ctx), found)
    if watchdog and not found.health.well:
        for sentence in found.health.overdue if not as_json else ():
            echo(f"overdue: {sentence}", err=True)
        for sent in send_alerts_as_observer(workspace, found.health) if alert else ():
            echo(f"alert by {sent.channel}: {'delivered' if sent.ok else sent.why}", err=True)
        ctx.exit(1)
    if watchdog and not as_json and not ctx.obj["quiet"]:
        echo("nothing is overdue")


def _print(say: Console, found: WorkspaceStatus) -> None:
    health = found.health
    say.print(f"{health.deployments} deployments, {health.captures} captures, last {_moment(found.last_capture)}")
    say.print(
        f"last success {_moment(health.last_success)}, next due {_moment(health.next_due)}, "
        f"oldest number of {_moment(health.oldest_number)}, {health.missed_slots} slots missed so far"
    )
    for sentence in health.overdue:
        say.print(f"overdue: {sentence}", style="bold")
    for title, names in (
        ("never captured", found.never_captured),
        ("waiting for timestamps, not sealed", found.unsealed),
        ("interrupted, to be recovered at the next run", found.open_intents),
    ):
        if names:
            say.print(f"{title}: {len(names)} ({', '.join(names[:6])}{' …' if len(names) > 6 else ''})")
    for name, authority in sorted(found.authorities.items()):
        state = "answers" if not authority.failures else f"failed {authority.failures} times in a row"
        say.print(f"authority {name}: {state}")
    if found.scrubbed.last:
        since = f"all of it since {_moment(found.scrubbed.oldest)}" if found.scrubbed.oldest else "not all of it yet"
        say.print(f"evidence read again: last {_moment(found.scrubbed.last)}, {since}")
    for warning in found.warnings:
        echo(warning, err=True)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"


def _plain(found: WorkspaceStatus) -> dict[str, object]:
    return {
        "format": "auditor.status/1",
        **found.health.plain(),
        "last_capture": timestamp(found.last_capture) if found.last_capture else None,
        "never_captured": list(found.never_captured),
        "unsealed": list(found.unsealed),
        "open_intents": list(found.open_intents),
        "authorities": {name: {"failures": health.failures} for name, health in found.authorities.items()},
        "scrubbed": {
            "last": timestamp(found.scrubbed.last) if found.scrubbed.last else None,
            "oldest": timestamp(found.scrubbed.oldest) if found.scrubbed.oldest else None,
            "failed": list(found.scrubbed.failed),
        },
        "warnings": list(found.warnings),
    }
