"""The journal as two files of one folder: `journal.jsonl`, a line for each event, and `head`, the signed note."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from auditor.custody.files import durable
from auditor.errors import IntegrityError, VaultError
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note

MAX_LINE = 32 << 20
"""Bytes of the longest line."""
_AHEAD = 1 << 20  # bytes that are read at once


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


class LocalJournalStore:
    """The `JournalStore` of a workspace on this machine's disk."""

    def __init__(self, root: Path) -> None:
        """`root`: the workspace. Nothing is made before the first write."""
        self.folder = root / layout.EVIDENCE / layout.JOURNAL
        self._scratch = root / layout.EVIDENCE / layout.STAGING
        self._head, self._lines = self.folder / layout.HEAD_FILE, self.folder / layout.JOURNAL_FILE

    @property
    def name(self) -> str:
        return str(self.folder)

    def exists(self) -> bool:
        return self._head.exists() or self._lines.exists()

    def head(self) -> bytes:
        if not self._head.exists():
            raise VaultError(f"{self.folder}: no journal here; run `auditor init` or choose another workspace")
        return durable.read(self._head, signed_note.MAX_NOTE)

    def replace_head(self, note: bytes) -> None:
        with durable.os_errors_as_vault_error(self._head):
            durable.make_folder(self.folder)
            durable.make_folder(self._scratch)
            durable.replace(self._head, note, self._scratch / layout.HEAD_FILE)

    def lines(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        if self._lines.exists():
            yield from read_lines(self._lines, start)

    def append(self, line: bytes, start: int) -> None:
        with durable.os_errors_as_vault_error(self._lines):
            fresh = not self._lines.exists()
            durable.make_folder(self.folder)
            handle = os.open(self._lines, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            try:
                size = os.fstat(handle).st_size
                if size < start or os.pread(handle, size - start, start) != line[: size - start]:
                    raise IntegrityError(
                        f"{self._lines}: changed by another hand while it was open; stop and run `auditor verify`"
                    )
                done, data = 0, line + b"\n"
                while done < len(data):
                    done += os.pwrite(handle, data[done:], start + done)
                os.fsync(handle)
            finally:
                os.close(handle)
            if fresh:
                durable.sync_folder(self.folder)

    def prefix_digest(self, length: int) -> hashlib._Hash | None:
        found, part = hashlib.sha256(), memoryview(bytearray(1 << 20))
        try:
            with durable.open_regular_file(self._lines) as handle:
                while length and (count := os.readv(handle, [part[: min(length, len(part))]])):
                    found.update(part[:count])
                    length -= count
        except OSError:
            return None
        return None if length else found
