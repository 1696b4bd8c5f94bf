"""The history of schedules, remembered: in one process, and beside the index for the next one.

What the journal says of schedules is folded line by line. `db/schedules.json` holds it folded up to a line, with the
Merkle root of the journal there, so that a command reads what came since. It is believed as `db/ledger.db` is: where
the journal has that root at that size, and the program that folded it is this one; `verify` folds the lines anew and
compares, `rebuild` throws it away.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

import auditor.model.events
from auditor import owner_only_file
from auditor.custody import Journal
from auditor.errors import IntegrityError
from auditor.workspace import Workspace, home_of

if TYPE_CHECKING:
    from auditor.planning import ScheduleHistory

FORMAT = "auditor.schedules/1"
FILE = "schedules.json"
MOST_BYTES = 1 << 30
WORTH_LINES = 64
"""Lines of schedules, and lines of any kind, that are read before it is kept again."""
WORTH_SPAN = 1_024
_CODE = (Path(auditor.__file__).parent / "planning", Path(auditor.model.events.__file__).parent)
"""What folds lines: by another program they may say something else."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The head of the file: what must still hold, and the digest of what follows it."""

    size: int
    root: str
    code: str
    body: str
    format: str = FORMAT


_KEPT = TypeAdapter(_Kept)


class ScheduleMemory:
    """What one journal says of schedules, for a process that asks again and again: what is kept is read once, then only
    what came since. Any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._history: ScheduleHistory | None = None
        self._read = 0

    def history(self, journal: Journal) -> ScheduleHistory:
        """The history as of now: a value of its own, which what is journalled later does not change.

        Raises as reading the journal does; what was read by then is not read again.
        """
        from auditor.planning import HISTORY_KINDS, ScheduleHistory  # loaded where somebody asks: most commands do not

        with self._guard:
            size = journal.size
            if self._history is None:
                self._history, self._read = recall_history(journal) or (ScheduleHistory(), 0)
            found, began, lines = self._history, self._read, 0
            for entry in journal.entries(self._read, kinds=HISTORY_KINDS):
                if entry.number >= size:
                    break
                found.take(entry)
                self._read, lines = entry.number + 1, lines + 1
            self._read = size
            if lines >= WORTH_LINES or (lines and size - began >= WORTH_SPAN):
                _keep(journal, found, size)
            return found.copied()


def read_history(journal: Journal) -> ScheduleHistory:
    """As of now, for who asks once."""
    return ScheduleMemory().history(journal)


def recall_history(journal: Journal, file: Path | None = None) -> tuple[ScheduleHistory, int] | None:
    """What is kept, where it would be used, and how many lines it stands for; else None.

    `file`: where it is kept, of a journal that is copied elsewhere.
    """
    if not journal.store.grows or (raw := owner_only_file.read(file or _place(journal), MOST_BYTES)) is None:
        return None
    head, _, body = raw.partition(b"\n")
    try:
        kept = _KEPT.validate_json(head, strict=False)
        usable = kept.format == FORMAT and kept.body == hashlib.sha256(body).hexdigest() and kept.code == _code()
        if not usable or not 0 < kept.size <= journal.size or journal.tree(kept.size).root.hex() != kept.root:
            return None
        return _form().validate_json(body), kept.size
    except (ValidationError, ValueError, OSError, IntegrityError):
        return None


def _keep(journal: Journal, history: ScheduleHistory, size: int) -> None:
    """A file that cannot be written is done without."""
    if not journal.store.grows:
        return
    body = _form().dump_json(history)
    try:
        if _form().validate_json(body) != history:
            return  # not everything in it comes back as it was
        root = journal.tree(size).root.hex()
        kept = _KEPT.dump_json(_Kept(size, root, _code(), hashlib.sha256(body).hexdigest()))
        owner_only_file.write(_place(journal), kept + b"\n" + body)
    except (ValidationError, OSError, IntegrityError):
        return


@cache
def _form() -> TypeAdapter[ScheduleHistory]:
    from auditor.planning import ScheduleHistory

    return TypeAdapter(ScheduleHistory)


def _place(journal: Journal) -> Path:
    """One for all journals of a workspace: each believes what it has the root of."""
    return Workspace(home_of(journal.root)).db.with_name(FILE)


def _code() -> str:
    return owner_only_file.code_digest(*_CODE)
