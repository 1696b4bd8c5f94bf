"""When the visits of a run may begin and how many go on together: cores and memory, jitter, hosts to be left alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from auditor.model.targets.estate import Estate
from auditor.planning import visit_offset
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.wiring import Instruments

if TYPE_CHECKING:
    from auditor.workflow.audit.run_record import ScheduledRun

MEMORY_PER_VISIT = 600 << 20
"""Bytes of memory that one visit may take at its worst, for choosing how many go on at once."""
MAX_VISITS = 16


@dataclass(frozen=True, slots=True)
class VisitTiming:
    """The limits in time of one run's visits."""

    workers: int
    """How many visits go on together."""
    held: Mapping[str, float]
    """Hosts that asked to be left alone, with the seconds that are left of it."""
    delays: Mapping[str, float]
    """By slot id, the seconds from now before which its visit does not begin."""


def plan_timing(instruments: Instruments, slots: Sequence[VisitSlot], scheduled: ScheduledRun | None) -> VisitTiming:
    """The timing of a run that begins now."""
    return VisitTiming(
        concurrent_visit_limit(instruments), _held_hosts(instruments), jitter_delays(instruments, slots, scheduled)
    )


def concurrent_visit_limit(instruments: Instruments) -> int:
    """How many visits of a run go on together."""
    return visit_places(instruments.estate)


def visit_places(estate: Estate) -> int:
    """Visits at once on this machine: as set, else two for each core, bounded by the memory that is free."""
    if estate.browser.concurrency:
        return estate.browser.concurrency
    memory = psutil.virtual_memory().available
    return max(1, min(2 * (os.cpu_count() or 1), memory // MEMORY_PER_VISIT, MAX_VISITS))


def _held_hosts(instruments: Instruments) -> dict[str, float]:
    now, history = instruments.clock(), instruments.schedules.history(instruments.journal)
    return {host: (until - now).total_seconds() for host, until in history.held_hosts(now).items()}


def jitter_delays(
    instruments: Instruments, slots: Sequence[VisitSlot], scheduled: ScheduledRun | None
) -> dict[str, float]:
    """The seconds that a schedule's jitter puts off each visit; none for a run by hand or one that is late."""
    if scheduled is None or scheduled.late or not scheduled.schedule.jitter_seconds:
        return {}
    elapsed = (instruments.clock() - scheduled.slot.at).total_seconds()
    return {
        slot.id: max(0.0, visit_offset(scheduled.schedule, scheduled.slot, slot.deployment.id) - elapsed)
        for slot in slots
    }
