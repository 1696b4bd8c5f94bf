"""`auditor fleet`: a fleet's maintenance, its vantages, and how it stands."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING

import click

from auditor.cli.options import json_option
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow import FleetMaintenance, FleetStatus, VantageStatus

EVERY_SECONDS, PATIENCE_HOURS = 5.0, 6.0
"""Between two passes of maintenance; after its moment, until a visit that nobody could make ends as a gap."""
database_option = click.option(
    "--database",
    required=True,
    envvar="AUDITOR_DATABASE",
    metavar="postgresql://…",
    help="The fleet's database; the password belongs into PGPASSFILE.",
)
store_option = click.option(
    "--store", required=True, envvar="AUDITOR_STORE", metavar="s3://BUCKET", help="The fleet's evidence store."
)


@click.group()
def fleet_command() -> None:
    """Work one estate with many machines: maintenance, vantages, how it stands."""


@fleet_command.command("prepare")
@database_option
def prepare_command(database: str) -> None:
    """Make or bring up to date the database's tables, as its owner. May be run again."""
    from auditor.workflow import prepare_fleet

    done = prepare_fleet(database)
    echo("; ".join(done) if done else "nothing to do")


@fleet_command.command("maintain")
@database_option
@store_option
@click.option(
    "--every", type=click.FloatRange(0.2, 300), default=EVERY_SECONDS, show_default=True, help="Seconds between passes."
)
@click.option(
    "--patience",
    type=click.FloatRange(0.01, 24 * 31),
    default=PATIENCE_HOURS,
    show_default=True,
    help="Hours after its moment until a visit that nobody could make ends as a gap.",
)
@click.pass_context
def maintain_command(ctx: click.Context, database: str, store: str, every: float, patience: float) -> None:
    """Plan, give up, seal, sign and send alerts, with the log's key, until SIGTERM. A second one stands by."""
    maintenance_of(ctx, database, store, every, patience).run()


def maintenance_of(
    ctx: click.Context, database: str, store: str, every: float = EVERY_SECONDS, patience: float = PATIENCE_HOURS
) -> FleetMaintenance:
    """Maintenance of the fleet in this folder, which SIGTERM and SIGINT ask to stop; it is not begun."""
    from auditor.workflow import FleetMaintenance, MaintenanceOptions, fleet_places, notify_manager

    def told(line: str) -> None:
        if not ctx.obj["logs"]:
            echo(line, err=True)

    workspace = Workspace(ctx.obj["workspace"])
    options = MaintenanceOptions(
        fleet_places(database, store, workspace.root / "staging", tried=True, told=told),
        every,
        timedelta(hours=patience),
        told=told,
        notify=notify_manager,
    )
    maintenance = FleetMaintenance(workspace, options)
    _until_signal(maintenance.stop)
    return maintenance


def _until_signal(stop: threading.Event) -> None:
    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)


@fleet_command.command("run")
@database_option
@click.option("--only", multiple=True, metavar="DEPLOYMENT", help="This deployment only (may be repeated).")
def ask_command(database: str, only: tuple[str, ...]) -> None:
    """Ask maintenance to have every deployment visited once, as soon as workers can."""
    from auditor.workflow import ask_for_run

    ask_for_run(database, only)
    echo("asked for; maintenance begins it with its next pass")


@fleet_command.command("vantage")
@click.argument("name")
@database_option
@click.option("--egress", multiple=True, metavar="NETWORK", help="From where sites see it (may be repeated).")
@click.option("--observer", metavar="URL", help="Answers with the address that it is asked from.")
@click.option("--user", "users", multiple=True, help="A database user whose workers may serve it (may be repeated).")
@click.option("--pause/--resume", "paused", default=None, help="Bring no work there, or bring it again.")
def vantage_command(
    name: str, database: str, egress: tuple[str, ...], observer: str | None, users: tuple[str, ...], paused: bool | None
) -> None:
    """Declare a vantage: where its workers are seen from. A worker that is seen from elsewhere gets no work."""
    from auditor.workflow import declare_vantage

    found = declare_vantage(database, name, egress or None, observer, paused, users or None)
    served, state = f"served by {', '.join(found.users) or 'any user'}", ", paused" if found.paused else ""
    echo(f"vantage {found.id}: egress {', '.join(found.egress) or 'not declared'}, {served}{state}")


@fleet_command.command("status")
@database_option
@json_option
@click.pass_context
def status_command(ctx: click.Context, database: str, as_json: bool) -> None:
    """How the fleet stands. Exits with 3 where nobody maintains it, a vantage is unserved, a worker is refused or a
    package cannot be read."""
    from auditor.workflow import fleet_status

    found = fleet_status(database)
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)
    if not found.healthy:
        ctx.exit(3)


def _as_json(found: FleetStatus) -> object:
    told = {
        "format": "auditor.fleet/1",
        "at": found.at,
        "healthy": found.healthy,
        "maintained": found.maintained,
        "usurper": found.usurper,
        "idle": [asdict(one) for one in found.idle],
        "ledger": asdict(found.ledger),
        "unread": dict(found.unread),
        "store": {**asdict(found.store), "tried_at": found.tried_at} if found.store is not None else None,
        "vantages": [_vantage_json(one, found) for one in found.vantages],
        "under_way": [asdict(one) for one in found.attempts],
    }
    return _plain(told)


def _plain(value: object) -> object:
    """Moments as their texts."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return timestamp(value) if isinstance(value, datetime) else value


def _vantage_json(one: VantageStatus, found: FleetStatus) -> dict[str, object]:
    workers = [{**asdict(each), "standing": each.standing(found.at)} for each in one.workers]
    return {
        **asdict(one.vantage),
        **asdict(one.requests),
        "unserved": one.unserved,
        "at_work": one.at_work,
        "workers": workers,
    }


def _print_store(found: FleetStatus) -> None:
    if (told := found.store) is None or found.tried_at is None:
        echo("store: no trial is in the ledger yet; auditor fleet maintain makes it")
        return
    held = {True: ", which holds", False: ", WHICH DOES NOT HOLD", None: ""}[told.holds]
    other = {"none": "no", "unchecked": "not checked", "enabled": "no default retention, so that nothing is locked"}
    lock = other.get(told.lock, f"{told.lock}, {told.days} days by default{held}")
    versions, where = "yes" if told.versions else "no", f" at {told.endpoint}" if told.endpoint else ""
    echo(f"store: {told.store}{where}, tried at {timestamp(found.tried_at)}")
    echo(f"  object versions: {versions}; Object Lock: {lock}")


def _print(found: FleetStatus) -> None:
    last = f", the last at {timestamp(found.ledger.last_at)}" if found.ledger.last_at else ""
    echo(f"ledger: {found.ledger.size} lines{last}")
    echo(f"maintenance: {found.lead}")
    for line in found.unread_lines:
        echo(line)
    for holder in found.idle:
        echo(f"  {holder.told}")
    _print_store(found)
    for one in found.vantages:
        state = " (paused)" if one.vantage.paused else " (no worker)" if one.unserved else ""
        asked = one.requests
        echo(
            f"vantage {one.vantage.id}{state}: {asked.waiting} waiting, {asked.under_way} under way, {asked.later}"
            f" later; {one.at_work} workers at work"
        )
        echo(f"  served by: {', '.join(one.vantage.users) or 'any user (none is declared)'}")
        if one.vantage.party_key:
            echo(f"  another party's: its captures name the key {one.vantage.party_key}")
        if asked.ahead:
            echo(f"  {asked.ahead} planned by a clock that was ahead: maintenance ends them as gaps")
        for each in one.workers:
            what = f"no work: {each.refused}" if (state := each.standing(found.at)) == "refused" else state
            echo(f"  {each.id} on {each.host}: {each.places} at once, clock {each.off_ms} ms off, {what}")
