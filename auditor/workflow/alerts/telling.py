"""Alerts and the digest of a fleet, sent by the process that leads it, as `auditor schedule` sends them on one machine.

What findings stand, and the digest, are asked of the copy of the log and the index after it. A thread brings these up
to date once a run has closed, or a digest is due: many packages may have to be read, and passes go on meanwhile. What
is sent, and its line, are the pass's own, under a lease of the connection that leads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import NamedTuple

from auditor.alerting import AlertCause, AlertMessage
from auditor.clock import monotonic
from auditor.errors import AuditorError, AwayError
from auditor.model.ports import Lease
from auditor.model.targets.estate import Estate
from auditor.planning import DueDigest, MissedSlot
from auditor.workflow.alerts.causes import current_causes, finding_causes, missed_slot_causes, unread_causes
from auditor.workflow.alerts.digests import compose_digest, digest_now_due, send_digest
from auditor.workflow.alerts.sending import delivery_notes, send_alerts
from auditor.workflow.index.catching_up import bring_up_to_date
from auditor.workflow.replica.acting import ALERTING
from auditor.workflow.wiring import Instruments
from auditor.workspace import Workspace

AGAIN_SECONDS = 60.0
"""After a look that failed, until the next one."""
END_SECONDS = 60.0
"""How long a look that is under way is waited for at the end; what it writes can be left at any time."""


class Findings(NamedTuple):
    """What stands, by a copy of the log that is as of now."""

    causes: Sequence[AlertCause]
    due: DueDigest | None
    letter: AlertMessage | None
    """The digest, where one was due."""
    unreadable: tuple[str, ...]
    """Packages that cannot be read, one sentence each."""


@dataclass
class Look:
    """One look at what stands, in a thread; it ends with `found` or `trouble`."""

    workspace: Workspace
    estate: Estate
    at: datetime
    due: DueDigest | None
    found: Findings | None = None
    trouble: str = ""

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._look, name="findings", daemon=True)
        self.thread.start()

    def _look(self) -> None:
        try:
            moved = bring_up_to_date(self.workspace.home)
            if moved is None:
                self.trouble = "this folder has no file MOVED, by which the log is read"
            elif moved.behind:
                self.trouble = moved.behind
            else:
                causes = finding_causes(moved.workspace, self.estate, self.at)
                due, letter = self.due, None
                if due is not None:
                    letter = compose_digest(moved.workspace, self.estate, due, self.at)
                self.found = Findings(causes, due, letter, moved.unreadable)
        except AuditorError as error:
            self.trouble = (str(error).splitlines() or [""])[0]
        except Exception as error:  # noqa: BLE001 (nobody above would hear of it)
            self.trouble = " ".join(f"{type(error).__name__}: {error}".split())


class FleetTeller:
    """What people are told while one process leads. Ended, it waits a while for a look that is under way."""

    def __init__(
        self,
        instruments: Instruments,
        lease: Lease,
        told: Callable[[str], None],
        unread: Callable[[], Mapping[str, int]],
    ) -> None:
        """`lease`: of the connection that leads, so that who leads no more sends nothing. `unread`: by run, how many
        packages could not be read in the store."""
        self._instruments, self._lease, self._told, self._unread = instruments, lease, told, unread
        self._missed: list[AlertCause] = []
        """Of slots that nobody was told of yet."""
        self._found: Findings | None = None
        self._look: Look | None = None
        self._looked = -1
        """The line that closed the newest run when findings were looked at last."""
        self._next_look = 0.0
        self._said: dict[str, frozenset[str]] = {}
        """What was said last, by what it is about."""

    def __enter__(self) -> FleetTeller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._look is not None:
            self._look.thread.join(END_SECONDS)

    def missed(self, gaps: Sequence[MissedSlot]) -> None:
        """Slots that were just recorded as gaps: told at once, or as soon as somebody takes it."""
        self._missed += missed_slot_causes(gaps)
        if gaps:
            self.tell()

    def look_through(self) -> None:
        """Wait for the look that is under way."""
        if self._look is not None:
            self._look.thread.join()

    def tell(self) -> None:
        """Send what is new and what has ended; a channel that fails is told, and tried again later.

        `AwayError` where the database does not answer: nobody knows then who leads.
        """
        if not self._instruments.estate.alerts.has_receivers:
            return
        self._take_found()
        if self._lease.take([ALERTING]):
            return  # of who looks from outside; the next pass tells what is left
        try:
            self._instruments.journal.follow()
            self._send()
            self._say("alerts", ())
        except AwayError:
            raise
        except AuditorError as error:
            self._say("alerts", [f"alerts: {error}"])
        finally:
            self._lease.give_back([ALERTING])
        self._look_where_due()

    def _send(self) -> None:
        instruments, found = self._instruments, self._found
        history = instruments.schedules.history(instruments.journal)
        self._missed = [one for one in self._missed if one.key not in history.told]
        causes = [*current_causes(instruments, history, instruments.clock()), *unread_causes(self._unread())]
        kinds = {"overdue", "authority", "witness", "unread"}
        if found is not None:
            causes, kinds = [*causes, *found.causes], kinds | {"finding"}
        sent = send_alerts(instruments, [*self._missed, *causes], kinds=frozenset(kinds))
        for line in delivery_notes("alert", (one for one in sent if not one.ok)):
            self._told(line)
        if found is not None and found.due and found.letter and found.due == digest_now_due(instruments):
            self._found = found._replace(due=None, letter=None)  # where nobody takes it, it is made anew
            for line in delivery_notes("digest", send_digest(instruments, found.due, found.letter)):
                self._told(line)

    def _take_found(self) -> None:
        look = self._look
        if look is None or look.thread.is_alive():
            return
        self._look = None
        if look.found is None:
            self._looked, self._next_look = -1, monotonic() + AGAIN_SECONDS
            self._say("findings", [f"findings are not told yet: {look.trouble}"])
            return
        self._found = look.found
        self._say("findings", look.found.unreadable)

    def _look_where_due(self) -> None:
        """Look where a run has closed since the last time, this process has not looked yet, or a digest is due."""
        journal = self._instruments.journal
        if self._look is not None or monotonic() < self._next_look:
            return
        closed = next(iter(journal.ledger.newest_numbers(("run.closed",), journal.size, 1)), 0)
        due = digest_now_due(self._instruments)
        if closed == self._looked and (due is None or (self._found is not None and self._found.due == due)):
            return
        self._looked = closed
        self._look = Look(self._instruments.workspace, self._instruments.estate, self._instruments.clock(), due)

    def _say(self, about: str, lines: Iterable[str]) -> None:
        """Once, as long as it stays so."""
        said = frozenset(lines)
        for line in sorted(said - self._said.get(about, frozenset())):
            self._told(line)
        self._said[about] = said
