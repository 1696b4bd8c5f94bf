"""The log of pages that were looked at: a line each, chained by digest; its Merkle root is journalled.

Views are too many for a journal line each. A line is `{"at", "number", "person", "previous", "route", "session",
"subject"}` in canonical JSON; `previous` is the SHA-256 of the line before. Once a root is journalled, a line up to
there that is changed, missing or added shows: `check_view_log` computes the roots again.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from auditor.clock import timestamp
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, merkle
from auditor.model.events import ViewsSealed

SEAL_AFTER = timedelta(days=1)
SEAL_LINES = 100_000
MOST_TEXT = 400
FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class PageView:
    """One page that was looked at."""

    person: str
    session: str
    route: str
    """Name of the route."""
    subject: str
    """What the address named: the ids in it."""


class ViewLog:
    """`access/views.jsonl`, appended to by the one process that serves. For several threads."""

    def __init__(self, path: Path) -> None:
        """Reads what is there. `IntegrityError` where a line is not chained to the one before."""
        self._guard = threading.Lock()
        self._frontier = merkle.Frontier()
        self._previous, self._lines, self._sealed = FIRST, 0, 0
        self._size = 0
        """Bytes of the whole lines."""
        self._sealed_at: datetime | None = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        for line in _whole_lines(path):
            _check_line(line, self._lines, self._previous)
            self._take(line)
        self._cut()  # a line that an interruption left half written

    def close(self) -> None:
        os.close(self._handle)

    def write(self, view: PageView, at: datetime) -> None:
        """`VaultError` where the disk refuses: then the page is not shown."""
        with self._guard:
            line = canonical_json.encode(
                {
                    "at": timestamp(at),
                    "number": self._lines,
                    "person": view.person,
                    "previous": self._previous,
                    "route": view.route,
                    "session": view.session,
                    "subject": view.subject[:MOST_TEXT],
                }
            )
            try:
                self._cut()
                whole = os.write(self._handle, line + b"\n") > len(line)
                if not whole:
                    self._cut()
            except OSError as error:
                raise VaultError(f"the log of views cannot be written: {error.strerror}; the disk is full?") from error
            if not whole:
                raise VaultError("the log of views cannot be written whole; the disk is full?")
            self._take(line)

    def due(self, now: datetime) -> ViewsSealed | None:
        """What is to be journalled now; None where a root was journalled lately, or nothing came since."""
        with self._guard:
            new = self._lines - self._sealed
            if self._sealed_at is None:
                self._sealed_at = now
            if not new or (new < SEAL_LINES and now - self._sealed_at < SEAL_AFTER):
                return None
            return self._root()

    def root(self) -> ViewsSealed | None:
        """The root over all lines; None where nothing came since the last one that was journalled."""
        with self._guard:
            return None if self._lines == self._sealed else self._root()

    def sealed(self, event: ViewsSealed, at: datetime) -> None:
        """Its root stands in the journal."""
        with self._guard:
            self._sealed, self._sealed_at = event.lines, at

    def _cut(self) -> None:
        """Take away what stands behind the last whole line: part of one that could not be written."""
        if os.fstat(self._handle).st_size > self._size:
            os.ftruncate(self._handle, self._size)

    def _root(self) -> ViewsSealed:
        os.fsync(self._handle)
        return ViewsSealed(lines=self._lines, root=self._frontier.root().hex())

    def _take(self, line: bytes) -> None:
        self._previous = hashlib.sha256(line).hexdigest()
        self._frontier.add(merkle.leaf_hash(line))
        self._lines += 1
        self._size += len(line) + 1


def check_view_log(path: Path, sealed: Iterable[ViewsSealed]) -> int:
    """Hold the log against the roots that were journalled, in order. The number of its lines; `IntegrityError` naming
    the first line that is not chained, or the root that differs."""
    frontier, previous, number = merkle.Frontier(), FIRST, 0
    lines = _whole_lines(path) if path.exists() else iter(())
    for event in sealed:
        while number < event.lines:
            line = next(lines, None)
            if line is None:
                raise IntegrityError(f"{path}: has {number} lines; a root over {event.lines} was journalled")
            _check_line(line, number, previous)
            previous, number = hashlib.sha256(line).hexdigest(), number + 1
            frontier.add(merkle.leaf_hash(line))
        if number == event.lines and frontier.root().hex() != event.root:
            raise IntegrityError(f"{path}: its first {number} lines are not those whose root was journalled")
    for line in lines:
        _check_line(line, number, previous)
        previous, number = hashlib.sha256(line).hexdigest(), number + 1
    return number


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield line[:-1]


def _check_line(line: bytes, number: int, previous: str) -> None:
    body = canonical_json.decode(line, f"access/views.jsonl line {number}")
    if not isinstance(body, dict) or body.get("number") != number or body.get("previous") != previous:
        raise IntegrityError(f"access/views.jsonl line {number}: is not chained to the line before it")
