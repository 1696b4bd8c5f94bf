"""Where others are at work: lines behind the signed head, and what a package without a signed line may be there."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from auditor.custody.journal.continuation import require_signed
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.ledger.questions import LedgerQuestions
from auditor.custody.journal.lines import parse_head, parse_line
from auditor.custody.journal.writing.unsigned_lines import UNSIGNED_KINDS
from auditor.custody.packages.stage import package_name
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, merkle
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
from auditor.model.ports import JournalStore

MOST_UNDER_WAY = timedelta(hours=1)
"""How long after its intent a visit may be under way; a fleet ends one that takes half an hour."""

KEY_KINDS = frozenset({"workspace.created", "key"})
"""Kinds of line of which `KeyHistory` learns."""
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
class LaterHead:
    """The head that was read after lines behind an earlier one, not believed yet, and what it is held against."""

    note: bytes
    follows: str
    """SHA-256 of the line before these."""
    leaves: tuple[bytes, ...]
    """Of each of these lines, its hash in the tree."""
    keys: tuple[JournalEntry, ...]
    """Those of them that tell of the log's keys."""

    def signed(self, source: JournalStore, earlier: Journal) -> int:
        """How many lines it signs; as many as the earlier one, where it signs no more.

        `earlier`: the lines that the earlier head signs. `IntegrityError` where these lines do not follow them, where
        the head is of others, or under a key to which the one in force before does not lead.
        """
        if self.follows != earlier.chain.previous:
            raise IntegrityError(
                f"{source.name}: line {earlier.size - 1} was another one when it was read a moment before; ask who may"
                " write to the ledger"
            )
        head = parse_head(self.note)
        if head.size <= earlier.size:
            return earlier.size
        ring, frontier = copy.deepcopy(earlier.ring), earlier.frontier.copy()
        for leaf in self.leaves[: head.size - earlier.size]:
            frontier.add(leaf)
        if frontier.root() != head.root:
            raise IntegrityError(
                f"{source.name}: its head of {head.size} lines, read after the copy of {earlier.size}, is not of the"
                " lines that stand there; ask who may write to the ledger"
            )
        for entry in self.keys:
            if entry.number < head.size:
                ring.take(entry)
        require_signed(source.name, head, ring, len(earlier.ring.unendorsed))
        return head.size


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
    later: LaterHead | None = None
    """The head that was read after them; None where none was."""

    @classmethod
    def read(cls, source: JournalStore, signed: int, read_at: datetime) -> UnsignedLines:
        """The lines behind the first `signed` ones, up to the end, and up to that of the head that is read then.

        `IntegrityError` where one does not follow from the one before.
        """
        made = _Reading(signed - 1)
        made.follow(line for line, _ in source.lines(signed - 1))
        note = source.head()
        made.follow(line for line, _ in islice(source.lines(made.size), max(0, parse_head(note).size - made.size)))
        ends = {intent: tuple(kinds) for intent, kinds in made.ends.items()}
        later = LaterHead(note, made.follows, tuple(made.leaves), tuple(made.keys))
        return cls(
            read_at, len(made.leaves), made.last_other, made.intents, ends, frozenset(made.homes), made.files, later
        )

    def require_visits(self, source: JournalStore, earlier: Journal) -> None:
        """`IntegrityError` where a line that only the holder of the key writes stands behind the head that was read
        after them, or that head does not hold. `earlier`: the lines that the head read before them signs."""
        if self.later is not None and self.last_other >= self.later.signed(source, earlier):
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
    """What is gathered of unsigned lines, from the last signed one on."""

    size: int
    """Number of the next one."""
    previous: str | None = None
    follows: str = ""
    last_other: int = -1
    leaves: list[bytes] = field(default_factory=list)
    keys: list[JournalEntry] = field(default_factory=list)
    intents: dict[str, AnnouncedVisit] = field(default_factory=dict)
    ends: dict[str, list[str]] = field(default_factory=dict)
    homes: set[str] = field(default_factory=set)
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    def follow(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            entry = parse_line(line, self.size, self.previous)
            event, digest = parse_entry(entry), canonical_json.sha256(line)
            if self.previous is None:
                self.follows = digest
            else:
                self._take(entry, event)
            self.previous, self.size = digest, self.size + 1

    def _take(self, entry: JournalEntry, event: JournalEvent) -> None:
        self.leaves.append(merkle.leaf_hash(entry.line))
        if entry.kind in KEY_KINDS:
            self.keys.append(entry)
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
