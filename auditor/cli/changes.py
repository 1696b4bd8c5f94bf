"""`auditor changes`: what changed since a day."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import json_option, lang_option, parse_moment, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.workflow import (
    Lang,
    WorkspaceReportRequest,
    changes_message,
    print_changes,
    read_targets_cached,
    send_changes,
    workspace_report,
)


@click.command()
@click.option(
    "--since", metavar="DAY", help="Since that day began, in your zone, or an RFC 3339 time (default: the run before)."
)
@click.option("--as-of", metavar="DAY", help="Until the end of that day (default: now).")
@click.option("--send", is_flag=True, help="Hand it to the receivers of alerts: in targets.yaml, by mail and webhook.")
@lang_option
@json_option
@click.pass_context
def changes_command(
    ctx: click.Context, since: str | None, as_of: str | None, send: bool, lang: Lang, as_json: bool
) -> None:
    """Tell what changed since a day: counts, excess, caps, entitlements, what gave no number, findings."""
    workspace = workspace_of(ctx)
    estate = read_targets_cached(workspace)
    zone = ZoneInfo(estate.timezone)
    request = WorkspaceReportRequest(
        as_of=parse_moment("--as-of", as_of, zone, end=True),
        since=parse_moment("--since", since, zone, end=False),
        history_limit=0,
    )
    report = workspace_report(workspace, request, estate=estate)
    if as_json:
        print_json(json.loads(changes_message(report, lang).body))
    elif report.since is None:
        result_console().print("there is no run before this one to compare with; give --since DAY")
    else:
        print_changes(report, result_console(), lang)
    failed = False
    for sent in send_changes(estate, report, lang) if send else ():
        echo(f"sent by {sent.channel}: {'delivered' if sent.ok else sent.why}", err=True)
        failed = failed or not sent.ok
    if failed:
        ctx.exit(1)
