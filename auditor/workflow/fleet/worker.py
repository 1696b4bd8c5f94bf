"""The process that makes visits, until it is asked to stop: `auditor worker`.

It has no key of the log, and no index. What it sees it stages on its own disk; a package is evidence once it is in the
store and its line is in the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.capture import TIME_SERVERS, Browser, Machine, examine_machine, negotiate_switches
from auditor.clock import monotonic, now
from auditor.errors import AuditorError, ConfigError, VaultError
from auditor.fleet import (
    DatabaseAddress,
    FleetConnection,
    FleetRoster,
    S3EvidenceStore,
    VisitQueue,
    WorkerState,
    connect,
    require_queue,
    require_schema,
    try_as_worker,
    why_another_store,
)
from auditor.gc_pause import collection_throttled
from auditor.model.ports import EvidenceStore
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.visit_timing import visit_places
from auditor.workflow.fleet.faults import FaultCount, ends_worker, where_raised
from auditor.workflow.fleet.heartbeat import keep_beating
from auditor.workflow.fleet.second_party import PartySigner, open_signer, why_unsigned
from auditor.workflow.fleet.worker_fitness import Fitness, FitnessCheck
from auditor.workflow.fleet.worker_visit import WorkerMeans, WorkerPlace, WorkerTools, WorkerVisit
from auditor.workflow.wiring import key_passphrase, open_credentials, read_targets
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

BEAT_SECONDS = 10.0
"""Between two signs of life."""
MACHINE_SECONDS = 3600.0
"""How long it is believed what was found on this machine."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How this worker works."""

    address: DatabaseAddress
    store: EvidenceStore
    vantage: str
    staging: Path
    """The folder on this machine's disk for what is under way."""
    places: int | None = None
    """Visits at once; None: as `targets.yaml` says, else by cores and memory."""
    sandbox: bool | None = None
    party_key: Path | None = None
    """The file of the key under which this machine's party signs, where it is another party's."""
    told: Callable[[str], None] = lambda line: None
    notify: Callable[[str], None] = lambda state: None
    """Tells the service manager: `READY=1`, `WATCHDOG=1`, `STOPPING=1`."""


@dataclass
class FleetWorker:
    """One worker of one vantage."""

    workspace: Workspace
    options: WorkerOptions
    id: str = field(default_factory=lambda: f"w-{secrets.token_hex(6)}")

    def __post_init__(self) -> None:
        self._stop = asyncio.Event()
        self._estate: Estate | None = None
        self._browser: Browser | None = None
        self._machine: Machine | None = None
        self._machine_at, self._examining = 0.0, asyncio.Lock()
        self._fit = True
        self._faults = FaultCount()
        self._failure: AuditorError | None = None
        self._signer: PartySigner | None = None
        self._own_store = ""
        """The fleet's key for secrets, once its mark was found in this worker's store."""
        options = self.options
        self._fitness = FitnessCheck(
            options.address, options.vantage, options.staging, lambda: self._sources(), lambda: self._sources(anew=True)
        )

    async def run(self) -> None:
        """Make visits until SIGTERM or SIGINT; those under way are finished.

        `ConfigError` where it cannot begin, `CaptureError` where no browser can be had, `VaultError` where the database
        is lost or several visits in a row were not kept: whatever started it starts it again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        loop.set_exception_handler(_tell_forgotten)
        estate = self._read_targets()
        self._signer = open_signer(estate, self.options.vantage, self.options.party_key, key_passphrase())
        places = self.options.places or visit_places(estate)
        await asyncio.to_thread(self._begin, places)
        self._drop_leftovers()
        self._aside = ThreadPoolExecutor(places, thread_name_prefix="visit")
        visited = [one for one in estate.deployments.values() if (one.vantage or "main") == self.options.vantage]
        async with (
            collection_throttled(),
            Browser.open(estate.browser, now, arguments=negotiate_switches(visited)) as self._browser,
        ):
            await self._examine()
            beat = asyncio.create_task(keep_beating(lambda: self._beat(places), BEAT_SECONDS, self.options.notify))
            self.options.told(f"worker {self.id}: vantage {self.options.vantage}, {places} visits at once")
            self.options.notify("READY=1")
            try:
                await VisitQueue(self.options.address, self.options.vantage, places, self._make).work(self._stop)
            finally:
                self.options.notify("STOPPING=1")
                beat.cancel()
                with suppress(asyncio.CancelledError):
                    await beat
                with suppress(AuditorError):
                    await asyncio.to_thread(self._say_end)
                self._aside.shutdown(wait=False)
        if self._failure is not None:
            raise self._failure

    def _on_signal(self, number: int) -> None:
        if self._stop.is_set():  # a second one ends at once: maintenance finds what was left
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.options.told("asked to stop: visits under way are finished")
        self._stop.set()

    def _read_targets(self) -> Estate:
        estate, _ = read_targets(self.workspace)
        if self.options.sandbox is not None:
            estate = replace(estate, browser=replace(estate.browser, sandbox=self.options.sandbox))
        self._estate = estate
        return estate

    def _sources(self, *, anew: bool = False) -> Mapping[str, str]:
        return (self._read_targets() if anew or self._estate is None else self._estate).sources

    def _begin(self, places: int) -> None:
        address = self.options.address
        with connect(address, "auditor_worker", f"worker {self.id}") as connection:
            require_schema(connection, address)
            require_queue(connection, address)
            if FleetRoster(connection, address).vantage(self.options.vantage) is None:
                raise ConfigError(
                    f"vantage {self.options.vantage}: not known to this fleet; declare it: auditor fleet vantage"
                    f" {self.options.vantage}, or name it at a deployment in targets.yaml"
                )
            # A store refuses whoever has a wrong clock, as if by wrong credentials: the clock is told first.
            if not self._ask_fitness(connection).why and isinstance(self.options.store, S3EvidenceStore):
                try_as_worker(self.options.store.bucket)
            self._report(connection, places)

    def _drop_leftovers(self) -> None:
        """What an earlier worker had staged here and not kept: its attempts are ended by maintenance."""
        for name in self.options.store.staged():
            LOGGER.warning("dropped: staged by an interrupted visit: %s", name)
            self.options.store.reopen(name).discard()

    async def _examine(self) -> None:
        assert self._browser is not None and self._estate is not None  # noqa: S101 (within `run`)
        deployments = self._estate.deployments.values()
        servers = () if all("clock" in one.checks_off for one in deployments) else TIME_SERVERS
        self._machine = await examine_machine(self._browser, now, time_servers=servers)
        self._machine_at = monotonic()

    def _tools(self) -> WorkerTools:
        assert self._browser is not None and self._machine is not None and self._estate is not None  # noqa: S101
        means = WorkerMeans(self.workspace, self._estate, now, open_credentials(self.workspace, self._estate))
        return WorkerTools(means, self._browser, self._machine)

    async def _make(self, request: str, job: int | None) -> None:
        """A job's boundary: what one visit runs into ends that visit; what all would run into ends this worker."""
        if self._stop.is_set():
            return
        options = self.options
        place = WorkerPlace(options.address, options.store, self.id, options.vantage, self._signer)
        try:
            async with self._examining:
                if monotonic() - self._machine_at > MACHINE_SECONDS:
                    await self._examine()
            if await WorkerVisit(place, self._tools, self._ask_fitness, self._aside).make(request, job):
                self._faults.kept()
        except Exception as error:  # noqa: BLE001 (told with its place; after several the worker ends)
            where = "" if isinstance(error, AuditorError) else f"; at {where_raised(error)}"
            LOGGER.error("visit not made: request=%s: %s: %s%s", request, type(error).__name__, error, where)  # noqa: TRY400 (one line)
            await self._count_fault(error)

    async def _count_fault(self, error: Exception) -> None:
        pause = self._faults.failed()
        if ends_worker(error) and isinstance(error, AuditorError):
            self._failure = error
        elif self._faults.too_many:
            self._failure = self._failure or VaultError(
                f"worker {self.id} ends: {self._faults.faults} visits in a row were not made or not kept; the last:"
                f" {type(error).__name__}: {error}"
            )
        if self._failure is not None:
            self._stop.set()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause)

    def _ask_fitness(self, connection: FleetConnection) -> Fitness:
        """Asked before every visit, over the visit's connection."""
        found = self._fitness.ask(connection)
        if not found.why and self._estate is not None:
            found = replace(found, why=why_unsigned(self._estate, self.options.vantage, self._signer))
        store = self.options.store
        if not found.why and found.box != self._own_store and isinstance(store, S3EvidenceStore):
            found = replace(found, why=why_another_store(store.bucket, found.box))
            self._own_store = found.box if not found.why else ""
        if bool(found.why) is self._fit:
            self._fit = not found.why
            self.options.told(f"worker {self.id}: {'no work: ' + found.why if found.why else 'gets work again'}")
        return found

    def _report(self, connection: FleetConnection, places: int) -> None:
        """Say how this worker is, and whether it is fit."""
        found = self._ask_fitness(connection)
        state = WorkerState(
            self.id, self.options.vantage, socket.gethostname(), os.getpid(), f"auditor {__version__}", places,
            found.facts.egress, found.facts.off_by // timedelta(milliseconds=1), found.why,
        )  # fmt: skip
        FleetRoster(connection, self.options.address).register(state)

    def _beat(self, places: int) -> None:
        """A sign of life to the database."""
        with connect(self.options.address, "auditor_worker", f"worker {self.id}") as connection:
            self._report(connection, places)

    def _say_end(self) -> None:
        with connect(self.options.address, "auditor_worker", f"worker {self.id}") as connection:
            FleetRoster(connection, self.options.address).end(self.id)


def _tell_forgotten(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What ended a task that nobody waits for: a job of the queue that somebody else has ended."""
    error = context.get("exception")
    why = f"{type(error).__name__}: {' '.join(str(error.__cause__ or error).split())}" if error is not None else ""
    LOGGER.warning("task ended: %s: %.500s", context.get("message", ""), why)
