"""When the digest by mail is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.targets.estate import Digest, Schedule
from auditor.planning.schedule_history import ScheduleHistory
from auditor.planning.slots import SlotTime, latest_slots

NAME = "digest"
RETRY = timedelta(hours=1)
"""How long after every receiver refused it a digest is tried again."""
LONGEST = timedelta(days=366)
"""No further back than this does a digest look."""


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest that is to be sent."""

    slot: SlotTime
    since: datetime
    """The planned moment of the last one that was sent; of the first, that of the one before it."""
    sent: tuple[str, ...]
    """Keys of digests that were sent before."""

    @property
    def key(self) -> str:
        """How the journal names it: `digest/20260105T000000Z`."""
        return self.slot.id


def due_digest(digest: Digest, book: ScheduleHistory, now: datetime) -> DueDigest | None:
    """The newest digest whose moment has come, where it was not sent; None otherwise. Those that were missed before it
    are covered by it."""
    schedule = Schedule(id=NAME, cron=digest.cron, timezone=digest.timezone)
    slots = latest_slots(schedule, now - LONGEST, now)
    newest = next(slots, None)
    sent = tuple(sorted(key for key in book.told if key.startswith(f"{NAME}/")))
    if newest is None or newest.id in sent:
        return None
    refused = book.refused.get(newest.id)
    if refused is not None and refused <= now < refused + RETRY:
        return None
    known = {one.id: one.at for one in (*latest_slots(schedule, now - LONGEST, now),)} if sent else {}
    before = next(slots, None)
    since = max((known[key] for key in sent if key in known), default=before.at if before else now - LONGEST)
    return DueDigest(newest, since, sent)
