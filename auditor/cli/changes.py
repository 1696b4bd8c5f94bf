"""`auditor changes`: what changed since a day."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import json_option, lang_option, parse_moment, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.workflow import (
    DigestRequest,
    Lang,
    WorkspaceReportRequest,
    changes_message,
    digest_message,
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
@click.option("--digest", is_flag=True, help="By what it asks for: newly over, not observed any more, ending soon.")
@click.option(
    "--within",
    type=click.IntRange(1, 366),
    default=60,
    show_default=True,
    metavar="DAYS",
    help="What ends within so many days is in the digest.",
)
@click.option("--statements", is_flag=True, help="Attach the statement of every customer newly over to the digest.")
@lang_option
@json_option
@click.pass_context
def changes_command(
    ctx: click.Context,
    since: str | None,
    as_of: str | None,
    send: bool,
    digest: bool,
    within: int,
    statements: bool,
    lang: Lang,
    as_json: bool,
) -> None:
    """Tell what changed since a day: counts, excess, caps, entitlements, what gave no number, findings."""
    if statements and not (digest and send):
        raise click.UsageError("--statements goes with --digest --send")
    workspace = workspace_of(ctx)
    estate = read_targets_cached(workspace)
    zone = ZoneInfo(estate.timezone)
    request = WorkspaceReportRequest(
        as_of=parse_moment("--as-of", as_of, zone, end=True),
        since=parse_moment("--since", since, zone, end=False),
        history_limit=0,
    )
    report = workspace_report(workspace, request, estate=estate)
    if digest:
        message = digest_message(workspace, estate, report, DigestRequest(lang, within, statements))
    else:
        message = changes_message(report, lang)
    if as_json:
        print_json(json.loads(message.body))
    elif digest:
        echo(message.text.rstrip("\n"))
    elif report.since is None:
        result_console().print("there is no run before this one to compare with; give --since DAY")
    else:
        print_changes(report, result_console(), lang)
    failed = False
    for sent in send_changes(estate, message) if send else ():
        echo(f"sent by {sent.channel}: {'delivered' if sent.ok else sent.why}", err=True)
        failed = failed or not sent.ok
    if failed:
        ctx.exit(1)
