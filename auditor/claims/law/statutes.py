"""Sums a statute fixes: court fee, interest for late payment, limitation, registration timing."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from auditor.claims.law.legal_models import CHINA
from auditor.claims.money import EXACT, HUNDRED, percent_of, round_money
from auditor.errors import ClaimError
from auditor.model.claims import LegalModel
from auditor.model.targets.contracts import Money, Rounding

CENTS = Rounding()


def court_fee(amount: Decimal, model: LegalModel = CHINA) -> Decimal:
    """Court fee on a sum in dispute, by the model's scale (诉讼费用交纳办法 art. 13), to the cent.

    `fee(Decimal(800_000))` is 11,800. Raises `ClaimError` where the model has no scale or the sum is negative.
    """
    if model.fee_minimum is None:
        raise ClaimError(f"court fee: the legal model {model.id} has no fee scale; name a model that has one (china)")
    if amount < 0:
        raise ClaimError(f"court fee: {amount} is below zero; give the sum in dispute")
    total = model.fee_minimum
    tops = [band.above for band in model.fee_bands[1:]] + [None]
    for band, top in zip(model.fee_bands, tops, strict=True):
        if amount <= band.above:
            break
        part = (amount if top is None else min(amount, top)) - band.above
        total += EXACT.divide(EXACT.multiply(part, band.percent), HUNDRED)
    return round_money(Money(total, model.currency), CENTS).amount


def amount_for_fee(printed: Decimal, model: LegalModel = CHINA) -> Decimal | None:
    """The sum whose fee a document's figure would be, to the cent; None at or below the fixed fee."""
    reached = [band for band in model.fee_bands if court_fee(band.above, model) < printed]
    if not reached:
        return None
    band = reached[-1]
    above = EXACT.divide(EXACT.multiply(printed - court_fee(band.above, model), HUNDRED), band.percent)
    return round_money(Money(band.above + above, model.currency), CENTS).amount


def late_interest(amount: Decimal, days: int, model: LegalModel = CHINA) -> Decimal:
    """Doubled interest for late payment of a judgment, to the cent: 0.0175 percent a day (法释〔2014〕8号 art. 1)."""
    if model.late_percent_per_day is None:
        raise ClaimError(f"late interest: the legal model {model.id} states no daily rate; name one that does (china)")
    if days < 0 or amount < 0:
        raise ClaimError(f"late interest: {amount} over {days} days: neither may be below zero")
    whole = Money(EXACT.multiply(amount, Decimal(days)), model.currency)
    return percent_of(whole, model.late_percent_per_day, CENTS).amount


def limitation_start(filed: date, model: LegalModel = CHINA) -> date:
    """The first day damages reach back to from the day of filing (著作权解释 art. 27)."""
    return _moved(filed, months=-12 * model.limitation_years)


def statutory_available(registered: date | None, began: date, published: date | None) -> tuple[bool, str]:
    """Whether 17 U.S.C. 412 leaves statutory damages open, and the reason in one sentence."""
    if registered is None:
        return False, "the work is not registered (17 U.S.C. 412)"
    if began >= registered:
        return True, f"infringement began {began}, on or after registration {registered} (17 U.S.C. 412)"
    if published is not None and published <= began and registered <= _moved(published, months=3):
        return True, f"registered {registered}, within three months of first publication {published} (17 U.S.C. 412)"
    return False, f"infringement began {began}, before registration {registered} (17 U.S.C. 412)"


def units_paid(paid: Decimal, unit_price: Decimal) -> tuple[int, Decimal]:
    """How many whole units a payment buys at a unit price, and what is left: 25,500 at 1,500 is (17, 0)."""
    if unit_price <= 0 or paid < 0:
        raise ClaimError(f"units paid: {paid} at {unit_price} a unit: give a price above zero and a payment not below")
    units, left = EXACT.divmod(paid, unit_price)
    return int(units), left


def _moved(day: date, months: int) -> date:
    """The same day of another month; its last day where the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
