"""The state of a workspace, computed by whoever asks from schedules, journal and index alone."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.alerting import HealthReport
from auditor.clock import Clock, monotonic, now
from auditor.custody import (
    AuthorityHealth,
    Journal,
    ScrubCoverage,
    expiry_warnings,
    require_initialised,
    scrub_coverage,
)
from auditor.index import Index
from auditor.model.events import AlertFailed, AlertSent, parse_entry
from auditor.model.evidence import EventKind
from auditor.model.findings import Unobserved
from auditor.model.reading.observations import Count
from auditor.model.targets.estate import Estate
from auditor.planning import OverdueSlot, ScheduleHistory, earliest_slot, find_overdue
from auditor.wording import english
from auditor.workflow.entry.sign_ins import sign_in_warnings
from auditor.workflow.memory.schedule_memory import read_history
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

WORK_KINDS: tuple[EventKind, ...] = (
    "run.opened", "plan", "intent", "capture", "pair", "gap", "seal", "schedule", "recovery", "run.closed",
)  # fmt: skip
"""Kinds of line by which a run that is under way is seen to go on."""
STALL_SECONDS = 600.0
"""Beside the bounds of a visit: how long a run may journal nothing before it counts as stalled."""


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """What `auditor status` shows."""

    health: HealthReport
    last_capture: datetime | None
    never_captured: tuple[str, ...]
    unsealed: tuple[str, ...]
    open_intents: tuple[str, ...]
    authorities: Mapping[str, AuthorityHealth]
    scrubbed: ScrubCoverage
    """How far evidence was read again: `verify` alone says that it holds."""
    warnings: tuple[str, ...]
    unobserved: tuple[Unobserved, ...] = ()
    """Pages of the newest visits that gave no number."""
    to_review: tuple[Count, ...] = ()
    """Counts of the newest visits whose reading needs review or whose list is not complete."""


def health_report(workspace: Workspace, clock: Clock = now) -> HealthReport:
    """What health probes and metrics ask for."""
    return workspace_status(workspace, clock).health


def workspace_status(workspace: Workspace, clock: Clock = now) -> WorkspaceStatus:
    """How the workspace stands, read beside whoever may be writing it. `ConfigError` where there is none."""
    estate = read_targets_cached(workspace)
    require_initialised(workspace.root)
    at = clock()
    journal = Journal.open(workspace.root)
    try:
        return _status(workspace, estate, journal, at)
    finally:
        journal.close()


def _status(workspace: Workspace, estate: Estate, journal: Journal, at: datetime) -> WorkspaceStatus:
    standing = journal.ledger.standing
    authorities = dict(standing.authorities)
    unsealed = tuple(one.capture for one in standing.waiting.values())
    history = read_history(journal)
    scrubbed = scrub_coverage(journal.newest(("scrub",)), journal.segments, standing.captures)
    with Index.open(workspace.db) as index:
        newest = index.newest()
        unobserved, to_review, unread = index.unobserved(), index.to_review(), index.unread()
    visited = [one.id for one in estate.deployments.values() if one.pages]
    never_captured_ids = tuple(name for name in visited if name not in newest)
    next_slot = earliest_slot(estate.schedules.values(), at)
    health = HealthReport(
        at=at,
        deployments=len(visited),
        captures=standing.captures,
        last_success=history.succeeded.get(""),
        next_due=next_slot.at if next_slot else None,
        overdue=tuple(overdue_sentence(one) for one in list_overdue(estate, journal, history, at)),
        unsealed=len(unsealed),
        authority_failures={name: known.failures for name, known in authorities.items()},
        oldest_number=min((newest[name] for name in visited if name in newest), default=None),
        never_captured=len(never_captured_ids),
        missed_slots=history.missed,
    )
    return WorkspaceStatus(
        health=health,
        last_capture=max(newest.values(), default=None),
        never_captured=never_captured_ids,
        unsealed=unsealed,
        open_intents=tuple(standing.intents),
        authorities=authorities,
        scrubbed=scrubbed,
        warnings=(
            *expiry_warnings(authorities, at),
            *scrub_warnings(scrubbed),
            *unread.values(),
            *layout_warnings(journal),
            *sign_in_warnings(workspace.home, estate.deployments.values(), at),
        ),
        unobserved=tuple(one for one in unobserved if one.deployment in estate.deployments),
        to_review=tuple(one for one in to_review if one.deployment in estate.deployments),
    )


def layout_warnings(journal: Journal) -> list[str]:
    """What is to be done before the next run."""
    if journal.store.grows:
        return []
    return ["the journal has the layout of an earlier version and is only read. Run: auditor upgrade"]


def scrub_warnings(scrubbed: ScrubCoverage) -> list[str]:
    """What the scrub found, one sentence each."""
    return [f"scrub: {why}; run `auditor verify`" for why in scrubbed.failed]


def list_overdue(estate: Estate, journal: Journal, history: ScheduleHistory, at: datetime) -> tuple[OverdueSlot, ...]:
    """What is overdue by the journal alone, whatever a scheduler thinks of itself."""
    history = replace(history, last_at=None if history.under_way() is None else _last_work(journal))
    jitter = max((schedule.jitter_seconds for schedule in estate.schedules.values()), default=0)
    silence_seconds = STALL_SECONDS + 2 * estate.browser.visit_seconds + estate.politeness.longest_wait_seconds + jitter
    return find_overdue(estate.schedules, history, at, silence=silence_seconds)


def _last_work(journal: Journal) -> datetime | None:
    """When a line of a run was last journalled: that people were told of its silence does not end that."""
    for entry in journal.newest(WORK_KINDS):
        if entry.kind != "schedule" or not isinstance(parse_entry(entry), AlertSent | AlertFailed):
            return entry.at
    return None


def overdue_sentence(one: OverdueSlot) -> str:
    """One line for a person."""
    slot = f"slot {one.slot}, planned {one.since:%Y-%m-%d %H:%M} UTC" if one.slot else "no slot yet"
    return f"schedule {one.schedule or '(none)'}: {english(one.why)} ({slot})"


class HealthReportCache:
    """A health report for those who ask often: computed anew at most every `seconds`, and in at most a tenth of the
    time. For several threads."""

    def __init__(self, workspace: Workspace, clock: Clock = now, seconds: float = 10.0) -> None:
        self._workspace = workspace
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._latest: HealthReport | None = None
        self._until = 0.0

    def report(self) -> HealthReport:
        """As `health_report`, at most so old."""
        with self._lock:
            if self._latest is None or monotonic() >= self._until:
                began = monotonic()
                self._latest = health_report(self._workspace, self._clock)
                ended = monotonic()
                self._until = ended + max(self._seconds, 9 * (ended - began))
            return self._latest
