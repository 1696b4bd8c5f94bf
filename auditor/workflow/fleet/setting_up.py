"""A fleet's tables made, its vantages declared; and what its processes are started with."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from auditor.custody import lock_workspace
from auditor.errors import ConfigError, VaultError
from auditor.fleet import (
    DatabaseAddress,
    FleetRoster,
    S3EvidenceStore,
    StoreAddress,
    Vantage,
    connect,
    prepare_database,
    prepare_queue,
    require_schema,
    try_store,
)
from auditor.workflow.fleet.wiring import FleetPlaces

TRIAL_BYTES = 1 << 20
"""Written into a worker's folder before it begins."""


def prepare_fleet(database: str) -> Sequence[str]:
    """The database's tables, and the queue's, as the database's owner; what was done, in a few words each."""
    address = DatabaseAddress(database)
    done = [f"part {number} of the schema applied" for number in prepare_database(address)]
    return [*done, "the queue made"] if prepare_queue(address) else done


def declare_vantage(
    database: str,
    name: str,
    egress: Sequence[str] | None,
    observer: str | None,
    paused: bool | None,
    users: Sequence[str] | None = None,
) -> Vantage:
    """Write a vantage; None leaves what was declared. `ConfigError` for a network that is none, or no observer."""
    address = DatabaseAddress(database)
    for network in egress or ():
        try:
            ip_network(network)
        except ValueError as error:
            raise ConfigError(f"--egress {network}: {error}; give a network such as 203.0.113.0/24") from None
    with connect(address, "auditor_maintenance", "auditor fleet vantage") as connection:
        require_schema(connection, address)
        roster = FleetRoster(connection, address)
        made = roster.vantage(name) or Vantage(name)
        made = replace(
            made,
            egress=made.egress if egress is None else tuple(egress),
            observer=made.observer if observer is None else observer,
            paused=made.paused if paused is None else paused,
            users=made.users if users is None else tuple(users),
        )
        if made.egress and not made.observer:
            raise ConfigError(
                f"vantage {name}: give --observer URL too: without it no worker can tell where it is seen from"
            )
        roster.declare(made)
        return made


def fleet_places(
    database: str,
    store: str,
    staging: Path,
    tried: bool = False,
    told: Callable[[str], None] = lambda line: None,
) -> FleetPlaces:
    """The database and the store by their addresses; what is under way lies in `staging`, on this machine's disk.

    `tried`: `ConfigError` where the store cannot keep what maintenance writes, with credentials that may remove what it
    wrote; what was found is told. A worker tries the store itself, once its clock is known to be right.
    """
    kept, trial = S3EvidenceStore(StoreAddress(store), staging), None
    if tried:
        trial = try_store(kept.bucket)
        for line in trial.told():
            told(f"store: {line}")
    return FleetPlaces(DatabaseAddress(database), kept, trial)


@contextmanager
def worker_staging(folder: Path) -> Iterator[Path]:
    """A worker's own folder for what is under way; `VaultError` where another process has it, or it takes no bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(bytes(TRIAL_BYTES))
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as error:
        raise VaultError(
            f"{folder}: nothing can be written there: {error.strerror or error}; give another folder with --staging, or"
            " make room"
        ) from error
    with lock_workspace(folder):
        yield folder


def notify_manager(state: str) -> None:
    """Tell the service manager, where one asked to be told (sd_notify(3)); one that is away is passed over."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or address[0] not in "@/":
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out, suppress(OSError):
        out.connect("\0" + address[1:] if address[0] == "@" else address)
        out.send(state.encode("ascii"))
