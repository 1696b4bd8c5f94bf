"""`auditor run`: visit every deployment once, now."""

from __future__ import annotations

import signal
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.text import Text

from auditor.cli.options import (
    fail_on_option,
    json_option,
    place_of_moved,
    sandbox_option,
    sharing_terms,
    workspace_of,
)
from auditor.cli.output import print_json, progress_bar, result_console
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.model.findings import Severity
from auditor.model.reports import Report
from auditor.model.severity import SEVERITIES
from auditor.wording import english
from auditor.workflow import (
    AuditRequest,
    Instruments,
    RunSummary,
    audit_workspace,
    findings_at_or_above,
    print_summary,
    workspace_report,
)
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow import RunWait

TROUBLED_SHOWN = 20
"""Visits that are not complete and told one by one; the others are counted."""


@click.command()
@click.option("--only", multiple=True, metavar="DEPLOYMENT", help="Visit this deployment only (may be repeated).")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Visits at once (default: by cores and memory).")
@sandbox_option
@click.option("--no-wait", is_flag=True, help="In a fleet: ask for the run and end; workers visit.")
@fail_on_option
@json_option
@click.pass_context
def run_command(
    ctx: click.Context,
    only: tuple[str, ...],
    concurrency: int | None,
    no_sandbox: bool,
    no_wait: bool,
    fail_on: Severity | None,
    as_json: bool,
) -> None:
    """Visit every deployment once, now: capture, seal, read, compare.

    Exits with 4 where a witness refused the log: it has seen another one, or does not take this one. In the folder of
    a workspace that moved to a fleet its workers visit; this waits until the run has ended, and ended by Ctrl-C or
    SIGTERM leaves the run going on; it exits with 5 where a package of the run cannot be read in the store.
    """
    place = place_of_moved(ctx, concurrency=concurrency, no_sandbox=no_sandbox)
    if place is not None:
        from auditor.workflow import RunWait, ask_for_run  # loads what the extra `fleet` brings

        wish = ask_for_run(place.database, only)
        if no_wait:
            echo("asked for; maintenance begins it with its next pass")
            return
        summary, report = _waited_for(ctx, RunWait(place.database, wish, lambda line: echo(line, err=True)))
    elif no_wait:
        raise ConfigError("--no-wait: this workspace did not move to a fleet; auditor run visits itself")
    else:
        request = AuditRequest(only, concurrency, False if no_sandbox else None)
        summary, report = audit_with_progress(ctx, workspace_of(ctx), request)
    if as_json:
        print_json(_as_json(summary, report))
    else:
        print_run_summary(ctx, summary)
        print_summary(report, result_console())
    if summary.refused_by:
        ctx.exit(4)
    if fail_on and findings_at_or_above(report.findings, fail_on):
        ctx.exit(3)
    if summary.unread:
        ctx.exit(5)


def _waited_for(ctx: click.Context, wait: RunWait) -> tuple[RunSummary, Report]:
    from auditor.workflow import told_run, wait_for_seals

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress_bar(ctx, "visiting") as advance:
            run = wait.until_closed(advance)
        wait_for_seals(ctx.obj["workspace"], run)
    except KeyboardInterrupt:
        echo("auditor: not waited for any longer; the run goes on: auditor fleet status", err=True)
        ctx.exit(1)
    workspace = workspace_of(ctx)
    return told_run(workspace, run), workspace_report(workspace)


def audit_with_progress(
    ctx: click.Context, workspace: Workspace, request: AuditRequest, *, warn: bool = True
) -> tuple[RunSummary, Report]:
    """One audit with a progress bar on standard error; `warn`: with the warnings about `targets.yaml` before it."""

    def opened(instruments: Instruments) -> None:
        for warning in (*(instruments.warnings if warn else ()), *instruments.custody.recovered):
            echo(warning, err=True)

    bar = partial(progress_bar, ctx, "visiting")
    return audit_workspace(workspace, request, bar, opened, terms=sharing_terms("run"))


def _as_json(summary: RunSummary, report: Report) -> dict[str, object]:
    severities = [finding.severity for finding in report.findings if finding.baseline != "absent"]
    counted = {name: severities.count(name) for name in SEVERITIES}
    return {**asdict(summary), "findings": counted}


def print_run_summary(ctx: click.Context, summary: RunSummary) -> None:
    """How the slots of a run ended; on standard error what waits for its seal, and notices."""
    parts = [f"{summary.planned} planned", f"{summary.complete} complete", f"{summary.partial} partial"]
    parts += [f"{summary.failed} failed", f"{summary.gaps} not visited", f"{summary.sealed} sealed"]
    parts += [f"{summary.unread} not readable in the store"] if summary.unread else []
    say = result_console()
    say.print(f"Run {summary.run}: {', '.join(parts)}, {summary.seconds:.1f} s.")
    for visit in summary.troubled[:TROUBLED_SHOWN]:
        why = "; ".join(map(english, visit.reasons)) or "see auditor show"
        say.print(Text(f"  {visit.deployment}: {visit.state}: {why} (capture {visit.capture})"), soft_wrap=True)
    more = summary.partial + summary.failed - len(summary.troubled[:TROUBLED_SHOWN])
    if more > 0:
        say.print(f"  and {more} more that are not complete: auditor captures lists them")
    if summary.waiting:
        names = ", ".join(summary.waiting[:4])
        echo(f"{len(summary.waiting)} wait for timestamps and are not sealed yet: {names}", err=True)
    for notice in summary.notices:
        echo(notice, err=True)
