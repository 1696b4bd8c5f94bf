"""`auditor compare`: is it the licensed software?"""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from auditor.cli.options import json_option, sandbox_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.wording import note_text
from auditor.workflow import DecisionBasis


class SuspectFirst(click.Group):
    """`auditor compare SUSPECT …` is `auditor compare make SUSPECT …`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["make", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=SuspectFirst)
def compare_command() -> None:
    """Compare a suspect with the licensed software: auditor compare SUSPECT --reference DEPLOYMENT.

    What is compared is declared and journalled before it is done, and comes from stored evidence alone. There is no
    score: the answer is lists, figures beside those of controls, and what a named person says of them.
    """


@compare_command.command()
@click.argument("suspect")
@click.option("--reference", default="", help="The licensed deployment; from comparisons: where absent.")
@click.option("--controls", multiple=True, help="A deployment that is none of the product (repeatable).")
@click.option("--screens", multiple=True, help="A screen of the product (repeatable); all where absent.")
@click.option("--name", default="", help="The entry of comparisons: where several name the suspect.")
@json_option
@click.pass_context
def make(
    ctx: click.Context,
    suspect: str,
    reference: str,
    controls: tuple[str, ...],
    screens: tuple[str, ...],
    name: str,
    as_json: bool,
) -> None:
    """Make the comparison of SUSPECT and seal it."""
    from auditor.workflow import ComparisonRequest, make_comparison

    made = make_comparison(workspace_of(ctx), ComparisonRequest(suspect, reference, controls, screens, name))
    _show(ctx, made.id, "", as_json=as_json)


@compare_command.command()
@click.argument("comparison")
@click.option("--screen", default="", help="The items of one screen, by id or by number.")
@json_option
@click.pass_context
def show(ctx: click.Context, comparison: str, screen: str, as_json: bool) -> None:
    """Show a comparison that was made, by its id or by its suspect."""
    _show(ctx, comparison, screen, as_json=as_json)


@compare_command.command()
@click.argument("comparison")
@click.option("--screen", default="", help="The screen it is said of; the whole comparison where absent.")
@click.option(
    "--answer",
    required=True,
    type=click.Choice(["same", "substantially_same", "different", "not_decided"]),
    help="相同, 基本相同, 不同, or left open.",
)
@click.option("--by", required=True, help="Name of the person.")
@click.option("--why", required=True, help="Why, in one sentence.")
@click.pass_context
def confirm(ctx: click.Context, comparison: str, screen: str, answer: str, by: str, why: str) -> None:
    """Record what a named person says: 相同, 基本相同, 不同."""
    from auditor.workflow import confirm_screen

    made = confirm_screen(workspace_of(ctx), comparison, screen, answer, DecisionBasis(by, why))
    echo(f"recorded {made.kind} {made.id} by {made.by} on {made.subject}: {made.text}")


@compare_command.command()
@click.argument("comparison")
@click.option("--lang", default="zh,en", help="Languages, e.g. zh,en.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write to.")
@click.option("--pdf/--no-pdf", default=True, help="Print a PDF beside the HTML (needs Chromium).")
@sandbox_option
@click.pass_context
def exhibit(ctx: click.Context, comparison: str, lang: str, output: Path, pdf: bool, no_sandbox: bool) -> None:
    """Write the exhibit (比对表) of a comparison as HTML and PDF."""
    from auditor.workflow import write_exhibit

    langs = tuple(one.strip() for one in lang.split(",") if one.strip())
    for path in write_exhibit(workspace_of(ctx), comparison, langs, output, pdf=pdf, sandbox=not no_sandbox):
        echo(path)


@compare_command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the comparisons that were made."""
    from auditor.workflow import stored_comparisons

    rows = [
        {"id": one.result, "comparison": one.comparison, "suspect": one.suspect, "at": at.isoformat()}
        for one, at in stored_comparisons(workspace_of(ctx))
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        echo(f"{row['id']}  {row['at']}  {row['comparison']}: {row['suspect']}")


def _show(ctx: click.Context, comparison: str, screen: str, *, as_json: bool) -> None:
    from auditor.workflow import comparison_json, load_comparison, named_screen, screen_decisions

    workspace = workspace_of(ctx)
    stored = load_comparison(workspace, comparison)
    if as_json:
        print_json(comparison_json(stored, screen, screen_decisions(workspace, stored)))
        return
    say, result = result_console(), stored.result
    if screen:
        wanted = named_screen(stored, screen)
        for one in result.pair.screens:
            if one.screen == wanted:
                table = Table("#", "kind", "licensed", "suspect", "answer", show_edge=False)
                for item in one.items:
                    why = f": {note_text(item.why, 'en')}" if item.why else ""
                    table.add_row(str(item.number), item.kind, item.left, item.right, item.answer + why)
                say.print(table)
        return
    say.print(f"{stored.id} {result.declaration.suspect} against {result.declaration.reference}")
    table = Table("screen", "labels", "identifiers", "answer", show_edge=False)
    names = {one.id: one.name for one in result.declaration.screens}
    for one in result.pair.screens:
        table.add_row(names[one.screen], one.labels.written, one.identifiers.written, one.answer)
    say.print(table)
    ranks = Table("layer", "suspect, lowest", "controls, highest", "above all controls", show_edge=False)
    for rank in result.ranks:
        above = "–" if rank.above_all is None else "yes" if rank.above_all else "no"
        ranks.add_row(rank.layer, f"{rank.lowest} of {rank.compared}", f"{rank.highest} of {rank.controls}", above)
    say.print(ranks)
    for finding in result.findings:
        say.print(f"{finding.rule} ({finding.severity}): {note_text(finding.says, 'en')}")
    for system in (result.reference, result.suspect, *result.controls):
        if system.sealed_at is None:
            say.print(f"not sealed when it was compared: {system.role} {system.id}, capture {system.capture}")
    say.print(f"{'sealed' if stored.seal.sealed else 'not sealed yet'}: evidence/{stored.home}", soft_wrap=True)
