"""Events of schedules and of the scheduler's own life: kind `schedule`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.model.events.codecs import Sha256
from auditor.model.events.records import JournalEvent, JournalRecord, absent


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDefinition(JournalRecord):
    """What decides when a schedule is due; another definition counts from the moment it is taken up."""

    cron: str
    """Five fields of cron; empty where it goes by seconds."""
    every_seconds: int | None
    """Seconds from slot to slot; null where it goes by cron."""
    timezone: str
    """IANA name of the zone on whose clock it goes."""
    blackout: tuple[str, ...]
    """Windows without visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelResult(JournalRecord):
    """What became of an alert on one channel."""

    channel: str
    """Name of the channel."""
    ok: bool
    """Whether it took the message."""
    why: str
    """Why not, in one sentence; empty where it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleAdopted(JournalEvent):
    """A schedule is kept from here on, as it is defined here."""

    kind, action = "schedule", "adopted"
    schedule: str
    """Id of the schedule."""
    definition: ScheduleDefinition
    """What decides when it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDropped(JournalEvent):
    """A schedule is gone from `targets.yaml` and not kept any more."""

    kind, action = "schedule", "dropped"
    schedule: str
    """Id of the schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFinished(JournalEvent):
    """Of an interrupted run nothing is left to visit: it needs no run to make up for it."""

    kind, action = "schedule", "finished"
    schedule: str
    """Id of the schedule."""
    run: str
    """Id of the run that was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDeferred(JournalEvent):
    """A host answered `Retry-After` and is left alone so long."""

    kind, action = "schedule", "retry_after"
    host: str
    """The host, without its port."""
    until: datetime
    """The moment before which it is not visited."""
    header: str
    """The header as it was sent."""
    capture: str
    """Id of the capture that met it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAttempt(JournalEvent):
    """People were to be told of something."""

    digest: Sha256
    """Digest of the message."""
    raised: tuple[str, ...]
    """Keys of the concerns that are new."""
    over: tuple[str, ...]
    """Keys of the concerns that are over."""
    channels: tuple[ChannelResult, ...]
    """What became of it on each channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSent(AlertAttempt):
    """People were told: at least one channel took the message."""

    kind, action = "schedule", "alerted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFailed(AlertAttempt):
    """No channel took the message; it is tried again."""

    kind, action = "schedule", "alert failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerStarted(JournalEvent):
    """A scheduler process begins."""

    kind, action = "schedule", "started"
    process: int
    """Its process id."""
    schedules: tuple[str, ...]
    """Ids of the schedules it keeps, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerStopped(JournalEvent):
    """A scheduler process ends as it was asked to."""

    kind, action = "schedule", "stopped"
    process: int
    """Its process id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerFailed(JournalEvent):
    """What a scheduler was about to do went wrong; the next waking tries again."""

    kind, action = "schedule", "error"
    why: str
    """The message of the error, at most 500 characters, or its type."""
    schedule: str | None = absent("it was not while a schedule was woken")
    """Id of the schedule, or `tick`."""
    planned: datetime | None = absent("it was not while a schedule was woken")
    """The planned moment of the waking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMisfired(JournalEvent):
    """A waking came too late to count; what it was for is found when the journal is compared with the clock."""

    kind, action = "schedule", "misfire"
    schedule: str
    """Id of the schedule."""
    planned: datetime | None = absent("the scheduler library did not say")
    """The planned moment of the waking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOverlapped(JournalEvent):
    """A waking came while the one before was still under way."""

    kind, action = "schedule", "overlap"
    schedule: str
    """Id of the schedule."""
    planned: datetime | None = absent("the scheduler library did not say")
    """The planned moment of the waking."""
