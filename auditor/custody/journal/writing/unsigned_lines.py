"""Lines that others appended to a shared store, who have no key: what they may be, before they are signed for them."""

from __future__ import annotations

from auditor.custody.journal.lines import parse_line
from auditor.custody.journal.state import JournalState
from auditor.errors import IntegrityError
from auditor.model.events import CaptureCommitted, GapRecorded, parse_entry
from auditor.model.evidence import JournalEntry

UNSIGNED_KINDS = frozenset({"intent", "capture", "gap"})
"""What is appended without the log's key: that a visit begins, and how it ended."""


def parse_unsigned_line(line: bytes, number: int, previous: str) -> JournalEntry:
    """A line behind the signed head; `IntegrityError` where it does not follow from the line before, is of a kind that
    only the holder of the key writes, or has a shape that no event of its kind has."""
    entry = parse_line(line, number, previous)
    if entry.kind not in UNSIGNED_KINDS:
        raise IntegrityError(
            f"journal line {number}: of kind {entry.kind}, behind the signed head, where only visits are told; another"
            " hand wrote it: nothing is signed; ask who may write to the ledger"
        )
    parse_entry(entry)
    return entry


def require_admissible(state: JournalState, entry: JournalEntry) -> None:
    """`IntegrityError` where the lines before speak against a line of `parse_unsigned_line`: an id has its line
    already, or what ends was not begun, was another visit, or has ended."""
    state.admit(entry)
    event = parse_entry(entry)
    if not isinstance(event, CaptureCommitted | GapRecorded) or not event.intent:
        return  # an intent, or the gap of a slot that nobody visited
    begun = state.standing.intents.get(event.intent)
    if begun is None or (begun.run, begun.deployment) != (event.run, event.deployment):
        raise IntegrityError(
            f"journal line {entry.number}: ends the visit {event.intent}, which is not under way as it says; another"
            " hand wrote it: nothing is signed; ask who may write to the ledger"
        )
