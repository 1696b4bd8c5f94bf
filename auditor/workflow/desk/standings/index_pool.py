"""Connections to the index that are only read, each used by one thread at a time and kept open between requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.index import Index

MOST_KEPT = 12


class IndexPool:
    """For all threads of a process. An index that was put in the place of another by a rebuild is opened anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._free: list[tuple[int, Index]] = []

    @contextmanager
    def index(self) -> Iterator[Index]:
        """A connection, all of whose answers are of one moment. `EvidenceIndexError` where there is none to be read."""
        file = self._file()
        found = self._take(file) or Index.open_to_read(self._path)
        whole = False
        try:
            with found.standing.snapshot():
                yield found
            whole = True
        finally:
            self._give(file, found, whole=whole)

    def close(self) -> None:
        with self._guard:
            for _, one in self._free:
                one.close()
            self._free.clear()

    def _take(self, file: int) -> Index | None:
        with self._guard:
            while self._free:
                known, one = self._free.pop()
                if known == file:
                    return one
                one.close()
        return None

    def _give(self, file: int, one: Index, *, whole: bool) -> None:
        with self._guard:
            if whole and len(self._free) < MOST_KEPT:
                self._free.append((file, one))
                return
        one.close()

    def _file(self) -> int:
        try:
            return self._path.stat().st_ino
        except OSError:
            return 0
