"""`auditor fingerprint`: what only a product has, and what everybody has."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def fingerprint_command() -> None:
    """Distil what only a product has; list the libraries that everybody has."""


@fingerprint_command.command()
@click.argument("name")
@click.argument("version")
@click.argument("forms", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--into",
    "target",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The list of known libraries to add it to; made where there is none.",
)
def library(name: str, version: str, forms: tuple[Path, ...], target: Path) -> None:
    """Add a library to a list of known ones, by the FORMS of its file: published, source, minified anew."""
    from auditor.workflow import add_library

    made = add_library(target, name, version, forms)
    click.echo(f"{made.name} {made.version}: {len(made.files)} forms, {len(made.tokens)} fingerprints in {target}")
