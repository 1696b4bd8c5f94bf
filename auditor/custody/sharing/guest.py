"""A command at work in a workspace that another process holds: its connection, its journal, its evidence store.

What it stages it writes itself, in folders whose names it has told; what it journals goes to the holder, whose lines it
takes over in their order. With the connection it gets a copy of the holder's lock, and keeps it for as long as it may
write: where the holder is killed the workspace is free only once this command knows of it and writes no more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from auditor import clock
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import Keys, open_keys
from auditor.custody.journal.lines import BrokenJournalError, parse_line
from auditor.custody.journal.opening import open_journal
from auditor.custody.packages.local_store import LocalEvidenceBatch, LocalEvidenceStore
from auditor.custody.sharing import wire
from auditor.errors import (
    AuditorError,
    ConfigError,
    CustodyError,
    HolderGoneError,
    IntegrityError,
    OutcomeUnknownError,
    TargetsError,
    VaultError,
)
from auditor.formats import merkle
from auditor.formats.canonical_json import JsonObject
from auditor.formats.tiles import WIDTH
from auditor.model.evidence import EventKind, JournalEntry, Removal

LOGGER = logging.getLogger("auditor.custody")

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 120.0
TRIES = 5
_ERRORS: Mapping[str, type[AuditorError]] = {
    one.__name__: one for one in (ConfigError, TargetsError, VaultError, IntegrityError, CustodyError)
}


class HolderLink:
    """The connection to the process that holds the workspace. Safe from several threads, which take turns."""

    def __init__(self, root: Path, connection: socket.socket, process: int, lock: int) -> None:
        self.root, self.process = root, process
        self._connection, self._lock = connection, lock
        self._turn, self._writing = threading.Lock(), threading.RLock()
        self._alive = True
        self._watch = threading.Thread(target=self._watch_holder, name="holder", daemon=True)
        self._watch.start()

    @classmethod
    def join(cls, root: Path, command: str) -> HolderLink | None:
        """Connect to the process that holds the workspace; None where none answers. `AuditorError` where it refuses."""
        connection = wire.connect(root, CONNECT_SECONDS)
        if connection is None:
            return None
        lock = None
        try:
            wire.send(connection, {"protocol": wire.PROTOCOL, "command": command})
            said, lock = wire.receive_with_file(connection, CONNECT_SECONDS)
            if said is not None and "error" not in said and lock is not None:
                return cls(root, connection, JsonObject(said, "answer").number("process"), lock)
            _require_success(said or {})
        except (OSError, wire.BrokenMessageError):
            pass
        except BaseException:  # a refusal, or this command is stopped: the copy of the lock would outlive it
            _close(connection, lock)
            raise
        _close(connection, lock)
        return None

    def _watch_holder(self) -> None:
        """Notice that the holder has ended, in the middle of whatever this command does."""
        waiting = select.poll()
        waiting.register(self._connection, select.POLLRDHUP)
        waiting.poll()
        self.let_go()

    def let_go(self) -> None:
        """Write nothing any more, and give up the copy of the lock."""
        with self._writing:
            lock, self._lock, self._alive = self._lock, -1, False
            if lock >= 0:
                os.close(lock)

    def close(self) -> None:
        self.let_go()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._watch.join()
        self._connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Something is written below `evidence/`: nobody else may hold the workspace until that is done."""
        with self._writing:
            self._require_alive()
            yield

    def _require_alive(self) -> None:
        if not self._alive:
            raise HolderGoneError(
                f"{self.root}: process {self.process}, which held the workspace, has ended; what was recorded before"
                " stands; run this again"
            ) from ConnectionResetError()

    def ask(self, message: Mapping[str, object], *, records: str = "") -> JsonObject:
        """What the holder answers; its errors are raised here.

        `records`: what may have been recorded where no answer comes, and where that can be seen; then
        `OutcomeUnknownError`.
        """
        with self._turn:
            self._require_alive()
            try:
                wire.send(self._connection, message)
                said = wire.receive(self._connection, ANSWER_SECONDS)
            except (OSError, wire.BrokenMessageError):
                said = None
            except AuditorError:
                raise  # too long to be sent: nothing went out
            except BaseException:
                self.let_go()  # the answer may still come: nothing more is asked over this connection
                raise
            if said is None:
                self.let_go()
        if said is None and records:
            raise OutcomeUnknownError(
                f"{self.root}: process {self.process}, which holds the workspace, ended before it answered: whether"
                f" {records}; look there before you run this again"
            ) from ConnectionResetError()
        if said is None:
            self._require_alive()
        return _require_success(said or {})


def _close(connection: socket.socket, lock: int | None) -> None:
    connection.close()
    if lock is not None:
        os.close(lock)


def _require_success(said: Mapping[str, object]) -> JsonObject:
    answer = JsonObject(said, "answer of the process that holds the workspace")
    if not answer.has("error"):
        return answer
    name, text = answer.text("error"), answer.text("text")
    if name == BrokenJournalError.__name__:
        raise BrokenJournalError("journal.line", text)
    made = _ERRORS.get(name, VaultError)(text)
    if answer.members.get("disk"):
        raise made from OSError(text)
    raise made


class GuestJournal(Journal):
    """The journal of a workspace that another process holds: read here, appended to there."""

    link: HolderLink

    @classmethod
    def join(cls, root: Path, keys: Keys, at: clock.Clock, link: HolderLink) -> GuestJournal:
        """The journal as it stands; `IntegrityError` where it does not fit, or the keys are not those in force."""
        journal = cls(root, None, at)
        journal.link, journal.claims = link, journal
        for attempt in range(1, TRIES + 1):
            try:
                found = open_journal(root, journal.store, journal.reader, writing=False, growing=True)
                break
            except IntegrityError:
                if attempt == TRIES:  # read beside one who writes: a segment may be sealed in the middle of it
                    raise
        journal._adopt(found)
        journal.keys = keys
        # What the tables say is asked of them as they are from now on, not as they were at the first look.
        journal.ledger.tables.rollback()
        journal.refresh()
        if journal.ring.active != keys.verifier:
            raise IntegrityError(
                f"keys: {keys.verifier} is not the key in force, {journal.ring.active}; restore the right one"
            )
        return journal

    def close(self) -> None:
        self.link.close()
        super().close()

    def refresh(self) -> None:
        """Take over the lines that the holder has and this journal has not."""
        with self._guard:
            while self._take_over(self.link.ask({"do": "lines", "since": self.size})):
                pass

    def append(self, kind: EventKind, body: Mapping[str, object]) -> JournalEntry:
        with self._guard:
            at = self.size
            records = (
                f"its {kind} line was journalled is not known. It is line {at} or a later one of evidence/journal, or"
                " none (a decision: `auditor confirm list`)"
            )
            answer = self.link.ask({"do": "append", "kind": kind, "body": body, "since": at}, records=records)
            number = answer.number("number")
            self._take_over(answer)
            while self.size <= number:
                self._take_over(self.link.ask({"do": "lines", "since": self.size}))
            return next((one for one in self._recent if one.number == number), None) or self.entry(number)

    def take(self, names: Sequence[str]) -> str:
        """Take claims; what was journalled before they were free is known here then."""
        with self._guard:
            answer = self.link.ask({"do": "claim", "names": list(names), "since": self.size})
            if not answer.text("holder") and self._take_over(answer):
                self.refresh()
            return answer.text("holder")

    def give_back(self, names: Sequence[str]) -> None:
        with contextlib.suppress(HolderGoneError):
            self.link.ask({"do": "release", "names": list(names)})

    def rotate(self, why: str, passphrase: str | None) -> Keys:
        """Have the holder make new keys; they are opened here too."""
        with self._guard:
            records = f"the keys were rotated is not known. See `auditor keys show`, and the lines from {self.size} on"
            self._take_over(self.link.ask({"do": "rotate", "why": why, "since": self.size}, records=records))
            self.refresh()
            self.keys = open_keys(self.root, passphrase=passphrase)
            return self.keys

    def _take_over(self, answer: JsonObject) -> bool:
        """Learn from the lines of an answer; whether there are more."""
        lines = answer.members.get("lines")
        if not isinstance(lines, list):
            raise IntegrityError("answer of the process that holds the workspace: no lines in it")
        for line in lines:
            entry = parse_line(str(line).encode("utf-8"), self.size, self.chain.previous)
            digest = self._advance(entry)
            self._recent.append(entry)
            # The holder's tables have it already.
            self.ledger.take(entry, digest, tables=self.ledger.tables.path is None)
            # Those of the open segment alone, wherever this command came in.
            kept = self.size % WIDTH * merkle.HASH_BYTES
            del self._leaves[: max(0, len(self._leaves) - kept)]
        return answer.number("size") > self.size

    def standing(self) -> tuple[int, bytes, bytes]:
        self.refresh()
        return super().standing()


class _GuestBatch(LocalEvidenceBatch):
    """A batch that is written as long as the holder lives."""

    def __init__(self, link: HolderLink, evidence: Path, folder: Path, *, found: bool = False) -> None:
        super().__init__(evidence, folder, found=found)
        self._link = link

    def write(self, path: str, data: bytes, *, flush: bool = True) -> None:
        with self._link.writing():
            super().write(path, data, flush=flush)

    def publish_package(self, folder: str) -> str:
        with self._link.writing():
            return super().publish_package(folder)

    def publish_files(self, paths: Sequence[str]) -> None:
        with self._link.writing():
            super().publish_files(paths)

    def discard(self) -> None:
        with self._link.writing():
            super().discard()


class GuestStore(LocalEvidenceStore):
    """The evidence of a workspace that another process holds."""

    def __init__(self, root: Path, link: HolderLink) -> None:
        super().__init__(root)
        self._link = link

    def stage(self, name: str) -> LocalEvidenceBatch:
        self._link.ask({"do": "stage", "name": name})
        with self._link.writing():
            super().stage(name)
        return self.reopen(name)

    def reopen(self, name: str) -> LocalEvidenceBatch:
        return _GuestBatch(self._link, self._evidence, self._staging / name, found=True)

    def remove(self, folder: str, paths: Sequence[str], version: str = "") -> Removal:
        with self._link.writing():
            return super().remove(folder, paths, version)
