"""`auditor reseal`: timestamp the timestamps anew before they weaken."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, place_of_moved, sharing_terms, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.workflow import TimestampRenewal, renew_timestamps


@click.command()
@click.option("--rehash", is_flag=True, help="Hash everything kept anew, with SHA-512, and timestamp that.")
@json_option
@click.pass_context
def reseal_command(ctx: click.Context, rehash: bool, as_json: bool) -> None:
    """Timestamp the timestamps anew, before their certificates end or their hash weakens.

    Packages that wait for their seal are tried first. Exits with 1 where the renewal itself waits for a quorum: it is
    kept, and finished at the next run.
    """
    place_of_moved(ctx, rehash=rehash)
    made = renew_timestamps(workspace_of(ctx), sharing_terms("reseal", "renewals"), rehash=rehash)
    sealed = all(one.seal.sealed for one in made)
    if as_json:
        told = {"files": sum(one.files for one in made), "sealed": sealed, "renewals": [_as_json(one) for one in made]}
        print_json({"format": "auditor.renewal/1", **told})
    else:
        for one in made:
            state = "sealed" if one.seal.sealed else "NOT SEALED YET"
            echo(f"evidence/{one.path}: {one.files} files renewed, {state}")
            for authority, answer in sorted(_answers(one).items()):
                echo(f"  {authority}: {answer}")
    if not sealed:
        ctx.exit(1)


def _as_json(one: TimestampRenewal) -> dict[str, object]:
    return {
        "path": f"evidence/{one.path}", "files": one.files, "sealed": one.seal.sealed, "answers": _answers(one),
    }  # fmt: skip


def _answers(one: TimestampRenewal) -> dict[str, str]:
    return {verdict.authority: verdict.why or verdict.status for verdict in one.seal.verdicts}
