"""What only one of the sessions that share a workspace may do at a time: claims, by name.

A session is the process that holds the workspace itself, or a command that works through it. A claim lasts as long as
what is read, decided and written under it belongs together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from auditor import clock
from auditor.errors import VaultError
from auditor.model.ports import Lease

ClaimName = Literal[
    "alerts",  # telling what was not told before
    "decisions",  # deciding on what was decided
    "hosting",  # look-ups of who hosts
    "keys",
    "looks",  # looks at candidates
    "notices",
    "packages",  # relying on what stands in packages, or removing it
    "renewals",  # of timestamps
]
"""Claims that a command holds for as long as it has the workspace open."""
CHECKPOINT, OUTBOX, TRUST = "checkpoint", "outbox", "trust"
"""Claims held only while one thing is done: signing the journal's root, asking again for missing timestamps, stating
which authorities are trusted."""
RENEWALS: ClaimName = "renewals"
PATIENCE, STEP = 60.0, 0.05
"""Seconds that a claim is waited for, and between two tries."""
FORGOTTEN = 2.0
"""Seconds after which who waited and did not ask again waits no more."""


@dataclass
class _Claim:
    session: str
    count: int = 1


class ClaimBook:
    """The claims of all sessions, kept by the process that holds the workspace. Safe from several threads.

    Who asked first has it first: a session that has a claim and takes it again, for a second visit, is not served
    before another one that waits. Who does not ask again waits no more.
    """

    def __init__(self, seconds: Callable[[], float] = clock.monotonic) -> None:
        """`seconds`: seconds that never step back."""
        self._claims: dict[str, _Claim] = {}
        self._waiting: dict[str, dict[str, float]] = {}
        """By claim, the sessions that wait for it, in order, and when each asked last."""
        self._clock = seconds
        self._guard = threading.Lock()

    def claim(self, names: Sequence[str], session: str) -> str:
        """All of them or none for a session: who has one of them; empty where they are its own now."""
        with self._guard:
            if before := self._before(names, session):
                for name in names:
                    self._waiting.setdefault(name, {})[session] = self._clock()
                return before
            for name in names:
                self._stop_waiting(name, session)
                if name in self._claims:
                    self._claims[name].count += 1
                else:
                    self._claims[name] = _Claim(session)
            return ""

    def _before(self, names: Sequence[str], session: str) -> str:
        """Who has one of them, or has waited for it longer than this session; empty where nobody does."""
        for name in names:
            known = self._claims.get(name)
            if known is not None and known.session != session:
                return known.session
            for one, asked in list(self._waiting.get(name, {}).items()):
                if self._clock() - asked > FORGOTTEN:
                    self._stop_waiting(name, one)
                elif one == session:
                    break
                else:
                    return one
        return ""

    def _stop_waiting(self, name: str, session: str) -> None:
        waiting = self._waiting.get(name, {})
        waiting.pop(session, None)
        if not waiting:
            self._waiting.pop(name, None)

    def release(self, names: Sequence[str], session: str) -> None:
        """Each of them once."""
        with self._guard:
            for name in names:
                known = self._claims.get(name)
                if known is not None and known.session == session:
                    known.count -= 1
                    if not known.count:
                        del self._claims[name]

    def end_session(self, session: str) -> None:
        """End every claim of a session that is no more."""
        with self._guard:
            self._claims = {name: claim for name, claim in self._claims.items() if claim.session != session}
            for name in list(self._waiting):
                self._stop_waiting(name, session)


@dataclass(frozen=True, slots=True)
class OwnClaims:
    """The `Lease` of one session of the process that holds the workspace."""

    book: ClaimBook
    session: str

    def take(self, names: Sequence[str]) -> str:
        return self.book.claim(names, self.session)

    def give_back(self, names: Sequence[str]) -> None:
        self.book.release(names, self.session)


@contextmanager
def claimed(claims: Lease, *names: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the claims for the block; they are waited for. `VaultError` naming who has them after `patience` seconds."""
    waited = 0.0
    while holder := claims.take(names):
        if waited >= patience:
            raise VaultError(f"{', '.join(names)}: {holder} is at this now; wait for it to end, then run this again")
        time.sleep(STEP)
        waited += STEP
    try:
        yield
    finally:
        claims.give_back(names)
