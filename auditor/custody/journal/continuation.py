"""That a ledger which others keep too continues what is known of it, under keys that follow from each other: nothing is
signed on one that was set back, as by an older backup of its database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.lines import JournalHead
from auditor.errors import IntegrityError
from auditor.formats import signed_note
from auditor.formats.signed_note import VerifierKey


@dataclass(frozen=True, slots=True)
class KnownLedger:
    """How far a ledger was seen before: whatever it holds later continues that."""

    by: str
    """What tells it, such as a file."""
    size: int
    root: bytes | None = None
    """None where the number of lines alone is known."""


class LedgerMemory(Protocol):
    """What stays known of a shared ledger from one process to the next.

    The tables are no such memory: they are a transaction ahead where the database did not keep it.
    """

    def known(self) -> Sequence[KnownLedger]:
        """Asked before the ledger is. `ConfigError` where what was kept cannot be read."""
        ...

    def keep(self, size: int, root: bytes) -> None:
        """The database keeps so many lines with that root. `OSError` where the disk refuses."""
        ...


def require_known(name: str, size: int, known: Iterable[KnownLedger], root_at: Callable[[int], bytes]) -> None:
    """`IntegrityError` where a ledger of so many lines does not continue what is known of it."""
    for one in known:
        if size < one.size or (one.root is not None and root_at(one.size) != one.root):
            raise IntegrityError(
                f"{name}: its ledger has {size} lines and does not continue the {one.size} that {one.by} tells of: it"
                " was set back, as by an older backup, or its lines were exchanged. Run `auditor verify`, and ask who"
                " changed it"
            )


def require_keys(name: str, ring: KeyHistory, size: int, passed: int = 0) -> None:
    """`IntegrityError` where the key of a head over so many lines does not follow from those before it, or is revoked.

    `passed`: how many keys without an endorsement were taken in before.
    """
    key = _head_key(ring, size)
    if new := ring.unendorsed[passed:]:
        raise IntegrityError(
            f"{name}: line {new[0]} brings in a key that the one in force did not endorse, and the log goes on"
            " under it. Run `auditor verify`, and ask who changed it"
        )
    if str(key) in ring.revoked:
        raise IntegrityError(
            f"{name}: its head is signed by {key}, which line {ring.revoked[str(key)]} revoked. Run `auditor"
            " verify`, and ask who has that key"
        )


def require_signed(name: str, head: JournalHead, ring: KeyHistory, passed: int) -> None:
    """`IntegrityError` where a head is not signed by the key in force at its end, or that key does not follow from
    those before it, or is revoked. `passed`: how many keys without an endorsement were taken in before."""
    require_keys(name, ring, head.size, passed)
    signed_note.parse_verified_note(bytes(head.note), _head_key(ring, head.size), "journal head")


def _head_key(ring: KeyHistory, size: int) -> VerifierKey:
    """What signs the head over so many lines: a key is in force from the line on that follows the one it came in."""
    return ring.at(max(1, size - 1))
