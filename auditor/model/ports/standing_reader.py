"""What answers lists, overviews and trends from rows that are kept as facts change: the port of screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from auditor.model.standing import (
    DeploymentQuery,
    FindingQuery,
    StandingDeployment,
    StandingFinding,
    StandingMoment,
    StandingPage,
    StandingPosition,
    StandingScope,
    StandingTallies,
    TrendPoint,
)


class StandingReader(Protocol):
    """Questions about positions and findings as they stand; every answer is a seek, and none opens evidence.

    A row that something has touched since it was judged says so (`outstanding`); so does one whose day has passed at
    `moment`. `EvidenceIndexError` where the index cannot be asked. Used by one thread at a time.
    """

    def state(self, moment: datetime) -> StandingMoment:
        """As of what the rows stand, and how much is outstanding at a moment."""
        ...

    def tallies(self, scope: StandingScope) -> StandingTallies:
        """The sums of what a reader sees."""
        ...

    def deployments(self, query: DeploymentQuery, moment: datetime) -> StandingPage[StandingDeployment]:
        """Deployments of a reader, a page at a time. `ValueError` for an `after` that is none of this query's."""
        ...

    def findings(self, query: FindingQuery, moment: datetime) -> StandingPage[StandingFinding]:
        """Findings of a reader, a page at a time. `ValueError` for an `after` that is none of this query's."""
        ...

    def finding(self, fingerprint: str, scope: StandingScope, moment: datetime) -> StandingFinding | None:
        """One finding; None where there is none that this reader sees."""
        ...

    def positions(self, deployment: str, scope: StandingScope, moment: datetime) -> Sequence[StandingPosition]:
        """The positions of a deployment that a reader sees."""
        ...

    def trend(self, scope: StandingScope, since: date) -> Sequence[TrendPoint]:
        """The sums as they last stood on each day since then on which they were looked at, oldest first."""
        ...
