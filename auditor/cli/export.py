"""`auditor export`: contracts or deployments as the table that they came from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from auditor.cli.options import workspace_of
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.workflow import TABLE_FORMATS, export_records


@click.command()
@click.argument("records", type=click.Choice(["contracts", "deployments"]))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The mapping by which an import reads it (default: a column for each field).",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write: .csv, .xlsx or .json.",
)
@click.pass_context
def export_command(ctx: click.Context, records: str, mapping: Path | None, output: Path) -> None:
    """Write the contracts or deployments of targets.yaml as a table, one row each; an import of it changes nothing."""
    format_ = output.suffix.lower().removeprefix(".")
    if format_ not in TABLE_FORMATS:
        raise ConfigError(f"{output}: expected a name that ends in .csv, .xlsx or .json")
    kind: Literal["contracts", "deployments"] = "contracts" if records == "contracts" else "deployments"
    data = export_records(workspace_of(ctx), kind, mapping, format_)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(data)
    echo(output)
