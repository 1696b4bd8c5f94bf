"""What a named person decides: journal events, never edited, only superseded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from auditor.custody import Journal
from auditor.model.events import DecisionMade, KeyDateRecorded, write_record
from auditor.model.evidence import Event
from auditor.model.findings import Decision, KeyDate


def journal_decision(
    journal: Journal, decision: Decision, *, account: str = "", seen_line: int | None = None
) -> Decision:
    """Journal a decision; its id is made from what it says, so that the same words at one time are one decision.

    `account` and `seen_line`: of a decision on a page, who was signed in, and the journal line that the page was of.
    """
    body = decision_to_dict(replace(decision, id=""))
    named = replace(decision, id="d-" + hashlib.sha256(repr(sorted(body.items())).encode()).hexdigest()[:12])
    journal.record(DecisionMade(decision=named, account=account or None, seen_line=seen_line))
    return named


def journal_key_date(journal: Journal, event: KeyDate) -> KeyDate:
    """Journal a key date: termination, notice, judgment, undertaking."""
    journal.record(KeyDateRecorded(event=event))
    return event


def read_decisions(entries: Iterable[Event], until: datetime | None = None) -> tuple[Decision, ...]:
    """Every decision journalled until then, superseded ones included, oldest first."""
    return tuple(
        DecisionMade.of(entry).decision
        for entry in entries
        if entry.kind == "decision" and (until is None or entry.at <= until)
    )


def read_key_dates(entries: Iterable[Event], until: datetime | None = None) -> tuple[KeyDate, ...]:
    """Every key date journalled until then, oldest first."""
    return tuple(
        KeyDateRecorded.of(entry).event
        for entry in entries
        if entry.kind == "event" and (until is None or entry.at <= until)
    )


def decision_to_dict(decision: Decision) -> dict[str, object]:
    """A decision as plain values."""
    return write_record(decision)
