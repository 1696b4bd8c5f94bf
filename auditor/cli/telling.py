"""`auditor report` and `auditor status`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import day, lang_option, moment, sandbox_option, workspace_of
from auditor.clock import now
from auditor.model.estate import BrowserSettings
from auditor.reporting import Lang, PrintToPdf
from auditor.workflow.checking import verify_paths
from auditor.workflow.claiming import with_claims
from auditor.workflow.opening import recall_targets
from auditor.workflow.recounting import MOST_TOLD
from auditor.workflow.telling import rendered, report_of, written

ENDINGS = {"html": "html", "pdf": "pdf", "json": "json", "csv": "", "xlsx": "xlsx"}


@click.command()
@click.option("--format", "format_", type=click.Choice(list(ENDINGS)), default="html", help="Form of the report.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File (or folder, for csv); - for standard output."
)
@lang_option
@click.option(
    "--as-of", metavar="DAY", help="As it stood at the end of that day, in your zone, or at an RFC 3339 time."
)
@click.option("--as-known-on", metavar="DAY", help="Contract facts, decisions and events as known on that day only.")
@click.option("--verify", "verified", is_flag=True, help="Check the evidence first; what fails is a finding (V807).")
@click.option(
    "--all-history", is_flag=True, help=f"Tell every count and package, also where they are more than {MOST_TOLD:,}."
)
@sandbox_option
@click.pass_context
def report(
    ctx: click.Context,
    format_: str,
    output: Path | None,
    lang: Lang,
    as_of: str | None,
    as_known_on: str | None,
    verified: bool,
    all_history: bool,
    no_sandbox: bool,
) -> None:
    """Write the report of everything captured so far, or of what was captured and known by an earlier day."""
    workspace = workspace_of(ctx)
    estate = recall_targets(workspace)
    checks = verify_paths(workspace, (), trust=None).checks if verified else ()
    found = report_of(
        workspace,
        as_of=moment("--as-of", as_of, ZoneInfo(estate.timezone), end=True),
        known_on=day("--as-known-on", as_known_on),
        checks=checks,
        told=None if all_history else MOST_TOLD,
        estate=estate,
        recalled=not verified,
    )
    found = with_claims(found, estate, charts=format_ in {"html", "pdf"})
    name = "report" + (f".{lang}" if lang != "en" else "") + (f".{ENDINGS[format_]}" if ENDINGS[format_] else "")
    with _press(format_, replace(estate.browser, sandbox=estate.browser.sandbox and not no_sandbox)) as press:
        if str(output) == "-":
            for data in rendered(found, workspace, format_, lang, print_to_pdf=press).values():
                sys.stdout.buffer.write(data)
            return
        for path in written(found, workspace, format_, lang, output or workspace.root / name, print_to_pdf=press):
            click.echo(path)


def _press(format_: str, settings: BrowserSettings) -> AbstractContextManager[PrintToPdf | None]:
    """The browser as a printer, for the one form that needs it."""
    if format_ != "pdf":
        return nullcontext()
    from auditor.workflow.printing import printer

    return printer(settings, now)
