"""The door that opens by itself: one process that keeps the schedules of `targets.yaml`.

APScheduler wakes it; what is due, what was missed and what ended is read from the journal alone, so that a restart, a
clock that jumps or a second process that only looks comes to the same answer. There is no job store.

==========  ==========================================================================================
job         one for each schedule, which expands to its deployments; one that compares journal and clock
event       APScheduler's errors, misfires and overlaps become `schedule` events in the journal
signal      SIGTERM: visits under way are finished, the others recorded as gaps
==========  ==========================================================================================

Files:

=========  ===========================================================================================================
`engine`   the process behind `auditor schedule`: APScheduler wakes one worker, signals end it, the journal remembers
`trigger`  a schedule as APScheduler asks for it: the next planned moment, computed where every other process computes
           it
=========  ===========================================================================================================
"""

from auditor.scheduler.engine import SchedulerEngine, SchedulerOptions

__all__ = ["SchedulerEngine", "SchedulerOptions"]
