"""`auditor schedule`: the process that keeps the schedules of `targets.yaml`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

import click

from auditor.cli.fleet import maintenance_of
from auditor.cli.options import json_option, place_of_moved, sandbox_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.errors import VaultError

if TYPE_CHECKING:
    from auditor.workflow import SchedulerPassResult


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end: for cron or a systemd timer.")
@click.option("--listen", metavar="HOST:PORT", help="Answer /healthz and /metrics there, e.g. 127.0.0.1:9640.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Visits at once (default: by cores and memory).")
@sandbox_option
@json_option
@click.pass_context
def schedule_command(
    ctx: click.Context, once: bool, listen: str | None, concurrency: int | None, no_sandbox: bool, as_json: bool
) -> None:
    """Keep the schedules of targets.yaml: record what was missed, visit what is due, until SIGTERM.

    In the folder of a workspace that moved to a fleet this is its maintenance (`auditor fleet maintain`); workers
    visit.
    """
    place = place_of_moved(ctx, listen=listen, concurrency=concurrency, no_sandbox=no_sandbox)
    with ExitStack() as stack:
        if place is None:
            keeper: _Keeper = _engine(ctx, stack, once, listen, concurrency, no_sandbox, as_json)
        else:
            keeper = maintenance_of(ctx, place.database, place.store)
        if not once:
            keeper.run()
            return
        done = keeper.once()
    if done is None:
        raise VaultError("another process maintains this fleet and does what is due; nothing was done here")
    _tell(ctx, done, as_json)


class _Keeper(Protocol):
    """Keeps schedules: of one machine, or of a fleet."""

    def run(self) -> None: ...

    def once(self) -> SchedulerPassResult | None: ...


def _engine(
    ctx: click.Context,
    stack: ExitStack,
    once: bool,
    listen: str | None,
    concurrency: int | None,
    no_sandbox: bool,
    as_json: bool,
) -> _Keeper:
    from auditor.scheduler import SchedulerEngine, SchedulerOptions
    from auditor.web import serve_health

    workspace = workspace_of(ctx)
    options = SchedulerOptions(
        sandbox=False if no_sandbox else None,
        concurrency=concurrency,
        print_line=lambda line: None if ctx.obj["logs"] and not once else echo(line, err=as_json or once),
    )
    if listen is not None:
        server = stack.enter_context(serve_health(workspace, *_address(listen)))
        echo(f"http://{server.address}/healthz and /metrics", err=True)
    return SchedulerEngine(workspace, options)


def _tell(ctx: click.Context, done: SchedulerPassResult, as_json: bool) -> None:
    if as_json:
        visited = [{"slot": slot, **asdict(summary)} for slot, summary in done.visited]
        told = {"missed": done.missed, "visited": visited, "refused_by": done.refused_by, "notes": done.notes}
        print_json({"format": "auditor.attendance/1", **told})
    elif not (done.missed or done.visited or done.begun or ctx.obj["quiet"]):
        echo("nothing is due")
    if done.refused_by:
        ctx.exit(4)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{text}: expected HOST:PORT, e.g. 127.0.0.1:9640", param_hint="--listen")
    return host.strip("[]"), int(port)
