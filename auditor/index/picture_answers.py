"""What the second eye recognised before, by the digest of the pixels, so that it is not recognised anew at each visit.

Derived and thrown away at will; kept beside the index, never in it. A wrong answer planted here would make a reading
agree with a picture that says something else: `auditor verify`, `rebuild` and `read` look at the pixels anew and never
ask here.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from pathlib import Path
from threading import Lock

from sqlite_utils import Database

LOGGER = logging.getLogger("auditor.index")

MOST_ANSWERS = 2_000_000
"""Answers that are kept, each about 300 bytes; the oldest go first, when the file is opened."""
_CREATE = (
    "create table if not exists answers"
    " (number integer primary key, key text not null unique, answer blob not null, digest blob not null)"
)


class PictureAnswers:
    """Keys to stored answers in one SQLite file. It forgets whatever it cannot read, and ends nobody's visit."""

    def __init__(self, path: Path, most: int = MOST_ANSWERS) -> None:
        self._path, self._lock = path, Lock()
        self._db: Database | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The keepers of a run share it; the lock lets one of them in at a time.
            database = Database(sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1))
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = off")  # what a power cut loses is recognised again
            database.execute(_CREATE)
            database.execute("delete from answers where number <= (select max(number) from answers) - ?", (most,))
            self._db = database
        except (sqlite3.Error, OSError) as error:
            self._forget(error)

    def get(self, key: str) -> bytes | None:
        """The answer, or None where there is none."""
        with self._lock:
            if self._db is None:
                return None
            try:
                row = self._db.execute("select answer, digest from answers where key = ?", (key,)).fetchone()
            except sqlite3.Error as error:
                self._forget(error)
                return None
        if row is None or not isinstance(row[0], bytes) or row[1] != _digest(key, row[0]):
            return None
        return row[0]

    def put(self, key: str, answer: bytes) -> None:
        """Keeps an answer; a second one under a key is equal to the first."""
        with self._lock:
            if self._db is None:
                return
            try:
                row = (key, answer, _digest(key, answer))
                self._db.execute("insert or replace into answers (key, answer, digest) values (?, ?, ?)", row)
            except sqlite3.Error as error:
                self._forget(error)

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def __enter__(self) -> PictureAnswers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _forget(self, error: Exception) -> None:
        """Go on without it: every picture is looked at anew."""
        LOGGER.warning("recognised texts are not remembered: path=%s: %s", self._path.name, error)
        self._db = None


def _digest(key: str, answer: bytes) -> bytes:
    """Tells an answer that was damaged on the disk, or stands under another key, from one that was kept."""
    return hashlib.sha256(key.encode() + answer).digest()
