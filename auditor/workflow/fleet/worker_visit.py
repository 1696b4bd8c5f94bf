"""One request's visit by a worker, step by step.

The lease lives on a connection of the visit's own: where that is lost, so is the right to commit. The intent is
journalled before anything is loaded, the package is in the store and read back before its line is written, and that
line is written in the transaction that ends the attempt. What is interrupted before leaves objects that no line names;
what is interrupted after finds its request ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from auditor.capture import Browser, Machine
from auditor.clock import Clock
from auditor.custody import Keys, PackageStage, committed_event, require_package_ids
from auditor.errors import AwayError, ConfigError, CustodyError, LeaseLostError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetConnection,
    LedgerLine,
    RequestBook,
    VisitRequest,
    connect,
)
from auditor.formats import canonical_json
from auditor.model.captures import Capture
from auditor.model.events import CaptureCommitted, GapRecorded, VisitIntended
from auditor.model.evidence import JournalEntry
from auditor.model.ports import EvidenceStore, Lease, TimestampAuthority
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.host_pacing import retry_after_of
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import describe_capture, intended_visit, visit_deployment
from auditor.workflow.credentials.lookup import Credentials
from auditor.workflow.fleet.faults import COMMIT_PATIENCE, PAUSE, STORE_PATIENCE, again_seconds, tried_for
from auditor.workflow.fleet.second_party import PartySigner
from auditor.workflow.fleet.worker_fitness import Fitness
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

Result = TypeVar("Result")
BUSY_SECONDS, NOT_BEGUN_SECONDS, UNFIT_SECONDS, MOST_SECONDS = 2.0, 30.0, 60.0, 300.0
"""Until a request is tried again: whose deployment or host is being visited; that could not be begun; that a worker
may not have; at most, for a host that is to be left alone."""


@dataclass(frozen=True, slots=True)
class WorkerMeans:
    """What a worker's visits need of its machine; `workflow.audit.visit_means.VisitMeans`."""

    workspace: Workspace
    estate: Estate
    clock: Clock
    credentials: Credentials
    sign_in_keys: Keys | None = None
    """None: a sign-in that a person made lies with the workspace's keys, which are on no worker."""
    authorities: tuple[TimestampAuthority, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerTools:
    """What one visit is made with."""

    means: WorkerMeans
    browser: Browser
    machine: Machine


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where visits go: the database, the store, and who makes them."""

    address: DatabaseAddress
    store: EvidenceStore
    worker: str
    vantage: str
    signer: PartySigner | None = None
    """What is signed with on a machine of another party."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A visit whose intent is journalled."""

    request: VisitRequest
    slot: VisitSlot
    intent: JournalEntry
    stage: PackageStage
    tools: WorkerTools
    egress: str
    """From where the worker was seen when it was found to be fit; empty where nobody asked."""


class WorkerVisit:
    """One request's visit."""

    def __init__(
        self,
        place: WorkerPlace,
        tools: Callable[[], WorkerTools],
        fitness: Callable[[FleetConnection], Fitness],
        aside: Executor,
    ) -> None:
        """`fitness`: whether the worker may have work now, asked before every visit; `aside`: runs what blocks, one
        step of a visit at a time."""
        self._place, self._tools, self._fitness, self._aside = place, tools, fitness, aside
        self._resources = ExitStack()
        self._connection: FleetConnection | None = None
        self._session = ""

    async def make(self, request: str, job: int | None) -> bool:
        """Steps 1 to 6; whether the visit was kept. What cannot be begun now is put off, what fails ends as a gap.

        Raises whatever kept the visit from being begun or kept, but a lease that was lost: that is no fault.
        """
        try:
            # 1. The right to visit: this machine is fit, nobody else visits, the host may be asked. And
            # 2. the intent, with the attempt's row. Touches: the database.
            begun = await self._blocking(lambda: self._begin(request, job))
            if begun is None:
                return False
            try:
                # 3. Visit. Touches: the deployment, its resolver, the staging folder.
                capture = await visit_deployment(begun.tools, begun.slot, begun.intent, begun.stage)
                # 4. to 6. Touches: the staging folder, the store, the database.
                await self._blocking(lambda: self._keep(begun, capture))
            except LeaseLostError as error:
                LOGGER.warning("visit not kept: capture=%s: %s", begun.slot.capture, error)
                begun.stage.discard()
                return False
            except BaseException as error:
                why = _why(error)
                await self._blocking(lambda: self._give_up(begun, why))
                raise
            return True
        finally:
            await self._blocking(self._resources.close)

    async def _blocking(self, act: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._aside, act)

    def _open(self) -> FleetConnection:
        """A connection by the name of this visit. `AwayError` where there is none: there was when the worker began."""
        try:
            self._connection = connect(self._place.address, "auditor_worker", self._session)
        except ConfigError as error:
            raise AwayError(str(error)) from None
        self._resources.callback(self._connection.close)
        return self._connection

    def _begin(self, name: str, job: int | None) -> _Begun | None:
        self._session = f"worker {self._place.worker} {name}"
        connection = self._open()
        try:
            return self._begin_over(connection, name, job)
        except Exception:  # nothing was begun: whoever can may try soon
            with suppress(CustodyError):
                RequestBook(connection, self._place.address).put_off(name, NOT_BEGUN_SECONDS)
            raise

    def _begin_over(self, connection: FleetConnection, name: str, job: int | None) -> _Begun | None:
        address = self._place.address
        book, attempts, lease = (
            RequestBook(connection, address), AttemptLog(connection, address), DatabaseLease(connection, address),
        )  # fmt: skip
        request = book.open(name)
        if request is None or request.vantage != self._place.vantage:
            return None
        fitness = self._fitness(connection)
        if fitness.why:
            LOGGER.warning("no work: worker=%s request=%s: %s", self._place.worker, name, fitness.why)
            book.put_off(name, UNFIT_SECONDS)
            return None
        tools = self._tools()
        deployment = tools.means.estate.deployments.get(request.deployment)
        if deployment is None:
            LOGGER.warning("request=%s: deployment %s is not in targets.yaml", name, request.deployment)
            book.put_off(name, UNFIT_SECONDS)
            return None
        slot = VisitSlot(request.run, request.planned, deployment)
        if busy := self._claim(slot, lease, book, tools.means.estate):
            book.put_off(name, busy)
            return None
        if book.open(name) is None:  # ended while the lease was waited for
            return None
        slot = replace(slot, attempt=attempts.count(name) + 1)
        require_package_ids(deployment.id, slot.capture)
        batch = self._place.store.stage(f"capture-{slot.capture}")
        try:
            line = attempts.begin(name, slot.attempt, self._place.worker, job, intended_visit(slot))
        except LeaseLostError as error:  # it was given up, or its time is over
            batch.discard()
            LOGGER.info("no visit: request=%s: %s", name, error)
            book.put_off(name, NOT_BEGUN_SECONDS)
            return None
        except BaseException:
            batch.discard()
            raise
        LOGGER.info(
            "visit opened: run=%s deployment=%s attempt=%d capture=%s", slot.run, slot.id, slot.attempt, slot.capture
        )
        stage = PackageStage(batch, deployment.id, slot.capture, line.at, lambda: fitness.box)
        return _Begun(request, slot, _entry(line, intended_visit(slot)), stage, tools, fitness.facts.egress)

    def _claim(self, slot: VisitSlot, lease: Lease, book: RequestBook, estate: Estate) -> float:
        """Deployment and host, by the estate's politeness: 0, or the seconds until it is worth asking again."""
        if other := lease.take([f"deployment {slot.deployment.id}"]):
            LOGGER.debug("visit waits: deployment=%s: %s visits it", slot.deployment.id, other)
            return BUSY_SECONDS
        rule = estate.politeness.rule(slot.host)
        if not any(not lease.take([f"host {slot.host} {turn}"]) for turn in range(rule.visits_at_once)):
            return BUSY_SECONDS
        return min(book.take_host(slot.host, rule.seconds_between), MOST_SECONDS)

    def _keep(self, begun: _Begun, capture: Capture) -> None:
        means, slot = begun.tools.means, begun.slot
        told = replace(capture, facts={**capture.facts, **self._place_facts(begun)})
        self._heed(begun, capture)
        # 4. The manifest, behind everything that it lists.
        data = describe_capture(means, told, begun.intent)
        described = begun.stage.finish(data)
        # 5. Into the store, never written over, and read back.
        version = self._store(begun)
        # 6. The line that makes it evidence, with the end of the attempt, in the session that holds the lease.
        event, signer = committed_event(described, begun.stage.home, data, version), self._place.signer
        self._commit(begun, event if signer is None else signer.signed(event))
        LOGGER.info("package committed: capture=%s path=%s state=%s", slot.capture, begun.stage.home, told.state)

    def _place_facts(self, begun: _Begun) -> dict[str, str]:
        """Said in every package: worker, vantage, the address that was held against what the vantage declares, and
        another party with its key."""
        place = self._place
        seen = {"egress": begun.egress} if begun.egress else {}
        whose = place.signer.facts if place.signer is not None else {}
        return {"worker": place.worker, "vantage": place.vantage, **seen, **whose}

    def _heed(self, begun: _Begun, capture: Capture) -> None:
        asked = retry_after_of(begun.slot.host, capture, begun.tools.means.clock())
        if asked is not None and self._connection is not None:
            with suppress(CustodyError):  # what was seen is kept all the same
                RequestBook(self._connection, self._place.address).hold_host(
                    begun.slot.capture, asked.host, asked.seconds
                )

    def _store(self, begun: _Begun) -> str:
        """The version id of the package's object, where the store has such."""
        return tried_for(
            STORE_PATIENCE,
            PAUSE,
            begun.stage.publish,
            lambda error: LOGGER.warning("store does not answer: capture=%s: %s", begun.slot.capture, error),
        )

    def _commit(self, begun: _Begun, event: CaptureCommitted) -> None:
        try:
            self._end_patiently(begun, event)
        except LeaseLostError:
            if not self._committed(begun):
                raise

    def _end_patiently(self, begun: _Begun, event: CaptureCommitted | GapRecorded) -> None:
        """Over the connection of the lease; where that is lost, over a new one that takes the lease again, as long as
        nobody has ended the attempt."""

        def told(error: AwayError) -> None:
            LOGGER.warning("database does not answer: capture=%s: %s", begun.slot.capture, error)
            if self._connection is not None:
                self._connection.close()  # a session that lives all the same has the lease
            self._connection = None

        tried_for(COMMIT_PATIENCE, PAUSE, lambda: self._end(begun, event), told)

    def _end(self, begun: _Begun, event: CaptureCommitted | GapRecorded) -> None:
        address, again = self._place.address, again_seconds(begun.slot.attempt)
        connection = self._connection
        if connection is None:
            connection = self._open()
            other = AttemptLog(connection, address).take_up(begun.slot.capture)
            if other == self._session:  # the database has not noticed yet that it is gone
                raise AwayError(f"deployment {begun.slot.deployment.id}: this visit's former session has the lease")
            if other:
                raise LeaseLostError(f"deployment {begun.slot.deployment.id}: {other} visits it meanwhile")
        AttemptLog(connection, address).end(begun.slot.capture, event, event.kind, again)

    def _committed(self, begun: _Begun) -> bool:
        """Whether it was this visit that ended the attempt: the answer was lost, the line was not."""
        if self._connection is None:
            return False
        return AttemptLog(self._connection, self._place.address).outcome(begun.slot.capture) == "capture"

    def _give_up(self, begun: _Begun, why: str) -> None:
        """Nothing is kept, and a gap says why; where not even that can be written, maintenance finds the attempt."""
        slot = begun.slot
        LOGGER.error("visit broke off: deployment=%s capture=%s: %s", slot.deployment.id, slot.capture, why)
        gap = GapRecorded(run=slot.run, deployment=slot.deployment.id, slot="", intent=slot.capture, why=why)
        try:
            self._end_patiently(begun, gap)
        except CustodyError as error:
            LOGGER.warning("gap not journalled: capture=%s: %s", slot.capture, error)
        begun.stage.discard()


def _why(error: BaseException) -> str:
    said = (str(error).splitlines() or [""])[0]
    return f"the visit was not kept: {type(error).__name__}: {said:.300}"


def _entry(line: LedgerLine, intent: VisitIntended) -> JournalEntry:
    """The journal's entry of a line that the database appended."""
    previous = canonical_json.decode(line.line, f"journal line {line.number}")["previous"]
    return JournalEntry(line.number, line.at, "intent", intent.body(), str(previous), line.line)
