"""One thread that follows the journal and judges what is marked, in small turns; and what is known for a look now."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from auditor import __version__
from auditor.clock import Clock, monotonic
from auditor.errors import AuditorError, EvidenceIndexError
from auditor.gc_pause import spare_what_stays
from auditor.index import Index
from auditor.model.findings import Decision
from auditor.model.reports import Report
from auditor.model.standing import StandingMoment
from auditor.model.targets.estate import Estate
from auditor.reconciliation import ContractIndex, index_contracts
from auditor.workflow.decisions import read_decisions
from auditor.workflow.desk.reads.search import TextShelf, lines_with
from auditor.workflow.desk.reads.standing import journal_marks
from auditor.workflow.desk.standings.index_pool import IndexPool
from auditor.workflow.report.compose import report_names
from auditor.workflow.standing.following import targets_digest
from auditor.workflow.standing.known import Known
from auditor.workflow.standing.standing import EstateMemory, StandingWorkspace
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.web")

TURN_SECONDS = 0.2
"""How long is judged at a time: whoever asks for a page meanwhile waits for no longer."""
REST_SECONDS = 0.2
"""Between two turns while anything is marked."""
LOOK_SECONDS = 0.5
"""How often it is looked whether anything was added, where nobody asks for a page."""
WAIT_SECONDS = 1.5
"""How long a page waits for what was just added; what is not judged by then is said to be outstanding."""
FIRST_SECONDS = 300
"""How long the first turn is waited for, where nothing was ever judged here."""
SOON = 200
"""Units that are judged within about that time: where more are marked, no page waits for them."""


@dataclass(frozen=True)
class KnownNow:
    """What one deployment is judged by at one line of the journal."""

    known: Known
    size: int
    """Lines of the journal."""

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in the order of the journal."""
        return tuple(read_decisions(self.known.entries))

    @cached_property
    def decided(self) -> Mapping[str, tuple[Decision, ...]]:
        """Decisions by what they are about."""
        found: dict[str, list[Decision]] = {}
        for one in self.decisions:
            found.setdefault(one.subject, []).append(one)
        return {name: tuple(made) for name, made in found.items()}


@dataclass(frozen=True)
class KeptMoment:
    """As of what the rows stand."""

    state: StandingMoment
    as_of: datetime
    """When the rows were last held against what is there."""
    size: int
    """Lines of the journal then."""
    estate: Estate
    """The one that they were judged by."""
    targets: str
    """SHA-256 over the digests of its files."""
    behind: bool = False
    """Whether anything was added since that is not followed yet: nothing says how much of it is outstanding."""


class IdLines:
    """Ids in small letters, one a line, and how they are written."""

    def __init__(self, estate: Estate) -> None:
        self._deployments = {name.casefold(): name for name in estate.deployments}
        self._contracts = {name.casefold(): name for name in estate.contracts}
        self._lines = ("\n".join(self._deployments), "\n".join(self._contracts))

    def deployments_with(self, text: str, most: int) -> list[str]:
        """Deployments whose id holds a text in small letters."""
        return [self._deployments[one] for one in lines_with(text, self._lines[0], most)]

    def contracts_with(self, text: str, most: int) -> list[str]:
        """Contracts whose id holds a text in small letters."""
        return [self._contracts[one] for one in lines_with(text, self._lines[1], most)]


class StandingKeeper:
    """For all threads of a process: begun by `begin` or the first question, ended by `close`."""

    def __init__(
        self, workspace: Workspace, clock: Clock, estate: Callable[[], Estate], patience: float = FIRST_SECONDS
    ) -> None:
        """`estate`: that of everybody, as it was looked at lately. `patience`: seconds that one turn may take."""
        self.workspace, self.clock, self.estate = workspace, clock, estate
        self.pool, self._patience = IndexPool(workspace.db), patience
        self._stop, self._wake = threading.Event(), threading.Event()
        self._turned = threading.Condition()
        self._followed: object = None
        self._looked = 0.0
        """When that was looked at which was followed last."""
        self._ended = 0.0
        """When a turn ended last, well or not."""
        self._moment: KeptMoment | None = None
        self._failure: AuditorError | None = None
        self._trouble: AuditorError | None = None
        """What following raised, until a turn goes well."""
        self._targets: tuple[Estate, str] | None = None
        self._doubted: set[str] = set()
        self._thread: threading.Thread | None = None
        self._begin = threading.Lock()
        self._knowing = threading.Lock()
        self._known: tuple[object, KnownNow] | None = None
        self._memory = EstateMemory()
        """Of its own estate it remembers nothing: that is given; but that this process has followed before."""
        self._ledger: tuple[Estate, ContractIndex] | None = None
        self._shelving = threading.Lock()
        self._shelf: tuple[Estate, TextShelf] | None = None
        self._frame: tuple[Estate, Report] | None = None
        self._ids: tuple[Estate, IdLines] | None = None

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self.pool.close()

    def moment(self) -> KeptMoment:
        """As of what the rows stand. What was just added is waited for, a moment; what is not followed by then is said
        to be behind. Raises what following it raised, and `EvidenceIndexError` where nobody follows it."""
        self.begin()
        asked, mark = monotonic(), self._mark()
        with self._turned:
            self._failure = None  # what failed is tried again for whoever asks
            while not self._is_told(asked, mark) and monotonic() < asked + WAIT_SECONDS and self._goes_on():
                self._wake.set()
                self._turned.wait(max(0.0, asked + WAIT_SECONDS - monotonic()))
            # Where nothing was ever kept, the first turn is waited for.
            while self._moment is None and monotonic() < asked + self._patience and self._goes_on():
                self._turned.wait(WAIT_SECONDS)
            behind = not self._is_followed(asked, mark)
            if self._failure is not None and (self._moment is None or behind):
                raise self._failure
            if not self._is_alive():
                raise _not_alive()
            if self._moment is None:
                raise EvidenceIndexError("index: what stands is being judged for the first time; ask again later")
            return replace(self._moment, behind=behind)

    @property
    def trouble(self) -> AuditorError | None:
        """What keeps the rows from being followed now; None where nothing does, or nobody has asked yet."""
        if self._thread is None:
            return None
        if not self._is_alive():
            return _not_alive()
        seconds = monotonic() - self._ended
        if seconds > self._patience:
            return EvidenceIndexError(
                f"index: what was added is not followed: one turn has taken {seconds:,.0f} s so far"
            )
        return self._trouble

    def known(self) -> KnownNow:
        """What a deployment is judged by now: everything up to the last line of the journal."""
        mark = self._mark()
        with self._knowing:
            if self._known is None or self._known[0] != mark:
                estate = self.estate()
                with Index.open(self.workspace.db) as index:
                    standing = StandingWorkspace(self.workspace, index, self.clock, estate, self._memory)
                    known = replace(standing.known(), ledger=self._contracts(estate))
                    found = KnownNow(known, standing.size)
                self._known = (mark, found)
            return self._known[1]

    def frame(self, estate: Estate) -> Report:
        """What stands around every page of everybody, put together once for an estate."""
        with self._shelving:
            if self._frame is None or self._frame[0] is not estate:
                self._frame = (estate, frame_of(estate, self.workspace.home.resolve().name, self.clock()))
            return self._frame[1]

    def ids(self, estate: Estate) -> IdLines:
        """The ids of everybody's deployments and contracts, to be looked through."""
        with self._shelving:
            if self._ids is None or self._ids[0] is not estate:
                self._ids = (estate, IdLines(estate))
            return self._ids[1]

    def shelf(self, estate: Estate) -> TextShelf:
        """Names and places of the deployments and contracts of everybody, put together once for an estate."""
        with self._shelving:
            if self._shelf is None or self._shelf[0] is not estate:
                self._shelf = (estate, TextShelf(estate))
            return self._shelf[1]

    def doubt(self, units: Iterable[str]) -> None:
        """Have these judged again: a look found that their rows say something else."""
        with self._turned:
            self._doubted.update(units)
        self._wake.set()

    def _contracts(self, estate: Estate) -> ContractIndex:
        if self._ledger is None or self._ledger[0] is not estate:
            self._ledger = (estate, index_contracts(estate))
            spare_what_stays()
        return self._ledger[1]

    def _mark(self) -> tuple[object, ...]:
        return journal_marks(self.workspace, self.estate(), self.clock())

    def _is_followed(self, asked: float, mark: object) -> bool:
        """Whether what was there at a moment is followed: just that, or whatever was there later."""
        return self._moment is not None and (self._followed == mark or self._looked >= asked)

    def _is_told(self, asked: float, mark: object) -> bool:
        if self._moment is None or not self._is_followed(asked, mark):
            return False
        changed = self._moment.state.outstanding - self._moment.state.passed
        return not 0 < changed <= SOON

    def begin(self) -> None:
        """Have the rows followed from now on, where nobody follows them yet. `EvidenceIndexError` where nobody can."""
        with self._begin:
            if not self._is_alive() and not self._stop.is_set():
                self._ended = monotonic()
                thread = threading.Thread(target=self._keep, name="standing", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    raise EvidenceIndexError(f"index: what stands cannot be followed now: {error}") from error
                self._thread = thread

    def _is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _goes_on(self) -> bool:
        return self._failure is None and not self._stop.is_set() and self._is_alive()

    def _keep(self) -> None:
        told: type[Exception] | None = None
        while not self._stop.is_set():
            self._wake.clear()
            try:
                with Index.open(self.workspace.db) as index:
                    self._turn_about(index)
                told = None
            except Exception as error:  # noqa: BLE001 (nobody above would hear of it: whoever asks is told)
                failure = error if isinstance(error, AuditorError) else _not_followed(error)
                with self._turned:
                    self._failure = self._trouble = failure
                    self._ended = monotonic()
                    self._turned.notify_all()
                if type(error) is not told:  # once of a kind, not each time
                    told = type(error)
                    LOGGER.warning("standing index not kept: %s", str(failure).partition("\n")[0])
                self._wake.wait(LOOK_SECONDS)

    def _turn_about(self, index: Index) -> None:
        """Turn after turn on one connection, until the index is another file or something fails."""
        file = self.file()
        while not self._stop.is_set() and self.file() == file:
            self._wake.clear()
            busy = self._turn(index)
            self._wake.wait(REST_SECONDS if busy else LOOK_SECONDS)

    def _turn(self, index: Index) -> bool:
        """Follow and judge for a while; whether anything is left."""
        with self._turned:
            doubted, self._doubted = self._doubted, set()
        if doubted:
            with index.standing.transaction():
                index.standing.mark(doubted)
        looked, estate, now = monotonic(), self.estate(), self.clock()
        mark, stood = journal_marks(self.workspace, estate, now), self._moment
        if mark == self._followed and stood is not None and stood.state.settled and _is_quiet(index, now):
            with self._turned:
                self._moment = replace(stood, as_of=max(now, stood.as_of))
                self._looked, self._trouble, self._ended = looked, None, monotonic()
                self._turned.notify_all()
            return False
        standing = StandingWorkspace(self.workspace, index, self.clock, estate, self._memory)
        if standing.state().outstanding > SOON:
            self._memory.ledger = (estate, self._contracts(estate))
        state = standing.refresh(TURN_SECONDS, self._stop.is_set)
        targets = self._targets_of(estate)
        moment = KeptMoment(state, standing.moment, standing.size, estate, targets)
        with self._turned:
            if state.line >= standing.size and state.targets == targets:  # else others changed it all the while
                self._followed, self._looked = mark, looked
            self._moment, self._failure, self._trouble = moment, None, None
            self._ended = monotonic()
            self._turned.notify_all()
        return state.outstanding > 0

    def _targets_of(self, estate: Estate) -> str:
        if self._targets is None or self._targets[0] is not estate:
            self._targets = (estate, targets_digest(estate.sources))
        return self._targets[1]

    def file(self) -> int:
        """Another number where the index is another file."""
        try:
            return self.workspace.db.stat().st_ino
        except OSError:
            return 0


def frame_of(estate: Estate, workspace: str, as_of: datetime) -> Report:
    """What stands around every page: names, zone, notice; no rows."""
    return Report(
        as_of, workspace, f"auditor {__version__}", estate.notice, (), (), (), (), (),
        timezone=estate.timezone,
        names=MappingProxyType(report_names(estate)),
        addresses=MappingProxyType({one.id: one.address for one in estate.deployments.values()}),
        customers=MappingProxyType({one.id: one.counterparty for one in estate.contracts.values()}),
    )  # fmt: skip


def _not_followed(error: Exception) -> EvidenceIndexError:
    return EvidenceIndexError(f"index: what stands cannot be followed now: {type(error).__name__}: {error}")


def _not_alive() -> EvidenceIndexError:
    return EvidenceIndexError("index: nothing follows what stands any more. Start `auditor serve` again")


def _is_quiet(index: Index, moment: datetime) -> bool:
    """Whether nothing is marked or awaited, and no day has passed."""
    store = index.standing
    return store.outstanding() == (0, 0) and not store.awaited() and not store.any_passed(moment)
