"""What a store showed in its trial, in the ledger: a line where it is the first, or differs from the last one."""

from __future__ import annotations

from auditor.custody import Journal
from auditor.fleet import StoreTrial
from auditor.model.events import StoreTried


def record_trial(journal: Journal, trial: StoreTrial) -> None:
    """Every start tries the store; the log grows where something changed."""
    told, last = trial.event(), next(journal.newest((StoreTried.kind,)), None)
    if last is None or StoreTried.of(last) != told:
        journal.record(told)
