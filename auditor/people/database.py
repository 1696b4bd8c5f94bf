"""A SQLite file for this user alone, used by several threads."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import ConfigError

Row = tuple[object, ...]


class OwnDatabase:
    """One connection behind a lock. `ConfigError` where the file cannot be had, or others may read or write it."""

    def __init__(self, path: Path, schema: str, *, durable: bool = True) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                found = os.fstat(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror or error}") from error
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise ConfigError(f"{path}: others may read or write it; run: chmod 600 {path}")
        self._guard = threading.RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
            self._connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._connection.executescript(schema)
        except sqlite3.Error as error:
            raise ConfigError(f"{path}: cannot be opened: {error}; restore it from its backup") from error

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows of a question, each bounded by its own LIMIT where it can be long."""
        with self._guard:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> Row | None:
        found = self.rows(query, *values)
        return found[0] if found else None

    def change(self, query: str, *values: object) -> int:
        """How many rows were changed."""
        with self._guard:
            return self._connection.execute(query, values).rowcount

    def change_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        with self._guard:
            self._connection.executemany(query, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; other threads wait."""
        with self._guard:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:  # stopped halfway, or a disk that is full at the end: nothing of it stands
                self._connection.rollback()
                raise
