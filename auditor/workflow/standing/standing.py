"""The standing index of one workspace, opened: brought up to date, asked, and held against a judgement made now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from auditor.clock import Clock, monotonic, now
from auditor.custody import Journal, require_initialised
from auditor.errors import EvidenceIndexError
from auditor.gc_pause import collection_paused
from auditor.index import Index
from auditor.model.ports import StandingReader
from auditor.model.standing import OpenedDeployment, StandingMoment, StandingScope
from auditor.model.targets.estate import Estate
from auditor.reconciliation import ContractIndex, index_contracts
from auditor.targets import kept_sources
from auditor.workflow.standing.comparing import StandingComparison, compare_standing
from auditor.workflow.standing.following import (
    JournalBehind,
    Present,
    StandingMoved,
    follow,
    is_followed,
    present_receipts,
    targets_digest,
)
from auditor.workflow.standing.known import JUDGED_KINDS, Known, judging_code
from auditor.workflow.standing.opening import open_deployment
from auditor.workflow.standing.refreshing import judge_portions
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

WORTH_A_LEDGER = 1_000
"""Units from which on the contracts of the whole estate are gone through once, and not for each portion."""
MOST_TURNS = 20
"""How often it is followed anew, one time after another, where others follow at the same time; what is left then is
outstanding."""
SHORT_REST, LONG_REST = 0.01, 0.25
"""Seconds between two turns: twice as long each time, so that all of them last longer than any line is under way."""


@dataclass
class EstateMemory:
    """The estate as it was last read, for one who opens the standing index again and again. One thread at a time."""

    targets: str = ""
    """The digest of its files."""
    estate: Estate | None = None
    ledger: tuple[Estate, ContractIndex] | None = None
    """An estate with its contracts by deployment, once many were judged."""
    begun: bool = False
    """Whether the rows were once those of this process's program."""


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

        What is left is marked and said to be outstanding. Raises as reading the journal and `targets.yaml` does, and
        `OtherProgramError` where another version of the program has judged what this process judged before.
        """
        end, turns = None if seconds is None else monotonic() + seconds, _Turns()

        def ended() -> bool:
            return stop() or (end is not None and monotonic() >= end)

        with collection_paused():
            while turns.left:
                try:
                    with self._followed(last=turns.last) as present:
                        if any(self._index.standing.outstanding()) and not ended():
                            for _ in judge_portions(self._index, self._knowing(present), self._code, self._clock):
                                turns.taken = 0  # what moved meanwhile kept nobody from going on
                                if ended():
                                    break
                    break
                except StandingMoved as moved:
                    if ended():
                        break
                    turns.rest(moved, end)
        return self.state()

    def open(self, deployment: str, scope: StandingScope) -> OpenedDeployment:
        """A deployment judged now, as far as the reader sees it, and held against its rows.

        Raises as `refresh` does; `EvidenceIndexError` where others change everything again and again meanwhile.
        """
        turns = _Turns()
        while turns.left:
            try:
                with self._followed(last=turns.last) as present:
                    known = self._knowing(present)
                    return open_deployment(self._index, known, deployment, scope, last=turns.taken == MOST_TURNS - 1)
            except StandingMoved as moved:
                turns.rest(moved)
        raise _moving()

    def compare(self) -> StandingComparison:
        """What is kept, held against everything judged at once; nothing is written. Both are of one moment of the
        index, and the journal is read after it, so that it has every line of which the index tells.

        Raises as `open` does.
        """
        turns = _Turns()
        while turns.left:
            try:
                with self.snapshot(), self._present() as present:
                    return compare_standing(self._index, present)
            except StandingMoved as moved:
                turns.rest(moved)
        raise _moving()

    def known(self) -> Known:
        """What deployments are judged by now, with everything that changed marked. Raises as `open` does."""
        turns = _Turns()
        while turns.left:
            try:
                with self._followed(last=turns.last) as present:
                    return self._knowing(present)
            except StandingMoved as moved:
                turns.rest(moved)
        raise _moving()

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything that is asked meanwhile is of one moment, whatever others judge; nothing is refreshed in it."""
        return self._index.standing.snapshot()

    @contextmanager
    def _followed(self, *, last: bool) -> Iterator[Present]:
        with self._present() as present:
            if not is_followed(self._index, present):
                follow(self._index, present, last=last)
            self._memory.begun = True
            yield present

    @contextmanager
    def _present(self) -> Iterator[Present]:
        journal = Journal.open(self._workspace.root)
        try:
            moment = self._clock()
            self.size = journal.size
            self.moment = moment = moment if journal.last_at is None else max(moment, journal.last_at)
            targets, sources = self._targets()

            def estate() -> Estate:
                return self._estate_of(targets, sources)

            receipts = present_receipts(self._workspace.root, journal, moment, estate)
            yield Present(journal, estate, targets, self._code, moment, receipts, self._memory.begun)
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

    def _targets(self) -> tuple[str, Mapping[str, str] | None]:
        """The digest of the files of `targets.yaml`, without reading what they say where that can be done, and the
        files then."""
        if self._given is not None:
            return targets_digest(self._given.sources), None
        kept = kept_sources(self._workspace.targets, self._workspace.db.with_name("targets.json"))
        if kept is not None:
            return targets_digest(kept), kept
        return self._read_now(None), None

    def _estate_of(self, targets: str, sources: Mapping[str, str] | None) -> Estate:
        """The estate of just these files; `StandingMoved` where they are others by now."""
        if self._given is not None:
            return self._given
        memory = self._memory
        if (memory.estate is None or memory.targets != targets) and self._read_now(sources) != targets:
            raise StandingMoved
        assert memory.estate is not None  # noqa: S101
        return memory.estate

    def _read_now(self, sources: Mapping[str, str] | None) -> str:
        found = read_targets_cached(self._workspace, sources)
        self._memory.targets, self._memory.estate = targets_digest(found.sources), found
        return self._memory.targets


@dataclass
class _Turns:
    """How often one has tried, while others changed what is looked at."""

    taken: int = 0
    behind: int = 0
    """Turns, one after another, in which the journal was shorter than others say."""

    @property
    def left(self) -> bool:
        return self.taken < MOST_TURNS

    @property
    def last(self) -> bool:
        """Whether the journal has been shorter for longer than any line is under way."""
        return self.behind >= MOST_TURNS - 1

    def rest(self, moved: StandingMoved, end: float | None = None) -> None:
        """Let the others finish what they are at, until `end` at most."""
        self.taken += 1
        self.behind = self.behind + 1 if isinstance(moved, JournalBehind) else 0
        seconds = min(SHORT_REST * 2**self.taken, LONG_REST)
        time.sleep(seconds if end is None else max(0.0, min(seconds, end - monotonic())))


def _moving() -> EvidenceIndexError:
    return EvidenceIndexError("index: targets.yaml or what stands is changed again and again; run this again later")


@contextmanager
def open_standing(
    workspace: Workspace, *, clock: Clock = now, estate: Estate | None = None, memory: EstateMemory | None = None
) -> Iterator[StandingWorkspace]:
    """The standing index of a workspace. `ConfigError` where there is none; `EvidenceIndexError` where the index cannot
    be opened."""
    require_initialised(workspace.root)
    with Index.open(workspace.db) as index:
        yield StandingWorkspace(workspace, index, clock, estate, memory)
