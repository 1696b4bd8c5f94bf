"""The main flow: what one audit does, in numbered steps."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from auditor import __version__
from auditor.capture import Browser, Machine, examine_machine
from auditor.capture.machine import TIME_SERVERS
from auditor.clock import monotonic, timestamp
from auditor.custody import checkpoint
from auditor.errors import AuditorError, ConfigError
from auditor.index import Record
from auditor.model.deployments import Deployment
from auditor.model.evidence import Package
from auditor.workflow.opening import House
from auditor.workflow.remembering import BATCH, catch_up
from auditor.workflow.visiting import Slot, keep, see

Progress = Callable[[int, int, str], None]

BYTES_A_VISIT = 600 << 20
"""Memory that one visit may take at its worst, for choosing how many go on at once."""


@dataclass
class Tally:
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

    @property
    def ended(self) -> int:
        return self.complete + self.partial + self.failed + self.gaps


async def audit(house: House, progress: Progress, only: Sequence[str] = ()) -> Tally:
    """Visit every deployment (or those named) once. A bad page is an outcome; the other deployments go on."""
    began = monotonic()
    catch_up(house)
    # 1. Open the run, with the digest of targets.yaml and the software's version.
    run = _open_run(house)
    slots = [Slot(run, deployment.id, deployment) for deployment in _chosen(house, only)]
    # The plan is journalled and timestamped before anything is visited: an absence is then provable.
    plan = house.custody.plan(run=run, slots=[{"slot": slot.id, "deployment": slot.deployment.id} for slot in slots])
    await asyncio.to_thread(checkpoint, house.journal, house.sealer, f"plan of run {run}, journal line {plan.number}")
    tally = Tally(len(slots), run=run)
    async with Browser.open(house.estate.browser, house.clock) as browser:
        # 2. Record the circumstances (清洁性检查) of this machine; those of each target follow with its visit.
        machine = await examine_machine(browser, house.clock, time_servers=_time_servers(slots))
        # 3 to 8. Visit, keep, seal, read, remember: see `visiting`.
        await _visit_all(house, slots, browser, machine, tally, progress)
    # Packages that an authority kept waiting get another chance before the run ends.
    late = await asyncio.to_thread(_seal_late, house) if tally.waiting else []
    _note_late(house, tally, late)
    # 9. and 10. Positions, findings and the report are made from the index when they are asked for: see `judging`.
    tally.seconds = monotonic() - began
    await asyncio.to_thread(_close_run, house, tally)
    return tally


def _open_run(house: House) -> str:
    at = house.clock()
    run = f"r-{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    body = {
        "run": run,
        "software": f"auditor {__version__}",
        "targets": dict(house.estate.sources),
        "sandbox": house.estate.browser.sandbox,
        "at": timestamp(at),
    }
    house.journal.append("run.opened", body)
    return run


def _chosen(house: House, only: Sequence[str]) -> list[Deployment]:
    unknown = [name for name in only if name not in house.estate.deployments]
    if unknown:
        known = ", ".join(list(house.estate.deployments)[:8])
        raise ConfigError(f"--only {unknown[0]}: no such deployment in {house.workspace.targets}. It has: {known}")
    return [one for one in house.estate.deployments.values() if one.pages and (not only or one.id in only)]


def _time_servers(slots: Sequence[Slot]) -> Sequence[str]:
    """No time server is asked where the clock check is switched off, with its reason, for every deployment."""
    return () if all("clock" in slot.deployment.checks_off for slot in slots) else TIME_SERVERS


def visits_at_once(house: House) -> int:
    """How many visits go on together: as set, else one for each core and half a gigabyte."""
    if house.estate.browser.concurrency:
        return house.estate.browser.concurrency
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return max(1, min(2 * (os.cpu_count() or 1), memory // BYTES_A_VISIT, 16))


async def _visit_all(
    house: House, slots: Sequence[Slot], browser: Browser, machine: Machine, tally: Tally, progress: Progress
) -> None:
    """Every slot ends as a capture or a gap, whatever happens to the others or to this process's work."""
    places = asyncio.Semaphore(visits_at_once(house))
    records: list[Record] = []
    ended: set[str] = set()

    async def one(slot: Slot) -> None:
        async with places:
            staging, capture, intent = await see(house, slot, browser, machine)
        # The next visit loads its pages while this one is hashed, stamped and read.
        record, package = await asyncio.to_thread(keep, house, staging, capture, intent)
        ended.add(slot.id)
        records.append(record)
        _count(tally, record, sealed=package.seal.sealed)
        progress(tally.ended, tally.planned, f"{slot.deployment.id}: {capture.state}")
        if len(records) >= BATCH:
            _remember(house, records)

    try:
        async with asyncio.TaskGroup() as group:
            for slot in slots:
                group.create_task(one(slot))
    except BaseExceptionGroup as failures:
        why = _first(failures)
        _record_gaps(house, [slot for slot in slots if slot.id not in ended], why, tally)
        raise why from failures
    finally:
        _remember(house, records)


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to tell: one of ours if there is one."""
    leaves = [_first(error) if isinstance(error, BaseExceptionGroup) else error for error in failures.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, AuditorError)), leaves[0])


def _record_gaps(house: House, slots: Sequence[Slot], why: BaseException, tally: Tally) -> None:
    for slot in slots:
        text = f"the run ended before this visit was kept: {str(why) or type(why).__name__}"
        house.custody.gap(text, run=slot.run, deployment=slot.deployment.id, slot=slot.id, intent="")
        tally.gaps += 1


def _count(tally: Tally, record: Record, *, sealed: bool) -> None:
    setattr(tally, record.row.state, getattr(tally, record.row.state) + 1)
    if sealed:
        tally.sealed += 1
    else:
        tally.waiting.append(record.row.capture)


def _remember(house: House, records: list[Record]) -> None:
    house.index.record(records)
    records.clear()


def _seal_late(house: House) -> list[Package]:
    return [package for package in house.sealer.seal_outbox() if package.seal.sealed]


def _note_late(house: House, tally: Tally, late: Sequence[Package]) -> None:
    for package in late:
        house.index.seal(package.capture, package.seal)
        if package.capture in tally.waiting:
            tally.waiting.remove(package.capture)
            tally.sealed += 1


def _close_run(house: House, tally: Tally) -> None:
    body = {
        "run": tally.run,
        "planned": tally.planned,
        "complete": tally.complete,
        "partial": tally.partial,
        "failed": tally.failed,
        "gaps": tally.gaps,
        "sealed": tally.sealed,
        "milliseconds": int(tally.seconds * 1000),
    }
    house.journal.append("run.closed", body)
    checkpoint(house.journal, house.sealer, f"close of run {tally.run}")
