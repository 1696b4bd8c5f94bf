"""For which captures a confirmed count holds: the one rule that positions, findings and claims go by.

A person confirms a count on what a capture shows. It holds for the captures the decision names, and is carried to each
later capture while nothing it rests on changed: the number counted, the rows of the complete list, and the rows that
were left out by name. It stops at the first capture where one of them changed, and does not come back by itself. What a
later capture did not show is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.model.findings import Decision
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count, Texts

RowMark = tuple[str, str]


def captures_confirmed(decision: Decision | None, counted: Sequence[Count], texts: Texts) -> frozenset[str]:
    """The captures of a series, by time and each with a number, that a confirmed count holds for."""
    if decision is None or decision.value is None:
        return frozenset()
    base = _base(decision, counted)
    if base is None:
        return frozenset()
    held = {one.capture for one in counted if one.capture in decision.evidence} | {counted[base].capture}
    for one in counted[base + 1 :]:
        if what_changed(decision, counted[base], one, texts) is not None:
            break
        held.add(one.capture)
    return frozenset(held)


def _base(decision: Decision, counted: Sequence[Count]) -> int | None:
    """The capture that was confirmed: the latest that the decision names, else the latest when it was made."""
    named = [number for number, one in enumerate(counted) if one.capture in decision.evidence]
    made = [number for number, one in enumerate(counted) if one.captured_at <= decision.at]
    return max(named or made, default=None)


def what_changed(decision: Decision, base: Count, later: Count, texts: Texts) -> Note | None:
    """What a confirmed count rests on that a later capture shows otherwise; None where nothing is."""
    if base.counted != later.counted:
        return make_note("confirmation.count_changed", before=base.counted, after=later.counted)
    if not (base.listed_complete and later.listed_complete):
        return None
    if base.listed != later.listed:
        return make_note("confirmation.rows_changed", before=base.listed, after=later.listed)
    if not decision.excluded:
        return None
    before, after = (_marks(one.rows) for one in texts.whole([base, later]))
    gone = [row for row in decision.excluded if (row.code, row.name) in before - after]
    if not gone:
        return None
    return make_note("confirmation.rows_gone", rows=tuple(quote_text(f"{row.code} {row.name}".strip()) for row in gone))


def _marks(rows: Sequence[Mapping[str, str]]) -> frozenset[RowMark]:
    return frozenset((row.get("code", ""), row.get("name", "")) for row in rows)
