"""The standing index of one workspace, opened: brought up to date, asked, and held against a judgement made now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from auditor.clock import Clock, now
from auditor.custody import Journal, require_initialised
from auditor.gc_pause import collection_paused
from auditor.index import Index
from auditor.model.ports import StandingReader
from auditor.model.standing import OpenedDeployment, StandingMoment, StandingScope
from auditor.model.targets.estate import Estate
from auditor.reconciliation import ContractIndex, index_contracts
from auditor.targets import kept_sources
from auditor.workflow.standing.comparing import StandingComparison, compare_standing
from auditor.workflow.standing.following import (
    Present,
    StandingMoved,
    follow,
    is_followed,
    present_receipts,
    targets_digest,
)
from auditor.workflow.standing.known import JUDGED_KINDS, Known, judging_code
from auditor.workflow.standing.opening import open_deployment
from auditor.workflow.standing.refreshing import refresh_until
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

WORTH_A_LEDGER = 1_000
"""Units from which on the contracts of the whole estate are gone through once, and not for each portion."""
MOST_TURNS = 20
"""How often it is followed anew, where others follow at the same time; what is left then is outstanding."""


@dataclass
class EstateMemory:
    """The estate as it was last read, for one who opens the standing index again and again. One thread at a time."""

    targets: str = ""
    """The digest of its files."""
    estate: Estate | None = None
    ledger: tuple[Estate, ContractIndex] | None = None
    """An estate with its contracts by deployment, once many were judged."""


class StandingWorkspace:
    """Positions and findings of a workspace as they stand. Used by one thread; others may write beside it."""

    def __init__(
        self,
        workspace: Workspace,
        index: Index,
        clock: Clock = now,
        estate: Estate | None = None,
        memory: EstateMemory | None = None,
    ) -> None:
        """`estate`: where it was read already; else it is read when something is to be judged, and kept in `memory`."""
        self._memory = memory or EstateMemory()
        self._workspace, self._index, self._clock, self._given = workspace, index, clock, estate
        self._code = judging_code()
        self.moment = clock()
        """As of which questions are asked; the moment of the last refresh."""
        self.size = 0
        """Lines of the journal when it was last followed."""

    @property
    def reader(self) -> StandingReader:
        """Lists, sums and trends."""
        return self._index.standing_rows

    def notice(self) -> str:
        """What is said at the head of every report; it is read where the estate was read already, else it is kept."""
        return str(self._index.standing.about("settings", "").get("notice", ""))

    def state(self) -> StandingMoment:
        """As of what the rows stand now."""
        return self.reader.state(self.moment)

    def refresh(self, seconds: float | None = None, stop: Callable[[], bool] = lambda: False) -> StandingMoment:
        """Follow what changed, and judge again what it touches, at most about so long, or until `stop`;
        None: until nothing is left.

        What is left is marked and said to be outstanding. Raises as reading the journal and `targets.yaml` does.
        """
        with collection_paused():
            for turn in range(MOST_TURNS):
                try:
                    with self._followed(last=turn == MOST_TURNS - 1) as present:
                        if any(self._index.standing.outstanding()):
                            refresh_until(self._index, self._knowing(present), self._code, seconds, stop, self._clock)
                    break
                except StandingMoved:
                    continue
        return self.state()

    def open(self, deployment: str, scope: StandingScope) -> OpenedDeployment:
        """A deployment judged now, as far as the reader sees it, and held against its rows."""
        with self._followed(last=True) as present:
            return open_deployment(self._index, self._knowing(present), deployment, scope)

    def compare(self) -> StandingComparison:
        """What is kept, held against everything judged at once; nothing is written."""
        with self._present() as present:
            return compare_standing(self._index, present)

    @contextmanager
    def known(self) -> Iterator[Known]:
        """What units are judged by now, with everything that changed marked."""
        with self._followed(last=True) as present:
            yield self._knowing(present)

    @contextmanager
    def _followed(self, *, last: bool) -> Iterator[Present]:
        with self._present() as present:
            if not is_followed(self._index.standing, present):
                follow(self._index, present, last=last)
            yield present

    @contextmanager
    def _present(self) -> Iterator[Present]:
        journal = Journal.open(self._workspace.root)
        try:
            moment = self._clock()
            self.size = journal.size
            self.moment = moment = moment if journal.last_at is None else max(moment, journal.last_at)
            targets = self._targets()

            def estate() -> Estate:
                return self._estate_of(targets)

            receipts = present_receipts(self._workspace.root, journal, moment, estate)
            yield Present(journal, estate, targets, self._code, moment, receipts)
        finally:
            journal.close()

    def _knowing(self, present: Present) -> Known:
        entries = tuple(present.journal.entries(kinds=JUDGED_KINDS))
        head, estate = present.head, present.estate()
        kept = self._memory.ledger
        if (kept is None or kept[0] is not estate) and self._index.standing.outstanding()[0] >= WORTH_A_LEDGER:
            kept = self._memory.ledger = (estate, index_contracts(estate))
        ledger = kept[1] if kept is not None and kept[0] is estate else None
        return Known(
            estate, entries, present.receipts, present.moment, head.before, head.line, present.targets, ledger
        )  # fmt: skip

    def _targets(self) -> str:
        """The digest of the files of `targets.yaml`, without reading what they say where that can be done."""
        if self._given is not None:
            return targets_digest(self._given.sources)
        kept = kept_sources(self._workspace.targets, self._workspace.db.with_name("targets.json"))
        if kept is not None:
            return targets_digest(kept)
        return self._read_now()

    def _estate_of(self, targets: str) -> Estate:
        """The estate of just these files; `StandingMoved` where they are others by now."""
        if self._given is not None:
            return self._given
        memory = self._memory
        if (memory.estate is None or memory.targets != targets) and self._read_now() != targets:
            raise StandingMoved
        assert memory.estate is not None  # noqa: S101
        return memory.estate

    def _read_now(self) -> str:
        found = read_targets_cached(self._workspace)
        self._memory.targets, self._memory.estate = targets_digest(found.sources), found
        return self._memory.targets


@contextmanager
def open_standing(
    workspace: Workspace, *, clock: Clock = now, estate: Estate | None = None, memory: EstateMemory | None = None
) -> Iterator[StandingWorkspace]:
    """The standing index of a workspace. `ConfigError` where there is none; `EvidenceIndexError` where the index cannot
    be opened."""
    require_initialised(workspace.root)
    with Index.open(workspace.db) as index:
        yield StandingWorkspace(workspace, index, clock, estate, memory)
