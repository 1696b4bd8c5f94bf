"""Litigation holds as the journal states them, so that a verifier can tell a pruning that went past one. Pure.

A hold is journalled when a pruning first meets it; from then on a line that removes what it covers fails `verify`. A
hold by contract names no deployments: which ones it covered is not in the journal, and is not checked from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from auditor.model.targets.estate import Hold


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """One hold as last journalled."""

    id: str
    deployments: frozenset[str]
    contracts: frozenset[str]
    captures: frozenset[str]
    released_on: date | None

    def covers(self, capture: str, deployment: str, day: date) -> bool:
        """Whether the capture could not be pruned on that day; by contract alone it is not known here."""
        if self.released_on is not None and day >= self.released_on:
            return False
        everything = not (self.deployments or self.contracts or self.captures)
        return everything or capture in self.captures or deployment in self.deployments


def hold_record(hold: Hold) -> HoldRecord:
    """What a hold says by itself."""
    return HoldRecord(
        hold.id, frozenset(hold.deployments), frozenset(hold.contracts), frozenset(hold.captures), hold.released_on
    )
