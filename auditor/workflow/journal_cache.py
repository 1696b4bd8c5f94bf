"""The docket of a workspace, kept in `db/journal.json` so that a question need not read all the journal again.

What is kept is trusted as the index beside it is, and no further: only for `status`, its watchdog, `/healthz`,
`/metrics` and `report`. It is used only where nobody else could have written it, where the program's code is what it
was and where every byte of the journal that it stands for is, by SHA-256; otherwise the journal is read whole and
checked from its first line. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import auditor.custody
import auditor.model
from auditor import __version__, owner_only_file
from auditor.custody import Journal, JournalSummary
from auditor.custody.journal_summary import EventSelection, NeedsFullJournal, resume, summarise_journal
from auditor.workspace import Workspace

FORMAT = "auditor.docket/1"
MIN_LINES_TO_CACHE = 1_000
"""Lines read after what is kept, from which on it is kept anew."""
MOST_BYTES = 1 << 30
SUMMARISED_EVENTS: EventSelection = {
    "run.opened": ("run",),
    "plan": ("run", "schedule", "schedule_slot", "planned"),
    "gap": ("why", "intent", "deployment", "deployments", "schedule", "planned", "count"),
    "schedule": ("action", "schedule", "definition", "run", "host", "until"),
    "run.closed": ("run", "interrupted", "stopped", "complete"),
    "decision": None,
    "event": None,
}
"""What `planning.Book` reads for the signs of life and what a report is judged by."""

_DOCKET = TypeAdapter(JournalSummary)
_CODE = (Path(auditor.custody.__file__).parent, Path(auditor.model.__file__).parent)


@dataclass(frozen=True, slots=True)
class _Head:
    """What must hold for what follows it."""

    state: str
    body: str
    format: str = FORMAT


_HEAD = TypeAdapter(_Head)


def load_journal_summary(workspace: Workspace, *, worth: int = MIN_LINES_TO_CACHE) -> JournalSummary:
    """What the journal says now, for questions that make no evidence. Raises as `Journal.open`."""
    store = workspace.db.with_name("journal.json")
    known = _kept(store)
    try:
        found = resume(workspace.root, known, SUMMARISED_EVENTS) if known is not None else None
    except NeedsFullJournal:
        found = None
    if found is None:
        known, found = None, summarise_journal(Journal.open(workspace.root), SUMMARISED_EVENTS)
    if found.size - (known.size if known is not None else 0) >= worth:
        _keep(store, workspace, found)
    return found


def _kept(store: Path) -> JournalSummary | None:
    head, _, body = (owner_only_file.read(store, MOST_BYTES) or b"").partition(b"\n")
    try:
        known = _HEAD.validate_json(head)
        if known != _Head(_state(), hashlib.sha256(body).hexdigest()):
            return None
        return _DOCKET.validate_json(body)
    except (ValidationError, ValueError, OSError):
        return None


def _keep(store: Path, workspace: Workspace, docket: JournalSummary) -> None:
    """Done without where it cannot be written, does not come back as it was, or stands for a line not in the file."""
    body = _DOCKET.dump_json(docket)
    if _DOCKET.validate_json(body) != docket:
        return
    try:
        if (workspace.journal / "journal.jsonl").stat().st_size >= docket.length:
            head = _HEAD.dump_json(_Head(_state(), hashlib.sha256(body).hexdigest()))
            owner_only_file.write(store, head + b"\n" + body)
    except OSError:
        return


def _state() -> str:
    """The program that made a docket: another reading of the same lines is another."""
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return hashlib.sha256(f"{__version__}\n{owner_only_file.code_digest(*_CODE)}\n{own}".encode()).hexdigest()
