"""`auditor worker`: visits for a fleet, from one vantage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from auditor.cli.fleet import database_option, store_option
from auditor.cli.options import sandbox_option, workspace_of
from auditor.cli.streams import echo


@click.command()
@database_option
@store_option
@click.option("--vantage", default="main", show_default=True, help="From where this machine visits.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Visits at once (default: by cores and memory).")
@click.option(
    "--staging",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder on this machine's disk for what is under way (default: staging/ in the workspace).",
)
@click.option(
    "--party-key",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="AUDITOR_PARTY_KEY",
    help="File of the key under which another party's worker signs (`auditor keys party`).",
)
@sandbox_option
@click.pass_context
def worker_command(
    ctx: click.Context,
    database: str,
    store: str,
    vantage: str,
    concurrency: int | None,
    staging: Path | None,
    party_key: Path | None,
    no_sandbox: bool,
) -> None:
    """Make visits that are due at a vantage, until SIGTERM; those under way are finished.

    Needs targets.yaml as maintenance has it, and no key of the log.
    """
    from auditor.workflow import FleetWorker, WorkerOptions, fleet_places, notify_manager, worker_staging

    workspace = workspace_of(ctx)
    with worker_staging(staging or workspace.root / "staging") as folder:
        places = fleet_places(database, store, folder)
        options = WorkerOptions(
            places.address,
            places.store,
            vantage,
            folder,
            concurrency,
            False if no_sandbox else None,
            party_key,
            told=lambda line: None if ctx.obj["logs"] else echo(line, err=True),
            notify=notify_manager,
        )
        asyncio.run(FleetWorker(workspace, options).run())
