"""One pass of a scheduler: adopt schedules, record what was missed, visit what is due, send alerts.

Everything is decided from the journal; a second call right after the first finds nothing to do. A turn of a schedule
(`take_turn`) is the same on one machine and in a fleet, whose maintenance does not wait for the run's end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from auditor.alerting import AlertCause
from auditor.custody import claimed, name_portions
from auditor.errors import AuditorError
from auditor.model.events import GapRecorded, ScheduleAdopted, ScheduleDropped, ScheduleFinished
from auditor.model.notes import make_note
from auditor.model.targets.estate import Digest, Schedule
from auditor.planning import (
    BusyPeriod,
    MissedSlot,
    ScheduleHistory,
    SlotTime,
    Turn,
    covered_deployments,
    due_digest,
    plan_turn,
    schedule_definition,
)
from auditor.wording import english
from auditor.workflow.alerts.causes import current_causes, finding_causes, missed_slot_causes
from auditor.workflow.alerts.digests import compose_digest, digest_now_due, send_digest
from auditor.workflow.alerts.sending import delivery_notes, send_alerts
from auditor.workflow.audit.audit import run_audit
from auditor.workflow.audit.maintenance import run_daily_maintenance
from auditor.workflow.audit.run_record import ScheduledRun
from auditor.workflow.audit.run_summary import RunSummary
from auditor.workflow.audit.witness_submission import refusing_witnesses
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")


@dataclass
class SchedulerPassResult:
    """What was done at one waking."""

    missed: list[str] = field(default_factory=list)
    """Slot ids recorded as gaps."""
    visited: list[tuple[str, RunSummary]] = field(default_factory=list)
    """Slot id and summary of each run."""
    begun: list[str] = field(default_factory=list)
    """Runs that workers of a fleet make from now on."""
    refused_by: list[str] = field(default_factory=list)
    """Ids of the witnesses whose last word on this log is a refusal."""
    notes: list[str] = field(default_factory=list)
    """What somebody at the terminal should read."""


def adopt_schedules(instruments: Instruments) -> list[str]:
    """Adopt schedules that are new or were changed, from now on; drop those that are gone. A sentence for each."""
    history, messages = read_schedule_history(instruments), []
    for schedule in instruments.estate.schedules.values():
        if history.adopted(schedule, instruments.clock()):
            continue
        _record_missed_before_change(instruments, history, schedule)
        instruments.journal.record(ScheduleAdopted(schedule=schedule.id, definition=schedule_definition(schedule)))
        covered = len(covered_deployments(schedule, instruments.estate))
        messages.append(f"schedule {schedule.id}: kept from now on, for {covered} deployments")
        if not covered:
            messages.append(
                f"schedule {schedule.id}: no deployment belongs to it; give contracts:, groups: or schedule:"
            )
    for name in [name for name in history.kept if name not in instruments.estate.schedules]:
        instruments.journal.record(ScheduleDropped(schedule=name))
        messages.append(f"schedule {name}: no longer in targets.yaml, dropped")
    return messages


def _record_missed_before_change(instruments: Instruments, history: ScheduleHistory, schedule: Schedule) -> None:
    """Slots of the earlier definition that were missed up to now are recorded before the new one counts."""
    kept = history.kept.get(schedule.id)
    if kept is None:
        return
    before = kept.definition
    earlier = replace(
        schedule,
        cron=before.cron,
        every_seconds=before.every_seconds,
        timezone=before.timezone,
        blackout=before.blackout,
        missed="skip",
        grace_seconds=0,
    )
    now = instruments.clock()
    turn = plan_turn(earlier, history, now, awake_since=now)
    _record_missed(instruments, earlier, turn.missed)


def run_due_schedules(
    instruments: Instruments,
    *,
    awake_since: datetime,
    busy: Sequence[BusyPeriod] = (),
    progress: Progress,
    stop: Callable[[], bool],
) -> SchedulerPassResult:
    """Everything that is due now, schedule by schedule; oldest planned moment first."""
    result = SchedulerPassResult(notes=adopt_schedules(instruments))
    busy_periods = list(busy)
    while not stop() and (turn := take_turn(instruments, awake_since, busy_periods)) is not None:
        result.missed += [gap.slot.id for gap in turn.missed]
        if turn.missed:
            result.notes += _send_alerts(
                instruments,
                [
                    *missed_slot_causes(turn.missed),
                    *current_causes(instruments, read_schedule_history(instruments), instruments.clock()),
                ],
            )
        if (scheduled := turn.run) is not None:
            LOGGER.info("slot opened: slot=%s deployments=%d", scheduled.slot.id, len(scheduled.deployments))
            began = instruments.clock()
            summary = asyncio.run(run_audit(instruments, progress, scheduled=scheduled, stop=stop))
            busy_periods.append(BusyPeriod(began, instruments.clock(), f"run {summary.run}"))
            result.visited.append((scheduled.slot.id, summary))
            result.notes += _send_alerts(
                instruments,
                finding_causes(instruments.workspace, instruments.estate, instruments.clock()),
                frozenset({"finding"}),
            )
    if not stop():
        result.notes += run_daily_maintenance(instruments)
    result.notes += _send_alerts(
        instruments,
        current_causes(instruments, read_schedule_history(instruments), instruments.clock()),
        frozenset({"overdue", "authority", "witness"}),
    )
    result.notes += _send_digest(instruments) if not stop() else []
    result.refused_by = list(refusing_witnesses(instruments.journal, instruments.estate))
    return result


class TakenTurn(NamedTuple):
    """A schedule's turn, as it was taken."""

    missed: tuple[MissedSlot, ...]
    """Recorded as gaps."""
    run: ScheduledRun | None
    """What is to be visited now; None where nothing is."""


def take_turn(instruments: Instruments, awake_since: datetime, busy: Sequence[BusyPeriod] = ()) -> TakenTurn | None:
    """The most urgent schedule's turn: what was missed is recorded, a run is the caller's to begin. None where nothing
    is due; a schedule whose run is open is not due again."""
    turn = _most_urgent(instruments, awake_since, busy)
    if turn is None:
        return None
    schedule, due = turn
    _record_missed(instruments, schedule, due.missed)
    return TakenTurn(tuple(due.missed), _scheduled_run(instruments, schedule, due))


def _most_urgent(
    instruments: Instruments, awake_since: datetime, busy: Sequence[BusyPeriod]
) -> tuple[Schedule, Turn] | None:
    history, now = read_schedule_history(instruments), instruments.clock()
    candidates: list[tuple[SlotTime, Schedule, Turn]] = []
    for schedule in instruments.estate.schedules.values():
        turn = plan_turn(schedule, history, now, awake_since=awake_since, busy=busy)
        if turn.idle:
            continue
        first = turn.missed[0].slot if turn.missed else turn.visit
        if first is not None:
            candidates.append((first, schedule, turn))
    if not candidates:
        return None
    _, schedule, turn = min(candidates, key=lambda one: one[0])
    return schedule, turn


def _scheduled_run(instruments: Instruments, schedule: Schedule, turn: Turn) -> ScheduledRun | None:
    """The visit of a turn; None where there is none, or nothing is left to visit, which is then recorded."""
    if turn.visit is None:
        return None
    chosen = covered_deployments(schedule, instruments.estate)
    if turn.after_run:
        seen = instruments.journal.ledger.captured_in(turn.after_run)
        chosen = tuple(name for name in chosen if name not in seen)
    if chosen:
        return ScheduledRun(schedule, turn.visit, turn.late, chosen)
    if turn.after_run:
        instruments.journal.record(ScheduleFinished(schedule=schedule.id, run=turn.after_run))
    else:
        _record_missed(instruments, schedule, [MissedSlot(turn.visit, make_note("slot.no_deployment"))])
    return None


def _record_missed(instruments: Instruments, schedule: Schedule, gaps: Sequence[MissedSlot]) -> None:
    """One gap for each slot, over all deployments that would have been visited: what one line cannot name follows."""
    portions = name_portions(covered_deployments(schedule, instruments.estate))
    names = list(portions[0])
    for gap in gaps:
        first = gap.first if gap.count > 1 else None
        instruments.custody.record_gap(
            GapRecorded(
                run="",
                deployment=names[0] if len(names) == 1 else "",
                slot=gap.slot.id,
                intent="",
                why=english(gap.why),
                deployments=None if len(names) == 1 else tuple(names),
                schedule=schedule.id,
                planned=gap.slot.at,
                missed=schedule.missed,
                count=None if first is None else gap.count,
                first_planned=None if first is None else first.at,
            )
        )
        for more in portions[1:]:
            why = english(gap.why)
            instruments.custody.record_gap(
                GapRecorded(run="", deployment="", slot=gap.slot.id, intent="", why=why, deployments=more)
            )
        LOGGER.warning("gap: slot=%s schedule=%s slots=%d: %s", gap.slot.id, schedule.id, gap.count, english(gap.why))


def _send_alerts(
    instruments: Instruments, causes: Sequence[AlertCause], kinds: frozenset[str] = frozenset()
) -> list[str]:
    """Send them; a channel that failed is a note, never the end of the run."""
    try:
        with claimed(instruments.custody.claims, "alerts"):
            sent = send_alerts(instruments, causes, kinds=kinds)
    except AuditorError as error:
        return [f"alerts: {error}"]
    return delivery_notes("alert", (one for one in sent if not one.ok))


def _send_digest(instruments: Instruments) -> list[str]:
    """Send the digest where it is due; a channel that failed is a note, never the end of the pass."""
    try:
        if (due := digest_now_due(instruments)) is None:
            return []
        message = compose_digest(instruments.workspace, instruments.estate, due, instruments.clock())
        return delivery_notes("digest", send_digest(instruments, due, message))
    except AuditorError as error:
        return [f"digest: {error}"]


def is_anything_due(
    schedules: Iterable[Schedule], history: ScheduleHistory, now: datetime, digest: Digest | None = None
) -> bool:
    """Whether waking is worth it."""
    if digest is not None and due_digest(digest, history, now) is not None:
        return True
    return any(
        not history.adopted(schedule, now) or not plan_turn(schedule, history, now, awake_since=now).idle
        for schedule in schedules
    )


def read_schedule_history(instruments: Instruments) -> ScheduleHistory:
    """What the journal says of schedules now."""
    return instruments.schedules.history(instruments.journal)
