"""`auditor upgrade`: a workspace of an earlier version brought into the present layout."""

from __future__ import annotations

from dataclasses import asdict

import click

from auditor.cli.options import json_option, place_of_moved, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.workflow import bring_index_along, upgrade_layout


@click.command()
@json_option
@click.pass_context
def upgrade_command(ctx: click.Context, as_json: bool) -> None:
    """Bring a workspace of an earlier version into the present layout.

    The journal's lines stay as they are, byte for byte, and so do its root, every checkpoint, proof and bundle. The
    new files are built beside the old one and held against every stored checkpoint before they take its place; an
    interruption leaves one of the two whole. The old file is moved out of evidence/ and can be deleted.
    """
    workspace = workspace_of(ctx)
    moved = place_of_moved(ctx) is not None
    done, indexed = None if moved else upgrade_layout(workspace), bring_index_along(workspace)
    if as_json:
        told = {"done": False} if done is None else asdict(done)
        print_json({"format": "auditor.upgrade/1", **told, "moved": moved, "rebuild": not indexed})
        return
    say = result_console()
    if done is None:
        say.print(
            "nothing to do: the log goes on in a fleet (file MOVED), whose schema auditor fleet prepare brings along"
        )
    elif done.done:
        say.print(
            f"{done.lines} journal lines in segments, root {done.root}, as {done.checkpoints} checkpoints sign",
            soft_wrap=True,
        )
        say.print(
            "The old file is journal-before-upgrade.jsonl in the workspace. Next: auditor verify, then delete it",
            soft_wrap=True,
        )
    else:
        say.print("nothing to do: the workspace has the present layout")
    if not indexed:
        say.print("The index was made by an earlier version, which read less surely. Before that: auditor rebuild")
