"""`auditor claim`: sums that a court can recompute."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from auditor.cli.options import json_option, parse_moment, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.model.claims import ClaimResult
from auditor.workflow import (
    claims_section,
    compare,
    compute_claims,
    explain_figure,
    export_claims,
    read_targets,
    result_json,
)


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="List the scenarios of targets.yaml.")
@click.option(
    "--explain", "figure", metavar="FIGURE", help="Walk one figure back to captures, documents and decisions."
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write worksheet, derivations and charts here.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change an assumption of the one scenario named, e.g. multiplier=5 (repeatable). Keys: docs/claims.md.",
)
@click.option("--as-of", metavar="DAY", help="With what was captured and decided by the end of that day, in your zone.")
@json_option
@click.pass_context
def claim_command(
    ctx: click.Context,
    scenarios: tuple[str, ...],
    listed: bool,
    figure: str | None,
    folder: Path | None,
    settings: tuple[str, ...],
    as_of: str | None,
    as_json: bool,
) -> None:
    """Compute SCENARIOS (all where none is named) and compare them side by side."""
    workspace = workspace_of(ctx)
    if listed:
        for name, scenario in claims_section(workspace).scenarios.items():
            echo(f"{name}: {scenario.title}")
        return
    zone = ZoneInfo(read_targets(workspace)[0].timezone)
    then = parse_moment("--as-of", as_of, zone, end=True)
    if figure is not None and len(scenarios) != 1:
        raise ConfigError("--explain: name exactly one scenario, e.g. auditor claim supreme-court --explain base")
    results, file = compute_claims(workspace, scenarios, settings=settings, as_of=then)
    if figure is not None:
        for line in explain_figure(results[0], figure):
            echo(line)
        return
    if folder is not None:
        for path in export_claims(results, file, folder):
            echo(path)
        return
    if as_json:
        plain = [result_json(result) for result in results]
        print_json(plain[0] if len(scenarios) == 1 else plain)
        return
    _print(ctx, results)


def _print(ctx: click.Context, results: tuple[ClaimResult, ...]) -> None:
    comparison = compare(results)
    say = result_console()
    table = Table("", *comparison.scenarios, show_edge=False)
    for row in comparison.rows:
        table.add_row(row.name, *row.values)
    say.print(table)
