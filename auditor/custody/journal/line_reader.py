"""Single lines of the journal by their numbers, each held against its leaf hash; a segment in memory."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence

from auditor.custody.journal.lines import parse_line
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, merkle
from auditor.formats.tiles import WIDTH
from auditor.model.evidence import JournalEntry
from auditor.model.ports import JournalStore


class LineReader:
    """Safe from several threads."""

    def __init__(self, store: JournalStore, *, checked: bool = True) -> None:
        """`checked`: hold lines against the tiles; a verifier, which makes the tiles anew, does not."""
        self._store, self._checked_by_tile = store, checked
        self._index, self._lines = -1, list[bytes]()
        self._unwritten: JournalEntry | None = None
        self._guard = threading.Lock()

    def add_unwritten(self, entry: JournalEntry) -> None:
        """A last line that stands in the head alone."""
        self._unwritten = entry

    def entry(self, number: int) -> JournalEntry:
        """One line; `IntegrityError` where there is none, or where it is not the one that its leaf hash is of."""
        if self._unwritten is not None and self._unwritten.number == number:
            return self._unwritten
        with self._guard:
            line, before = self._line(number)
        return parse_line(line, number, before)

    def _line(self, number: int) -> tuple[bytes, str | None]:
        """The line, and the digest of the one before where that is at hand."""
        index, at = divmod(number, WIDTH)
        if self._index != index or at >= len(self._lines):
            self._lines, self._index = self._read(index), index
        if at >= len(self._lines):
            raise IntegrityError(f"journal: has no line {number}; run `auditor verify`")
        return self._lines[at], canonical_json.sha256(self._lines[at - 1]) if at else None

    def _read(self, index: int) -> list[bytes]:
        found, row = list[bytes](), self._row(index)
        for line, ended in self._store.lines(index * WIDTH):
            if not ended or len(found) == WIDTH:
                break
            found.append(line)
        _require_leaves(index, found, row)
        return found

    def _row(self, index: int) -> bytes:
        """The leaf hashes of a segment, by its tile; empty where it is open. Asked before its lines are read: another
        process may seal it meanwhile."""
        if not self._checked_by_tile:
            return b""
        sealed = self._store.segments((index + 1) * WIDTH) > index
        row = self._store.tile(0, index)
        if sealed and not row:
            raise IntegrityError(f"journal: the hash tile of {_span(index)} is missing; run `auditor verify`")
        return row

    def entries(self, start: int, size: int) -> Iterator[JournalEntry]:
        """The lines from number `start` on, up to `size`, a segment in memory; `IntegrityError` where one of them is
        missing or cut off."""
        index, previous = start // WIDTH, None if start else canonical_json.ZERO_DIGEST
        last = self._unwritten if self._unwritten is not None and self._unwritten.number < size else None
        count, written = index * WIDTH, size if last is None else last.number
        segment, row = list[bytes](), self._row(index)
        for line, ended in self._store.lines(count):
            if count >= written or not ended:
                break
            segment.append(line)
            count += 1
            if len(segment) == WIDTH:
                previous = yield from _checked(index, segment, row, start, previous)
                segment, index = [], index + 1
                row = self._row(index)
        if count < written:
            raise IntegrityError(f"journal: line {count} is missing or cut off; run `auditor verify`")
        yield from _checked(index, segment, row[: len(segment) * merkle.HASH_BYTES], start, previous)
        if last is not None and start <= last.number:
            yield last


def _checked(
    index: int, lines: Sequence[bytes], row: bytes, start: int, previous: str | None
) -> Generator[JournalEntry, None, str | None]:
    _require_leaves(index, lines, row)
    for number, line in enumerate(lines, index * WIDTH):
        if number >= start:
            yield parse_line(line, number, previous)
        previous = canonical_json.sha256(line)
    return previous


def _require_leaves(index: int, lines: Sequence[bytes], row: bytes) -> None:
    """`IntegrityError` where the lines of a sealed segment are not those whose hashes its tile holds."""
    if row and row != b"".join(map(merkle.leaf_hash, lines)):
        raise IntegrityError(f"journal: {_span(index)} are not those of their hash tile; run `auditor verify`")


def _span(index: int) -> str:
    return f"lines {index * WIDTH} to {(index + 1) * WIDTH - 1}"
