"""`auditor reseal`: timestamp the timestamps anew before they weaken."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, place_of_moved, sharing_terms, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.workflow import open_instruments, renew_timestamps


@click.command()
@click.option("--rehash", is_flag=True, help="Hash everything kept anew, with SHA-512, and timestamp that.")
@json_option
@click.pass_context
def reseal_command(ctx: click.Context, rehash: bool, as_json: bool) -> None:
    """Timestamp the timestamps anew, before their certificates end or their hash weakens.

    Packages that wait for their seal are tried first. Exits with 1 where the renewal itself waits for a quorum: it is
    kept, and finished at the next run.
    """
    if place_of_moved(ctx) is not None:
        raise ConfigError("reseal: this workspace moved to a fleet; bring it back to do this: auditor move --back")
    with open_instruments(workspace_of(ctx), terms=sharing_terms("reseal", "renewals")) as instruments:
        made = renew_timestamps(instruments, rehash=rehash)
    answers = {verdict.authority: verdict.why or verdict.status for verdict in made.seal.verdicts}
    if as_json:
        told = {"path": f"evidence/{made.path}", "files": made.files, "sealed": made.seal.sealed, "answers": answers}
        print_json({"format": "auditor.renewal/1", **told})
    else:
        state = "sealed" if made.seal.sealed else "NOT SEALED YET"
        echo(f"evidence/{made.path}: {made.files} files renewed, {state}")
        for authority, answer in sorted(answers.items()):
            echo(f"  {authority}: {answer}")
    if not made.seal.sealed:
        ctx.exit(1)
