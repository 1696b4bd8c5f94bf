"""The journal in a folder: segments of 256 lines, the open one, hash tiles over them, and `head`, the signed note."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path

from auditor.custody.files import durable
from auditor.errors import IntegrityError, VaultError
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note
from auditor.formats.tiles import WIDTH, tile_path
from auditor.model.ports.journal_store import JournalTile

MAX_LINE = 32 << 20
"""Bytes of the longest line that is read."""
_AHEAD = 1 << 20  # bytes that are read at once
_NUMBER = re.compile(rb'"number":([0-9]{1,15}),"previous":"[0-9a-f]{64}"(?:,"stepped_back_ms":[0-9]+)?\}\Z')


def read_lines(path: Path, start: int = 0) -> Iterator[tuple[bytes, bool]]:
    """Lines from a byte of the file on, without their newline, and whether they had one. Memory is bounded by the
    longest line."""
    with durable.open_regular_file(path) as handle, os.fdopen(os.dup(handle), "rb", buffering=_AHEAD) as stream:
        stream.seek(start)
        while line := stream.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise IntegrityError(f"{path}: a line of more than {MAX_LINE} bytes; not read")
            whole = line.endswith(b"\n")
            yield line[:-1] if whole else line, whole


def line_number(line: bytes) -> int | None:
    """The number that a canonical line states behind its body; None where it ends in another way."""
    found = _NUMBER.search(line, max(0, len(line) - 200))
    return int(found[1]) if found else None


class _Folder:
    """What both layouts have: the folder and its head."""

    shared = False

    def __init__(self, root: Path) -> None:
        """`root`: the workspace. Nothing is made before the first write."""
        self.folder = root / layout.EVIDENCE / layout.JOURNAL
        self._head = self.folder / layout.HEAD_FILE

    @property
    def name(self) -> str:
        return str(self.folder)

    def exclusive(self) -> AbstractContextManager[None]:
        """The workspace's lock keeps others out already."""
        return nullcontext()

    def head(self) -> bytes:
        if not self._head.exists():
            raise VaultError(f"{self.folder}: no journal here; run `auditor init` or choose another workspace")
        return durable.read(self._head, signed_note.MAX_NOTE)


class LocalJournalStore(_Folder):
    """The `JournalStore` of a workspace on this machine's disk."""

    grows = True

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._moved = root / layout.MOVED
        self._scratch = root / layout.EVIDENCE / layout.STAGING
        self._tail = self.folder / layout.TAIL_FILE
        self._end: tuple[int, int] | None = None
        """Of the open segment, as this process wrote it: the number of the line that comes next, and its bytes."""
        self._flushed = False
        """Whether what was found is on the disk, not in the kernel's memory alone."""

    def exists(self) -> bool:
        return self._head.exists() or self._tail.exists() or (self.folder / layout.ENTRIES).exists()

    def _segment(self, index: int) -> Path:
        return self.folder / layout.segment_path(index)

    def segments(self, size: int) -> int:
        # At rest every full segment is sealed. An interruption may leave the last one open, and a head one line ahead.
        whole = size // WIDTH
        while whole and not self._segment(whole - 1).exists() and whole > (size - 1) // WIDTH - 1:
            whole -= 1
        return whole

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        index, skip = divmod(start, WIDTH)
        while True:
            if self._segment(index).exists():
                yield from islice(self._sealed(index), skip, None)
                index, skip = index + 1, 0
                continue
            found = self._open_lines(index * WIDTH)
            if found is not None:
                count = 0
                for count, line in enumerate(found, 1):
                    if count > skip:
                        yield line
                if count in {0, WIDTH} and self._segment(index).exists():
                    if count:
                        index, skip = index + 1, 0  # it was sealed while it was read, or just before
                    continue
                return
            if not self._segment(index).exists():
                return

    def _sealed(self, index: int) -> Iterator[tuple[bytes, bool]]:
        """A segment that is cut shows a line without its end; one with more lines than 256 shows them all."""
        count = 0
        for line, whole in read_lines(self._segment(index)):
            yield line, whole
            count += 1
        if count < WIDTH:
            yield b"\x00", False

    def _open_lines(self, first: int) -> Iterator[tuple[bytes, bool]] | None:
        """The lines of the open segment; None where it is not the one that begins there: it was sealed meanwhile."""
        try:
            lines = read_lines(self._tail)
            begin = next(lines, None)
        except FileNotFoundError:
            return None
        if begin is None:
            return iter(())
        if begin[1] and line_number(begin[0]) not in {first, None}:
            if self._segment(first // WIDTH).exists():
                return None
            raise IntegrityError(f"{self._tail}: begins with another line than {first}; a segment is missing or extra")
        return _chained(begin, lines)

    def _flush_found(self) -> None:
        """Before the first write: what a process before this one wrote, and may have been killed before it flushed."""
        if self._flushed:
            return
        with durable.names_kept(self.folder):
            if self._tail.exists():
                with durable.open_regular_file(self._tail) as handle:
                    durable.flush(handle)
        self._flushed = True

    def _require_here(self) -> None:
        if self._moved.exists():
            raise VaultError(
                f"{self.folder}: the log goes on elsewhere, as {self._moved} says; nothing is written here"
            )

    def replace_head(self, note: bytes) -> None:
        self._require_here()
        with durable.os_errors_as_vault_error(self._head):
            durable.make_folder(self.folder)
            durable.make_folder(self._scratch)
            self._flush_found()
            durable.replace(self._head, note, self._scratch / layout.HEAD_FILE)

    def append(self, line: bytes, number: int) -> None:
        self._require_here()
        with durable.os_errors_as_vault_error(self._tail):
            fresh = not self._tail.exists()
            durable.make_folder(self.folder)
            self._flush_found()
            start = 0 if fresh else self._byte_of(number)
            if number % WIDTH and fresh:
                raise IntegrityError(
                    f"{self._tail}: gone, although line {number} continues it; stop and run `auditor verify`"
                )
            with durable.names_kept(*([self.folder] if fresh else [])):
                self._write(line + b"\n", start)
            self._end = (number + 1, start + len(line) + 1)

    def _write(self, data: bytes, start: int) -> None:
        """Write and flush at a byte of the open segment, over a beginning of the same."""
        handle = os.open(self._tail, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(handle).st_size
            if size < start or os.pread(handle, size - start, start) != data[:-1][: size - start]:
                raise IntegrityError(
                    f"{self._tail}: changed by another hand while it was open; stop and run `auditor verify`"
                )
            done = 0
            while done < len(data):
                done += os.pwrite(handle, data[done:], start + done)
            os.fsync(handle)
        finally:
            os.close(handle)

    def _byte_of(self, number: int) -> int:
        """Where a line of the open segment is to stand: behind those before it."""
        if self._end is not None and self._end[0] == number:
            return self._end[1]
        at = 0
        for _, (line, whole) in zip(range(number % WIDTH), read_lines(self._tail), strict=False):
            at += len(line) + (1 if whole else 0)
        return at

    def tile(self, level: int, index: int) -> bytes:
        whole = self.folder / tile_path(level, index)
        if whole.exists():
            return durable.read(whole, WIDTH * 32)
        widths = [int(path.name) for path in self._partials(level, index)]
        if not widths:
            return b""
        return durable.read(self.folder / tile_path(level, index, max(widths)), WIDTH * 32)

    def _partials(self, level: int, index: int) -> list[Path]:
        folder = (self.folder / tile_path(level, index, 1)).parent
        return [path for path in folder.iterdir() if path.name.isdecimal()] if level and folder.is_dir() else []

    def seal_segment(self, index: int, tiles: Sequence[JournalTile]) -> None:
        target = self._segment(index)
        with durable.os_errors_as_vault_error(target):
            self._flush_found()
            for one in tiles:
                self._put_tile(one)
            durable.make_folder(target.parent)
            with durable.names_kept(self.folder, target.parent):
                self._tail.chmod(0o444)
                self._tail.rename(target)
            self._end = None
        self.tidy(index + 1)

    def _put_tile(self, one: JournalTile) -> None:
        path = self.folder / tile_path(one.level, one.index, len(one.hashes) // 32)
        durable.make_folder(path.parent)
        durable.make_folder(self._scratch)
        with durable.names_kept(path.parent):
            if path.exists() and durable.read(path, WIDTH * 32) == one.hashes:
                return
            scratch = self._scratch / "tile"
            scratch.unlink(missing_ok=True)
            durable.write(scratch, one.hashes)
            scratch.replace(path)

    def tidy(self, segments: int) -> None:
        level, count = 1, segments
        while count:
            index, width = divmod(count, WIDTH)
            for place, kept in ((index - 1, WIDTH), (index, width)):
                if place >= 0:
                    self._drop_partials(level, place, kept)
            level, count = level + 1, index

    def _drop_partials(self, level: int, index: int, kept: int) -> None:
        """A wider tile stands for those before it."""
        folder = (self.folder / tile_path(level, index, 1)).parent
        if not folder.is_dir():
            return
        with durable.os_errors_as_vault_error(folder):
            for path in self._partials(level, index):
                if int(path.name) != kept:
                    path.unlink()
            if kept in {0, WIDTH}:
                folder.rmdir()


class SingleFileJournal(_Folder):
    """A `JournalStore` of an earlier layout: every line in `journal.jsonl`. It can be read; `auditor upgrade` makes
    segments of it."""

    grows = False

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.file = self.folder / layout.JOURNAL_FILE
        self._marks = [0]
        """The bytes at which every 256th line begins, as far as the file was read."""

    def exists(self) -> bool:
        return self._head.exists() or self.file.exists()

    def segments(self, size: int) -> int:
        return 0

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        if not self.file.exists():
            return
        mark = min(start // WIDTH, len(self._marks) - 1)
        number, at = mark * WIDTH, self._marks[mark]
        for line, whole in read_lines(self.file, at):
            if number >= start:
                yield line, whole
            number, at = number + 1, at + len(line) + 1
            if number == len(self._marks) * WIDTH:
                self._marks.append(at)

    def replace_head(self, note: bytes) -> None:
        raise self._only_read()

    def append(self, line: bytes, number: int) -> None:
        raise self._only_read()

    def tile(self, level: int, index: int) -> bytes:
        return b""

    def tidy(self, segments: int) -> None:
        return

    def seal_segment(self, index: int, tiles: Sequence[JournalTile]) -> None:
        raise self._only_read()

    def _only_read(self) -> VaultError:
        return VaultError(f"{self.file}: the journal of an earlier version is only read; run `auditor upgrade`")


def replica_store(root: Path) -> LocalJournalStore:
    """The store of a replica, for readers: another process may be adding lines, at any time."""
    found = LocalJournalStore(root)
    found.shared = True
    return found


def local_store(root: Path) -> LocalJournalStore | SingleFileJournal:
    """The store of a workspace by what lies in it."""
    if (root / layout.REPLICA_MARK).exists():
        return replica_store(root)
    old = SingleFileJournal(root)
    return old if old.file.exists() else LocalJournalStore(root)


def _chained(first: tuple[bytes, bool], rest: Iterator[tuple[bytes, bool]]) -> Iterator[tuple[bytes, bool]]:
    yield first
    yield from rest
