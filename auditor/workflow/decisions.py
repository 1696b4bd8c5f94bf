"""What a named person decides: journal events, never edited, only superseded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from auditor.custody import Journal
from auditor.errors import IntegrityError
from auditor.model.evidence import Event
from auditor.model.findings import Decision, KeyDate

_DECISION = TypeAdapter(Decision)
_KEY_DATE = TypeAdapter(KeyDate)


def journal_decision(journal: Journal, decision: Decision) -> Decision:
    """Journal a decision; its id is made from what it says, so that the same words at one time are one decision."""
    body = _plain(_DECISION, replace(decision, id=""))
    named = replace(decision, id="d-" + hashlib.sha256(repr(sorted(body.items())).encode()).hexdigest()[:12])
    journal.append("decision", {"decision": _plain(_DECISION, named)})
    return named


def journal_key_date(journal: Journal, event: KeyDate) -> KeyDate:
    """Journal a key date: termination, notice, judgment, undertaking."""
    journal.append("event", {"event": _plain(_KEY_DATE, event)})
    return event


def read_decisions(entries: Iterable[Event], until: datetime | None = None) -> tuple[Decision, ...]:
    """Every decision journalled until then, superseded ones included, oldest first."""
    return tuple(
        _read(_DECISION, entry, "decision")
        for entry in entries
        if entry.kind == "decision" and (until is None or entry.at <= until)
    )


def read_key_dates(entries: Iterable[Event], until: datetime | None = None) -> tuple[KeyDate, ...]:
    """Every key date journalled until then, oldest first."""
    return tuple(
        _read(_KEY_DATE, entry, "event")
        for entry in entries
        if entry.kind == "event" and (until is None or entry.at <= until)
    )


def decision_to_dict(decision: Decision) -> dict[str, object]:
    """A decision as plain values."""
    return _plain(_DECISION, decision)


def _plain(adapter: TypeAdapter[Any], value: object) -> dict[str, object]:
    plain = adapter.dump_python(value, mode="json", fallback=dict, warnings=False)
    assert isinstance(plain, dict)  # noqa: S101 (a dataclass is written as a mapping)
    return plain


def _read(adapter: TypeAdapter[Any], entry: Event, name: str) -> Any:
    try:
        return adapter.validate_python(entry.body.get(name))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise IntegrityError(f"journal entry {entry.number}: {name} cannot be read: {where} {first['msg']}") from error
