"""The journal: append-only, hash-chained, fsynced, with a signed head over its Merkle root and its last line.

The head is exchanged *before* the line is written, so after an interruption the head is at most one line ahead and
brings that line with it; a line that is ahead of the head was added by another hand.

Opening reads the signed head, the right edge of the hash tiles and the lines of the open segment: they give the root
that the head signs, or the journal is not opened. Older lines are under that root; `entries` checks each one it gives
against its leaf hash, and `verify` and the scrub read them all.
"""

from __future__ import annotations

import copy
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from auditor import clock
from auditor.custody.files import lock
from auditor.custody.files.claims import ClaimBook, OwnClaims
from auditor.custody.journal.continuation import KnownLedger, LedgerMemory
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.keys import Keys
from auditor.custody.journal.line_reader import LineReader
from auditor.custody.journal.lines import ChainPosition, JournalHead, head_text, parse_head, parse_line
from auditor.custody.journal.local_journal import local_store
from auditor.custody.journal.opening import JournalOpening, open_journal
from auditor.custody.journal.state import JournalState
from auditor.custody.journal.writing.unsigned_lines import parse_unsigned_line, require_admissible
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats.signed_note import VerifierKey
from auditor.formats.tiles import WIDTH, TileTree, tiles_after
from auditor.model.events import JournalEvent, WorkspaceCreated
from auditor.model.evidence import EventKind, JournalEntry
from auditor.model.ports import JournalStore, Lease

LOGGER = logging.getLogger("auditor.custody")

MAX_WRITTEN = (1 << 16) - 1
"""Bytes of the longest line that is written: what an entry bundle of a log can hold (c2sp.org/tlog-tiles)."""

_AT_ONCE = 64
"""Numbers of lines that are asked of the tables at a time, from the end on."""


class Journal:
    """The open journal. Appending is safe from several threads of the one process that holds the workspace."""

    def __init__(self, root: Path, keys: Keys | None, at: clock.Clock, store: JournalStore | None = None) -> None:
        """`store`: where the lines lie; by default what lies in the folder `evidence/journal` of the workspace."""
        self.root = root
        self.store = store or local_store(root)
        self.keys = keys
        self.clock = at
        self.chain = ChainPosition()
        self.frontier = merkle.Frontier()
        self.completed = False
        """True where opening finished a line that an interruption had left out."""
        self.upgraded_from = ""
        """The form of the head that was found, where it was one of an earlier version."""
        self.lines_read = 0
        """How many lines opening read."""
        self._leaves = bytearray()
        """Leaf hashes of the open segment."""
        self._pending: bytes | None = None
        self._behind = False
        """Whether the tables could not be written after the line was."""
        self._doubtful = False
        """Whether the store did not say that it kept what was written last."""
        self._memory: LedgerMemory | None = None
        self._kept: KnownLedger | None = None
        """What a shared store kept, by what it said to this process."""
        self._recent: deque[JournalEntry] = deque(maxlen=WIDTH)
        """The lines that were written last."""
        self._guard = threading.RLock()
        self.claims: Lease = OwnClaims(ClaimBook(), "this process")
        """What only one of those who share the workspace may do at a time."""
        self.reader = LineReader(self.store)
        self.ledger = JournalState(self.reader.entry)

    @property
    def ring(self) -> KeyHistory:
        return self.ledger.standing.ring

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
        cls,
        root: Path,
        keys: Keys | None = None,
        at: clock.Clock = clock.now,
        store: JournalStore | None = None,
        *,
        held: bool = False,
        afresh: bool = False,
        memory: LedgerMemory | None = None,
    ) -> Journal:
        """Open by the signed head, the tiles' edge and the open segment; `IntegrityError` where they do not fit.

        With keys, a line that an interruption left out is completed; without, the journal can only be read. `held`:
        this process holds the workspace, so that nobody else is writing. `afresh`: every line is read, and nothing that
        was kept of them in `db/` is believed; without keys alone. `memory`: what a shared store must continue, with
        keys; asked and held against it before anything is signed.
        """
        journal = cls(root, keys, at, store)
        journal._memory = memory
        known = memory.known() if memory is not None else ()
        growing = journal.store.shared or (keys is None and not held and lock.is_locked(root))
        keeps = keys is not None or (held and journal.store.shared)
        found = open_journal(
            root, journal.store, journal.reader, writing=keeps, growing=growing, afresh=afresh, known=known
        )
        if keys is not None and journal.store.shared:
            signed_note.parse_verified_note(bytes(found.head.note), keys.verifier, "journal head")
        journal._adopt(found)
        if keys is not None and journal.ring.active != keys.verifier:
            raise IntegrityError(
                f"keys: {keys.verifier} is not the key in force, {journal.ring.active}; restore the right one"
            )
        if keys is not None and journal.store.grows:
            journal.store.tidy(journal.segments)
            journal._seal_if_full()
            if journal.lines_read > 2 * WIDTH:
                journal._keep_fold()
            try:
                journal.follow()
            except BaseException:
                journal.close()
                raise
        return journal

    def close(self) -> None:
        """Let go of the tables; the journal is not used any more."""
        self.ledger.tables.close()

    @property
    def segments(self) -> int:
        """How many segments are sealed."""
        return (self.size - len(self._leaves) // merkle.HASH_BYTES) // WIDTH

    def _adopt(self, found: JournalOpening) -> None:
        self.ledger, self.chain, self.frontier = found.state, found.chain, found.frontier
        self._leaves = found.leaves
        self.upgraded_from = found.head.note.text.split("\n", 1)[0] if found.head.root is None else ""
        self.lines_read = found.read
        if found.pending is not None:
            if self.keys is not None and self.store.grows:
                self._pending, self.completed = found.pending, True
                self._complete()
            elif self.ledger.tables.path is None:
                entry = parse_line(found.pending, self.size, self.chain.previous)
                self.reader.add_unwritten(entry)
                self.ledger.take(entry, self._advance(entry))
            # Kept tables that nobody holds end with the last line that is written: the journal is told as of there.
        signed_note.parse_verified_note(
            bytes(found.head.note), self.ring.at(max(1, found.head.size - 1)), "journal head"
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else appends meanwhile."""
        with self._guard:
            yield

    def record(self, event: JournalEvent) -> JournalEntry:
        """Add one event and flush it to the disk before returning. `VaultError` where the disk refuses."""
        return self.append(event.kind, event.body())

    def append(self, kind: EventKind, body: Mapping[str, object]) -> JournalEntry:
        """As `record`, from the body itself; `VaultError` also where no event class has that shape."""
        with self._guard:
            if self.keys is None or not self.store.grows:
                raise VaultError(
                    f"{self.store.name}: opened only to be read; open it with the workspace's keys, and upgrade one of"
                    " an earlier version"
                )
            with self._exclusive():
                if self._behind:
                    self._catch_up()
                if self._pending is not None:
                    self._complete()
                self._seal_if_full()
                self._follow()
                return self._write(self.keys, kind, body)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Nobody else appends. Where a shared store then does not say that it kept what was written, what this process
        knows is read again before the next line."""
        if self._doubtful:
            self._reload()
        before = self.size
        try:
            with self.store.exclusive():
                yield
        except BaseException:
            self._doubtful = self.store.shared and (self.size != before or self._pending is not None)
            raise
        if self.store.shared:
            self._remember()

    def _remember(self) -> None:
        self._kept = KnownLedger("this process", self.size, self.frontier.root())
        if self._memory is not None:
            try:
                self._memory.keep(self.size, self.frontier.root())
            except OSError as error:  # the lines stand; the next one is remembered with them
                LOGGER.warning("recorded; how far the ledger went is not kept here yet: %s", error)

    def _reload(self) -> None:
        self.ledger.tables.close()
        self.reader, self._pending, self._behind = LineReader(self.store), None, False
        self._recent.clear()
        kept = [self._kept] if self._kept is not None else []
        found = open_journal(self.root, self.store, self.reader, writing=True, growing=True, known=kept)
        known = self.ring
        # The key of the moment is the one that this process knew: the lines there could name any.
        signer = known.at(max(1, found.head.size - 1))
        signed_note.parse_verified_note(bytes(found.head.note), signer, "journal head")
        self._adopt(found)
        self._doubtful = False

    def follow(self) -> int:
        """Take over the lines that others appended to a shared store, and sign them: how many they were."""
        if not self.store.shared or self.keys is None:
            return 0
        with self._guard, self._exclusive():
            before = self.size
            self._follow()
            if self.size > before:
                text = head_text(self.keys.origin, self.size, self.frontier.root(), self._recent[-1].line)
                self.store.replace_head(self.keys.sign(text))
            return self.size - before

    def _follow(self) -> None:
        """Up to the head come lines of another process with this key, behind it what may be appended without one."""
        if not self.store.shared or not self.store.exists():
            return
        assert self.keys is not None  # noqa: S101 - only a writer follows
        head = parse_head(self.store.head())
        if head.size != self.size:
            signed_note.parse_verified_note(bytes(head.note), self.keys.verifier, "journal head")
        self._require_signed(head)
        known = self.size
        for line, _ in self.store.lines(known):
            if self.size < head.size:
                entry = parse_line(line, self.size, self.chain.previous)
            else:
                entry = parse_unsigned_line(line, self.size, self.chain.previous)
                require_admissible(self.ledger, entry)
            self._take(entry)
            self._require_signed(head)
            self._seal_if_full()
        if not known <= head.size <= self.size:
            raise IntegrityError(
                f"journal: the signed head counts {head.size} lines, {known} were signed before and {self.size} are"
                " there; run `auditor verify`"
            )
        if self.ring.active not in {None, self.keys.verifier}:
            raise IntegrityError(f"keys: {self.keys.verifier} is not the key in force, {self.ring.active}; start again")

    def _require_signed(self, head: JournalHead) -> None:
        if self.size == head.size and self.frontier.root() != head.root:
            raise IntegrityError(
                "journal head: signs another Merkle root than the lines before it have; run `auditor verify`"
            )

    def _write(self, keys: Keys, kind: EventKind, body: Mapping[str, object]) -> JournalEntry:
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
        if len(line) > MAX_WRITTEN:
            raise VaultError(f"journal: an event of {len(line)} bytes; expected at most {MAX_WRITTEN}; split it")
        entry = parse_line(line, self.size, self.chain.previous)
        self._admit(entry)
        ahead = self.frontier.copy()
        ahead.add(merkle.leaf_hash(line))
        self.store.replace_head(keys.sign(head_text(keys.origin, self.size + 1, ahead.root(), line)))
        self._pending = line
        return self._complete(entry)

    def _admit(self, entry: JournalEntry) -> None:
        """Refuse, before anything is written, a line that no later start would accept."""
        try:
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
        self.store.append(entry.line, entry.number)
        self._pending = None
        self._take(entry)
        try:
            self._seal_if_full()
        except VaultError as error:  # the line stands; the next append seals first, or is refused before it writes
            LOGGER.warning("journal: line %d is written, its segment is not sealed yet: %s", entry.number, error)
        return entry

    def _take(self, entry: JournalEntry) -> None:
        previous = self._advance(entry)
        self._recent.append(entry)
        self._fold(entry, previous)

    def _advance(self, entry: JournalEntry) -> str:
        leaf = merkle.leaf_hash(entry.line)
        self.frontier.add(leaf)
        self._leaves += leaf
        return self.chain.take(entry)

    def _fold(self, entry: JournalEntry, digest: str) -> None:
        """What the line says goes into memory and the tables; where these cannot be written, with the next line."""
        try:
            self.ledger.tables.begin()
            known = self.ledger.tables.folded()[0] > entry.number  # the tables outlived the line's file
            self.ledger.take(entry, digest, tables=not known)
            self.ledger.tables.commit(self.size, self.frontier.root(), self.chain.previous)
        except sqlite3.Error as error:
            self.ledger.tables.rollback()
            LOGGER.warning("ledger: what line %d says is not in the tables yet: %s", entry.number, error)
            self._behind = True
        except BaseException:
            self.ledger.tables.rollback()
            raise

    def _catch_up(self) -> None:
        """Read again what the tables lack; `VaultError` where they still cannot be written."""
        try:
            found = open_journal(self.root, self.store, self.reader, writing=True)
        except sqlite3.Error as error:
            raise VaultError(f"db/ledger.db: cannot be written: {error}; check the disk and run again") from error
        self.ledger.tables.close()
        self.ledger, self._behind = found.state, False

    def _seal_if_full(self) -> None:
        if len(self._leaves) < WIDTH * merkle.HASH_BYTES:
            return
        index = self.size // WIDTH - 1
        self.store.seal_segment(index, list(tiles_after(index, bytes(self._leaves), self.store.tile)))
        self._leaves.clear()
        self._keep_fold()

    def _keep_fold(self) -> None:
        """What stands open, signed, beside the tables: the next start goes on from here, checkpoint or not."""
        if self.keys is None or self.ledger.tables.path is None or self._behind:
            return
        fold = self.ledger.standing.encode(self.size, self.chain.previous, self.last_at).decode("utf-8")
        try:
            self.ledger.tables.keep_fold(self.keys.sign(f"{fold}\n"))
        except sqlite3.Error as error:
            LOGGER.warning("ledger: what stands open is not kept: %s", error)

    # What is asked.

    def standing(self) -> tuple[int, bytes, bytes]:
        """Number of lines, their Merkle root, and what stands open at them, as canonical bytes: of one moment."""
        with self._guard:
            fold = self.ledger.standing.encode(self.size, self.chain.previous, self.last_at)
            return self.size, self.frontier.root(), fold

    def tree(self, size: int | None = None) -> TileTree:
        """The Merkle tree over the first `size` lines, by default all: roots and proofs come from its tiles."""
        wanted = self.size if size is None else size
        if wanted > self.size:
            raise IntegrityError(f"journal: has {self.size} lines, not {wanted}")
        if self.store.grows:
            return TileTree(wanted, self._tile)
        row = b"".join(merkle.leaf_hash(line) for line, _ in self.store.lines())
        return TileTree(wanted, lambda level, index: _part(row, index) if level == 0 else b"")

    def _tile(self, level: int, index: int) -> bytes:
        if level == 0 and index == self.segments and self._leaves:
            return bytes(self._leaves)
        return self.store.tile(level, index)

    def entry(self, number: int) -> JournalEntry:
        """One line; `IntegrityError` where there is none, or where it is not the one that its leaf hash is of."""
        if not 0 <= number < self.size:
            raise IntegrityError(f"journal: has no line {number}")
        return self.reader.entry(number)

    def entries(self, start: int = 0, kinds: Collection[str] | None = None) -> Iterator[JournalEntry]:
        """The entries from number `start` on (of those kinds), as they stand on the disk now, a segment in memory.

        Each is held against its leaf hash. Lines of other kinds are not read.
        """
        size = self.size
        if kinds is None:
            yield from self.reader.entries(start, size)
            return
        for number in self.ledger.numbers(kinds, start):
            if number < size:
                yield self._of_kind(number, kinds)

    def newest(self, kinds: Collection[str]) -> Iterator[JournalEntry]:
        """The entries of those kinds, the newest first; a line is read when it is asked for."""
        before = self.size
        while numbers := self.ledger.newest_numbers(kinds, before, _AT_ONCE):
            yield from (self._of_kind(number, kinds) for number in numbers)
            before = numbers[-1]

    def _of_kind(self, number: int, kinds: Collection[str]) -> JournalEntry:
        entry = self.reader.entry(number)
        if entry.kind not in kinds:
            raise IntegrityError(
                f"journal line {number}: of kind {entry.kind}, not as db/ledger.db says; remove that file"
            )
        return entry

    def entries_from(self, start: int, most: int) -> list[JournalEntry]:
        """So many lines from one on; those that were written just now are not read again."""
        with self._guard:
            recent, size = list(self._recent), self.size
        if recent and recent[0].number <= start:
            return recent[start - recent[0].number :][:most]
        return list(self.reader.entries(start, min(size, start + most)))

    def standing_entries(self) -> list[JournalEntry]:
        """The lines of keys, trust and holds, in order; opening held them against the signed root."""
        return [self.entry(number) for number in list(self.ledger.standing.lines)]


def active_log_key(root: Path, store: JournalStore, known: Sequence[KnownLedger] = ()) -> VerifierKey | None:
    """The log key in force, a line included that the head alone has. The workspace is held by this process.

    `IntegrityError` where the lines do not continue what is known of them.
    """
    reader = LineReader(store)
    found = open_journal(root, store, reader, writing=True, growing=store.shared, known=known)
    if found.pending is not None:
        found.state.take(parse_line(found.pending, found.chain.size, found.chain.previous), tables=False)
    found.state.tables.close()
    return found.state.standing.ring.active


def _part(row: bytes, index: int) -> bytes:
    return row[index * WIDTH * merkle.HASH_BYTES : (index + 1) * WIDTH * merkle.HASH_BYTES]
