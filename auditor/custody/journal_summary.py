"""A cached summary of the journal for read-only commands, resumable from its last line.

A summary is made from a journal that was read whole, or from an earlier summary and the lines that follow it. It stands
for the earlier lines only while their SHA-256 is that of the bytes it was made from; the following lines are read and
checked as always, and the signed head is verified in either case. A question that a summary cannot answer raises
`NeedsFullJournal`: the caller reads the whole journal. Whoever stores a summary must protect it from alteration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from auditor.custody.files import lock
from auditor.custody.journal.journal import (
    ChainPosition,
    Journal,
    event_kind,
    iter_verified_entries,
    parse_head,
    parse_line,
)
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.local_journal import LocalJournalStore
from auditor.custody.journal.state import JournalState
from auditor.custody.timestamps.health import AuthorityHealth, authority_health
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, signed_note
from auditor.model.events import JournalEvent, KeyRevoked, KeyRotated, WorkspaceCreated, parse_entry
from auditor.model.evidence import Event, EventKind, JournalEntry


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Which events are kept, and what of them."""

    kinds: frozenset[EventKind]
    abridge: Callable[[JournalEvent], JournalEvent]
    """Gives the event without what nobody asks a docket for; it must be one that could have been journalled."""


_KEYS = frozenset({"workspace.created", "key"})
_MANIFEST = "/manifest.json"


class NeedsFullJournal(Exception):  # noqa: N818
    """The new lines say something about old ones that a docket does not hold: the whole journal is to be read."""


@dataclass(frozen=True, slots=True)
class UnsealedPackage:
    """A package that waits for its quorum."""

    capture: str
    quorum: int
    stamped: Mapping[str, str] = field(default_factory=dict)
    """Authority to owner, of the tokens that verified."""

    @property
    def sealed(self) -> bool:
        return len(set(self.stamped.values())) >= max(1, self.quorum)


@dataclass(frozen=True, slots=True)
class JournalSummary:
    """What the first `size` lines say."""

    size: int = 0
    previous: str = canonical_json.ZERO_DIGEST
    """SHA-256 of the last of them."""
    length: int = 0
    """Their bytes, newlines included."""
    sha256: str = hashlib.sha256().hexdigest()
    """Of these bytes."""
    last_at: datetime | None = None
    keys: tuple[tuple[int, str, str], ...] = ()
    """The lines that name, rotate or revoke the log key: number, digest of the line before, text."""
    captures: int = 0
    waiting: Mapping[str, UnsealedPackage] = field(default_factory=dict)
    """By manifest path below `evidence/`, oldest first."""
    least_quorum: int | None = None
    """The smallest quorum by which a package counts as sealed: a greater one asked for later could undo that."""
    open_intents: tuple[str, ...] = ()
    authorities: Mapping[str, AuthorityHealth] = field(default_factory=dict)
    pruned: tuple[int, datetime | None] = (0, None)
    """Captures pruned under a retention rule, and when the newest of them was journalled."""
    events: tuple[Event, ...] = ()

    @property
    def unsealed(self) -> tuple[str, ...]:
        return tuple(one.capture for one in self.waiting.values())

    def entries(self, kinds: Iterable[EventKind]) -> Iterable[Event]:
        """The kept events of these kinds, in order."""
        wanted = frozenset(kinds)
        return (event for event in self.events if event.kind in wanted)


def pruned_count(ledger: JournalState) -> tuple[int, datetime | None]:
    """How many captures were pruned, and when the newest of them was journalled."""
    gone = [ledger.packages[name].at for name in ledger.pruned if name in ledger.packages]
    return len(gone), max(gone, default=None)


def summarise_journal(journal: Journal, asked: EventSelection) -> JournalSummary:
    """The docket of a journal that was read whole. `IntegrityError` where its file has changed since."""
    text, size = hashlib.sha256(), 0
    events: list[Event] = []
    keys: list[tuple[int, str, str]] = []
    for line, ended in journal.store.lines():
        if size == journal.size or not ended:
            break
        text.update(line + b"\n")
        if (kind := event_kind(line)) in asked.kinds or kind in _KEYS:
            _note(parse_line(line, size, _previous(line)), asked, events, keys)
        size += 1
    if size < journal.size and journal.completed:  # the head brings the line that an interruption left out
        head = parse_head(signed_note.parse_note(journal.store.head(), "journal head"))[1]
        text.update(head + b"\n")
        _note(parse_line(head, size, _previous(head)), asked, events, keys)
    if text.digest() != journal.chain.text.digest():
        raise IntegrityError("journal: changed while it was read; run `auditor verify`")
    found = replace(_placed(JournalSummary(), journal.chain), keys=tuple(keys), events=tuple(events))
    return replace(_learnt(found, journal.ledger), pruned=pruned_count(journal.ledger))


def _previous(line: bytes) -> str:
    """What a line of a journal that was checked says of the one before."""
    return str(canonical_json.decode(line, "journal line")["previous"])


def resume(root: Path, docket: JournalSummary, asked: EventSelection) -> JournalSummary | None:
    """The docket of the journal as it stands now; None where the lines that the docket stands for are not those.

    `NeedsFullJournal` where the whole journal must say it; `IntegrityError` where the new lines or the head do not fit.
    """
    store = LocalJournalStore(root)
    head = signed_note.parse_note(store.head(), "journal head")
    size, last = parse_head(head)
    text = store.prefix_digest(docket.length)
    if text is None or text.hexdigest() != docket.sha256 or size < docket.size:
        return None
    ring, ledger = KeyHistory(), JournalState()
    for number, previous, line in docket.keys:
        ring.take(parse_line(line.encode(), number, previous))
    chain = ChainPosition(docket.size, docket.previous, docket.length, docket.last_at, text)
    events, keys = list(docket.events), list(docket.keys)

    def take(entry: JournalEntry, digest: str) -> None:
        ring.take(entry)
        ledger.take(entry, digest)
        _note(entry, asked, events, keys)

    for entry, digest in iter_verified_entries(store, chain, size, last, growing=lambda: lock.is_locked(root)):
        take(entry, digest)
    if chain.size < size:
        entry = parse_line(last, chain.size, chain.previous)
        take(entry, chain.take(entry))
    signed_note.parse_verified_note(bytes(head), ring.at(max(1, size - 1)), "journal head")
    return _learnt(replace(_placed(docket, chain), events=tuple(events), keys=tuple(keys)), ledger)


def _note(entry: JournalEntry, asked: EventSelection, events: list[Event], keys: list[tuple[int, str, str]]) -> None:
    if entry.kind in asked.kinds:
        body = asked.abridge(parse_entry(entry)).body()
        events.append(Event(entry.number, entry.at, entry.kind, body))
    if entry.kind in _KEYS and isinstance(parse_entry(entry), WorkspaceCreated | KeyRotated | KeyRevoked):
        keys.append((entry.number, entry.previous, entry.line.decode()))


def _placed(docket: JournalSummary, chain: ChainPosition) -> JournalSummary:
    return replace(
        docket, size=chain.size, previous=chain.previous, length=chain.bytes, sha256=chain.text.hexdigest(),
        last_at=chain.last_at,
    )  # fmt: skip


def _learnt(docket: JournalSummary, new: JournalState) -> JournalSummary:
    """With what further lines say."""
    if new.pruned and docket.captures:
        raise NeedsFullJournal
    waiting, least = dict(docket.waiting), docket.least_quorum
    waiting |= {one.manifest: UnsealedPackage(one.capture, one.quorum) for one in new.packages.values()}
    for subject, records in new.tokens.items():
        quorum = max(record.quorum for record in records)
        known = waiting.get(subject)
        if known is None:
            if docket.captures and subject.endswith(_MANIFEST) and quorum > (least or 0):
                raise NeedsFullJournal
            continue
        stamped = dict(known.stamped)
        for record in records:
            if record.verdict.status == "verified":
                stamped.setdefault(record.verdict.authority, record.verdict.owner)
        waiting[subject] = UnsealedPackage(known.capture, max(known.quorum, quorum), stamped)
    sealed = [one for one in waiting.values() if one.sealed]
    intents = [*docket.open_intents, *new.intents]
    return replace(
        docket,
        captures=docket.captures + len(new.packages),
        waiting={subject: one for subject, one in waiting.items() if not one.sealed},
        least_quorum=min([one.quorum for one in sealed] + ([] if least is None else [least]), default=None),
        open_intents=tuple(intent for intent in intents if not new.outcomes.get(intent)),
        authorities=authority_health(new, docket.authorities),
    )
