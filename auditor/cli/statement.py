"""`auditor statement`: one page that may be sent to one customer."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import lang_option, parse_day, parse_moment, sandbox_option, workspace_of
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.workflow import (
    Lang,
    WorkspaceReportRequest,
    pdf_printer,
    read_targets_cached,
    render_statement,
    statement_of,
)


@click.command()
@click.option("--contract", "contracts", multiple=True, metavar="ID", help="The customer's contract.")
@click.option("--deployment", "deployments", multiple=True, metavar="ID", help="A deployment of the customer.")
@click.option(
    "--format", "format_", type=click.Choice(["docx", "pdf", "html"]), default="docx", help="Form of the page."
)
@lang_option
@click.option("--contact", default="", metavar="TEXT", help="Where an objection is sent (else a blank to fill in).")
@click.option("--reply-by", metavar="DAY", help="The day by which an objection is asked for (else a blank).")
@click.option("--as-of", metavar="DAY", help="As it stood at the end of that day, in your zone.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@sandbox_option
@click.pass_context
def statement_command(
    ctx: click.Context,
    contracts: tuple[str, ...],
    deployments: tuple[str, ...],
    format_: str,
    lang: Lang,
    contact: str,
    reply_by: str | None,
    as_of: str | None,
    output: Path | None,
    no_sandbox: bool,
) -> None:
    """Write a one-page statement for a customer: count, entitlement, excess, price, period, how to object.

    It is made of that customer's records alone and names no other.
    """
    if not (contracts or deployments):
        raise click.UsageError("name the customer's --contract or --deployment")
    workspace = workspace_of(ctx)
    estate = read_targets_cached(workspace)
    request = WorkspaceReportRequest(
        as_of=parse_moment("--as-of", as_of, ZoneInfo(estate.timezone), end=True),
        contracts=contracts,
        deployments=deployments,
    )
    day = parse_day("--reply-by", reply_by)
    statement = statement_of(
        workspace, estate, request, lang, contact=contact, reply_by="" if day is None else day.isoformat()
    )
    settings = replace(estate.browser, sandbox=estate.browser.sandbox and not no_sandbox)
    with pdf_printer(settings, now) if format_ == "pdf" else nullcontext() as press:
        data = render_statement(statement, format_, lang, press)
    name = "-".join((*contracts, *deployments))[:80]
    path = output or workspace.home / f"statement-{name}.{lang}.{format_}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    echo(path)
