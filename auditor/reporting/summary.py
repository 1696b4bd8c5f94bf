"""What a reader should know first: how many deployments are over, by how many units, and their value. Pure.

A unit of a deployment is counted once, however many findings or contracts speak of it. A deployment whose findings
with money all need review, or were closed by a person, is in no sum, and the summary says how many those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol, TypeVar

from auditor.model.findings import Position
from auditor.model.reports import Report
from auditor.model.severity import CLOSED_STATES
from auditor.model.targets.contracts import Money
from auditor.reporting.sort_order import STATUSES

OVER_STATUSES = frozenset({"over", "unlicensed"})


class SummedPosition(Protocol):
    """What a sum looks at of a position."""

    @property
    def deployment(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def over_by(self) -> int | None: ...


class WeighedFinding(Protocol):
    """What a sum looks at of a finding."""

    @property
    def deployment(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def certainty(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def life(self) -> str: ...
    @property
    def list_value(self) -> Money | None: ...


Summable = TypeVar("Summable", bound=SummedPosition)
FindingsBySubject = Mapping[tuple[str, str], Sequence[WeighedFinding]]


TRUE_UP_RULE = "Q110"
"""The rule that states what a true-up owes; closing its finding says that it is settled."""


@dataclass(frozen=True, slots=True)
class OwedByCustomer:
    """What one customer owes under true-up, in one currency."""

    customer: str
    """Id of the counterparty of its contracts."""
    units: Mapping[str, Decimal]
    """Units owed, by metric."""
    amount: Money | None
    """None where no recorded price values any of the units."""
    unvalued: int
    """Parts without a price: the amount is a lower bound."""
    deployments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the summary strip."""

    statuses: Mapping[str, int]
    """Deployments by their weightiest status; every status is a key."""
    units: Mapping[str, int]
    """Units over by record, by metric; only metrics with any."""
    list_value: tuple[Money, ...]
    """One sum for each currency."""
    net_value: tuple[Money, ...]
    review_only: int
    """Positions over that are in no sum, because every finding with money about them needs review or was closed."""
    deployments: int
    unvalued: int
    """Counted positions over that have no list value: the sums are lower bounds."""
    owed: tuple[OwedByCustomer, ...]
    """What is owed under true-up, by customer; in none of the other figures."""


def summarise(report: Report) -> Summary:
    """The summary of a report."""
    about = findings_by_subject(one for one in report.findings if one.baseline != "absent")
    counted, left_out = summed_over(report.positions, about)
    units: dict[str, int] = {}
    for position in counted:
        units[position.metric] = units.get(position.metric, 0) + (position.over_by or 0)
    return Summary(
        statuses=MappingProxyType(_statuses(report.positions)),
        units=MappingProxyType(units),
        list_value=_sums(position.list_value for position in counted),
        net_value=_sums(position.net_value for position in counted),
        review_only=left_out,
        deployments=len({position.deployment for position in report.positions}),
        unvalued=sum(position.list_value is None for position in counted),
        owed=_owed(report),
    )


def _owed(report: Report) -> tuple[OwedByCustomer, ...]:
    """What is owed under true-up, by customer and currency, but for what a person explained, settled or dismissed."""
    closed = {
        (found.contract, found.deployment, found.metric)
        for found in report.findings
        if found.rule == TRUE_UP_RULE and found.life in CLOSED_STATES
    }
    kept: dict[tuple[str, str], list[Position]] = {}
    for one in report.positions:
        if one.true_up and (one.contract, one.deployment, one.metric) not in closed:
            customer = report.customers.get(one.contract or "", one.contract or "")
            currencies = sorted({part.amount.currency for part in one.true_up if part.amount is not None})
            for currency in currencies or [""]:
                kept.setdefault((customer, currency), []).append(one)
    found = []
    for (customer, currency), positions in sorted(kept.items()):
        parts = [part for one in positions for part in one.true_up]
        amounts = [part.amount.amount for part in parts if part.amount is not None and part.amount.currency == currency]
        units: dict[str, Decimal] = {}
        for one in positions:
            units[one.metric] = units.get(one.metric, Decimal(0)) + sum(
                (part.units for part in one.true_up), Decimal(0)
            )
        found.append(
            OwedByCustomer(
                customer,
                MappingProxyType(units),
                Money(sum(amounts, Decimal(0)), currency) if amounts else None,
                sum(part.amount is None for part in parts),
                tuple(sorted({one.deployment for one in positions})),
            )
        )
    return tuple(found)


def summed_over(positions: Iterable[Summable], about: FindingsBySubject) -> tuple[list[Summable], int]:
    """The positions over by record that are summed, each deployment and metric once; and how many of these are in no
    sum."""
    over = [position for position in positions if position.status in OVER_STATUSES and position.over_by]
    counted = once_each(position for position in over if is_summed(position, about))
    left_out = {(p.deployment, p.metric) for p in over} - {(p.deployment, p.metric) for p in counted}
    return counted, len(left_out)


def findings_by_subject(findings: Iterable[WeighedFinding]) -> FindingsBySubject:
    """Findings by deployment and metric."""
    about: dict[tuple[str, str], list[WeighedFinding]] = {}
    for finding in findings:
        about.setdefault((finding.deployment, finding.metric), []).append(finding)
    return about


def is_summed(position: SummedPosition, about: FindingsBySubject) -> bool:
    """Whether a position may be summed: some finding with money about it is open, and more than a matter for review."""
    found = about.get((position.deployment, position.metric), ())
    # A sum owed for granted units (the P rules) says nothing about units over.
    with_money = [finding for finding in found if finding.list_value is not None and not finding.rule.startswith("P")]
    firm = [
        f for f in with_money if f.certainty != "needs_review" and f.kind != "review" and f.life not in CLOSED_STATES
    ]
    return bool(firm) or not with_money


def age_days(position: Position, as_of: datetime) -> int | None:
    """How old the number is, in whole days; None where there is no number."""
    if position.age_days is not None or position.captured_at is None:
        return position.age_days
    return max(0, (as_of - position.captured_at).days)


def once_each(positions: Iterable[Summable]) -> list[Summable]:
    """Each deployment and metric once, with the position that is most over, whichever contract it is compared with."""
    largest: dict[tuple[str, str], Summable] = {}
    for position in positions:
        key = (position.deployment, position.metric)
        if key not in largest or (position.over_by or 0) > (largest[key].over_by or 0):
            largest[key] = position
    return [largest[key] for key in sorted(largest)]


def _statuses(positions: Iterable[Position]) -> dict[str, int]:
    weightiest: dict[str, str] = {}
    for position in positions:
        known = weightiest.get(position.deployment, STATUSES[-1])
        weightiest[position.deployment] = min(known, position.status, key=STATUSES.index)
    found = list(weightiest.values())
    return {status: found.count(status) for status in STATUSES}


def _sums(values: Iterable[Money | None]) -> tuple[Money, ...]:
    sums: dict[str, Decimal] = {}
    for value in values:
        if value is not None:
            sums[value.currency] = sums.get(value.currency, Decimal(0)) + value.amount
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
