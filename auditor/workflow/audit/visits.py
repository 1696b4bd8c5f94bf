"""Steps 3 to 8 for all slots of a run: workers take one slot at a time, politely; keeping overlaps with page loads."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from auditor.capture import Browser, Machine
from auditor.clock import monotonic, timestamp
from auditor.custody import StagedPackage
from auditor.errors import AuditorError, VaultError
from auditor.index import IndexedCapture
from auditor.model.captures import Capture
from auditor.model.evidence import JournalEntry
from auditor.planning import HostQueue, retry_after_seconds
from auditor.workflow.audit.single_visit import VisitSlot, capture_slot, commit_capture
from auditor.workflow.index.record import BATCH
from auditor.workflow.wiring import Instruments

Progress = Callable[[int, int, str], None]
POLL_SECONDS = 1.0
"""How soon a request to stop is noticed while every host is to be left alone."""


@dataclass
class RunSummary:
    """How the slots of a run ended."""

    planned: int
    complete: int = 0
    partial: int = 0
    failed: int = 0
    gaps: int = 0
    sealed: int = 0
    seconds: float = 0.0
    run: str = ""
    waiting: list[str] = field(default_factory=list)
    """Captures that wait for their quorum of timestamps."""
    notices: list[str] = field(default_factory=list)
    """What the run could not have and what ends before long: revocation lists, witnesses, certificates."""
    stopped: bool = False
    """Whether the run was asked to stop before all its slots were visited."""

    @property
    def ended(self) -> int:
        return self.complete + self.partial + self.failed + self.gaps


class VisitRunner:
    """One run's way through its slots. Every slot ends as a capture or a gap, whatever happens to the others."""

    def __init__(
        self,
        instruments: Instruments,
        slots: Sequence[VisitSlot],
        tally: RunSummary,
        progress: Progress,
        *,
        workers: int,
        held: Mapping[str, float],
        delays: Mapping[str, float],
        stop: Callable[[], bool],
    ) -> None:
        """`held`: hosts to be left alone, for so many seconds; `delays`: seconds from now, by slot id."""
        self._instruments = instruments
        self._slots = slots
        self._tally = tally
        self._progress = progress
        self._workers = workers
        self._stop = stop
        self._changed = asyncio.Event()
        self._room = asyncio.Semaphore(2 * workers)
        self._keepers = ThreadPoolExecutor(max(2, workers), thread_name_prefix="keep")
        self._records: list[IndexedCapture] = []
        now = monotonic()
        self._itinerary: HostQueue[VisitSlot] = HostQueue(
            instruments.estate.politeness, {host: now + seconds for host, seconds in held.items()}
        )
        by_host: dict[str, list[tuple[float, VisitSlot]]] = defaultdict(list)
        for slot in slots:
            by_host[slot_host(slot)].append((now + delays.get(slot.id, 0.0), slot))
        for host, stops in by_host.items():
            self._itinerary.add(host, sorted(stops, key=lambda stop: stop[0]))

    async def make(self, browser: Browser, machine: Machine) -> None:
        """Visit and keep. An error of the disk or of the machine ends the run, with a gap for all that is left."""
        why: BaseException | None = None
        browser.expecting = lambda: bool(self._itinerary.left) and not self._stop()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._workers, len(self._slots))):
                    group.create_task(self._work(group, browser, machine))
        except BaseExceptionGroup as failures:
            why = _first(failures)
            raise why from failures
        except BaseException as error:
            why = error
            raise
        finally:
            # What is being kept is kept to its end: a thread cannot be called back, and a capture ends its intent.
            await asyncio.shield(asyncio.to_thread(self._keepers.shutdown))
            if why is not None:
                with contextlib.suppress(VaultError):  # a full disk: the next start records what this one cannot
                    self._record_rest(f"the run ended before this visit was kept: {str(why) or type(why).__name__}")
            elif self._itinerary.left:
                self._tally.stopped = True
                self._record_rest("the run was asked to stop before this visit")
            self._remember()

    async def _work(self, group: asyncio.TaskGroup, browser: Browser, machine: Machine) -> None:
        while (found := await self._next()) is not None:
            slot, host = found
            try:
                seen = await capture_slot(self._instruments, slot, browser, machine)
            finally:
                self._itinerary.release(host)
                self._changed.set()
            await self._heed(host, seen[1])
            # The next visit loads its pages while this one is hashed, stamped and read; only so many may wait.
            await self._room.acquire()
            group.create_task(self._keep(slot, *seen))

    async def _next(self) -> tuple[VisitSlot, str] | None:
        while not self._stop():
            turn = self._itinerary.take(monotonic())
            if turn is None:
                return None
            if turn.stop is None:
                await self._wait(turn.wait)
            elif turn.held_for:
                await asyncio.to_thread(self._left_alone, turn.stop, turn.host, turn.held_for)
            else:
                return turn.stop, turn.host
        return None

    async def _wait(self, seconds: float) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, POLL_SECONDS) if seconds != math.inf else POLL_SECONDS):
                await self._changed.wait()

    async def _keep(self, slot: VisitSlot, staging: StagedPackage, capture: Capture, intent: JournalEntry) -> None:
        loop = asyncio.get_running_loop()
        try:
            record, package = await loop.run_in_executor(
                self._keepers, commit_capture, self._instruments, staging, capture, intent
            )
        finally:
            self._room.release()
        tally = self._tally
        setattr(tally, record.row.state, getattr(tally, record.row.state) + 1)
        if package.seal.sealed:
            tally.sealed += 1
        else:
            tally.waiting.append(record.row.capture)
        self._records.append(record)
        self._progress(tally.ended, tally.planned, f"{slot.deployment.id}: {capture.state}")
        if len(self._records) >= BATCH:
            self._remember()

    async def _heed(self, host: str, capture: Capture) -> None:
        """A host that answered `Retry-After` is left alone so long, by this run and by later ones."""
        header = capture.facts.get("retry_after", "")
        seconds = retry_after_seconds(header, self._instruments.clock()) if header else None
        if not seconds:
            return
        self._itinerary.hold(host, monotonic() + seconds)
        until = timestamp(self._instruments.clock() + timedelta(seconds=seconds))
        body = {"action": "retry_after", "host": host, "until": until, "header": header, "capture": capture.id}
        await asyncio.to_thread(self._instruments.journal.append, "schedule", body)

    def _left_alone(self, slot: VisitSlot, host: str, seconds: float) -> None:
        longest = self._instruments.estate.politeness.longest_wait_seconds
        why = f"host {host} asked to be left alone for {math.ceil(seconds)} s more; a run waits at most {longest} s"
        self._instruments.custody.gap(why, run=slot.run, deployment=slot.deployment.id, slot=slot.id)
        self._tally.gaps += 1

    def _record_rest(self, why: str) -> None:
        """Gaps for what did not end: one for each visit that was begun, one for all that were not."""
        instruments, ledger = self._instruments, self._instruments.journal.ledger
        untouched: list[VisitSlot] = []
        for slot in self._slots:
            if slot.capture in ledger.intents:
                if not ledger.outcomes.get(slot.capture):
                    instruments.custody.gap(
                        why, run=slot.run, deployment=slot.deployment.id, slot=slot.id, intent=slot.capture
                    )
                    self._tally.gaps += 1
            elif not ledger.slots.get((slot.run, slot.id)):
                untouched.append(slot)
        if len(untouched) == 1:
            instruments.custody.gap(
                why, run=untouched[0].run, deployment=untouched[0].deployment.id, slot=untouched[0].id
            )
        elif untouched:
            listed = [{"slot": slot.id, "deployment": slot.deployment.id} for slot in untouched]
            names = [slot.deployment.id for slot in untouched]
            instruments.custody.gap(why, run=untouched[0].run, deployment="", deployments=names, slots=listed)
        self._tally.gaps += len(untouched)

    def _remember(self) -> None:
        if self._records:
            self._instruments.index.record(self._records)
            self._records.clear()


def slot_host(slot: VisitSlot) -> str:
    """The host that a visit's limits count for: without port, since ports share a machine."""
    return (urlsplit(slot.deployment.address).hostname or "").lower()


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to tell: one of ours if there is one."""
    leaves = [_first(error) if isinstance(error, BaseExceptionGroup) else error for error in failures.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, AuditorError)), leaves[0])
