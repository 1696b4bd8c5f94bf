"""Why the numbers of a count need review, and why a list is not complete, one note for each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count

STATEMENTS: Final = MappingProxyType(
    {
        "displayed": make_note("review.displayed"),
        "cap": make_note("review.cap"),
        "listed": make_note("review.listed"),
    }
)
"""What a doubt is about."""


NO_REASON_KEPT: Final = make_note("observation.no_reason_kept")


def count_doubts(seen: Count) -> dict[str, Note]:
    """Why a count needs review, by statement; where an earlier version kept no reason, that is said."""
    unsure = {
        "displayed": seen.displayed is not None and not seen.displayed_certain,
        "cap": seen.cap is not None and not seen.cap_certain,
        "listed": seen.listed is not None and not seen.listed_complete,
    }
    return {name: seen.doubts.get(name, NO_REASON_KEPT) for name, is_unsure in unsure.items() if is_unsure}


def doubt_notes(doubts: Mapping[str, Note]) -> tuple[Note, ...]:
    """Each doubt with what it is about: `displayed number: the picture says 84`."""
    told = (name for name in STATEMENTS if name in doubts)
    return tuple(make_note("review.reading", what=STATEMENTS[name], why=doubts[name]) for name in told)
