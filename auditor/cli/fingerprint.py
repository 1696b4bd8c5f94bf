"""`auditor fingerprint`: what only a product has, and what everybody has."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import workspace_of
from auditor.cli.streams import echo


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
    echo(f"{made.name} {made.version}: {len(made.files)} forms, {len(made.tokens)} fingerprints in {target}")


@fingerprint_command.command()
@click.argument("product")
@click.option("--from", "deployments", multiple=True, required=True, help="A licensed deployment (repeatable).")
@click.option("--controls", multiple=True, help="A deployment that is none of the product (repeatable).")
@click.option(
    "--output", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write it to."
)
@click.pass_context
def make(
    ctx: click.Context, product: str, deployments: tuple[str, ...], controls: tuple[str, ...], target: Path
) -> None:
    """Distil what only PRODUCT has from captures of licensed deployments."""
    from auditor.workflow import make_product_fingerprint

    made = make_product_fingerprint(workspace_of(ctx), product, deployments, controls, target)
    echo(
        f"{target}: {len(made.files)} files, {len(made.labels)} labels, {len(made.identifiers)} identifiers, "
        f"{len(made.code)} fingerprints of code, {len(made.cookies)} cookies, {len(made.headers)} headers, "
        f"{len(made.markers)} markers"
    )
