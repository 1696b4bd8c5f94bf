"""Where the journal lies: the port of the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol


class JournalStore(Protocol):
    """Where the journal's lines and its signed head lie.

    The head is replaced first and the line appended after it, so an interruption leaves a head that is at most one line
    ahead, and at most a beginning of that line. Only one process writes; others may read while it does.
    """

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def exists(self) -> bool:
        """Whether a journal was begun here: there is a head or a line."""
        ...

    def head(self) -> bytes:
        """The signed note; `VaultError` where there is none, `IntegrityError` where it cannot be one."""
        ...

    def replace_head(self, note: bytes) -> None:
        """Put a note in the place of the head: the old one or the new one is there at any time, whole, durable.

        `VaultError` where the store refuses it; the old head then stands.
        """
        ...

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        """Lines from a byte on, without their newline, and whether they had one. None where there is no line yet.

        Memory is bounded by the longest line; `IntegrityError` for one of more than 32 MiB.
        """
        ...

    def append(self, line: bytes, start: int) -> None:
        """Write `line` and a newline at byte `start`, durable when it returns.

        A beginning of that very line that an interruption left there is written over. `IntegrityError` where anything
        else stands there: somebody else wrote. `VaultError` where the store refuses.
        """
        ...

    def prefix_digest(self, length: int) -> hashlib._Hash | None:
        """SHA-256 so far over the first `length` bytes; None where fewer are there."""
        ...
