"""The main flow: what one audit does, in numbered steps."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from auditor import __version__
from auditor.capture import Browser, examine_machine
from auditor.capture.environment.machine import TIME_SERVERS
from auditor.clock import monotonic, timestamp
from auditor.custody import sign_checkpoint
from auditor.errors import ConfigError
from auditor.gc_pause import collection_throttled
from auditor.model.deployments import Deployment
from auditor.model.estate import Schedule
from auditor.model.evidence import JournalEntry, Package
from auditor.planning import ScheduleHistory, SlotTime, visit_offset
from auditor.workflow.audit.maintenance import MAX_SEALED_AT_START, publish_closing_checkpoint, seal_waiting
from auditor.workflow.audit.single_visit import VisitSlot
from auditor.workflow.audit.visits import Progress, RunSummary, VisitRunner
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import Instruments

__all__ = ["Progress", "RunSummary", "ScheduledRun", "concurrent_visit_limit", "run_audit"]

MEMORY_PER_VISIT = 600 << 20
"""Memory that one visit may take at its worst, for choosing how many go on at once."""


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """The slot of a schedule that a run is made for."""

    schedule: Schedule
    slot: SlotTime
    late: bool = False
    """It makes up for slots that were missed."""
    deployments: tuple[str, ...] = ()


def _never() -> bool:
    return False


async def run_audit(
    instruments: Instruments,
    progress: Progress,
    only: Sequence[str] = (),
    *,
    errand: ScheduledRun | None = None,
    stop: Callable[[], bool] = _never,
) -> RunSummary:
    """Visit every deployment (or those named) once. A bad page is an outcome; the other deployments go on.

    `errand`: the slot of a schedule that is visited; `stop` is asked before each visit: visits under way are finished,
    the others end as gaps.
    """
    began = monotonic()
    await asyncio.to_thread(seal_waiting, instruments, MAX_SEALED_AT_START)
    index_missing_captures(instruments)
    # 1. Open the run, with the digest of targets.yaml and the software's version.
    run = _open_run(instruments)
    slots = [
        VisitSlot(run, deployment.id, deployment)
        for deployment in _chosen(instruments, errand.deployments if errand else only)
    ]
    # The plan is journalled and timestamped before anything is visited: an absence is then provable.
    plan = _plan(instruments, run, slots, errand)
    made = f"plan of run {run}, journal line {plan.number}"
    tally = RunSummary(len(slots), run=run)
    tour = VisitRunner(
        instruments, slots, tally, progress,
        workers=concurrent_visit_limit(instruments), held=_held(instruments),
        delays=_delays(instruments, slots, errand), stop=stop,
    )  # fmt: skip
    async with (
        collection_throttled(),
        _meanwhile(lambda: sign_checkpoint(instruments.journal, instruments.sealer, made)) as stamped,
        Browser.open(instruments.estate.browser, instruments.clock) as browser,
    ):
        # 2. Record the circumstances (清洁性检查) of this machine; those of each target follow with its visit.
        machine = await examine_machine(browser, instruments.clock, time_servers=_time_servers(slots))
        await stamped
        # 3 to 8. Visit, keep, seal, read, remember: see `touring` and `visiting`.
        await tour.make(browser, machine)
    # Packages that an authority kept waiting get another chance before the run ends.
    late = await asyncio.to_thread(seal_waiting, instruments) if tally.waiting else []
    _note_late(instruments, tally, late)
    # 9. and 10. Positions, findings and the report are made from the index when they are asked for: see `judging`.
    tally.seconds = monotonic() - began
    await asyncio.to_thread(_close_run, instruments, tally)
    return tally


@asynccontextmanager
async def _meanwhile(act: Callable[[], object]) -> AsyncIterator[asyncio.Future[object]]:
    """Does something in a thread while the block goes on; it has come to its end when the block has."""
    doing = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        yield doing
    finally:
        await asyncio.wait([doing])


def _open_run(instruments: Instruments) -> str:
    at = instruments.clock()
    run = f"r-{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    body = {
        "run": run,
        "software": f"auditor {__version__}",
        "targets": dict(instruments.estate.sources),
        "sandbox": instruments.estate.browser.sandbox,
        "at": timestamp(at),
    }
    instruments.journal.append("run.opened", body)
    return run


def _chosen(instruments: Instruments, only: Sequence[str]) -> list[Deployment]:
    unknown = [name for name in only if name not in instruments.estate.deployments]
    wanted = frozenset(only)
    if unknown:
        known = ", ".join(list(instruments.estate.deployments)[:8])
        raise ConfigError(
            f"--only {unknown[0]}: no such deployment in {instruments.workspace.targets}. It has: {known}"
        )
    return [one for one in instruments.estate.deployments.values() if one.pages and (not wanted or one.id in wanted)]


def _time_servers(slots: Sequence[VisitSlot]) -> Sequence[str]:
    """No time server is asked where the clock check is switched off, with its reason, for every deployment."""
    return () if all("clock" in slot.deployment.checks_off for slot in slots) else TIME_SERVERS


def concurrent_visit_limit(instruments: Instruments) -> int:
    """How many visits go on together: as set, else one for each core and half a gigabyte."""
    if instruments.estate.browser.concurrency:
        return instruments.estate.browser.concurrency
    memory = psutil.virtual_memory().available
    return max(1, min(2 * (os.cpu_count() or 1), memory // MEMORY_PER_VISIT, 16))


def _plan(instruments: Instruments, run: str, slots: Sequence[VisitSlot], errand: ScheduledRun | None) -> JournalEntry:
    listed = [{"slot": slot.id, "deployment": slot.deployment.id} for slot in slots]
    if errand is None:
        return instruments.custody.plan(run=run, slots=listed)
    return instruments.custody.plan(
        run=run,
        slots=listed,
        schedule=errand.schedule.id,
        schedule_slot=errand.slot.id,
        planned=timestamp(errand.slot.at),
        late=errand.late,
    )


def _held(instruments: Instruments) -> dict[str, float]:
    """Hosts that asked to be left alone, with the seconds that are left of it."""
    now, book = instruments.clock(), ScheduleHistory.of(instruments.journal.entries(kinds=("schedule",)))
    return {host: (until - now).total_seconds() for host, until in book.left_alone.items() if until > now}


def _delays(instruments: Instruments, slots: Sequence[VisitSlot], errand: ScheduledRun | None) -> dict[str, float]:
    """The seconds that a schedule's jitter puts off each visit; none for a run by hand or one that is late."""
    if errand is None or errand.late or not errand.schedule.jitter_seconds:
        return {}
    gone = (instruments.clock() - errand.slot.at).total_seconds()
    return {slot.id: max(0.0, visit_offset(errand.schedule, errand.slot, slot.deployment.id) - gone) for slot in slots}


def _note_late(instruments: Instruments, tally: RunSummary, late: Sequence[Package]) -> None:
    for package in late:
        instruments.index.seal(package.capture, package.seal)
        if package.capture in tally.waiting:
            tally.waiting.remove(package.capture)
            tally.sealed += 1


def _close_run(instruments: Instruments, tally: RunSummary) -> None:
    body = {
        "run": tally.run,
        "planned": tally.planned,
        "complete": tally.complete,
        "partial": tally.partial,
        "failed": tally.failed,
        "gaps": tally.gaps,
        "sealed": tally.sealed,
        "milliseconds": int(tally.seconds * 1000),
        **({"stopped": True} if tally.stopped else {}),
    }
    tally.notices += instruments.sealer.save_revocation()
    instruments.journal.append("run.closed", body)
    made = sign_checkpoint(instruments.journal, instruments.sealer, f"close of run {tally.run}")
    tally.notices += publish_closing_checkpoint(instruments, made)
