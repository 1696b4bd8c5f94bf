"""`auditor status`."""

from __future__ import annotations

from datetime import datetime

import click
from rich.console import Console
from rich.text import Text

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.wording import count_doubts, counted_text, doubt_notes, english, outcome_note
from auditor.workflow import WorkspaceStatus, send_alerts_as_observer, workspace_status

MAX_LINES = 20
"""Lines of one kind; the others are counted."""


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
        _print(result_console(), found)
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
    say.print(
        f"{counted_text(health.deployments, 'deployment', 'deployments')}, "
        f"{counted_text(health.captures, 'capture', 'captures')}, last {_moment(found.last_capture)}"
    )
    say.print(
        f"last success {_moment(health.last_success)}, next due {_moment(health.next_due)}, "
        f"oldest number of {_moment(health.oldest_number)}, "
        f"{counted_text(health.missed_slots, 'slot', 'slots')} missed so far"
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
    _print_doubts(say, found)
    for name, authority in sorted(found.authorities.items()):
        times = counted_text(authority.failures, "time", "times")
        state = "answers" if not authority.failures else f"failed {times} in a row"
        say.print(f"authority {name}: {state}")
    if found.scrubbed.last:
        since = f"all of it since {_moment(found.scrubbed.oldest)}" if found.scrubbed.oldest else "not all of it yet"
        say.print(f"evidence read again: last {_moment(found.scrubbed.last)}, {since}")
    for warning in found.warnings:
        echo(warning, err=True)


def _print_doubts(say: Console, found: WorkspaceStatus) -> None:
    """What the newest visits did not give, and what of it needs review, each with its why."""
    missed = [
        (f"{one.deployment} {one.page}".rstrip(), f"{english(outcome_note(one.outcome))}: {english(one.why)}")
        for one in found.unobserved
    ]
    review = [
        (f"{one.deployment} {one.metric}", "; ".join(map(english, doubt_notes(count_doubts(one)))))
        for one in found.to_review
    ]
    for title, told in (("gave no number", missed), ("needs review", review)):
        for subject, why in told[:MAX_LINES]:
            say.print(Text(f"{title}: {subject}: {why}"), soft_wrap=True)
        if len(told) > MAX_LINES:
            say.print(f"{title}: and {len(told) - MAX_LINES} more: see --json, or auditor report")


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
        "unobserved": [
            {"deployment": one.deployment, "page": one.page, "outcome": one.outcome, "why": english(one.why)}
            for one in found.unobserved
        ],
        "to_review": [
            {
                "deployment": one.deployment,
                "metric": one.metric,
                "capture": one.capture,
                "why": {name: english(why) for name, why in count_doubts(one).items()},
            }
            for one in found.to_review
        ],
        "authorities": {name: {"failures": health.failures} for name, health in found.authorities.items()},
        "scrubbed": {
            "last": timestamp(found.scrubbed.last) if found.scrubbed.last else None,
            "oldest": timestamp(found.scrubbed.oldest) if found.scrubbed.oldest else None,
            "failed": list(found.scrubbed.failed),
        },
        "warnings": list(found.warnings),
    }
