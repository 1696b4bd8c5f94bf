"""Exact money: rounding, ratios and the refusal of mixed currencies. Every division of the room is made here."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from auditor.errors import ClaimError
from auditor.model.targets.contracts import Money, Rounding

FOUR_PLACES = Decimal("0.0001")
ONE = Decimal(1)
HUNDRED = Decimal(100)
ROUNDING_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
EXACT = Context(prec=60)
"""Wide enough that no product of the room is rounded before its stated rounding."""


def round_money(money: Money, rounding: Rounding) -> Money:
    """The sum at the stated step and mode."""
    return Money(
        money.amount.quantize(rounding.to, rounding=ROUNDING_MODES[rounding.mode], context=EXACT), money.currency
    )


def ratio(above: Decimal, below: Decimal) -> Decimal:
    """A multiplier, four places, half up. Refuses anything that is not Decimal, and zero below."""
    if type(above) is not Decimal or type(below) is not Decimal:
        raise TypeError(f"a ratio of {type(above).__name__} and {type(below).__name__}: give Decimals")
    if below == 0:
        raise ZeroDivisionError("a multiplier of nothing")
    return EXACT.divide(above, below).quantize(FOUR_PLACES, rounding=ROUND_HALF_UP, context=EXACT)


def percent_of(money: Money, percent: Decimal, rounding: Rounding) -> Money:
    """So many percent of a sum, rounded."""
    share = EXACT.divide(EXACT.multiply(money.amount, percent), HUNDRED)
    return round_money(Money(share, money.currency), rounding)


def multiple_of(money: Money, factor: Decimal | int) -> Money:
    """An exact multiple."""
    return Money(EXACT.multiply(money.amount, Decimal(factor)), money.currency)


def plus(one: Money, other: Money) -> Money:
    """An exact sum of one currency."""
    return Money(EXACT.add(one.amount, require_currency(other, one.currency, "a sum").amount), one.currency)


def require_currency(money: Money, currency: str, what: str) -> Money:
    """The sum itself, where it is in the claim's currency; `ClaimError` otherwise."""
    if money.currency != currency:
        raise ClaimError(
            f"{what} is in {money.currency}, the claim in {currency}: sums of two currencies are not added; "
            f"state it in {currency} with the rate and its source, or compute it as a claim of its own"
        )
    if not money.amount.is_finite():
        raise ClaimError(f"{what} is {money.amount}: an amount must be a number; correct it in targets.yaml")
    return money


def require_not_negative(money: Money, what: str) -> Money:
    """The sum itself, where it is not below zero."""
    if money.amount < 0:
        raise ClaimError(f"{what} is {money.amount}: an amount cannot be below zero; correct it in targets.yaml")
    return money
