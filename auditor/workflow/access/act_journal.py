"""What people do on the pages is journalled before it is answered: one writer for all threads of a process.

The process that serves pages holds its workspace where nobody else does; commands then work through it. Where another
process holds the workspace, acts work through that one, and this one takes over once it has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from auditor.clock import Clock, now
from auditor.custody import Journal, SharingTerms, is_locked
from auditor.model.events import JournalEvent
from auditor.workflow.wiring import LONG_LIVED, HeldWorkspace, hold_workspace, open_custody
from auditor.workspace import Workspace

T = TypeVar("T")
GUEST = SharingTerms("serve", claims=())
"""An act of this process where another one holds the workspace."""


class ActJournal:
    """Journals acts, one at a time. `VaultError` where another process holds the workspace and does not answer."""

    def __init__(self, workspace: Workspace, clock: Clock = now) -> None:
        self.workspace = workspace
        self.clock = clock
        self._turn = threading.RLock()
        self._stack = ExitStack()
        self._held: HeldWorkspace | None = None
        self._wanted = False

    def hold(self) -> bool:
        """Hold the workspace from now on, or from when nobody else does. Whether it is held now.

        One that moved to a fleet is held by nobody: each act is appended there by itself.
        """
        if self.workspace.moved:
            return True
        with self._turn:
            self._wanted = True
            self._take()
            return self._held is not None

    def close(self) -> None:
        """Let go: commands that work through this process are waited for."""
        with self._turn:
            self._wanted, self._held = False, None
            self._stack.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """This thread's turn to decide: what opens the workspace itself is called inside, `record` too."""
        with self._turn:
            self._take()
            yield

    def record(self, *events: JournalEvent) -> int:
        """Journal the events, in order, flushed to the disk. The number of the last line."""
        with self.turn(), ExitStack() as stack:
            if self._held is not None:
                journal = self._held.custody.journal
            else:
                journal = stack.enter_context(open_custody(self.workspace, clock=self.clock, terms=GUEST)).journal
            for event in events:
                entry = journal.record(event)
            return entry.number

    def read(self, ask: Callable[[Journal], T]) -> T:
        """Read beside whoever is writing."""
        journal = Journal.open(self.workspace.root)
        try:
            return ask(journal)
        finally:
            journal.close()

    def _take(self) -> None:
        if self._wanted and self._held is None and not is_locked(self.workspace.root):
            self._held = self._stack.enter_context(hold_workspace(self.workspace, LONG_LIVED, clock=self.clock))
