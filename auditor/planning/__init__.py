"""The room that plans: which moments of which schedule are due, what the journal says became of them. Pure.

===============  =====================================================================================
`slots`          the moments of a schedule between two instants; DST, blackout windows, jitter
`book`           the journal's events about schedules, folded: begun, missed, ended, told
`reckoning`      what was missed and why, what is to be visited now, what is overdue
`retention`      which captures a retention rule may prune, and why the others stay
`itinerary`      in which order and how quickly hosts are visited
===============  =====================================================================================

The truth of slots is the journal: a slot's id is made from schedule and planned moment, so that a restart, a clock that
was set, or a second process that only looks comes to the same answer.
"""

from auditor.planning.book import KINDS, Book, RunRecord, definition
from auditor.planning.itinerary import Itinerary, Next, retry_after_seconds
from auditor.planning.reckoning import Busy, Missed, Overdue, Turn, coming, members, overdue, reckon
from auditor.planning.retention import Export, Kept, Plan, held_by, in_force, plan_pruning
from auditor.planning.slots import SlotTime, blacked_out, due, next_due, offset

__all__ = [
    "KINDS",
    "Book",
    "Busy",
    "Export",
    "Itinerary",
    "Kept",
    "Missed",
    "Next",
    "Overdue",
    "Plan",
    "RunRecord",
    "SlotTime",
    "Turn",
    "blacked_out",
    "coming",
    "definition",
    "due",
    "held_by",
    "in_force",
    "members",
    "next_due",
    "offset",
    "overdue",
    "plan_pruning",
    "reckon",
    "retry_after_seconds",
]
