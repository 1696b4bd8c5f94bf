"""The journal: append-only, hash-chained, fsynced, with a signed head over its last line.

`evidence/journal/journal.jsonl` holds one canonical JSON object a line: `at`, `body`, `kind`, `number`, `previous`
(SHA-256 of the line before). `evidence/journal/head` is a signed note over the number of lines, the digest of the last
one and that line itself. The head is exchanged *before* the line is written, so after an interruption the head is at
most one line ahead and brings that line with it; a line that is ahead of the head was added by another hand.
"""

from __future__ import annotations

import copy
import hashlib
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from auditor import clock
from auditor.custody.files import lock
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.keys import Keys
from auditor.custody.journal.local_journal import MAX_LINE, LocalJournalStore
from auditor.custody.journal.state import JournalState
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats.canonical_json import JsonObject
from auditor.gc_pause import collection_paused
from auditor.model.events import JournalEvent, WorkspaceCreated, parse_entry
from auditor.model.evidence import EventKind, JournalEntry
from auditor.model.ports import JournalStore

HEAD_FORMAT = "auditor.head/1"
_KINDS = frozenset(get_args(EventKind))
_MEMBERS = frozenset({"at", "body", "kind", "number", "previous"})


class BrokenJournalError(IntegrityError):
    """A line or the head does not fit; `check` is the verifier's name for it."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.check = check


def parse_line(line: bytes, number: int, previous: str) -> JournalEntry:
    """One line as an entry; `IntegrityError` where it is not canonical, out of order or not chained."""
    what = f"journal line {number}"
    members = canonical_json.decode(line, what)
    if members.keys() != _MEMBERS and members.keys() - {"stepped_back_ms"} != _MEMBERS:
        raise IntegrityError(f"{what}: unexpected members {sorted(members)}")
    known = members["number"]
    if known != number or type(known) is not int or members["previous"] != previous:
        _require_next(JsonObject(members, what), number, previous)
    kind, body = members["kind"], members["body"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise IntegrityError(f"{what}: unknown kind {kind!r:.40}")
    try:
        at = clock.parse_timestamp(JsonObject(members, what).text("at"))
    except ValueError as error:
        raise IntegrityError(f"{what}: not a time: {error}") from None
    if not isinstance(body, dict):
        raise IntegrityError(f"{what}: member 'body' must be an object, found {body!r:.80}")
    return JournalEntry(number, at, cast("EventKind", kind), body, previous, line)


def _require_next(body: JsonObject, number: int, previous: str) -> None:
    if body.number("number") != number:
        raise BrokenJournalError(
            "journal.number", f"{body.what}: carries number {body.number('number')}; a line was removed, added or moved"
        )
    if body.digest("previous") != previous:
        raise BrokenJournalError(
            "journal.chain", f"{body.what}: does not follow from the line before; expected previous {previous}"
        )


def head_text(origin: str, size: int, line: bytes) -> str:
    """The text of the head note after `size` lines, the last of which is `line`."""
    return f"{HEAD_FORMAT}\n{origin}\n{size}\n{canonical_json.sha256(line)}\n{line.decode('utf-8')}\n"


def parse_head(found: signed_note.SignedNote) -> tuple[int, bytes]:
    """Number of lines and the last line, from a head note; `IntegrityError` where it says anything else."""
    parts = found.text.split("\n")
    if len(parts) != 6 or not parts[2].isdecimal() or len(parts[2]) > 15:
        raise IntegrityError(f"journal head: not in the form {HEAD_FORMAT}")
    size, line = int(parts[2]), parts[4].encode("utf-8")
    if size < 1 or found.text != head_text(parts[1], size, line):
        raise IntegrityError(f"journal head: not in the form {HEAD_FORMAT}")
    return size, line


@dataclass
class ChainPosition:
    """How far the lines were followed: what the next one must continue."""

    size: int = 0
    previous: str = canonical_json.ZERO_DIGEST
    bytes: int = 0
    """Of these lines, newlines included."""
    last_at: datetime | None = None
    text: hashlib._Hash = field(default_factory=hashlib.sha256)
    """SHA-256 over these lines as they stand in the file."""

    def take(self, entry: JournalEntry) -> str:
        """Go on past an entry; the SHA-256 of its line."""
        self.previous = canonical_json.sha256(entry.line)
        self.text.update(entry.line + b"\n")
        self.size += 1
        self.bytes += len(entry.line) + 1
        self.last_at = entry.at
        return self.previous


def iter_verified_entries(
    store: JournalStore, chain: ChainPosition, size: int, last: bytes, *, growing: Callable[[], bool]
) -> Iterator[tuple[JournalEntry, str]]:
    """The entries from where `chain` stands up to the signed head, each checked, with the SHA-256 of its line.

    `size`, `last`: what the head counts and signs. Afterwards the chain stands there, or one line before it, where an
    interruption left that line out of the file. `growing`: whether another process may be writing. `IntegrityError`
    where a line does not fit or the file does not end as the head says.
    """
    tail = b""
    for line, whole in store.lines(chain.bytes):
        if chain.size == size and growing():
            break  # another process goes on writing: what the head did not count yet is not read
        if not whole or chain.size == size:
            tail = line if not whole and chain.size == size - 1 else b"\x00"
            break
        entry = parse_line(line, chain.size, chain.previous)
        digest = chain.take(entry)
        yield entry, digest
    missing = size - chain.size
    if missing not in {0, 1} or not last.startswith(tail) or (missing == 0 and tail):
        raise IntegrityError(
            f"journal: the signed head counts {size} lines, the file holds another number or other text"
        )
    if missing == 0 and canonical_json.sha256(last) != chain.previous:
        raise IntegrityError("journal head: signs another last line than the file holds")


class Journal:
    """The open journal. Appending is safe from several threads of the one process that holds the workspace."""

    def __init__(self, root: Path, keys: Keys | None, at: clock.Clock, store: JournalStore | None = None) -> None:
        """`store`: where the lines lie; by default the folder `evidence/journal` of the workspace `root`."""
        self.root = root
        self.store = store or LocalJournalStore(root)
        self.keys = keys
        self.clock = at
        self.ring = KeyHistory()
        self.ledger = JournalState()
        self.frontier = merkle.Frontier()
        self.completed = False
        """True where opening finished a line that an interruption had left out."""
        self.chain = ChainPosition()
        self._pending: bytes | None = None
        self._guard = threading.RLock()

    @property
    def size(self) -> int:
        return self.chain.size

    @property
    def last_at(self) -> datetime | None:
        """When the last entry was made."""
        return self.chain.last_at

    @classmethod
    def create(
        cls,
        root: Path,
        keys: Keys,
        event: WorkspaceCreated,
        at: clock.Clock = clock.now,
        store: JournalStore | None = None,
    ) -> Journal:
        """Begin a journal with its first line; `VaultError` where there is one."""
        journal = cls(root, keys, at, store)
        if journal.store.exists():
            raise VaultError(f"{journal.store.name}: there is a journal already; open it")
        journal.record(event)
        return journal

    @classmethod
    def open(
        cls, root: Path, keys: Keys | None = None, at: clock.Clock = clock.now, store: JournalStore | None = None
    ) -> Journal:
        """Read and check every line and the head; `IntegrityError` where the chain is broken.

        With keys, a line that an interruption left out is completed; without, the journal can only be read.
        """
        journal = cls(root, keys, at, store)
        journal._load()
        if keys is not None and journal.ring.active != keys.verifier:
            raise IntegrityError(
                f"keys: {keys.verifier} is not the key in force, {journal.ring.active}; restore the right one"
            )
        return journal

    def _load(self) -> None:
        head = signed_note.parse_note(self.store.head(), "journal head")
        size, last = parse_head(head)
        with collection_paused():
            for entry, digest in iter_verified_entries(self.store, self.chain, size, last, growing=self._growing):
                self._learn(entry, digest)
        if self.size < size:
            self._pending = last
            if self.keys is not None:
                self._complete()
            else:
                self._take(parse_line(last, self.size, self.chain.previous))
            self.completed = True
        signed_note.parse_verified_note(bytes(head), self.ring.at(max(1, size - 1)), "journal head")

    def _growing(self) -> bool:
        """Whether another process may be writing: not where this one holds the keys, and with them the lock."""
        return self.keys is None and lock.is_locked(self.root)

    def _take(self, entry: JournalEntry) -> None:
        self._learn(entry, self.chain.take(entry))

    def _learn(self, entry: JournalEntry, digest: str) -> None:
        self.ring.take(entry)
        self.ledger.take(entry, digest)
        self.frontier.add(merkle.leaf_hash(entry.line))

    def record(self, event: JournalEvent) -> JournalEntry:
        """Add one event and flush it to the disk before returning. `VaultError` where the disk refuses."""
        return self.append(event.kind, event.body())

    def append(self, kind: EventKind, body: Mapping[str, object]) -> JournalEntry:
        """As `record`, from the body itself; `VaultError` also where no event class has that shape."""
        with self._guard:
            if self.keys is None:
                raise VaultError(
                    f"{self.store.name}: opened without keys, so only to be read; open it with the workspace's keys"
                )
            if self._pending is not None:
                self._complete()
            return self._write(kind, body)

    def _write(self, kind: EventKind, body: Mapping[str, object]) -> JournalEntry:
        assert self.keys is not None  # noqa: S101
        at = self.clock()
        members: dict[str, object] = {
            "at": clock.timestamp(at),
            "body": body,
            "kind": kind,
            "number": self.size,
            "previous": self.chain.previous,
        }
        if self.last_at is not None and at < self.last_at:
            members["stepped_back_ms"] = max(1, int((self.last_at - at).total_seconds() * 1000))
        line = canonical_json.encode(members)
        if len(line) > MAX_LINE:
            raise VaultError(f"journal: an event of {len(line)} bytes; expected at most {MAX_LINE}; split it")
        entry = parse_line(line, self.size, self.chain.previous)
        self._admit(entry)
        self.store.replace_head(self.keys.sign(head_text(self.keys.origin, self.size + 1, line)))
        self._pending = line
        return self._complete(entry)

    def _admit(self, entry: JournalEntry) -> None:
        """Refuse, before anything is written, a line that no later start would accept."""
        try:
            parse_entry(entry)
            copy.deepcopy(self.ring).take(entry)
            self.ledger.admit(entry)
        except IntegrityError as error:
            raise VaultError(f"event refused: {error}") from None

    def _complete(self, entry: JournalEntry | None = None) -> JournalEntry:
        """Write the line that the head already signs; a part of it left by an interruption is written over.

        `entry`: the same line, where it was read just before.
        """
        assert self._pending is not None  # noqa: S101
        entry = entry or parse_line(self._pending, self.size, self.chain.previous)
        self.store.append(entry.line, self.chain.bytes)
        self._pending = None
        self._take(entry)
        return entry

    def entries(self, start: int = 0, kinds: Collection[str] | None = None) -> Iterator[JournalEntry]:
        """The entries from number `start` on (of those kinds), as they stand on the disk now, one in memory at a time.

        Lines of other kinds are passed over unread, which makes a long journal several times quicker to ask.
        """
        size, before = self.size, b""
        for number, (line, _) in enumerate(self.store.lines()):
            if number >= size:
                return
            if number >= start and (kinds is None or event_kind(line) in {"", *kinds}):
                previous = canonical_json.sha256(before) if number else canonical_json.ZERO_DIGEST
                entry = parse_line(line, number, previous)
                if kinds is None or entry.kind in kinds:
                    yield entry
            before = line


_KIND = re.compile(rb'"kind":"([a-z.]+)","number":[0-9]+,"previous":"[0-9a-f]{64}"(?:,"stepped_back_ms":[0-9]+)?\}\Z')


def event_kind(line: bytes) -> str:
    """The kind that a canonical line states behind its body; empty where it ends in another way."""
    found = _KIND.search(line, max(0, len(line) - 200))  # the members behind the body are shorter
    return found[1].decode("ascii") if found else ""
