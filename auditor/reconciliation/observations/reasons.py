"""Why a field gave no value: the kind of reason, which rules decide on, and its detail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.readings import FieldReading, FieldStatus

MISSING: Final = "gap.missing"
CONFLICT: Final = "gap.conflict"
AMBIGUOUS: Final = "gap.ambiguous"
INCOMPLETE: Final = "gap.incomplete"
OF_STATUS: Final[Mapping[FieldStatus, str]] = MappingProxyType(
    {"missing": MISSING, "conflict": CONFLICT, "not_shown": "gap.not_shown", "unreadable": "gap.unreadable"}
)
"""The kind of reason that each status of a reading gives."""


def gap_note(kind: str, why: Note) -> Note:
    """A reason of one kind with its detail."""
    return make_note(kind, why=why)


def without_value(field: FieldReading, status: FieldStatus) -> Note:
    """Why a field that was not read gives nothing, by its status; the field's id where the reading says no more."""
    return gap_note(OF_STATUS[status], field.why or quote_text(field.field))


def is_missing(reason: Note) -> bool:
    """Whether the value does not stand on the page at all; else something stands there that gives no one value."""
    return reason.code == MISSING


def detail_of(reason: Note) -> Note:
    """The detail of a reason, without its kind."""
    found = reason.value("why")
    return found if isinstance(found, Note) else reason
