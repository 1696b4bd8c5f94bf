"""Collecting the answers of a verification under way; `not checked` is never a pass.

The one value of the floor that is not frozen: a verifier fills it, and `done` gives the frozen `Verification`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.model.evidence import Check, Verification

Progress = Callable[[int, int], None]
"""Called with bytes hashed so far and bytes in all."""


@dataclass(slots=True)
class CheckList:
    """The answers of one verification under way, in the order in which they were found."""

    made: list[Check] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def passed(self, name: str, subject: str, detail: str = "") -> None:
        """The check `name` (such as `artefact.digest`) holds for `subject`, a path or an id."""
        self.made.append(Check(name, subject, "passed", detail))

    def failed(self, name: str, subject: str, detail: str, expected: str = "", found: str = "") -> None:
        """The check does not hold; `expected` and `found` are the two values, where there are two."""
        self.made.append(Check(name, subject, "failed", detail, expected, found))

    def unchecked(self, name: str, subject: str, detail: str) -> None:
        """The check could not be made, and why."""
        self.made.append(Check(name, subject, "not checked", detail))

    def must(self, ok: bool, name: str, subject: str, detail: str) -> bool:
        """`ok` itself; where it is false, the check failed."""
        if not ok:
            self.failed(name, subject, detail)
        return ok

    def notice(self, sentence: str) -> None:
        """Say a sentence once, loudly."""
        if sentence not in self.notices:
            self.notices.append(sentence)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a figure of the result: `packages`, `tokens`, `log_lines`."""
        self.counts[name] += by

    def failures(self) -> int:
        """How many checks failed so far."""
        return sum(check.verdict == "failed" for check in self.made)

    def done(self) -> Verification:
        """The answers as they stand."""
        return Verification(tuple(self.made), tuple(self.notices), MappingProxyType(dict(self.counts)))
