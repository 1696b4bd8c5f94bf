"""Opening the journal: the signed head, the right edge of the tiles, the open segment, and what was folded before.

What the lines say is not read from the first one on: what stood open is taken from the newest fold that the log vouches
for (a checkpoint's line names it by digest, or the log key signed it when a segment was sealed), what is known of each
id and file from the tables in `db/ledger.db`, where the log had the Merkle root that they say at the size that they
say. From there the lines are read, each chained to the next up to the one that the head signs.
"""

from __future__ import annotations

import hmac
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.continuation import KnownLedger, require_known
from auditor.custody.journal.line_reader import LineReader
from auditor.custody.journal.lines import ChainPosition, JournalHead, parse_head, parse_line
from auditor.custody.journal.standing import MAX_FOLD, StandingFold, StandingState, decode_fold
from auditor.custody.journal.state import JournalState
from auditor.custody.journal.tables import JournalTables, is_busy, open_tables, remove_tables
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats import evidence_layout as layout
from auditor.formats.tiles import WIDTH, TileTree
from auditor.gc_pause import collection_paused
from auditor.model.events import CheckpointSigned, parse_entry
from auditor.model.evidence import JournalEntry
from auditor.model.ports import JournalStore

LOGGER = logging.getLogger("auditor.custody")


@dataclass
class JournalOpening:
    """The journal as it was found."""

    head: JournalHead
    state: JournalState
    chain: ChainPosition
    frontier: merkle.Frontier
    leaves: bytearray
    """Leaf hashes of the open segment."""
    pending: bytes | None
    """The last line, where it stands in the head alone."""
    read: int = 0
    """Lines that were read."""


def open_journal(
    root: Path,
    store: JournalStore,
    reader: LineReader,
    *,
    writing: bool,
    growing: bool = False,
    afresh: bool = False,
    known: Sequence[KnownLedger] = (),
) -> JournalOpening:
    """The state of the journal; `IntegrityError` where head, tiles and lines do not fit each other, or, for a writer,
    do not continue what is known of them: the tables then stay as they are.

    `writing`: the tables are caught up; this process holds the workspace. `growing`: another process does and may be
    writing: the journal is then told as of the line up to which the tables stand. `afresh`: by the lines alone.
    """
    path = root / layout.LEDGER
    if afresh:
        return _Opening(store, reader, JournalTables(), growing=growing).open()
    if store.grows and not writing:
        found = _opened_to_read(path, store, reader, growing)
        if found is not None:
            return found
    if store.grows and (writing or not growing):
        try:
            return _opened_to_keep(root, path, store, reader, growing, known)
        except (VaultError, sqlite3.Error):
            if writing:
                raise
    # Read where nothing can be written: everything is folded in tables of this process alone.
    return _Opening(store, reader, JournalTables(), growing=growing).open()


def told_lines(root: Path) -> int:
    """Up to which line whoever reads beside a writer is told, who adds a line to the log before it is in the tables;
    0 where they cannot be read: he is then told what the log has."""
    try:
        with closing(JournalTables(root / layout.LEDGER, reading=True)) as tables:
            return tables.folded()[0]
    except sqlite3.Error:
        return 0


def _opened_to_keep(
    root: Path, path: Path, store: JournalStore, reader: LineReader, growing: bool, known: Sequence[KnownLedger]
) -> JournalOpening:
    """The tables caught up on the disk; made anew where they cannot be used. `sqlite3.Error` where they cannot be."""
    for attempt in (1, 2, 3):
        tables = open_tables(path)
        try:
            return _Opening(
                store, reader, tables, root / layout.EVIDENCE, keep=True, growing=growing, known=known
            ).open()
        except _TablesMovedOn:
            tables.close()
        except (_StaleTables, sqlite3.Error) as error:
            tables.close()
            if attempt == 3 or (isinstance(error, sqlite3.Error) and is_busy(error)):
                raise VaultError(f"{path}: cannot be written: {error}; check the disk and run again") from error
            LOGGER.warning("db/ledger.db cannot be used and is made again: %s", error)
            remove_tables(path)
        except BaseException:
            tables.close()
            raise
    raise VaultError(f"{path}: another process goes on writing it; run again")


def _opened_to_read(path: Path, store: JournalStore, reader: LineReader, growing: bool) -> JournalOpening | None:
    """As the tables stand; None where they lack lines that nobody is about to add, or cannot be read."""
    if not path.exists():
        return None
    try:
        tables = JournalTables(path, reading=True)
        tables.begin(writing=False)
        # The tables' size is read before the head: the writer exchanges the head first, so it counts no fewer lines.
        size = tables.folded()[0]
    except sqlite3.Error:
        return None
    opening = _Opening(store, reader, tables, path.parent.parent / layout.EVIDENCE, growing=growing)
    if size and (growing or opening.head.size == size or opening.lacks_line(size)):
        try:
            return opening.open(as_of=size)
        except (_StaleTables, sqlite3.Error):
            pass
    tables.close()
    return None


class _StaleTables(Exception):  # noqa: N818 (never leaves this file)
    """The tables are of another log, or say what the log does not."""


class _TablesMovedOn(Exception):  # noqa: N818 (never leaves this file)
    """Another process caught them up meanwhile."""


@dataclass
class _Opening:
    store: JournalStore
    reader: LineReader
    tables: JournalTables
    evidence: Path | None = None
    keep: bool = False
    """Whether the tables are to be caught up on the disk."""
    growing: bool = False
    """Whether another process may be writing lines that the head did not count yet."""
    known: Sequence[KnownLedger] = ()
    head: JournalHead = field(init=False)

    def __post_init__(self) -> None:
        self.head = parse_head(self.store.head())
        self._first = self.store.segments(self.head.size) * WIDTH
        self._leaves = bytearray()
        self._pending: bytes | None = None
        self._tiles: dict[tuple[int, int], bytes] = {}

    def lacks_line(self, size: int) -> bool:
        """Whether the head is one ahead of the lines, of which there are `size`."""
        return size == self.head.size - 1 and next(self.store.lines(size), None) is None

    @collection_paused()
    def open(self, as_of: int | None = None) -> JournalOpening:
        """`as_of`: say what the first lines say, as far as the tables stand."""
        self._read_tail()
        signed = self._root_of_lines() if self.head.root is None and self.store.grows else self.head.root
        if signed is not None and not hmac.compare_digest(TileTree(self.head.size, self._tile).root, signed):
            raise IntegrityError(
                "journal head: signs another Merkle root than the tiles and the open segment have; run `auditor verify`"
            )
        require_known(self.store.name, self.head.size, self.known, lambda size: TileTree(size, self._tile).root)
        folded = self._folded()
        if as_of is not None and folded != as_of:
            raise _StaleTables
        fold = self._fold() if folded else None
        return self._go_on(fold, folded, as_of)

    def _read_tail(self) -> None:
        """The leaf hashes of the open segment, and the last line where the head alone has it."""
        count, cut = self._first, b""
        for line, ended in self.store.lines(self._first):
            if count == self.head.size:
                cut = b"" if self.growing else line or b"\x00"
                break
            if not ended:
                cut = line
                break
            self._leaves += merkle.leaf_hash(line)
            count += 1
        missing = self.head.size - count
        if missing not in {0, 1} or not self.head.line.startswith(cut) or (missing == 0 and cut):
            raise IntegrityError(
                f"journal: the signed head counts {self.head.size} lines, the file holds another number or other text"
            )
        if missing:
            self._pending = self.head.line
            self._leaves += merkle.leaf_hash(self.head.line)

    def _root_of_lines(self) -> bytes:
        """Of all lines: what a head of an earlier version signs, which names the last of the chain and states no root.
        The next head would sign what the tiles say."""
        found = merkle.Frontier()
        for line, _ in islice(self.store.lines(), self.head.size - (self._pending is not None)):
            found.add(merkle.leaf_hash(line))
        if self._pending is not None:
            found.add(merkle.leaf_hash(self._pending))
        return found.root()

    def _tile(self, level: int, index: int) -> bytes:
        place = index * WIDTH - self._first
        if level == 0 and place >= 0:
            return bytes(self._leaves[place * merkle.HASH_BYTES : (place + WIDTH) * merkle.HASH_BYTES])
        if (level, index) not in self._tiles:
            self._tiles[level, index] = self.store.tile(level, index)
        return self._tiles[level, index]

    def _folded(self) -> int:
        """Up to which line the tables stand; 0 where they are of another log and are made again."""
        size, root, _ = self.tables.folded()
        if not size:
            if self.tables.row("SELECT 1 FROM event") is not None:
                raise _StaleTables("says nothing of how many lines it stands for")
            return 0
        if self.head.root is not None and size <= self.head.size and TileTree(size, self._tile).root == root:
            return size
        raise _StaleTables("says what another journal says")

    def _fold(self) -> StandingFold | None:
        """The newest fold that the log vouches for."""
        found = [one for one in (self._checkpoint_fold(), self._segment_fold()) if one is not None]
        return max(found, key=lambda one: one.size, default=None)

    def _checkpoint_fold(self) -> StandingFold | None:
        """That of the newest checkpoint whose line stands in the tree, as that line names it.

        An interruption between a checkpoint's line and its files leaves one that is not in place yet.
        """
        if self.evidence is None:
            return None
        query = "SELECT number, fold FROM checkpoint WHERE fold != '' AND number < ? ORDER BY number DESC LIMIT 3"
        for number, path in list(self.tables.rows(query, self.head.size)):
            if (self.evidence / str(path)).exists():
                return self._named_fold(int(number), self.evidence)
        return None

    def _named_fold(self, number: int, evidence: Path) -> StandingFold:
        entry = self._vouched(number)
        event = parse_entry(entry)
        if not isinstance(event, CheckpointSigned) or not event.fold:
            raise IntegrityError(f"journal line {entry.number}: no checkpoint, as db/ledger.db says; remove that file")
        data = durable.read(evidence / event.fold, MAX_FOLD)
        if canonical_json.sha256(data) not in {one.sha256 for one in event.files if one.path == event.fold}:
            raise IntegrityError(
                f"{layout.in_evidence(event.fold)}: its bytes differ from the journal's record; run `auditor verify`"
            )
        return decode_fold(data, event.fold)

    def _segment_fold(self) -> StandingFold | None:
        """That which was signed when the last segment was sealed."""
        note = self.tables.kept_fold()
        if note is None:
            return None
        try:
            text = signed_note.parse_note(note, "db/ledger.db").text
            fold = decode_fold(text.removesuffix("\n").encode("utf-8"), "db/ledger.db")
            if fold.size > self.head.size:
                return None
            state = fold.restore(self._vouched, parse_entry)
            signed_note.parse_verified_note(note, state.ring.at(fold.size), "db/ledger.db")
            if canonical_json.sha256(self._vouched(fold.size - 1).line) != fold.previous:
                raise IntegrityError("a fold of another history that this key signed")
        except IntegrityError as error:
            LOGGER.warning("db/ledger.db: what stood open is read from the journal instead: %s", error)
            return None
        return fold

    def _vouched(self, number: int) -> JournalEntry:
        """A line that stands in the tree whose root the head signs."""
        entry = self.reader.entry(number)
        tree = TileTree(self.head.size, self._tile)
        if not merkle.verify_inclusion(tree.root, tree.size, number, merkle.leaf_hash(entry.line), tree.path(number)):
            raise IntegrityError(f"journal line {number}: does not stand in the tree that the head signs")
        return entry

    def _go_on(self, fold: StandingFold | None, folded: int, as_of: int | None) -> JournalOpening:
        standing = fold.restore(self._vouched, parse_entry) if fold is not None else StandingState()
        state = JournalState(self.reader.entry, self.tables, standing)
        known = fold.size if fold is not None else 0
        written = self.head.size - (self._pending is not None)
        chain = ChainPosition(min(known, folded), fold.previous if fold is not None and fold.size <= folded else "")
        start, read, end = chain.size, 0, min(as_of or written, written)
        if not start:
            chain.previous = canonical_json.ZERO_DIGEST
        told = ChainPosition(end, chain.previous, fold.last_at if fold is not None else None)
        learns = folded < end and (self.keep or self.tables.path is None)
        if learns:
            self.tables.begin()
        try:
            if learns and self.tables.folded()[0] != folded:
                raise _TablesMovedOn
            for entry in self._chained(chain, written):
                read += 1
                if entry.number < end:
                    state.take(entry, standing=entry.number >= known, tables=entry.number >= folded)
                    told.last_at, told.previous = entry.at, canonical_json.sha256(entry.line)
            self._require_last(chain, written, start)
            if start == written:
                last = self._last(written)
                told.last_at, told.previous = last.at, canonical_json.sha256(last.line)
            frontier = self._frontier(end)
            if learns:
                self.tables.commit(end, frontier.root(), told.previous)
        except BaseException:
            self.tables.rollback()
            raise
        if self._pending is not None:
            del self._leaves[-merkle.HASH_BYTES :]
        if as_of is not None:
            del self._leaves[max(0, end - self._first) * merkle.HASH_BYTES :]
        pending = self._pending if end == written else None
        return JournalOpening(self.head, state, told, frontier, self._leaves, pending, read)

    def _chained(self, chain: ChainPosition, size: int) -> Iterator[JournalEntry]:
        """The lines from where the chain stands up to a size. The first one is vouched for by those that follow it."""
        for line, ended in self.store.lines(chain.size):
            if chain.size == size or not ended:
                return
            entry = parse_line(line, chain.size, chain.previous or None)
            chain.take(entry)
            yield entry

    def _require_last(self, chain: ChainPosition, size: int, start: int) -> None:
        """What was read ends as the head says: so every line that was read is under its signature."""
        if chain.size != size:
            raise IntegrityError(
                f"journal: the signed head counts {self.head.size} lines, the file holds another number or other text"
            )
        if self._pending is not None:
            parse_line(self._pending, size, chain.previous if size > start else None)
        elif size > start and canonical_json.sha256(self.head.line) != chain.previous:
            raise IntegrityError("journal head: signs another last line than the file holds")

    def _last(self, size: int) -> JournalEntry:
        return self.reader.entry(size - 1) if self._pending is not None else parse_line(self.head.line, size - 1, None)

    def _frontier(self, size: int) -> merkle.Frontier:
        if self.store.grows and size >= self._first:
            found = TileTree(self._first, self._tile).frontier()
            for at in range(size - self._first):
                found.add(bytes(self._leaves[at * merkle.HASH_BYTES : (at + 1) * merkle.HASH_BYTES]))
            return found
        return TileTree(size, self._tile).frontier()
