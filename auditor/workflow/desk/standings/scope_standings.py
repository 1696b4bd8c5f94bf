"""How each scope stands: of everybody from the rows that are kept, of a small scope composed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.clock import Clock
from auditor.errors import AuditorError
from auditor.model.people import EVERYBODY, AccessScope
from auditor.workflow.desk.estates import ScopedEstates
from auditor.workflow.desk.reads.standing import ScopeStanding, StandingCache
from auditor.workflow.desk.standings.composed import ComposedStanding
from auditor.workflow.desk.standings.keeper import StandingKeeper
from auditor.workflow.desk.standings.kept import Answers, KeptStanding
from auditor.workspace import Workspace


class ScopeStandings:
    """One for all threads of a process."""

    def __init__(self, workspace: Workspace, clock: Clock, estates: ScopedEstates) -> None:
        self._cache = StandingCache(workspace, clock, lambda: estates.of(EVERYBODY))
        self._keeper = StandingKeeper(workspace, clock, lambda: estates.of(EVERYBODY))
        self._answers = Answers()

    def of(self, scope: AccessScope) -> ScopeStanding:
        """How the scope stands now."""
        if scope.everybody and scope.since is None and scope.until is None:
            return KeptStanding(self._keeper, self._cache, self._answers, self._keeper.moment())
        self._keeper.begin()  # the rows say since when each finding is held
        whole = scope.since is None and scope.until is None
        return ComposedStanding(lambda: self._cache.of(scope), self._not_held_until if whole else self._held_after)

    def _held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Of a scope that ends or begins: what stands within it alone has no row, and nobody says since when."""
        with self._keeper.pool.index() as index:
            return index.lists.held_after(fingerprints, moment)

    def _not_held_until(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """What has no row yet was not judged before: it is new, unless nothing was ever judged."""
        with self._keeper.pool.index() as index:
            if index.standing.head() is None:
                return frozenset()
            return frozenset(fingerprints) - index.lists.held_until(fingerprints, moment)

    @property
    def trouble(self) -> AuditorError | None:
        """What keeps the rows of everybody from being followed now; None where nothing does."""
        return self._keeper.trouble

    def close(self) -> None:
        self._keeper.close()
