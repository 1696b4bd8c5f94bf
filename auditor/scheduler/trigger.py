"""A schedule as APScheduler asks for it: the next planned moment, computed where every other process computes it."""

from __future__ import annotations

from datetime import UTC, datetime

from apscheduler.triggers.base import BaseTrigger

from auditor.model.targets.estate import Schedule
from auditor.planning import next_slot


class ScheduleTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the planned moments of a schedule.

    APScheduler's own cron trigger counts Monday as 0 and fires not at all at a time that the clocks skip; a watchdog in
    another process could not tell what it had meant.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        after = previous_fire_time or now
        slot = next_slot(self.schedule, after.astimezone(UTC))
        return slot.at if slot else None

    def __str__(self) -> str:
        return f"planned {self.schedule.id}"
