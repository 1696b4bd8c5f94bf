"""Rebates computed from a contract year's purchases, by the method the contract names: the two differ several times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from auditor.model.targets.contracts import (
    Amendment,
    AuthorisedDeployment,
    Contract,
    Money,
    Payment,
    Product,
    Rebate,
    Rounding,
)
from auditor.reconciliation.entitlement.calendar import Span, contract_years, last_day
from auditor.reconciliation.entitlement.prices import (
    LICENCE_PURPOSES,
    amount_due,
    in_contract_currency,
    price_on,
    round_money,
)


def rebate_on(rebate: Rebate, amount: Money, rounding: Rounding | None = None) -> Money:
    """The rebate on one period's amount.

    `whole_amount`: the rate of the highest tier reached, on all of it; `slice`: each tier's rate on its own slice.
    """
    tiers = sorted(rebate.tiers, key=lambda tier: tier.from_)
    total = Decimal(0)
    if rebate.method == "whole_amount":
        rate = max((tier for tier in tiers if tier.from_ <= amount.amount), key=lambda tier: tier.from_, default=None)
        total = Decimal(0) if rate is None else amount.amount * rate.rate_percent / Decimal(100)
    else:
        for number, tier in enumerate(tiers):
            top = tiers[number + 1].from_ if number + 1 < len(tiers) else amount.amount
            part = min(amount.amount, top) - tier.from_
            total += max(part, Decimal(0)) * tier.rate_percent / Decimal(100)
    return round_money(Money(total, amount.currency), rounding or Rounding())


def rebate_basis(contract: Contract, product: Product, rebate: Rebate, span: Span) -> Money:
    """The amount of one period that a rebate is computed on: paid, invoiced or at list."""
    total = Money(Decimal(0), contract.currency)
    items: tuple[AuthorisedDeployment | Amendment, ...] = (*contract.authorised, *contract.amendments)
    if rebate.basis == "net_paid":
        payments = [payment for item in items for payment in item.payments] + list(contract.other_payments)
        for payment in payments:
            if payment.purpose in LICENCE_PURPOSES and _within(payment.paid_on, span):
                total += in_contract_currency(payment, contract.currency) or Money(Decimal(0), contract.currency)
        return total
    for order in contract.authorised:
        edition = product.edition(order.edition)
        price = None if edition is None else price_on(edition, order.from_)
        amount = (
            amount_due(contract, product, order) if rebate.basis == "net_invoiced" else price.base if price else None
        )
        if amount is not None and _within(order.from_, span):
            total += amount
    for change in contract.amendments:
        amount = amount_due(contract, product, change)
        if rebate.basis == "list_value":
            entry = next((found for found in contract.authorised if found.deployment == change.deployment), None)
            edition = None if entry is None else product.edition(entry.edition)
            price = None if edition is None else price_on(edition, change.signed_on)
            amount = price.per_extra.times(change.units) if price and change.kind == "add_units" else None
        if amount is not None and _within(change.signed_on, span):
            total += amount
    return total


def _within(day: date, span: Span) -> bool:
    return span.from_ <= day and (span.through is None or day <= span.through)


@dataclass(frozen=True, slots=True)
class RebateYear:
    """One finished period of a rebate: what it is computed on, what follows, and what was given."""

    span: Span
    basis: Money
    computed: Money
    given: Money
    """Given after the period began and before the next finished one is given: by the order of the ledger."""


def rebate_years(contract: Contract, product: Product, rebate: Rebate, today: date) -> tuple[RebateYear, ...]:
    """The finished periods, each with the rebate computed and the one given.

    A rebate given is booked to the period whose end it follows first: a year's rebate is paid after the year.
    """
    periods = contract_years(contract.term, today) if rebate.period == "contract_year" else _calendar(contract, today)
    finished = [span for span in periods if span.through is not None and span.through < today]
    rounding = contract.price.rounding if contract.price is not None else Rounding()
    years = []
    for number, span in enumerate(finished):
        following = finished[number + 1].through if number + 1 < len(finished) else None
        ledger = [one for one in rebate.given if _booked(one, span, following, first=number == 0)]
        given = Money(Decimal(0), contract.currency)
        for payment in ledger:
            given += in_contract_currency(payment, contract.currency) or Money(Decimal(0), contract.currency)
        amount = rebate_basis(contract, product, rebate, span)
        years.append(RebateYear(span, amount, rebate_on(rebate, amount, rounding), given))
    return tuple(years)


def _booked(payment: Payment, span: Span, following: date | None, *, first: bool) -> bool:
    after = first or (span.through is not None and payment.paid_on > span.through)
    return after and (following is None or payment.paid_on <= following)


def _calendar(contract: Contract, today: date) -> tuple[Span, ...]:
    end = last_day(contract.term)
    until = today if end is None else min(today, end)
    years = range(contract.term.from_.year, until.year + 1)
    return tuple(Span(max(date(year, 1, 1), contract.term.from_), date(year, 12, 31)) for year in years)
