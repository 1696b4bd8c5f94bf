"""What the journal said by a moment, asked of the tables of all lines: those written after it are left out.

What came after the moment is read, and no line before it but those that an answer names: the last of a long journal
costs what the last of a short one does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from auditor.custody.journal.ledger.questions import LedgerQuestions
from auditor.custody.journal.ledger.records import PackageRecord, TokenRecord, microseconds, seal_of
from auditor.custody.journal.standing import IntentRecord, TrustStatement
from auditor.formats import evidence_layout as layout
from auditor.model.events import PlacedEvent, parse_entry
from auditor.model.evidence import EventKind, Package


class LedgerAsOf:
    """Questions about the lines that were written by a moment. Lines that are appended meanwhile are none of them."""

    def __init__(self, ledger: LedgerQuestions, moment: datetime, size: int) -> None:
        """`ledger`: of all lines; `size`: how many of them count."""
        self._ledger, self.moment, self._size = ledger, moment, size

    def _counts(self, number: int) -> bool:
        return number < self._size and number not in self._after

    @cached_property
    def _after(self) -> frozenset[int]:
        """Numbers of the lines that were written after the moment."""
        rows = self._ledger.tables.rows("SELECT number FROM event WHERE at > ?", microseconds(self.moment))
        return frozenset(int(row[0]) for row in rows)

    @cached_property
    def last(self) -> int | None:
        """Number of the last line; None where there is none."""
        return next((number for number in range(self._size - 1, -1, -1) if self._counts(number)), None)

    def packages(self, deployment: str) -> Iterator[PackageRecord]:
        """As `LedgerQuestions.packages`."""
        return (one for one in self._ledger.packages(deployment) if self._counts(one.number))

    def intent(self, intent: str) -> IntentRecord | None:
        """As `LedgerQuestions.intent`."""
        found = self._ledger.intent(intent)
        return found if found is not None and self._counts(found.number) else None

    def open_intents(self) -> list[IntentRecord]:
        """Visits that had not ended, in order."""
        found = {one.id: one for one in self._ledger.open_intents()}
        later = self._after.union(self._ledger.numbers(("capture", "gap"), self._size))
        for intent in {intent for number in later for intent in self._ledger.ended_by(number)}:
            begun = self._ledger.intent(intent)
            if begun is not None and not any(map(self._counts, self._ledger.outcomes(intent))):
                found[intent] = begun
        return sorted((one for one in found.values() if self._counts(one.number)), key=lambda one: one.number)

    def tokens(self, subject: str) -> list[TokenRecord]:
        """As `LedgerQuestions.tokens`."""
        return [one for one in self._ledger.tokens(subject) if self._counts(one.number)]

    def package_of(self, record: PackageRecord) -> Package:
        """As `LedgerQuestions.package_of`."""
        tokens = self.tokens(record.manifest)
        quorum = max([record.quorum, *(token.quorum for token in tokens)])
        seal = seal_of(record.manifest_sha256, max(1, quorum), tokens)
        return Package(record.capture, record.deployment, layout.in_evidence(record.home), record.manifest_sha256, seal)

    def placed_in(self, record: PackageRecord) -> dict[str, str]:
        """Journalled files inside a package: path within it to SHA-256."""
        later, earlier = set[str](), set[str]()
        for number in self._ledger.stamped_by(record.manifest):
            event = parse_entry(self._ledger.entry(number))
            if isinstance(event, PlacedEvent):
                (earlier if self._counts(number) else later).update(one.path for one in event.files)
        gone = {path.removeprefix(f"{record.home}/") for path in later - earlier}
        return {path: digest for path, digest in self._ledger.placed_in(record.home).items() if path not in gone}

    @property
    def trust(self) -> list[TrustStatement]:
        return [one for one in self._ledger.trust if self._counts(one.number)]

    def revocations(self, *, answers: bool) -> list[str]:
        """As `LedgerQuestions.revocations`."""
        kept = self._ledger.revocations_by_line(answers=answers)
        return [path for number, path in kept if self._counts(number)]


def lines_by_moment(ledger: LedgerQuestions) -> Iterator[tuple[int, EventKind]]:
    """Number and kind of each line, the one with the latest moment first."""
    return (
        (int(number), kind) for number, kind in ledger.tables.rows("SELECT number, kind FROM event ORDER BY at DESC")
    )
