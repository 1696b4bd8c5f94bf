"""The custodian: the process that holds a workspace, and does for other commands what only its holder may do.

A command works in its own process, with its own streams, environment and secrets; over the socket go what is to be
journalled, claims, and names of what it stages. So one process alone appends to the journal, in the order in which it
is asked. When a command ends, in whatever way, what it left open is recovered here at once, as a start would do it.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.custody.files.claims import ClaimBook
from auditor.custody.files.lock import WorkspaceLock
from auditor.custody.journal.keys import Keys
from auditor.custody.journal.lines import BrokenJournalError
from auditor.custody.packages import recovery
from auditor.custody.packages.recovery import LeftBehind
from auditor.custody.packages.vault import Vault
from auditor.custody.sharing import wire
from auditor.custody.transparency import key_rotation
from auditor.errors import AuditorError, ConfigError, VaultError
from auditor.formats.canonical_json import JsonObject
from auditor.model.evidence import EventKind

LOGGER = logging.getLogger("auditor.custody")

MAX_GUESTS = 64
MAX_LINES, MAX_LINES_BYTES = 256, 1 << 18
"""Journal lines in one answer."""
MAX_NAME = 300
OWN_SESSION = "the process that holds the workspace"
REST_SECONDS = 0.1
"""Between two looks for guests that are still there."""


_NUMBERS = itertools.count(1)


@dataclass(eq=False)
class _Session:
    """One command that works through this process."""

    connection: socket.socket
    process: int
    named: str
    left: LeftBehind = field(default_factory=LeftBehind)
    number: int = field(default_factory=lambda: next(_NUMBERS))
    """Tells apart those whose process cannot be seen from here: all of another container have the number 0."""

    @property
    def name(self) -> str:
        who = f"process {self.process}" if self.process else f"session {self.number} of another container"
        return f"{who} ({self.named})" if self.named else who


class Custodian:
    """Answers at the workspace's socket until it is closed."""

    def __init__(self, root: Path, vault: Vault, lock: WorkspaceLock, book: ClaimBook, passphrase: str | None) -> None:
        """`passphrase`: of the keys, for a rotation that a command asks for."""
        self.root, self._vault, self._journal = root, vault, vault.journal
        self._lock, self._book, self._passphrase = lock, book, passphrase
        self._sessions: set[_Session] = set()
        self._guard = threading.RLock()
        self._recovering = threading.Lock()
        self._working = 0
        self._closing = False
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None

    def start(self) -> bool:
        """Begin to answer; False where no socket can be had here: commands are then refused as long as this works."""
        try:
            self._listener = wire.listen(self.root, MAX_GUESTS)
        except (OSError, VaultError) as error:
            LOGGER.warning("custodian: no socket in %s, other commands are refused meanwhile: %s", self.root, error)
            return False
        self._accepting = threading.Thread(target=self._accept, name="custodian", daemon=True)
        self._accepting.start()
        return True

    @property
    def guests(self) -> Sequence[str]:
        """The commands that work through this process now."""
        with self._guard:
            return sorted(one.name for one in self._sessions)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Something is under way in the workspace: whoever verifies it meanwhile is told so."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._guard:
            self._working += more
            with contextlib.suppress(VaultError):  # a full disk: it says "in use" instead of "at rest"
                self._lock.tell(at_rest=not self._working)

    def close(self, patience: float | None = None, told: Callable[[str], None] = lambda line: None) -> None:
        """Take nobody in any more, and wait for those that are there: for so many seconds, or as long as they take.

        `told`: one line, where somebody is waited for. What those that are then sent away left open is recovered.
        """
        listener, self._listener = self._listener, None
        if listener is None:
            return
        (self.root / wire.NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        if self._accepting is not None:
            self._accepting.join()
        try:
            self._wait(patience, told)
        finally:
            self._closing = True
            with self._guard:
                left = list(self._sessions)
            for one in left:
                with contextlib.suppress(OSError):
                    one.connection.shutdown(socket.SHUT_RDWR)
            while self.guests:
                time.sleep(REST_SECONDS / 10)

    def _wait(self, patience: float | None, told: Callable[[str], None]) -> None:
        waited, said = 0.0, False
        while (guests := self.guests) and (patience is None or waited < patience):
            if not said and waited >= 10 * REST_SECONDS:
                told(f"waiting for what works in this workspace through this process: {', '.join(guests)}")
                said = True
            time.sleep(REST_SECONDS)
            waited += REST_SECONDS

    # Who comes.

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                connection, _ = listener.accept()
            except OSError:
                if self._listener is None:
                    return
                time.sleep(REST_SECONDS)  # no descriptor is free, for now
                continue
            threading.Thread(target=self._serve, args=(connection,), name="guest", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            session = self._admit(connection)
        except (OSError, AuditorError) as error:
            LOGGER.warning("custodian: a connection was refused: %s", error)
            connection.close()
            return
        try:
            with self.at_work():
                try:
                    self._answer_all(session)
                finally:
                    self._end(session)
        finally:
            with self._guard:
                self._sessions.discard(session)
            connection.close()

    def _admit(self, connection: socket.socket) -> _Session:
        process, user = wire.peer(connection)
        if user != os.geteuid():
            raise VaultError(f"process {process} of user {user}")
        asked = wire.receive(connection, wire.BEGUN_SECONDS)
        if asked is None:
            raise VaultError(f"process {process} said nothing")
        hello = JsonObject(asked, "message")
        if hello.text("protocol") != wire.PROTOCOL:
            raise self._refused(connection, ConfigError(
                f"process {os.getpid()}, which holds the workspace, is of another version of auditor: start it again"
            ))  # fmt: skip
        session = _Session(connection, process, hello.text("command")[:MAX_NAME])
        with self._guard:
            if self._listener is None:
                raise VaultError(f"{session.name}: came too late")  # it tries to have the lock itself
            if len(self._sessions) >= MAX_GUESTS:
                raise self._refused(connection, VaultError(
                    f"process {os.getpid()}, which holds the workspace, serves {MAX_GUESTS} commands: run this later"
                ))  # fmt: skip
            self._sessions.add(session)
        try:
            # With a copy of the lock: it is free only once the last one that may write here has let it go.
            wire.send(connection, {"size": self._journal.size, "process": os.getpid()}, self._lock.handle)
        except BaseException:  # whatever it was: a session that was never told so would be waited for
            with self._guard:
                self._sessions.discard(session)
            raise
        LOGGER.info("guest: %s", session.name)
        return session

    def _refused(self, connection: socket.socket, error: AuditorError) -> AuditorError:
        wire.send(connection, _told(error))
        return error

    def _answer_all(self, session: _Session) -> None:
        while True:
            try:
                asked = wire.receive(session.connection, None)
                if asked is None:
                    return
                wire.send(session.connection, self._answer(session, JsonObject(asked, "message")))
            except (OSError, VaultError) as error:
                if not self._closing:
                    LOGGER.warning("guest: %s: %s", session.name, error)
                return

    def _end(self, session: _Session) -> None:
        """Recover what the command left open; its claims end only then."""
        try:
            with self._recovering:
                for what in recovery.recover(self._vault, session.left):
                    LOGGER.warning("recovery: %s: %s", session.name, what)
        except AuditorError as error:
            LOGGER.error("recovery: %s: %s; the next start tries again", session.name, error)  # noqa: TRY400 (one line)
        except Exception as error:  # noqa: BLE001 (a fault of ours keeps no claims of a session that is no more)
            told = f"internal fault, {type(error).__name__}: {error}"
            LOGGER.error("recovery: %s: %s; the next start tries again", session.name, told)  # noqa: TRY400 (one line)
        finally:
            self._book.end_session(session.name)

    def recover_own(self, since: int) -> None:
        """End what this process itself began from a line on and left open: it goes on, and no start will do it."""
        left = LeftBehind()
        for entry in self._journal.entries(since, kinds=("intent", "run.opened", "prune")):
            left.note(entry.kind, entry.body)
        with self._guard:
            for one in self._sessions:
                left.intents -= one.left.intents
                left.runs -= one.left.runs
            # Whoever prunes goes on with it, or leaves it to the end of its session, where the rest is removed.
            left.pruned = left.pruned and not any(one.left.pruned for one in self._sessions)
        left.batches = {f"{prefix}{one}" for one in left.intents for prefix in ("capture-", "seal-")}
        try:
            with self._recovering:
                for what in recovery.recover(self._vault, left):
                    LOGGER.warning("recovery: %s", what)
        except AuditorError as error:
            LOGGER.error("recovery: %s; the next start tries again", error)  # noqa: TRY400 (one line)
        except Exception as error:  # noqa: BLE001 (what went wrong before is told, not this)
            told = f"internal fault, {type(error).__name__}: {error}"
            LOGGER.error("recovery: %s; the next start tries again", told)  # noqa: TRY400 (one line)

    # What is asked.

    def _answer(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        acts = {
            "lines": self._lines, "append": self._append, "stage": self._stage, "claim": self._claim,
            "release": self._release, "rotate": self._rotate,
        }  # fmt: skip
        try:
            act = acts.get(asked.text("do"))
            if act is None:
                raise ConfigError(f"{asked.text('do'):.40}: not known to the process that holds the workspace")
            return act(session, asked)
        except AuditorError as error:
            return _told(error)
        except Exception as error:  # noqa: BLE001 (one command's fault ends neither this process nor the others)
            told = f"internal fault in process {os.getpid()}, {type(error).__name__}: {error}"
            LOGGER.error("guest: %s: %s", session.name, told)  # noqa: TRY400 (one line)
            return _told(VaultError(told))

    def _lines(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        """The journal's lines from one on, as many as one answer takes, and how many there are."""
        size, found, total = self._journal.size, list[str](), 0
        since = asked.number("since")
        if since < size:
            for entry in self._journal.entries_from(since, MAX_LINES):
                total += len(entry.line)
                if found and total > MAX_LINES_BYTES:
                    break
                found.append(entry.line.decode("utf-8"))
        return {"size": size, "lines": found}

    def _append(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        kind, body = asked.text("kind"), asked.object("body").members
        if kind == "workspace.created" or (kind == "key" and "endorsed" in body):
            raise ConfigError(f"{kind}: journalled by the process alone that holds the workspace")
        session.left.note(kind, body)  # before: a line that is refused here may be completed by the next
        entry = self._journal.append(_kind(kind), body)
        try:
            told = self._lines(session, asked)
        except AuditorError:  # it stands; who asked reads the lines by itself
            told = {"size": self._journal.size, "lines": []}
        return {"number": entry.number, **told}

    def _stage(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        session.left.batches.add(asked.text("name")[:MAX_NAME])
        return {}

    def _claim(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        taken_by = self._book.claim(_names(asked), session.name)
        return {"holder": taken_by, **({} if taken_by else self._lines(session, asked))}

    def _release(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        self._book.release(_names(asked), session.name)
        return {}

    def _rotate(self, session: _Session, asked: JsonObject) -> Mapping[str, object]:
        """As `rotate`, for a guest."""
        self.rotate(asked.text("why"), self._passphrase, session)
        return self._lines(session, asked)

    def rotate(self, why: str, passphrase: str | None, session: _Session | None = None) -> Keys:
        """New keys, while nobody but who asks stages anything that the old ones sign; nobody is let in meanwhile."""
        with self._guard:
            others = [one.name for one in self._sessions if one is not session]
            if others or self._working > 1:
                who = ", ".join(others) or OWN_SESSION
                raise VaultError(f"keys: {who} is at work with the present ones; rotate them when it has ended")
            with self._journal.held():
                return key_rotation.rotate_log_keys(self._vault, passphrase=passphrase, why=why)


def _names(asked: JsonObject) -> list[str]:
    names = asked.members.get("names")
    if not isinstance(names, list) or len(names) > MAX_GUESTS or not all(isinstance(one, str) for one in names):
        raise ConfigError("claims: expected a list of a few names")
    return [str(one)[:MAX_NAME] for one in names]


def _kind(text: str) -> EventKind:
    return text  # type: ignore[return-value] # the journal refuses a kind that it does not know


def _told(error: AuditorError) -> Mapping[str, object]:
    """An error as a message: raised again at the other end."""
    disk = isinstance(error.__cause__, OSError) or isinstance(error, BrokenJournalError)
    return {"error": type(error).__name__, "text": str(error)[:20_000], "disk": disk}
