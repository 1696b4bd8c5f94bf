"""`auditor report`: the report of everything captured so far, in one format."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from auditor.cli.options import lang_option, parse_day, parse_moment, sandbox_option, workspace_of
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.model.targets.estate import BrowserSettings
from auditor.workflow import DEFAULT_HISTORY_LIMIT, read_targets_cached, render_overview, standing_overview
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow import Lang, PrintToPdf

FILE_SUFFIXES = {"html": "html", "pdf": "pdf", "json": "json", "csv": "", "xlsx": "xlsx"}


@click.command()
@click.option("--format", "format_", type=click.Choice(list(FILE_SUFFIXES)), default="html", help="Form of the report.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File (or folder, for csv); - for standard output."
)
@lang_option
@click.option(
    "--as-of", metavar="DAY", help="As it stood at the end of that day, in your zone, or at an RFC 3339 time."
)
@click.option("--as-known-on", metavar="DAY", help="Contract facts, decisions and events as known on that day only.")
@click.option("--since", metavar="DAY", help="Tell what changed since that day began (default: since the run before).")
@click.option(
    "--contract", "contracts", multiple=True, metavar="ID", help="About this contract alone; names no other customer."
)
@click.option(
    "--deployment", "deployments", multiple=True, metavar="ID", help="About this deployment alone; names no other."
)
@click.option("--verify", "verified", is_flag=True, help="Check the evidence first; what fails is a finding (V807).")
@click.option(
    "--all-history",
    is_flag=True,
    help=f"Tell every count and package, also where they are more than {DEFAULT_HISTORY_LIMIT:,}.",
)
@click.option(
    "--from-standing",
    is_flag=True,
    help="An overview of everything as JSON, from what is kept as facts change: for screens, no exhibit.",
)
@sandbox_option
@click.pass_context
def report_command(
    ctx: click.Context,
    format_: str,
    output: Path | None,
    lang: Lang,
    as_of: str | None,
    as_known_on: str | None,
    since: str | None,
    contracts: tuple[str, ...],
    deployments: tuple[str, ...],
    verified: bool,
    all_history: bool,
    from_standing: bool,
    no_sandbox: bool,
) -> None:
    """Write the report of everything captured so far, or of what was captured and known by an earlier day."""
    workspace = workspace_of(ctx)
    if from_standing:
        _from_standing(ctx, workspace, output)
        return
    from auditor.workflow import (  # none of it is loaded for an overview
        WorkspaceReportRequest,
        render_report,
        verify_paths,
        with_claims,
        workspace_report,
        write_report,
    )

    estate = read_targets_cached(workspace)
    checks = verify_paths(workspace, (), trust=None).checks if verified else ()
    found = workspace_report(
        workspace,
        WorkspaceReportRequest(
            as_of=parse_moment("--as-of", as_of, ZoneInfo(estate.timezone), end=True),
            known_on=parse_day("--as-known-on", as_known_on),
            since=parse_moment("--since", since, ZoneInfo(estate.timezone), end=False),
            contracts=contracts,
            deployments=deployments,
            checks=checks,
            history_limit=None if all_history else DEFAULT_HISTORY_LIMIT,
        ),
        estate=estate,
    )
    if not (contracts or deployments):  # claims are reckoned over everybody
        found = with_claims(found, estate, charts=format_ in {"html", "pdf"})
    name = (
        "report"
        + (f".{lang}" if lang != "en" else "")
        + (f".{FILE_SUFFIXES[format_]}" if FILE_SUFFIXES[format_] else "")
    )
    with _press(format_, replace(estate.browser, sandbox=estate.browser.sandbox and not no_sandbox)) as press:
        if str(output) == "-":
            for data in render_report(found, workspace, format_, lang, print_to_pdf=press).values():
                sys.stdout.buffer.write(data)
            return
        for path in write_report(found, workspace, format_, lang, output or workspace.home / name, print_to_pdf=press):
            echo(path)


RECOMPUTED = ("as_of", "as_known_on", "since", "contracts", "deployments", "verified", "all_history")
"""Options of what is only told after everything is judged anew."""


def _from_standing(ctx: click.Context, workspace: Workspace, output: Path | None) -> None:
    """The overview, to a file or to standard output."""
    for name in ("format_", *RECOMPUTED):
        given = ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
        if given and not (name == "format_" and ctx.params[name] == "json"):
            option = next(one for one in ctx.command.params if one.name == name)
            raise click.UsageError(f"--from-standing tells of everything as JSON; leave out {option.opts[0]}")
    data = render_overview(standing_overview(workspace))
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(data)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(data)
    echo(output)


def _press(format_: str, settings: BrowserSettings) -> AbstractContextManager[PrintToPdf | None]:
    """The browser as a printer, for the one form that needs it."""
    if format_ != "pdf":
        return nullcontext()
    from auditor.workflow import pdf_printer

    return pdf_printer(settings, now)
