"""`contracts[].term`: how long, renewed how, ended how, and what the end means."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.targets.contracts import AfterEnd, ContractEnd, Renewal, Term
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, IsoDay, IsoDayOrWord, IsoPeriod, Text, TrueOrFalse
from auditor.targets.values.types import Key, LoadContext, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode

SOURCE_KEYS = MappingProxyType(
    {
        "clause": Key(Text(), doc="The clause it comes from."),
        "document": Key(Text(), doc="The id of the document it comes from."),
    }
)

RENEWAL = RecordType(
    "renewal",
    Renewal,
    {
        "mode": Key(Choice("none", "automatic", "by_agreement"), "none, automatic or by_agreement"),
        "each": Key(IsoPeriod(), doc="Length of a renewal: P1Y."),
        "notice_days": Key(WholeNumber(most=3660), doc="Days before the end by which notice must be given."),
        **SOURCE_KEYS,
    },
    doc="How the term is renewed.",
)

ENDED = RecordType(
    "ended",
    ContractEnd,
    {
        "by": Key(Choice("notice", "breach", "agreement", "expiry"), "notice, breach, agreement or expiry"),
        "last_day": Key(IsoDay(), "the last day of the contract, inclusive"),
        "given_on": Key(IsoDay(), doc="The day notice was given."),
        "received_on": Key(IsoDay(), doc="The day notice was received."),
        "accepted_late": Key(TrueOrFalse(), doc="True where a late notice was accepted; name the document."),
        **SOURCE_KEYS,
    },
    doc="How the contract ended.",
)


AFTER_END = RecordType(
    "after_end",
    AfterEnd,
    {
        "new_deployments": Key(Choice("allowed", "forbidden"), doc="May new deployments be sold?"),
        "added_units": Key(Choice("allowed", "forbidden"), doc="May units be added?"),
        "existing_units": Key(
            IsoDayOrWord("perpetual", "must_stop"), doc="May installed units stay: perpetual, until a date, must_stop."
        ),
        "wind_down_days": Key(WholeNumber(most=3660), doc="Days allowed for stopping."),
        **SOURCE_KEYS,
    },
    doc="What the end means. What is missing is a finding, not an assumption.",
)


def _term(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("through", None)
    return values


TERM = RecordType(
    "term",
    Term,
    {
        "from": Key(IsoDay(), "its first day", into="from_"),
        "through": Key(IsoDay(), doc="The last day of the first term, inclusive; absent for evergreen."),
        "renewal": Key(RENEWAL),
        "ended": Key(ENDED),
        "after_end": Key(AFTER_END),
    },
    finish=_term,
    doc="The term, in whole days, inclusive.",
)
