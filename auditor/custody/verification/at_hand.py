"""Packages that do not lie on this machine's disk: brought one after another while they are checked, then let go."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from auditor.custody.packages.read_through import bring_package


class PackageCarrier(Protocol):
    """Brings packages into the evidence folder that is verified. Those that are next come while one is checked."""

    def at_hand(self, home: str, version: str = "") -> AbstractContextManager[str]:
        """The package lies in its place; `IntegrityError` where what is kept of it cannot be one.

        `version`: the one that its line names, where it lies in a store that keeps versions. What is given says what
        keeps others from seeing that one; empty where nothing does.
        """
        ...


class PackagesOnDisk:
    """What whoever opens a package has brought."""

    def __init__(self, evidence: Path) -> None:
        self._evidence = evidence

    def at_hand(self, home: str, version: str = "") -> AbstractContextManager[str]:
        bring_package(self._evidence / home)
        return nullcontext("")
