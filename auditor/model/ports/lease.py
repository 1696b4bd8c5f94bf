"""What only one of those who share an estate may do at a time: the port of visits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Lease(Protocol):
    """What one session holds, by name, and no other session holds meanwhile: `deployment d1`, `host d1.example`.

    A lease lasts until it is given back or its session ends, however that ends: nothing is held by a process that is no
    more, and nothing is taken from one that merely sleeps. `VaultError` where the place that keeps leases cannot be
    asked; what was held is then to be taken for lost.
    """

    def take(self, names: Sequence[str]) -> str:
        """Take all of them or none: who has one of them, in a few words; empty where they are taken now.

        What this session has already it may take again.
        """
        ...

    def give_back(self, names: Sequence[str]) -> None:
        """Give up each of them once: one that was taken twice is still held. What is not held is passed over."""
        ...
