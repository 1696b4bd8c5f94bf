"""`auditor keys`: the workspace's keys shown, rotated, revoked."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import json_option, sharing_terms, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.workflow import (
    WorkspaceKeys,
    make_party_key,
    open_instruments,
    revoke_key,
    rotate_keys,
    workspace_keys,
)


@click.group()
def keys_command() -> None:
    """Show, rotate or revoke the workspace's keys."""


@keys_command.command("show")
@json_option
@click.pass_context
def show_(ctx: click.Context, as_json: bool) -> None:
    """Print the public keys and their history; give them to whoever is to verify."""
    found = workspace_keys(workspace_of(ctx))
    if as_json:
        print_json(_plain(found))
        return
    echo(f"log {found.origin}")
    for key in found.keys:
        state = "in force" if key.active else "before"
        state += "" if key.endorsed else ", NOT ENDORSED by the key before"
        state += "" if key.revoked is None else f", revoked in journal line {key.revoked}"
        echo(f"{key.key}  since {timestamp(key.since)}, journal line {key.line}: {state}")
    echo(f"originals with secrets are encrypted to {found.box} (X25519)")


def _plain(found: WorkspaceKeys) -> dict[str, object]:
    return {
        "format": "auditor.keys/1",
        "origin": found.origin,
        "box": found.box,
        "keys": [
            {
                "key": key.key,
                "line": key.line,
                "since": timestamp(key.since),
                "active": key.active,
                "endorsed": key.endorsed,
                "revoked": key.revoked,
            }
            for key in found.keys
        ],
    }


@keys_command.command()
@click.option("--why", required=True, help="Why, in one sentence; journalled.")
@click.pass_context
def rotate(ctx: click.Context, why: str) -> None:
    """Make new keys, endorsed by the old ones, and sign the log with them."""
    workspace = workspace_of(ctx)
    with open_instruments(workspace, terms=sharing_terms("keys rotate", "keys")) as instruments:
        new, shown = rotate_keys(instruments, why)
    for said in shown.failures:
        echo(said, err=True)
    echo(f"{new.verifier} is in force; give it to whoever verifies")
    echo(f"the old private keys stay in {workspace.keys}.old-*: they open what was encrypted to them")
    if shown.refused_by:
        ctx.exit(4)


@keys_command.command()
@click.argument("key")
@click.option("--why", required=True, help="Why, in one sentence; journalled.")
@click.pass_context
def revoke(ctx: click.Context, key: str, why: str) -> None:
    """Journal that KEY (or its eight-digit id) counts no more. The key in force is rotated first."""
    with open_instruments(workspace_of(ctx), terms=sharing_terms("keys revoke", "keys")) as instruments:
        echo(f"{revoke_key(instruments, key, why)} is revoked from here on")


@keys_command.command()
@click.argument("name")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the private key; it stays on the party's own machine.",
)
def party(name: str, out: Path) -> None:
    """Make the key of a second party, by a NAME such as notary.example, and print its public part.

    The public part goes into targets.yaml (vantages: key:) and to whoever verifies.
    """
    echo(make_party_key(out, name))
    echo(f"{out} is the private key: keep it on the machine of the party's worker (--party-key)", err=True)
