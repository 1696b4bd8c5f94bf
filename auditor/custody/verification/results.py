"""Collects the checks of a verification: each failure, passes once per subject. `not checked` is never a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.model.evidence import Check, Verification

Progress = Callable[[int, int], None]
"""Called with bytes hashed so far and bytes in all."""


@dataclass
class CheckList:
    """The answers of one verification under way."""

    made: list[Check] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def passed(self, name: str, subject: str, detail: str = "") -> None:
        self.made.append(Check(name, subject, "passed", detail))

    def failed(self, name: str, subject: str, detail: str, expected: str = "", found: str = "") -> None:
        self.made.append(Check(name, subject, "failed", detail, expected, found))

    def unchecked(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, "not checked", detail))

    def notice(self, sentence: str) -> None:
        """Say a sentence once, loudly."""
        if sentence not in self.notices:
            self.notices.append(sentence)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def failures(self) -> int:
        return sum(check.verdict == "failed" for check in self.made)

    def done(self) -> Verification:
        return Verification(tuple(self.made), tuple(self.notices), MappingProxyType(dict(self.counts)))
