"""Where others are at work: lines behind the signed head, and what a package without a signed line may be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from auditor.custody.journal.ledger.questions import LedgerQuestions
from auditor.custody.journal.lines import parse_head, parse_line
from auditor.custody.journal.writing.unsigned_lines import UNSIGNED_KINDS
from auditor.custody.packages.stage import package_name
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.events import (
    CaptureCommitted,
    FilingCommitted,
    GapRecorded,
    JournalEvent,
    PlacedEvent,
    VisitIntended,
    parse_entry,
)
from auditor.model.evidence import JournalEntry

MOST_UNDER_WAY = timedelta(hours=1)
"""How long after its intent a visit may be under way; a fleet ends one that takes half an hour."""

HomeStanding = Literal["not_kept", "not_signed", "under_way", "unrecorded"]
"""What a package is that no signed line records: `not_kept`: its visit ended as a gap; `not_signed`: its line stands
behind the signed head; `under_way`: its visit is open, and not for long; `unrecorded`: none of these."""


@dataclass(frozen=True, slots=True)
class AnnouncedVisit:
    """A visit by its intent."""

    home: str
    """Where its package has its place, below `evidence/`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class UnsignedLines:
    """What the lines say that stand behind the signed head, and what time it was where they are dated."""

    read_at: datetime
    count: int = 0
    last_other: int = -1
    """Number of the last of them that tells of no visit: it was signed when it was written."""
    intents: Mapping[str, AnnouncedVisit] = field(default_factory=dict)
    ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By intent, the kinds of the lines that ended it."""
    homes: frozenset[str] = frozenset()
    """Packages that were committed."""
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """SHA-256 of the files that were placed, by their paths, by the folder (`journal`, `trust`, a package) they are
    below."""

    @classmethod
    def read(cls, lines: Iterable[bytes], signed: int, read_at: datetime) -> UnsignedLines:
        """Of the lines from the last signed one on. `IntegrityError` where one does not follow from the one before."""
        made, previous = _Reading(), None
        for number, line in enumerate(lines, signed - 1):
            entry = parse_line(line, number, previous)
            event = parse_entry(entry)
            if previous is not None:
                made.take(entry, event)
            previous = canonical_json.sha256(line)
        ends = {intent: tuple(kinds) for intent, kinds in made.ends.items()}
        return cls(read_at, made.count, made.last_other, made.intents, ends, frozenset(made.homes), made.files)

    def require_visits(self, head: bytes) -> None:
        """`IntegrityError` where a line that only the holder of the key writes stands behind the head that was read
        after them."""
        if self.last_other >= parse_head(head).size:
            raise IntegrityError(
                f"journal line {self.last_other}: behind the signed head, where only visits are told; another hand"
                " wrote it; ask who may write to the ledger"
            )

    def there(self, evidence: Path, folder: str) -> dict[str, str]:
        """The placed files below a folder that are there: path within it to SHA-256."""
        found = {path.removeprefix(f"{folder}/"): digest for path, digest in self.files.get(folder, {}).items()}
        return {path: digest for path, digest in found.items() if (evidence / folder / path).exists()}

    def standing(self, ledger: LedgerQuestions, home: str) -> HomeStanding:
        """What a package is that no signed line records; `ledger`: what the signed lines say."""
        if home in self.homes:
            return "not_signed"
        if was_not_kept(ledger, home, self):
            return "not_kept"
        capture = visit_of(home)
        announced = self._announced(ledger, capture)
        if announced is not None and announced.home == home and self.is_under_way(ledger, capture):
            return "under_way"
        return "unrecorded"

    def is_under_way(self, ledger: LedgerQuestions, intent: str) -> bool:
        """Whether a visit has not ended, and began so lately that it may go on."""
        announced = self._announced(ledger, intent)
        if announced is None or self.ends.get(intent) or ledger.outcomes(intent):
            return False
        return self.read_at - announced.at < MOST_UNDER_WAY

    def _announced(self, ledger: LedgerQuestions, intent: str) -> AnnouncedVisit | None:
        return self.intents.get(intent) or announced_visit(ledger, intent)


@dataclass(slots=True)
class _Reading:
    """What is gathered of unsigned lines."""

    count: int = 0
    last_other: int = -1
    intents: dict[str, AnnouncedVisit] = field(default_factory=dict)
    ends: dict[str, list[str]] = field(default_factory=dict)
    homes: set[str] = field(default_factory=set)
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, entry: JournalEntry, event: JournalEvent) -> None:
        self.count += 1
        if entry.kind not in UNSIGNED_KINDS:
            self.last_other = entry.number
        if isinstance(event, VisitIntended):
            self.intents.setdefault(event.intent, _visit(event, entry.at))
        if isinstance(event, CaptureCommitted | FilingCommitted):
            self.homes.add(event.package)
        if isinstance(event, CaptureCommitted | GapRecorded) and event.intent:
            self.ends.setdefault(event.intent, []).append(entry.kind)
        for one in event.files if isinstance(event, PlacedEvent) else ():
            self.files.setdefault(_folder(one.path), {})[one.path] = one.sha256


def _visit(event: VisitIntended, at: datetime) -> AnnouncedVisit:
    return AnnouncedVisit(f"{event.deployment}/{package_name(event.intent, at)}", at)


def _folder(path: str) -> str:
    parts = path.split("/")
    depth = 1 if parts[0] in {layout.JOURNAL, layout.TRUST} else 3 if parts[0] in layout.CABINETS else 2
    return "/".join(parts[:depth])


def visit_of(home: str) -> str:
    """The capture, and the intent, that a package's folder is named after."""
    return home.rpartition("/")[2].partition("Z-")[2]


def announced_visit(ledger: LedgerQuestions, intent: str) -> AnnouncedVisit | None:
    """The visit of an intent, where one was announced."""
    found = ledger.intent(intent)
    if found is None:
        return None
    at = ledger.entry(found.number).at
    return AnnouncedVisit(f"{found.deployment}/{package_name(found.id, at)}", at)


def was_not_kept(ledger: LedgerQuestions, home: str, unsigned: UnsignedLines | None = None) -> bool:
    """Whether the visit that has its place there ended as a gap, and as nothing else: what lies there is no evidence.

    Its deployment and its moment are those of the intent's line; a folder of the same id elsewhere is of no visit.
    """
    intent = visit_of(home)
    announced = unsigned.intents.get(intent) if unsigned is not None else None
    announced = announced or announced_visit(ledger, intent)
    if announced is None or announced.home != home:
        return False
    later = unsigned.ends.get(intent, ()) if unsigned is not None else ()
    return [*(ledger.entry(number).kind for number in ledger.outcomes(intent)), *later] == ["gap"]
