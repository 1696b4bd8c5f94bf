"""What is known of a ledger that others keep too, and that it continues this: nothing is signed on one that was set
back, as by an older backup of its database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from auditor.errors import IntegrityError


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
