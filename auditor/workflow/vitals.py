"""The signs of life of a workspace, computed by whoever asks from schedules, journal and index alone."""

from __future__ import annotations

import threading
from datetime import datetime

from auditor.alerting import Vitals
from auditor.clock import Clock, monotonic, now
from auditor.custody import Journal
from auditor.custody.sealing import healths
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.planning import KINDS, Book, Overdue, coming, overdue
from auditor.settings import Workspace
from auditor.workflow.opening import read_targets
from auditor.workflow.telling import require_begun

PATIENCE_SECONDS = 600.0
"""Beside the bounds of a visit: how long a run may journal nothing before it counts as stalled."""


def vitals_of(workspace: Workspace, clock: Clock = now, estate: Estate | None = None) -> Vitals:
    """How the workspace stands, read beside whoever may be writing it. `ConfigError` where there is none."""
    estate = estate or read_targets(workspace)[0]
    require_begun(workspace)
    at = clock()
    journal = Journal.open(workspace.root)
    book = Book.of(journal.entries(kinds=KINDS))
    book.last_at = journal.last_at
    visited = [one.id for one in estate.deployments.values() if one.pages]
    with Index.open(workspace.db) as index:
        newest = index.newest()
    present = [newest[name] for name in visited if name in newest]
    following = coming(estate.schedules.values(), at)
    return Vitals(
        at=at,
        deployments=len(visited),
        captures=len(journal.ledger.packages),
        last_success=book.succeeded.get(""),
        next_due=following.at if following else None,
        overdue=tuple(sentence(one) for one in overdue_of(estate, book, at)),
        unsealed=len(journal.ledger.unsealed()),
        authority_failures={name: health.failures for name, health in healths(journal.ledger).items()},
        oldest_number=min(present, default=None),
        never_captured=len(visited) - len(present),
        missed_slots=book.missed,
    )


def overdue_of(estate: Estate, book: Book, at: datetime) -> tuple[Overdue, ...]:
    """What is overdue by the journal alone, whatever a scheduler thinks of itself."""
    jitter = max((schedule.jitter_seconds for schedule in estate.schedules.values()), default=0)
    silence = PATIENCE_SECONDS + 2 * estate.browser.visit_seconds + estate.politeness.longest_wait_seconds + jitter
    return overdue(estate.schedules, book, at, silence=silence)


def sentence(one: Overdue) -> str:
    """One line for a person."""
    slot = f"slot {one.slot}, planned {one.since:%Y-%m-%d %H:%M} UTC" if one.slot else "no slot yet"
    return f"schedule {one.schedule or '(none)'}: {one.why} ({slot})"


class Watch:
    """Vital signs for those who ask often: computed anew at most every `seconds`. For several threads."""

    def __init__(self, workspace: Workspace, clock: Clock = now, seconds: float = 10.0) -> None:
        self._workspace = workspace
        self._clock = clock
        self._seconds = seconds
        self._guard = threading.Lock()
        self._known: Vitals | None = None
        self._until = 0.0

    def vitals(self) -> Vitals:
        """As `vitals_of`."""
        with self._guard:
            if self._known is None or monotonic() >= self._until:
                self._known = vitals_of(self._workspace, self._clock)
                self._until = monotonic() + self._seconds
            return self._known
