"""How a run ended, as a value: counted anew with each slot that ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.model.captures import CaptureState
from auditor.model.events import RunClosed
from auditor.model.notes import Note

MOST_TOLD = 200
"""Visits of a run that are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """How one slot ended that was visited."""

    capture: str
    deployment: str
    state: CaptureState
    sealed: bool
    """Whether the quorum of authorities stamped the package; else it waits in the outbox."""
    reasons: tuple[Note, ...] = ()
    """Why it is not complete."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How the slots of a run ended."""

    planned: int
    complete: int = 0
    partial: int = 0
    failed: int = 0
    gaps: int = 0
    """Slots that ended without a capture."""
    unread: int = 0
    """Captures whose packages could not be read in the store: what their lines say of them was seen by nobody else."""
    sealed: int = 0
    seconds: float = 0.0
    run: str = ""
    waiting: tuple[str, ...] = ()
    """Captures that wait for their quorum of timestamps."""
    notices: tuple[str, ...] = ()
    """What the run could not have and what ends before long: revocation lists, witnesses, certificates."""
    troubled: tuple[VisitOutcome, ...] = ()
    """Visits that are not complete, with their reasons: the first `MOST_TOLD` by deployment and capture."""
    refused_by: tuple[str, ...] = ()
    """Ids of the witnesses that refused its closing checkpoint: what they hold of the log is another."""
    stopped: bool = False
    """Whether the run was asked to stop before all its slots were visited."""

    @property
    def ended(self) -> int:
        """Slots that ended, as a capture or as a gap."""
        return self.complete + self.partial + self.failed + self.gaps + self.unread

    def with_visit(self, outcome: VisitOutcome) -> RunSummary:
        """The summary with one more slot, which was visited."""
        return replace(
            self,
            complete=self.complete + (outcome.state == "complete"),
            partial=self.partial + (outcome.state == "partial"),
            failed=self.failed + (outcome.state == "failed"),
            sealed=self.sealed + outcome.sealed,
            troubled=self.troubled if outcome.state == "complete" else _first_told((*self.troubled, outcome)),
            waiting=self.waiting if outcome.sealed else (*self.waiting, outcome.capture),
        )

    def with_gaps(self, count: int, *, stopped: bool = False) -> RunSummary:
        """The summary with more slots that ended without a capture; `stopped`: because the run was asked to stop."""
        return replace(self, gaps=self.gaps + count, stopped=self.stopped or stopped)

    def with_sealed_later(self, captures: Iterable[str]) -> RunSummary:
        """The summary after packages were sealed; those of other runs do not count."""
        late = frozenset(captures) & frozenset(self.waiting)
        waiting = tuple(capture for capture in self.waiting if capture not in late)
        return replace(self, waiting=waiting, sealed=self.sealed + len(late))

    def with_notices(self, notices: Iterable[str]) -> RunSummary:
        """The summary with more to be told at the end of the run, one sentence each."""
        return replace(self, notices=(*self.notices, *notices))

    def closing_event(self) -> RunClosed:
        """What the journal keeps of the run when it is closed."""
        return RunClosed(
            run=self.run,
            planned=self.planned,
            complete=self.complete,
            partial=self.partial,
            failed=self.failed,
            gaps=self.gaps,
            unread=self.unread or None,
            sealed=self.sealed,
            milliseconds=int(self.seconds * 1000),
            stopped=True if self.stopped else None,
        )


def _first_told(visits: Iterable[VisitOutcome]) -> tuple[VisitOutcome, ...]:
    return tuple(sorted(visits, key=lambda one: (one.deployment, one.capture))[:MOST_TOLD])
