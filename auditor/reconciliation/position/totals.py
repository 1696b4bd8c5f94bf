"""Sums over positions: money once per deployment and unit, list and net side by side, the other figures beside them.

Only what a finding supports is summed: of kind `fail`, certain or likely, and not explained, settled, dismissed or
suppressed. Peaks of several days are never added up, nor are growth after a date or sums owed for granted units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from auditor.model.findings import Finding, Position
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.severity import SET_ASIDE_STATES
from auditor.model.targets.contracts import Money

MONEY_RULES = frozenset({"Q101", "D301", "T501", "T504"})
"""Rules that state the units of a position; each position is summed once, whichever of them fired."""


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """Units and values in one currency, with the derivation."""

    currency: str
    units: int
    list_value: Money
    net_value: Money | None
    """None where a part has no contract-net value: a sum without it would look complete."""
    lines: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class UncoveredCounts:
    """The counts of deployments that no contract covers, by both rules, displayed and confirmed."""

    all_displayed: int
    all_confirmed: int
    """Confirmed where a person decided, else displayed, or listed where no number is displayed."""
    excess_displayed: int
    excess_confirmed: int
    """Units over the reference's cap, deployment by deployment."""
    not_observed: tuple[str, ...] = ()
    """Deployments that gave no number: they are in none of the figures."""


def sum_by_currency(positions: Sequence[Position], findings: Sequence[Finding]) -> tuple[CurrencySum, ...]:
    """One sum per currency of the positions' values, each deployment and metric of a contract once."""
    supported = {
        (finding.contract, finding.deployment, finding.metric)
        for finding in findings
        if finding.rule in MONEY_RULES
        and finding.kind == "fail"
        and finding.certainty != "needs_review"
        and finding.life not in SET_ASIDE_STATES
        and finding.baseline != "absent"
    }
    entries: dict[tuple[str, str], tuple[Note, int, Money, Money | None]] = {}
    for position in positions:
        key = (position.contract, position.deployment, position.metric)
        value = position.list_value
        if key in supported and value is not None and position.over_by:
            subject = f"{position.deployment} {position.metric}"
            label = make_note("sum.position", subject=subject, derivation=position.priced_at or quote_text(""))
            entries.setdefault(key[1:], (label, position.over_by, value, position.net_value))
    for finding in findings:
        pooled = finding.rule == "Q111" and finding.certainty != "needs_review" and finding.life not in SET_ASIDE_STATES
        if pooled and finding.list_value is not None and finding.units and finding.baseline != "absent":
            subject = f"{finding.contract} {finding.metric}"
            label = make_note("sum.shared", subject=subject, units=finding.units)
            entry = (label, finding.units, finding.list_value, finding.net_value)
            entries.setdefault((finding.contract or "", finding.metric), entry)
    currencies = dict.fromkeys(value.currency for _, _, value, _ in entries.values())
    return tuple(_sum(currency, list(entries.values())) for currency in currencies)


def _sum(currency: str, entries: Sequence[tuple[Note, int, Money, Money | None]]) -> CurrencySum:
    listed = Money(Decimal(0), currency)
    net: Money | None = Money(Decimal(0), currency)
    units, lines = 0, []
    for label, count, value, net_value in entries:
        if value.currency == currency:
            units, listed = units + count, listed + value
            net = None if net is None or net_value is None else net + net_value
            lines.append(label)
    return CurrencySum(currency, units, listed, net, tuple(lines))


def uncovered_counts(positions: Sequence[Position]) -> UncoveredCounts:
    """All units and excess over the reference's cap, displayed and confirmed, of deployments no contract covers."""
    suspect = [one for one in positions if one.legal_status == "suspect"]
    known = [one for one in suspect if one.counted is not None]
    excess_confirmed = 0
    for one in known:
        if one.excess_over_cap is not None and one.counted is not None:
            counted = one.counted if one.confirmed is None else one.confirmed
            cap = one.cap if isinstance(one.cap, int) else one.reference_cap
            excess_confirmed += one.excess_over_cap if cap is None else max(0, counted - cap)
    return UncoveredCounts(
        all_displayed=sum(one.counted or 0 for one in known),
        all_confirmed=sum((one.counted or 0) if one.confirmed is None else one.confirmed for one in known),
        excess_displayed=sum(one.excess_over_cap or 0 for one in known),
        excess_confirmed=excess_confirmed,
        not_observed=tuple(one.deployment for one in suspect if one.counted is None),
    )
