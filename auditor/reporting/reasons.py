"""Why a position is not verified, needs review, or rests on a list that is not complete. Pure."""

from __future__ import annotations

from auditor.model.findings import Position
from auditor.model.notes import Note
from auditor.wording import doubt_notes

WITHOUT_NUMBER = frozenset({"position.not_observed", "position.never_observed", "position.no_number"})
"""Notes of a position that say why it has no number."""


def position_reasons(position: Position) -> tuple[Note, ...]:
    """Every reason, the weightiest first; none where the number is certain and its list complete."""
    missing = tuple(note for note in position.notes if note.code in WITHOUT_NUMBER)
    lacking = (position.rule,) if position.status == "incomplete" else ()
    return (*missing, *lacking, *doubt_notes(position.doubts))
