"""`contracts[].term`: how long, renewed how, ended how, and what the end means."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.contracts import AfterEnd, Ended, Renewal, Term
from auditor.targets.kinds import Context, Key, Record, Where
from auditor.targets.nodes import Mapping
from auditor.targets.quantities import Whole
from auditor.targets.scalars import Choice, Day, DayOr, Flag, Length, Text

SOURCE = MappingProxyType(
    {
        "clause": Key(Text(), doc="The clause it comes from."),
        "document": Key(Text(), doc="The id of the document it comes from."),
    }
)

RENEWAL = Record(
    "renewal",
    Renewal,
    {
        "mode": Key(Choice("none", "automatic", "by_agreement"), "none, automatic or by_agreement"),
        "each": Key(Length(), doc="Length of a renewal: P1Y."),
        "notice_days": Key(Whole(most=3660), doc="Days before the end by which notice must be given."),
        **SOURCE,
    },
    doc="How the term is renewed.",
)

ENDED = Record(
    "ended",
    Ended,
    {
        "by": Key(Choice("notice", "breach", "agreement", "expiry"), "notice, breach, agreement or expiry"),
        "last_day": Key(Day(), "the last day of the contract, inclusive"),
        "given_on": Key(Day(), doc="The day notice was given."),
        "received_on": Key(Day(), doc="The day notice was received."),
        "accepted_late": Key(Flag(), doc="True where a late notice was accepted; name the document."),
        **SOURCE,
    },
    doc="How the contract ended.",
)


AFTER_END = Record(
    "after_end",
    AfterEnd,
    {
        "new_deployments": Key(Choice("allowed", "forbidden"), doc="May new deployments be sold?"),
        "added_units": Key(Choice("allowed", "forbidden"), doc="May units be added?"),
        "existing_units": Key(
            DayOr("perpetual", "must_stop"), doc="May installed units stay: perpetual, until a date, must_stop."
        ),
        "wind_down_days": Key(Whole(most=3660), doc="Days allowed for stopping."),
        **SOURCE,
    },
    doc="What the end means. What is missing is a finding, not an assumption.",
)


def _term(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.setdefault("through", None)
    return values


TERM = Record(
    "term",
    Term,
    {
        "from": Key(Day(), "its first day", into="from_"),
        "through": Key(Day(), doc="The last day of the first term, inclusive; absent for evergreen."),
        "renewal": Key(RENEWAL),
        "ended": Key(ENDED),
        "after_end": Key(AFTER_END),
    },
    finish=_term,
    doc="The term, in whole days, inclusive.",
)
