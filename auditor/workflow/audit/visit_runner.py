"""All slots of a run, several at once: each visit in a task, keeping overlapped with the next visits' page loads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from auditor.capture import Browser, Machine
from auditor.clock import monotonic
from auditor.errors import AuditorError, VaultError
from auditor.model.captures import Capture, CaptureState
from auditor.planning import QueueDecision
from auditor.workflow.audit.gaps import end_broken_visit, record_host_left_alone, record_unfinished
from auditor.workflow.audit.host_pacing import HostPacer, queue_slots, retry_after_of
from auditor.workflow.audit.run_record import OpenRun
from auditor.workflow.audit.run_summary import RunSummary, VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import StoredVisit, VisitFunction, VisitPorts, ends_run
from auditor.workflow.audit.visit_timing import VisitTiming
from auditor.workflow.index.batch import OLDEST_SECONDS, IndexBatch
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")

CLAIM_SECONDS = 0.2
"""Between two looks whether another command has left a host."""


@dataclass(frozen=True, slots=True)
class RunControl:
    """How a run is watched and ended from outside."""

    progress: Progress
    stop: Callable[[], bool]
    """Asked before each visit: visits under way are finished, the others end as gaps."""
    oldest_seconds: float = OLDEST_SECONDS
    """How long a capture waits at most before it is recorded in the index."""


class VisitRunner:
    """One run's way through its slots. Every slot ends as a capture or a gap, whatever happens to the others."""

    def __init__(self, instruments: Instruments, run: OpenRun, timing: VisitTiming, control: RunControl) -> None:
        self._instruments = instruments
        self._run = run
        self._progress, self._stop, self._oldest = control.progress, control.stop, control.oldest_seconds
        self._summary = RunSummary(len(run.slots), run=run.id)
        self._pacer = HostPacer(
            queue_slots(run.slots, instruments.estate.politeness, timing, monotonic()), control.stop
        )
        self._batch = IndexBatch(instruments.index)
        self._visiting = asyncio.Semaphore(timing.workers)
        # The next visit loads its pages while this one is hashed, stamped and read; only so many may wait for that.
        self._keeping = asyncio.Semaphore(2 * timing.workers)
        self._being_kept: set[Future[StoredVisit]] = set()
        self._on_site: set[str] = set()
        """Captures whose deployment is being visited: each holds its host."""
        self._claiming: dict[str, VisitSlot] = {}
        """Slots that take their claims, or have them and have not given them back."""
        self._at_work: set[str] = set()
        """Captures that hold one of the visits at once: until what they saw is handed over to be kept."""
        self._states: dict[str, CaptureState] = {}
        """How the captures ended that are being kept."""
        self._keepers = ThreadPoolExecutor(max(2, timing.workers), thread_name_prefix="keep")

    async def run(self, visit: VisitFunction, browser: Browser, machine: Machine) -> RunSummary:
        """Visit every slot with `visit`; how they ended.

        An error of the disk or of the machine ends the run, with a gap for each slot that is left; it is raised again.
        """
        why: BaseException | None = None
        ports = VisitPorts(self._instruments, browser, machine, self._left_site, self._store, self._batch.add)
        browser.expecting = lambda: self._pacer.expects_more
        flushing = asyncio.create_task(self._flush_by_age())
        try:
            async with asyncio.TaskGroup() as group:
                await self._hand_out(group, visit, ports)
        except BaseExceptionGroup as failures:
            why = _first(failures)
            raise why from failures
        except BaseException as error:
            why = error
            raise
        finally:
            flushing.cancel()
            # What is being kept is kept to its end: a thread cannot be called back, and a capture ends its intent.
            await asyncio.shield(asyncio.to_thread(self._keepers.shutdown))
            for slot in self._claiming.values():  # visits that were cancelled, or ended the run, gave nothing back
                self._instruments.custody.claims.give_back(_claims_of(slot))
            self._claiming.clear()
            if why is not None:
                with contextlib.suppress(VaultError):  # a full disk: the next start records what this one cannot
                    self._record_rest(f"the run ended before this visit was kept: {str(why) or type(why).__name__}")
            elif self._pacer.left:
                self._record_rest("the run was asked to stop before this visit", stopped=True)
            self._record_kept()
            self._batch.flush()
        return self._summary

    async def _hand_out(self, group: asyncio.TaskGroup, visit: VisitFunction, ports: VisitPorts) -> None:
        """A slot to each worker that is free, until none is left or the run is asked to stop."""
        while True:
            await self._visiting.acquire()
            decision = await self._pacer.next()
            if decision is None or decision.stop is None:
                return
            if decision.held_for:
                await self._leave_alone(decision.stop, decision)
                self._visiting.release()
            else:
                group.create_task(self._visit(decision.stop, visit, ports))

    async def _visit(self, slot: VisitSlot, visit: VisitFunction, ports: VisitPorts) -> None:
        self._at_work.add(slot.capture)
        self._claiming[slot.capture] = slot
        if taken_by := await self._claim(slot):
            del self._claiming[slot.capture]
            self._pacer.release(slot.host)
            self._hand_over(slot.capture)
            await self._give_up(slot, f"{taken_by} was visiting it, or its host, for longer than a run waits")
            return
        self._on_site.add(slot.capture)
        try:
            outcome = await visit(slot, ports)
        except Exception as error:
            if ends_run(error):
                raise
            await self._record_trouble(slot, error)
            return
        self._summary = self._summary.with_visit(outcome)
        self._progress(self._summary.ended, self._summary.planned, f"{outcome.deployment}: {outcome.state}")

    async def _record_trouble(self, slot: VisitSlot, error: Exception) -> None:
        """End a visit that broke off outside its page: by its package where that is committed, else by a gap."""
        if slot.capture in self._on_site:
            await self._leave(slot)
        self._hand_over(slot.capture)
        why = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]:.300}"
        LOGGER.error("visit broke off: deployment=%s capture=%s: %s", slot.deployment.id, slot.capture, why)
        kept = await asyncio.to_thread(end_broken_visit, self._instruments.custody, slot, why)
        state = self._states[slot.capture] if kept else None
        ending = "its evidence is kept, but not all was done with it" if kept else "nothing of its visit was kept"
        notice = f"{slot.deployment.id}: {ending} ({why})"
        summary = self._summary.with_notices([notice])
        self._summary = (
            summary.with_visit(VisitOutcome(slot.capture, slot.deployment.id, state, sealed=False))
            if state
            else summary.with_gaps(1)
        )
        self._progress(self._summary.ended, self._summary.planned, f"{slot.deployment.id}: {state or 'not kept'}")

    async def _claim(self, slot: VisitSlot) -> str:
        """Wait until no other command visits the deployment or its host; who still does after the longest wait."""
        claims, waited = self._instruments.custody.claims, 0.0
        while taken_by := await asyncio.to_thread(claims.take, _claims_of(slot)):
            if waited == 0.0:
                told = f"{slot.deployment.id}: waits, {taken_by} visits it or its host"
                self._progress(self._summary.ended, self._summary.planned, told)
                LOGGER.info("visit waits: deployment=%s: %s", slot.deployment.id, taken_by)
            if waited >= self._instruments.estate.politeness.longest_wait_seconds or self._stop():
                return taken_by
            await asyncio.sleep(CLAIM_SECONDS)
            waited += CLAIM_SECONDS
        return ""

    async def _leave(self, slot: VisitSlot) -> None:
        self._on_site.discard(slot.capture)
        self._pacer.release(slot.host)
        await asyncio.to_thread(self._instruments.custody.claims.give_back, _claims_of(slot))
        self._claiming.pop(slot.capture, None)

    def _hand_over(self, capture: str) -> None:
        """Free this visit's place for the next one; a second call changes nothing."""
        if capture in self._at_work:
            self._at_work.discard(capture)
            self._visiting.release()

    async def _left_site(self, slot: VisitSlot, capture: Capture) -> None:
        """A host that answered `Retry-After` is left alone so long, by this run and by later ones."""
        await self._leave(slot)
        self._states[slot.capture] = capture.state
        asked = retry_after_of(slot.host, capture, self._instruments.clock())
        if asked is not None:
            self._pacer.hold(asked.host, asked.seconds)
            await asyncio.to_thread(self._instruments.journal.record, asked.event())

    async def _store(self, slot: VisitSlot, keep: Callable[[], StoredVisit]) -> StoredVisit:
        async with self._keeping:
            self._hand_over(slot.capture)
            kept = self._keepers.submit(keep)
            self._being_kept.add(kept)
            stored = await asyncio.wrap_future(kept)  # a visit that is cancelled here leaves `kept` to `_record_kept`
            self._being_kept.discard(kept)
            return stored

    async def _flush_by_age(self) -> None:
        """What was captured is soon in the index, however slowly other visits follow."""
        while True:
            await asyncio.sleep(self._oldest / 10)
            if self._batch.age >= self._oldest:
                try:
                    self._batch.flush()
                except AuditorError as error:  # the next capture, or the end of the run, tries again and tells
                    LOGGER.warning("index: %s", str(error).splitlines()[0])

    def _record_kept(self) -> None:
        """Give the index what was kept to its end after its visit had been cancelled, because the run ended."""
        for kept in self._being_kept:
            if not kept.cancelled() and kept.exception() is None:
                self._batch.add(kept.result().record)
        self._being_kept.clear()

    async def _give_up(self, slot: VisitSlot, why: str) -> None:
        custody = self._instruments.custody
        await asyncio.to_thread(custody.gap, why, run=slot.run, deployment=slot.deployment.id, slot=slot.id)
        self._summary = self._summary.with_gaps(1)

    async def _leave_alone(self, slot: VisitSlot, decision: QueueDecision[VisitSlot]) -> None:
        longest = self._instruments.estate.politeness.longest_wait_seconds
        await asyncio.to_thread(record_host_left_alone, self._instruments.custody, slot, decision.held_for, longest)
        self._summary = self._summary.with_gaps(1)

    def _record_rest(self, why: str, *, stopped: bool = False) -> None:
        gaps = record_unfinished(self._instruments.custody, self._run.slots, why)
        self._summary = self._summary.with_gaps(gaps, stopped=stopped)


def _claims_of(slot: VisitSlot) -> list[str]:
    return [f"deployment {slot.deployment.id}", f"host {slot.host}"]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to tell: one of ours if there is one."""
    leaves = [_first(error) if isinstance(error, BaseExceptionGroup) else error for error in failures.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, AuditorError)), leaves[0])
