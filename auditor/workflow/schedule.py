"""What a scheduler does when it wakes: take schedules up, record what was missed, visit what is due, tell people.

Everything is decided from the journal; a second call right after the first finds nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from auditor.clock import timestamp
from auditor.errors import AuditorError
from auditor.model.estate import Schedule
from auditor.planning import (
    HISTORY_KINDS,
    BusyPeriod,
    MissedSlot,
    ScheduleHistory,
    SlotTime,
    Turn,
    covered_deployments,
    plan_turn,
    schedule_definition,
)
from auditor.workflow.alerts import current_concerns, finding_concerns, missed_slot_concerns, send_alerts
from auditor.workflow.audit.audit import run_audit
from auditor.workflow.audit.maintenance import run_daily_maintenance
from auditor.workflow.audit.run_record import ScheduledRun
from auditor.workflow.audit.run_summary import RunSummary
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments


@dataclass
class SchedulerPassResult:
    """What was done at one waking."""

    missed: list[str] = field(default_factory=list)
    """Slot ids recorded as gaps."""
    visited: list[tuple[str, RunSummary]] = field(default_factory=list)
    """Slot id and summary of each run."""
    notes: list[str] = field(default_factory=list)
    """What somebody at the terminal should read."""


def adopt_schedules(instruments: Instruments) -> list[str]:
    """Take up schedules that are new or defined anew, from now on; drop those that are gone. Says what changed."""
    book, said = read_schedule_history(instruments), []
    for schedule in instruments.estate.schedules.values():
        if book.adopted(schedule):
            continue
        _close_old(instruments, book, schedule)
        body = {"action": "adopted", "schedule": schedule.id, "definition": schedule_definition(schedule)}
        instruments.journal.append("schedule", body)
        covered = len(covered_deployments(schedule, instruments.estate))
        said.append(f"schedule {schedule.id}: kept from now on, for {covered} deployments")
        if not covered:
            said.append(f"schedule {schedule.id}: no deployment belongs to it; give contracts:, groups: or schedule:")
    for name in [name for name in book.kept if name not in instruments.estate.schedules]:
        instruments.journal.append("schedule", {"action": "dropped", "schedule": name})
        said.append(f"schedule {name}: no longer in targets.yaml, dropped")
    return said


def _close_old(instruments: Instruments, book: ScheduleHistory, schedule: Schedule) -> None:
    """Slots of the earlier definition that were missed up to now are recorded before the new one counts."""
    kept = book.kept.get(schedule.id)
    if kept is None:
        return
    known: dict[str, Any] = {**kept.definition, "blackout": tuple(_texts(kept.definition.get("blackout")))}
    earlier = replace(schedule, **{**known, "missed": "skip", "grace_seconds": 0})
    now = instruments.clock()
    turn = plan_turn(earlier, book, now, awake_since=now)
    _record(instruments, earlier, turn.missed)


def _texts(value: object) -> Iterable[str]:
    return (str(item) for item in value) if isinstance(value, list | tuple) else ()


def run_due_schedules(
    instruments: Instruments,
    *,
    awake_since: datetime,
    busy: Sequence[BusyPeriod] = (),
    progress: Progress,
    stop: Callable[[], bool],
) -> SchedulerPassResult:
    """Everything that is due now, schedule by schedule; oldest planned moment first."""
    done = SchedulerPassResult(notes=adopt_schedules(instruments))
    occupied = list(busy)
    while not stop():
        turn = _most_urgent(instruments, awake_since, occupied)
        if turn is None:
            break
        schedule, what = turn
        _record(instruments, schedule, what.missed)
        done.missed += [gap.slot.id for gap in what.missed]
        if what.missed:
            done.notes += _told(
                instruments,
                [
                    *missed_slot_concerns(what.missed),
                    *current_concerns(instruments, read_schedule_history(instruments), instruments.clock()),
                ],
            )
        scheduled = _scheduled_run(instruments, schedule, what)
        if scheduled is not None:
            began = instruments.clock()
            summary = asyncio.run(run_audit(instruments, progress, scheduled=scheduled, stop=stop))
            occupied.append(BusyPeriod(began, instruments.clock(), f"run {summary.run}"))
            done.visited.append((scheduled.slot.id, summary))
            done.notes += _told(instruments, finding_concerns(instruments, instruments.clock()), frozenset({"finding"}))
    if not stop():
        done.notes += run_daily_maintenance(instruments)
    done.notes += _told(
        instruments,
        current_concerns(instruments, read_schedule_history(instruments), instruments.clock()),
        frozenset({"overdue", "authority"}),
    )
    return done


def _most_urgent(
    instruments: Instruments, awake_since: datetime, busy: Sequence[BusyPeriod]
) -> tuple[Schedule, Turn] | None:
    book, now = read_schedule_history(instruments), instruments.clock()
    found: list[tuple[SlotTime, Schedule, Turn]] = []
    for schedule in instruments.estate.schedules.values():
        turn = plan_turn(schedule, book, now, awake_since=awake_since, busy=busy)
        if turn.idle:
            continue
        first = turn.missed[0].slot if turn.missed else turn.visit
        if first is not None:
            found.append((first, schedule, turn))
    if not found:
        return None
    _, schedule, turn = min(found, key=lambda one: one[0])
    return schedule, turn


def _scheduled_run(instruments: Instruments, schedule: Schedule, turn: Turn) -> ScheduledRun | None:
    """The visit of a turn; None where there is none, or nothing is left to visit, which is then recorded."""
    if turn.visit is None:
        return None
    chosen = covered_deployments(schedule, instruments.estate)
    if turn.after_run:
        seen = {one.deployment for one in instruments.journal.ledger.packages.values() if one.run == turn.after_run}
        chosen = tuple(name for name in chosen if name not in seen)
    if chosen:
        return ScheduledRun(schedule, turn.visit, turn.late, chosen)
    if turn.after_run:
        journal_scheduler_event(instruments, "finished", schedule=schedule.id, run=turn.after_run)
    else:
        _record(instruments, schedule, [MissedSlot(turn.visit, "no deployment belongs to the schedule")])
    return None


def _record(instruments: Instruments, schedule: Schedule, gaps: Sequence[MissedSlot]) -> None:
    """One gap for each slot, over all deployments that would have been visited."""
    names = list(covered_deployments(schedule, instruments.estate))
    for gap in gaps:
        more: dict[str, object] = {
            "schedule": schedule.id,
            "planned": timestamp(gap.slot.at),
            "missed": schedule.missed,
        }
        if len(names) != 1:
            more["deployments"] = names
        if gap.count > 1 and gap.first is not None:
            more |= {"count": gap.count, "first_planned": timestamp(gap.first.at)}
        instruments.custody.gap(
            gap.why, run="", deployment=names[0] if len(names) == 1 else "", slot=gap.slot.id, intent="", **more
        )


def _told(instruments: Instruments, concerns: Sequence[Any], kinds: frozenset[str] = frozenset()) -> list[str]:
    """Tell; a channel that failed is a note, never the end of the run."""
    try:
        sent = send_alerts(instruments, concerns, kinds=kinds)
    except AuditorError as error:
        return [f"alerts: {error}"]
    return [f"alert by {one.channel}: {one.why}" for one in sent if not one.ok]


def journal_scheduler_event(instruments: Instruments, action: str, **more: object) -> None:
    """Journal an event of the scheduler's own life: started, stopped, overlap, misfire, error."""
    instruments.journal.append("schedule", {"action": action, **more})


def is_anything_due(schedules: Iterable[Schedule], book: ScheduleHistory, now: datetime) -> bool:
    """Whether waking is worth it."""
    return any(
        not book.adopted(schedule) or not plan_turn(schedule, book, now, awake_since=now).idle for schedule in schedules
    )


def read_schedule_history(instruments: Instruments) -> ScheduleHistory:
    """What the journal says of schedules now."""
    return ScheduleHistory.of(instruments.journal.entries(kinds=HISTORY_KINDS))
