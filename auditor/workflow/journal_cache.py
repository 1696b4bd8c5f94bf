"""The summary of a workspace's journal, kept in `db/journal.json` so that a question need not read all of it again.

What is kept is trusted as the index beside it is, and no further: only for `status`, its watchdog, `/healthz`,
`/metrics` and `report`. It is used only where nobody else could have written it, where the program's code is what it
was and where every byte of the journal that it stands for is, by SHA-256; otherwise the journal is read whole and
checked from its first line. `auditor verify` compares it with the journal, `auditor rebuild` removes it; it can be
deleted at any time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import auditor.custody
import auditor.model
from auditor import __version__, owner_only_file
from auditor.custody import EventSelection, Journal, JournalSummary, NeedsFullJournal, resume, summarise_journal
from auditor.model.events import GapRecorded, JournalEvent, RunOpened, RunPlanned
from auditor.planning import HISTORY_KINDS
from auditor.workspace import Workspace

FORMAT = "auditor.docket/1"
MIN_LINES_TO_CACHE = 1_000
"""Lines read after what is kept, from which on it is kept anew."""
MOST_BYTES = 1 << 30


def _abridged(event: JournalEvent) -> JournalEvent:
    """Without what grows with the number of deployments and nobody asks for here."""
    match event:
        case RunOpened():
            return replace(event, targets=None)
        case RunPlanned():
            return replace(event, slots=())
        case GapRecorded():
            return replace(event, slots=None)
    return event


SUMMARISED_EVENTS = EventSelection(frozenset({*HISTORY_KINDS, "decision", "event"}), _abridged)
"""What `planning.ScheduleHistory` reads for the signs of life and what a report is judged by."""

_SUMMARY = TypeAdapter(JournalSummary)
_CODE = (Path(auditor.custody.__file__).parent, Path(auditor.model.__file__).parent)


@dataclass(frozen=True, slots=True)
class _Head:
    """What must hold for what follows it."""

    state: str
    body: str
    format: str = FORMAT


_HEAD = TypeAdapter(_Head)


def load_journal_summary(workspace: Workspace, *, min_lines: int = MIN_LINES_TO_CACHE) -> JournalSummary:
    """What the journal says now, for questions that make no evidence. Raises as `Journal.open`."""
    path = workspace.db.with_name("journal.json")
    stored = _stored_summary(path)
    summary = _resumed(workspace, stored)
    if summary is None:
        stored, summary = None, whole_journal_summary(Journal.open(workspace.root))
    if summary.size - (stored.size if stored is not None else 0) >= min_lines:
        _store_summary(path, workspace, summary)
    return summary


def whole_journal_summary(journal: Journal) -> JournalSummary:
    """The summary of a journal that was read whole."""
    return summarise_journal(journal, SUMMARISED_EVENTS)


def recall_journal_summary(workspace: Workspace) -> JournalSummary | None:
    """The summary that the stored one gives, where it would be used; else None. Raises as `Journal.open`."""
    return _resumed(workspace, _stored_summary(workspace.db.with_name("journal.json")))


def _resumed(workspace: Workspace, stored: JournalSummary | None) -> JournalSummary | None:
    try:
        return resume(workspace.root, stored, SUMMARISED_EVENTS) if stored is not None else None
    except NeedsFullJournal:
        return None


def _stored_summary(path: Path) -> JournalSummary | None:
    head, _, body = (owner_only_file.read(path, MOST_BYTES) or b"").partition(b"\n")
    try:
        stored = _HEAD.validate_json(head)
        if stored != _Head(_program_digest(), hashlib.sha256(body).hexdigest()):
            return None
        return _SUMMARY.validate_json(body)
    except (ValidationError, ValueError, OSError):
        return None


def _store_summary(path: Path, workspace: Workspace, summary: JournalSummary) -> None:
    """Done without where it cannot be written, does not come back as it was, or stands for a line not in the file."""
    body = _SUMMARY.dump_json(summary)
    if _SUMMARY.validate_json(body) != summary:
        return
    try:
        if (workspace.journal / "journal.jsonl").stat().st_size >= summary.length:
            head = _HEAD.dump_json(_Head(_program_digest(), hashlib.sha256(body).hexdigest()))
            owner_only_file.write(path, head + b"\n" + body)
    except OSError:
        return


def _program_digest() -> str:
    """The program that made a summary: another program may read the same lines otherwise."""
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return hashlib.sha256(f"{__version__}\n{owner_only_file.code_digest(*_CODE)}\n{own}".encode()).hexdigest()
