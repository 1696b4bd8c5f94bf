"""The room that plans: which moments of which schedule are due, what the journal says became of them. Pure.

===============  =====================================================================================
`slots`          the moments of a schedule between two instants; DST, blackout windows, jitter
`schedule_history`           the journal's events about schedules, folded: begun, missed, ended, told
`digests`        when the digest by mail is due
`due_slots`      what was missed and why, what is to be visited now, what is overdue
`retention`      which captures a retention rule may prune, and why the others stay
`host_queue`      in which order and how quickly hosts are visited
===============  =====================================================================================

The truth of slots is the journal: a slot's id is made from schedule and planned moment, so that a restart, a clock that
was set, or a second process that only looks comes to the same answer.
"""

from auditor.planning.digests import DueDigest, due_digest
from auditor.planning.due_slots import (
    BusyPeriod,
    MissedSlot,
    OverdueSlot,
    Turn,
    covered_deployments,
    earliest_slot,
    find_overdue,
    plan_turn,
)
from auditor.planning.host_queue import HostQueue, QueueDecision, retry_after_seconds
from auditor.planning.retention import (
    ExportScope,
    PruningPlan,
    RetainedCapture,
    covering_hold,
    hold_in_force,
    plan_pruning,
)
from auditor.planning.schedule_history import HISTORY_KINDS, RunRecord, ScheduleHistory, schedule_definition
from auditor.planning.slots import SlotTime, blackout_at, next_slot, slots_between, visit_offset

__all__ = [
    "HISTORY_KINDS",
    "BusyPeriod",
    "DueDigest",
    "ExportScope",
    "HostQueue",
    "MissedSlot",
    "OverdueSlot",
    "PruningPlan",
    "QueueDecision",
    "RetainedCapture",
    "RunRecord",
    "ScheduleHistory",
    "SlotTime",
    "Turn",
    "blackout_at",
    "covered_deployments",
    "covering_hold",
    "due_digest",
    "earliest_slot",
    "find_overdue",
    "hold_in_force",
    "next_slot",
    "plan_pruning",
    "plan_turn",
    "retry_after_seconds",
    "schedule_definition",
    "slots_between",
    "visit_offset",
]
