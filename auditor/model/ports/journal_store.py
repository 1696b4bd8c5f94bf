"""Where the journal lies: the port of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol


class JournalTile(Protocol):
    """A hash tile to be kept: its place in the tree, and its hashes end to end."""

    @property
    def level(self) -> int: ...
    @property
    def index(self) -> int: ...
    @property
    def hashes(self) -> bytes: ...


class JournalStore(Protocol):
    """Where the journal's lines, their hash tiles and the signed head lie.

    The head is replaced first and the line appended after it, so an interruption leaves a head that is at most one line
    ahead, and at most a beginning of that line. Lines are appended to the tail; 256 of them are sealed as a segment,
    with the tiles over them, and never written again. Only one process writes; others may read while it does.

    A store that is `shared` takes lines of other writers as well, who have no key: the head counts fewer lines then,
    and the process that has the key takes theirs over before it appends its own, and signs them.
    """

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def grows(self) -> bool:
        """Whether lines can be appended; a journal of an earlier layout is only read, and upgraded."""
        ...

    @property
    def shared(self) -> bool:
        """Whether others append lines here, who cannot sign the head."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Nobody else appends meanwhile; what is written in it is there as a whole once it ends, or not at all, where
        the store is shared. `OutcomeUnknownError` where that cannot be told."""
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

    def segments(self, size: int) -> int:
        """How many segments are sealed of a journal whose head counts `size` lines."""
        ...

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        """Lines from a number on, without their newline, and whether they had one. None where there is no line yet.

        Memory is bounded by a segment; `IntegrityError` for a line of more than 32 MiB.
        """
        ...

    def append(self, line: bytes, number: int) -> None:
        """Write `line` and a newline as line `number` of the journal, durable when it returns.

        A beginning of that very line that an interruption left there is written over. `IntegrityError` where anything
        else stands there: somebody else wrote. `VaultError` where the store refuses.
        """
        ...

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of the widest tile there is; empty where there is none."""
        ...

    def seal_segment(self, index: int, tiles: Sequence[JournalTile]) -> None:
        """Seal the tail, which holds 256 lines, as segment `index`; `tiles` are those over it that are new.

        All or nothing, durable when it returns; may be called again after an interruption. `VaultError` where the store
        refuses: the tail then stands.
        """
        ...

    def tidy(self, segments: int) -> None:
        """Drop tiles that an interrupted sealing left, where so many segments are sealed."""
        ...
