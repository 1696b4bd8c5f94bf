"""`auditor move`: the workspace moved to a fleet's database and store, or back."""

from __future__ import annotations

from dataclasses import asdict

import click

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.errors import ConfigError


@click.command()
@click.option("--to", "database", metavar="postgresql://…", help="The fleet's database, prepared and empty.")
@click.option("--store", metavar="s3://BUCKET", help="The fleet's evidence store, with nothing of another workspace.")
@click.option("--back", is_flag=True, help="Bring the workspace back into its folder.")
@json_option
@click.pass_context
def move_command(ctx: click.Context, database: str | None, store: str | None, back: bool, as_json: bool) -> None:
    """Move the workspace to a fleet's database and store, or back.

    Everything is copied and held against the place before, the root at every stored checkpoint included; then, in one
    step, the log goes on in the new place alone, with a new key. Interrupted before that step the old place stands;
    run it again to go on or to finish. Passwords belong into PGPASSFILE and AWS_SECRET_ACCESS_KEY.
    """
    from auditor.workflow import move_back, move_to_fleet

    workspace = workspace_of(ctx)

    def told(line: str) -> None:
        if not ctx.obj["quiet"]:
            echo(line, err=True)

    if back:
        if database or store:
            raise ConfigError("move: --back goes to where the workspace came from; leave --to and --store out")
        done = move_back(workspace, told)
    elif database and store:
        done = move_to_fleet(workspace, database, store, told)
    else:
        raise ConfigError("move: give --to postgresql://… and --store s3://…, or --back")
    if as_json:
        print_json({"format": "auditor.move/1", **asdict(done)})
        return
    echo(
        f"moved to {done.database}, {done.store}: {done.lines} lines, {done.objects} objects, the roots of"
        f" {done.checkpoints} checkpoints. Next: auditor verify"
    )
