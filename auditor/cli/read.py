"""`auditor read`: reading stored evidence again."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.formats.foreign_text import visible_text
from auditor.workflow import ReadingComparison, field_answers, list_answers, reread_package


@click.command()
@click.argument("package", type=str)
@json_option
@click.pass_context
def read_command(ctx: click.Context, package: str, as_json: bool) -> None:
    """Read a stored package again with the present targets.yaml; show the recorded reading and the new one.

    PACKAGE is a capture id or a package folder. Nothing is changed: `auditor rebuild` records what is read now.
    """
    found = reread_package(workspace_of(ctx), package)
    if as_json:
        rows, now = [_row(row) for row in found.rows], found.reading
        answers = {"fields": list(field_answers(now, found.confirmed, found.roles)), "lists": list(list_answers(now))}
        print_json({"capture": found.capture, "rows": rows, "same": found.same, **answers})
        return
    table = Table("what", "recorded", "read now", "", show_edge=False)
    for row in found.rows:
        cells = (row.what, row.old, row.new, "" if row.same else "differs")
        table.add_row(*(visible_text(cell) for cell in cells))
    say = result_console()
    say.print(f"capture {found.capture} of {found.deployment}: recorded by {found.old_reader}, now {found.new_reader}")
    say.print(table)
    for line in found.doubts:
        say.print(Text(line, style="yellow"), soft_wrap=True)
    say.print("The readings agree." if found.same else "The readings differ. To record the new one: auditor rebuild")


def _row(row: ReadingComparison) -> dict[str, object]:
    return {"what": row.what, "recorded": row.old, "read_now": row.new, "same": row.same}
