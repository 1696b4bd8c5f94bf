"""What only one of the sessions that share a workspace may do at a time: claims, by name.

A session is the process that holds the workspace itself, or a command that works through it. A claim lasts as long as
what is read, decided and written under it belongs together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from auditor.errors import VaultError

CHECKPOINT, DECISIONS, OUTBOX, PACKAGES, TRUST = "checkpoint", "decisions", "outbox", "packages", "trust"
"""Names: signing the journal's root; deciding on what was decided; asking again for what waits; what stands in packages
and may be removed; stating which authorities are trusted."""
PATIENCE, STEP = 60.0, 0.05
"""Seconds that a claim is waited for, and between two tries."""


class SessionClaims(Protocol):
    """The claims of one session."""

    def take(self, names: Sequence[str]) -> str:
        """Take all of them or none: who has one of them, in a few words; empty where they are taken now."""

    def give_back(self, names: Sequence[str]) -> None:
        """End them; those that were taken twice stay for once."""


@dataclass
class _Claim:
    session: str
    count: int = 1


class ClaimBook:
    """The claims of all sessions, kept by the process that holds the workspace. Safe from several threads."""

    def __init__(self) -> None:
        self._claims: dict[str, _Claim] = {}
        self._guard = threading.Lock()

    def take(self, names: Sequence[str], session: str) -> str:
        with self._guard:
            for name in names:
                known = self._claims.get(name)
                if known is not None and known.session != session:
                    return known.session
            for name in names:
                if name in self._claims:
                    self._claims[name].count += 1
                else:
                    self._claims[name] = _Claim(session)
            return ""

    def give_back(self, names: Sequence[str], session: str) -> None:
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


@dataclass(frozen=True, slots=True)
class OwnClaims:
    """Those of one session of this process."""

    book: ClaimBook
    session: str

    def take(self, names: Sequence[str]) -> str:
        return self.book.take(names, self.session)

    def give_back(self, names: Sequence[str]) -> None:
        self.book.give_back(names, self.session)


@contextmanager
def claimed(claims: SessionClaims, *names: str, patience: float = PATIENCE) -> Iterator[None]:
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
