"""`auditor sign-in`."""

from __future__ import annotations

import asyncio
import sys

import click

from auditor.cli.options import json_option, place_of_moved, sandbox_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.errors import ConfigError
from auditor.workflow import forget_kept_sign_in, keep_sign_in


@click.command()
@click.argument("deployment")
@click.option("--minutes", type=click.IntRange(1, 120), default=15, show_default=True, help="How long is waited.")
@click.option("--no-window", is_flag=True, help="Open no window: for pages that sign in by themselves.")
@click.option("--forget", is_flag=True, help="Remove the kept sign-in instead.")
@sandbox_option
@json_option
@click.pass_context
def sign_in_command(
    ctx: click.Context,
    deployment: str,
    minutes: int,
    no_window: bool,
    forget: bool,
    no_sandbox: bool,
    as_json: bool,
) -> None:
    """Sign in to a deployment yourself, in a window; visits use that until it ends.

    For single sign-on, captchas and whatever else asks for a person. The window may be left once the page shows the
    text of `logged_in`; without one, press Enter here. Kept is what the deployment's own origins set, encrypted to the
    workspace's key.
    """
    workspace = workspace_of(ctx)
    if forget:
        there = forget_kept_sign_in(workspace, deployment)
        echo(f"{deployment}: {'the kept sign-in is removed' if there else 'no sign-in was kept'}")
        return
    if place_of_moved(ctx) is not None:
        raise ConfigError(
            f"{deployment}: this workspace moved to a fleet (file MOVED), whose workers have no key for what you would"
            " sign in to; visit such a deployment by a login of its own, or from a workspace that did not move"
        )
    if not as_json and not no_window:
        echo(f"Sign in to {deployment} in the window that opens; then come back here (Enter ends it).", err=True)

    async def watched() -> dict[str, object]:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        if sys.stdin.isatty():
            loop.add_reader(sys.stdin.fileno(), done.set)
        try:
            kept = await keep_sign_in(
                workspace,
                deployment,
                done,
                seconds=60.0 * minutes,
                window=not no_window,
                sandbox=False if no_sandbox else None,
            )
        finally:
            if sys.stdin.isatty():
                loop.remove_reader(sys.stdin.fileno())
        return {
            "deployment": kept.deployment,
            "made_at": timestamp(kept.made_at),
            "ends": timestamp(kept.ends) if kept.ends else None,
            "cookies": kept.cookies,
        }

    kept = asyncio.run(watched())
    if as_json:
        print_json(kept)
        return
    ends = f"ends {kept['ends']}" if kept["ends"] else "does not say when it ends"
    echo(f"{deployment}: signed in and kept, {kept['cookies']} cookies; it {ends}")
