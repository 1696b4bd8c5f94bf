"""What people do on the pages is journalled before it is answered: one writer for all threads of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from auditor.clock import Clock, now
from auditor.custody import Custody, Journal, is_locked, open_workspace
from auditor.model.events import JournalEvent
from auditor.workflow.wiring import key_passphrase
from auditor.workspace import Workspace

T = TypeVar("T")
WAIT_SECONDS = 3.0
"""How long an act waits for another process that holds the workspace; then it is refused, and nothing is recorded."""
STEP_SECONDS = 0.05


class ActJournal:
    """Journals acts, one at a time. `VaultError` naming the holder where another process holds the workspace."""

    def __init__(self, workspace: Workspace, clock: Clock = now) -> None:
        self.workspace = workspace
        self.clock = clock
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """This thread's turn: whoever opens the workspace for writing in this process does so inside."""
        with self._turn:
            self._wait()
            yield

    @contextmanager
    def held(self) -> Iterator[Custody]:
        """The workspace, held for this thread."""
        with self.turn(), open_workspace(self.workspace.root, passphrase=key_passphrase(), at=self.clock) as custody:
            yield custody

    def record(self, *events: JournalEvent) -> int:
        """Journal the events, in order, flushed to the disk. The number of the last line."""
        with self.held() as custody:
            for event in events:
                entry = custody.journal.record(event)
            return entry.number

    def read(self, ask: Callable[[Journal], T]) -> T:
        """Read beside whoever is writing."""
        journal = Journal.open(self.workspace.root)
        try:
            return ask(journal)
        finally:
            journal.close()

    def _wait(self) -> None:
        waited = 0.0
        while is_locked(self.workspace.root) and waited < WAIT_SECONDS:
            time.sleep(STEP_SECONDS)
            waited += STEP_SECONDS
