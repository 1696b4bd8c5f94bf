"""`auditor candidates`: which of many addresses run the product?"""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from auditor.cli.options import json_option, sandbox_option, workspace_of
from auditor.cli.output import print_json, progress_bar, result_console
from auditor.cli.streams import echo
from auditor.formats.foreign_text import visible_text
from auditor.wording import note_text


@click.group()
def candidates_command() -> None:
    """Take addresses from lists, look at their public front pages, adopt those that run the product.

    Front pages alone are visited, politely, each as sealed evidence. No login is tried, no port or range is scanned.
    """


@candidates_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--private", is_flag=True, help="Take addresses of private networks too.")
@json_option
@click.pass_context
def import_(ctx: click.Context, file: Path, private: bool, as_json: bool) -> None:
    """Take addresses from a FILE: CSV, XLSX, text or JSON. Its digest is kept as their source."""
    from auditor.workflow import candidate_json, import_candidates

    found = import_candidates(workspace_of(ctx), file, private=private)
    if as_json:
        refused = [{"place": one.place, "text": one.text, "why": note_text(one.why, "en")} for one in found.refused]
        print_json({"new": found.new, "candidates": [candidate_json(one) for one in found.candidates],
                    "refused": refused})  # fmt: skip
        return
    echo(f"{len(found.candidates)} addresses in {visible_text(file.name)}, {found.new} of them new")
    for one in found.refused:
        echo(f"  refused, {visible_text(one.place)}: {visible_text(one.text)}: {note_text(one.why, 'en')}")


@candidates_command.command()
@click.option(
    "--fingerprint",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The product's fingerprint, from: auditor fingerprint make.",
)
@click.option(
    "--only", multiple=True, help="An address to look at (repeatable); all that were not looked at otherwise."
)
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Visits at most.")
@click.option("--again", is_flag=True, help="Look again at those that were looked at.")
@json_option
@sandbox_option
@click.pass_context
def look(
    ctx: click.Context,
    fingerprint: Path,
    only: tuple[str, ...],
    most: int,
    again: bool,
    as_json: bool,
    no_sandbox: bool,
) -> None:
    """Visit public front pages and say: same product, another product, or not told."""
    from auditor.workflow import candidate_json, look_at_candidates

    looked = look_at_candidates(
        workspace_of(ctx), fingerprint, lambda: progress_bar(ctx, "Looking"), only=only, most=most, again=again,
        sandbox=False if no_sandbox else None,
    )  # fmt: skip
    if as_json:
        print_json([candidate_json(one.candidate, one.match) | {"sealed": one.sealed} for one in looked])
        return
    say = result_console()
    table = Table("address", "answer", "version", "signs", "why", "seal", show_edge=False)
    for one in looked:
        signs = ", ".join(f"{sign.kind} {sign.found}/{sign.of}" for sign in one.match.signs if sign.found)
        why, seal = note_text(one.match.why, "en"), "sealed" if one.sealed else "not sealed yet"
        table.add_row(one.candidate.address, one.match.answer, one.match.version, signs, why, seal)
    say.print(table)


@candidates_command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Every address that was imported, with what is known of it."""
    from auditor.workflow import candidate_json, list_candidates

    found = list_candidates(workspace_of(ctx))
    if as_json:
        print_json([candidate_json(one) for one in found])
        return
    for one in found:
        adopted = f", adopted as {one.deployment}" if one.deployment else ""
        source = visible_text(f"{one.source}, {one.place}")
        echo(f"{one.address}  {one.answer or 'not looked at'} {one.version}  ({source}{adopted})")


@candidates_command.command()
@click.argument("address")
@click.argument("deployment")
@click.option("--by", required=True, help="Name of the person.")
@click.option("--pages", multiple=True, help="A page of targets.yaml to visit (repeatable); the screens' otherwise.")
@click.pass_context
def adopt(ctx: click.Context, address: str, deployment: str, by: str, pages: tuple[str, ...]) -> None:
    """Write ADDRESS into targets.yaml as the suspect DEPLOYMENT, with what found it."""
    from auditor.workflow import adopt_candidate

    name, found_by = adopt_candidate(workspace_of(ctx), address, deployment, by, pages)
    echo(f"{name} written to targets.yaml; found by {visible_text(found_by)}")
