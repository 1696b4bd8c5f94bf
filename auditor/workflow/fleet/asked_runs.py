"""A run asked of the fleet, waited for, and told from the ledger's lines as `auditor run` tells one on one machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from auditor.clock import monotonic
from auditor.custody import Journal
from auditor.errors import AwayError, ConfigError, IntegrityError
from auditor.fleet import DatabaseAddress, RequestBook, WishOutcome, connect, require_schema
from auditor.index import Index
from auditor.model.events import CaptureCommitted, RunClosed, RunOpened
from auditor.workflow.audit.run_summary import MOST_TOLD, RunSummary, VisitOutcome
from auditor.workflow.audit.witness_submission import refusing_witnesses
from auditor.workflow.fleet.status import fleet_status
from auditor.workflow.incompleteness import view_reasons
from auditor.workflow.index.catching_up import bring_up_to_date
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

LOOK_SECONDS, OBSTACLES_SECONDS = 1.0, 15.0
"""Between two looks at the run, and between two at what keeps it from going on."""
SEAL_SECONDS = 30.0
"""After its end a run is waited for so much longer while timestamps of its packages are asked for."""


def ask_for_run(database: str, only: Sequence[str]) -> int:
    """Have maintenance begin a run; the number of what was asked for. Maintenance refuses a deployment that is not in
    `targets.yaml`."""
    address = DatabaseAddress(database)
    with connect(address, "auditor_maintenance", "auditor run") as connection:
        require_schema(connection, address)
        return RequestBook(connection, address).wish(only)


@dataclass
class RunWait:
    """Waits for a run that was asked for; `told` hears once of each thing that keeps it from going on."""

    database: str
    wish: int
    told: Callable[[str], None]
    _said: set[str] = field(default_factory=set)
    _looked: float = -OBSTACLES_SECONDS

    def until_closed(self, progress: Progress) -> str:
        """The run, once the ledger says that it has ended. `ConfigError` where maintenance refuses what was asked for.

        A database that does not answer any more is waited for.
        """
        address, begun = DatabaseAddress(self.database), False
        while True:
            try:
                with connect(address, "auditor_reader", "auditor run") as connection:
                    begun, book = True, RequestBook(connection, address)
                    while not self._has_ended(found := book.wish_outcome(self.wish), book, progress):
                        self._tell_obstacles()
                        time.sleep(LOOK_SECONDS)
                break
            except (AwayError, ConfigError) as error:
                if not begun:
                    raise
                self._say(f"{error}; the run is waited for")
                time.sleep(LOOK_SECONDS)
        if found.refused:
            raise ConfigError(f"the run is not begun: {found.refused}")
        return found.run

    def _has_ended(self, found: WishOutcome, book: RequestBook, progress: Progress) -> bool:
        if found.refused or not found.run:
            return bool(found.refused)
        ended, total = book.ended_of(found.run)
        progress(ended, total, found.run)
        return ended == total and book.is_closed(found.run)

    def _tell_obstacles(self) -> None:
        if monotonic() - self._looked < OBSTACLES_SECONDS:
            return
        self._looked, found = monotonic(), fleet_status(self.database)
        if not found.maintained:
            self._say("nobody maintains the fleet: the run waits for `auditor schedule` (auditor fleet maintain)")
        for one in found.vantages:
            if one.unserved:
                self._say(f"vantage {one.vantage.id} has no worker that gets work: visits wait; auditor fleet status")

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self.told(line)


def wait_for_seals(home: Path, run: str) -> None:
    """Wait a while for the timestamps of a run that has ended: maintenance asks for them a few seconds later. What
    cannot be read in the store gets none."""
    end = monotonic() + SEAL_SECONDS
    while (found := bring_up_to_date(home, indexed=False)) is not None and not found.behind:
        with closing(Journal.open(found.workspace.root)) as journal:
            closed = _closed(journal, run)
            unread = (closed.unread or 0) if closed is not None else 0
            if len(_waiting(journal, run)) <= unread or monotonic() > end:
                return
        time.sleep(LOOK_SECONDS)


def told_run(workspace: Workspace, run: str) -> RunSummary:
    """How a run of the fleet ended, as the ledger's lines say by now. `IntegrityError` where they do not know it."""
    estate = read_targets_cached(workspace)
    with closing(Journal.open(workspace.root)) as journal:
        if (closed := _closed(journal, run)) is None:
            raise IntegrityError(f"{journal.root}: no line says that run {run} has ended; run `auditor status`")
        captured = (closed.complete or 0) + (closed.partial or 0) + (closed.failed or 0) + (closed.unread or 0)
        waiting = _waiting(journal, run)
        return RunSummary(
            planned=closed.planned or 0,
            complete=closed.complete or 0,
            partial=closed.partial or 0,
            failed=closed.failed or 0,
            gaps=closed.gaps or 0,
            unread=closed.unread or 0,
            sealed=captured - len(waiting),
            seconds=(closed.milliseconds or 0) / 1000,
            run=run,
            waiting=waiting,
            troubled=_troubled(workspace, journal, run) if closed.complete != captured else (),
            refused_by=tuple(refusing_witnesses(journal, estate)),
        )


def _closed(journal: Journal, run: str) -> RunClosed | None:
    ended = (RunClosed.of(one) for one in journal.newest(("run.closed",)))
    return next((one for one in ended if one.run == run), None)


def _waiting(journal: Journal, run: str) -> tuple[str, ...]:
    """Captures of a run that wait for timestamps."""
    ledger = journal.ledger
    records = [ledger.package_record(one.capture) for one in ledger.standing.waiting.values()]
    return tuple(sorted(one.capture for one in records if one is not None and one.run == run))


def _troubled(workspace: Workspace, journal: Journal, run: str) -> tuple[VisitOutcome, ...]:
    """Visits of a run that are not complete, the first `MOST_TOLD` by deployment and capture."""
    opened = next(one.number for one in journal.newest(("run.opened",)) if RunOpened.of(one).run == run)
    captured = map(CaptureCommitted.of, journal.entries(opened, kinds=("capture",)))
    troubled = [one for one in captured if one.run == run and one.state != "complete"]
    told = sorted(troubled, key=lambda one: (one.deployment, one.capture))[:MOST_TOLD]
    with Index.open_to_read(workspace.db) as index:
        rows = {row.capture: row for row in index.packages_of([one.capture for one in told])}
    return tuple(
        VisitOutcome(
            one.capture, one.deployment, one.state, one.capture in rows and rows[one.capture].seal.sealed,
            view_reasons(rows[one.capture].views) if one.capture in rows else (),
        )
        for one in told
    )  # fmt: skip
