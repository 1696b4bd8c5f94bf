"""`auditor rebuild`: the index made again from the evidence."""

from __future__ import annotations

import click

from auditor.cli.options import workspace_of
from auditor.cli.output import progress_bar
from auditor.cli.streams import echo
from auditor.custody import require_initialised
from auditor.workflow import read_targets, rebuild_index


@click.command()
@click.pass_context
def rebuild_command(ctx: click.Context) -> None:
    """Recreate the index, db/auditor.db, from the evidence.

    Goes past packages that cannot be read, tells them, and exits with 5 then: the index lacks them.
    """
    workspace = workspace_of(ctx)
    estate, _ = read_targets(workspace)
    require_initialised(workspace.root)
    with progress_bar(ctx, "reading") as advance:
        done = rebuild_index(workspace, estate, advance, lambda line: echo(line, err=True))
    if not ctx.obj["quiet"]:
        echo(f"{workspace.db}: {done.captures} captures read again from the evidence")
    if done.unreadable:
        for line in done.unreadable:
            echo(line, err=True)
        ctx.exit(5)
