"""Prices: which list price is in force, what is due, what was paid. Decimal only; rounded as the contract states."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from auditor.model.targets.contracts import (
    Amendment,
    AuthorisedDeployment,
    Contract,
    Edition,
    ListPrice,
    Money,
    Payment,
    Product,
    Rounding,
)

ROUNDING_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
LICENCE_PURPOSES = frozenset({"", "licence", "license"})


def normalise_name(text: str) -> str:
    """A name for comparison: compatibility forms folded, blanks and case ignored."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_edition(product: Product, text: str) -> Edition | None:
    """The edition whose names hold the text of a page."""
    wanted = normalise_name(text)
    for edition in product.editions:
        if wanted and wanted in {normalise_name(name) for name in (*edition.names, edition.id)}:
            return edition
    return None


def price_on(edition: Edition, day: date) -> ListPrice | None:
    """The list price in force on a day: the last that started on or before it."""
    found = [price for price in edition.list_prices if price.from_ <= day]
    return max(found, key=lambda price: price.from_) if found else None


def round_money(money: Money, rounding: Rounding) -> Money:
    """The amount rounded once, to the contract's step and mode."""
    return Money(money.amount.quantize(rounding.to, rounding=ROUNDING_MODES[rounding.mode]), money.currency)


def net_price(contract: Contract, listed: Money) -> Money | None:
    """What the counterparty pays for a list value by the contract's percentage; None where none is agreed."""
    terms = contract.price
    if terms is None or terms.percent_of_list is None:
        return None
    return round_money(listed.times(terms.percent_of_list / Decimal(100)), terms.rounding)


def rule_price(contract: Contract, product: Product, item: Amendment | AuthorisedDeployment) -> Money | None:
    """What an order or amendment costs by rule: list × percentage × units. None where a part of the rule is missing.

    An amendment is priced per further unit on the day it was signed, an order at the edition's base on its first day.
    Editions price the product's first metric only.
    """
    if isinstance(item, AuthorisedDeployment):
        edition = product.edition(item.edition)
        price = None if edition is None else price_on(edition, item.from_)
        return None if price is None else net_price(contract, price.base)
    if item.kind != "add_units" or not product.metrics or item.metric != product.metrics[0].id:
        return None
    edition = authorised_edition(contract, product, item.deployment, item.signed_on)
    price = None if edition is None else price_on(edition, item.signed_on)
    return None if price is None else net_price(contract, price.per_extra.times(item.units))


def amount_due(contract: Contract, product: Product, item: Amendment | AuthorisedDeployment) -> Money | None:
    """The amount on the order, else the amount by rule."""
    return item.net if item.net is not None else rule_price(contract, product, item)


def authorised_edition(contract: Contract, product: Product, deployment: str, day: date) -> Edition | None:
    """The edition ordered for a deployment: the entry that started last on or before the day, else the first."""
    entries = sorted((found for found in contract.authorised if found.deployment == deployment), key=_start)
    started = [entry for entry in entries if entry.from_ <= day]
    chosen = started[-1:] or entries[:1]
    return product.edition(chosen[0].edition) if chosen else None


def _start(entry: AuthorisedDeployment) -> date:
    return entry.from_


def in_contract_currency(payment: Payment, currency: str) -> Money | None:
    """The payment in the contract's currency; None where it is in another and no rate is recorded."""
    if payment.amount.currency == currency:
        return payment.amount
    return None if payment.rate is None else Money(payment.amount.amount * payment.rate, currency)


def amount_paid(payments: Iterable[Payment], currency: str, *, through: date | None = None) -> Money:
    """The licence payments made up to a day, inclusive. Payments for another stated purpose buy no units."""
    total = Money(Decimal(0), currency)
    for payment in payments:
        if payment.purpose in LICENCE_PURPOSES and (through is None or payment.paid_on <= through):
            total += in_contract_currency(payment, currency) or Money(Decimal(0), currency)
    return total


def paid_in_full_on(payments: Iterable[Payment], amount: Money) -> date | None:
    """The day on which the licence payments first reach the amount; None while they do not."""
    total = Money(Decimal(0), amount.currency)
    for payment in sorted(payments, key=lambda found: found.paid_on):
        if payment.purpose in LICENCE_PURPOSES:
            total += in_contract_currency(payment, amount.currency) or Money(Decimal(0), amount.currency)
            if total.amount >= amount.amount:
                return payment.paid_on
    return None
