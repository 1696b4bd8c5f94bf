"""One contract with its product and its places; and the arithmetic of days and units that several rules share."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import count
from types import MappingProxyType

from auditor.model.targets.contracts import (
    UNLIMITED,
    Amendment,
    AuthorisedDeployment,
    Contract,
    Edition,
    ListPrice,
    Payment,
    Period,
    Product,
    Rounding,
    Unlimited,
)
from auditor.targets.assembly import EstateDraft
from auditor.targets.values.types import LoadContext
from auditor.targets.yaml.nodes import MappingNode, position_of

_MODES = MappingProxyType({"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN})
MAX_TERMS = 400


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract, the product it is about (None where unknown), and where both stand."""

    contract: Contract
    product: Product | None
    file: str
    node: MappingNode
    context: LoadContext
    authorised: Mapped[str, AuthorisedDeployment]
    """By deployment; the first where one is listed twice."""
    amended: Mapped[str, list[Amendment]]
    """By deployment."""

    def note(self, code: str, message: str, *path: str | int) -> None:
        """Notes a problem at a path of the contract."""
        self.context.notes.add(code, (self.file, position_of(self.node, *path)), "", message)

    def note_at(self, code: str, value: object, message: str, *path: str | int) -> None:
        """Notes a problem at a path of one of the contract's placed values."""
        found = self.context.place_of(value)
        file, node = found or (self.file, self.node)
        self.context.notes.add(code, (file, position_of(node, *path)), "", message)


def contract_facts(contract: Contract, draft: EstateDraft) -> ContractFacts:
    file, node = draft.context.place_of(contract) or ("", MappingNode(0))
    product = draft.sections.get("products", {}).get(contract.product)
    authorised: dict[str, AuthorisedDeployment] = {}
    for item in contract.authorised:
        authorised.setdefault(item.deployment, item)
    amended: dict[str, list[Amendment]] = {}
    for amendment in contract.amendments:
        amended.setdefault(amendment.deployment, []).append(amendment)
    return ContractFacts(contract, product, file, node, draft.context, authorised, amended)


def add_periods(day: date, period: Period, times: int = 1) -> date:
    """The day so many periods later; a 29th–31st falls back to the last day of a shorter month."""
    months = day.year * 12 + day.month - 1 + (period.years * 12 + period.months) * times
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max
    start = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    days = period.days * times
    return start + timedelta(days=days) if days < (date.max - start).days else date.max


def term_ends(contract: Contract, until: date) -> Iterator[date]:
    """The last days of the terms, the first term's and the renewals' by rule, up to the first on or after `until`."""
    through, renewal = contract.term.through, contract.term.renewal
    if through is None:
        return
    yield through
    if renewal.mode != "automatic" or renewal.each is None or through >= until or through == date.max:
        return
    first = through + timedelta(days=1)
    for times in count(1):
        start = add_periods(first, renewal.each, times)
        end = start - timedelta(days=1)
        yield end
        if end >= until or times >= MAX_TERMS:
            return


def list_price_on(edition: Edition | None, day: date) -> ListPrice | None:
    """The list price in force on a day."""
    if edition is None:
        return None
    held = [price for price in edition.list_prices if price.from_ <= day]
    return held[-1] if held else None


def round_amount(amount: Decimal, rounding: Rounding) -> Decimal:
    if rounding.to <= 0:
        return amount
    return (amount / rounding.to).quantize(Decimal(1), _MODES[rounding.mode]) * rounding.to


def format_amount(amount: Decimal) -> str:
    """An amount as messages show it: `12,000.00`."""
    return f"{amount:,.2f}" if amount == amount.quantize(Decimal("0.01")) else f"{amount:,}"


def format_percent(value: Decimal) -> str:
    return f"{value.normalize():f}"


def edition_of(facts: ContractFacts, deployment: str) -> Edition | None:
    authorised = facts.authorised.get(deployment)
    if authorised is None or facts.product is None:
        return None
    return facts.product.edition(authorised.edition)


def amount_due(facts: ContractFacts, amendment: Amendment) -> tuple[Decimal, str] | None:
    """Net amount an amendment of units should cost by rule, and the derivation; None where the rule gives none."""
    price, terms = list_price_on(edition_of(facts, amendment.deployment), amendment.signed_on), facts.contract.price
    first = facts.product.metrics[0].id if facts.product else ""
    if price is None or terms is None or terms.percent_of_list is None or amendment.kind != "add_units":
        return None
    if amendment.metric not in ("", first) or price.per_extra.currency != facts.contract.currency:
        return None
    each = price.per_extra.amount
    total = round_amount(each * amendment.units * terms.percent_of_list / 100, terms.rounding)
    whole = f"{each:,.0f}" if each == each.to_integral_value() else f"{each:,}"
    return total, f"{amendment.units} × {whole} × {format_percent(terms.percent_of_list)} %"


def amount_paid(facts: ContractFacts, payments: tuple[Payment, ...]) -> Decimal:
    """The sum paid for licences, in the contract's currency; payments for other purposes are no part of it."""
    total = Decimal(0)
    for payment in payments:
        if payment.purpose in ("", "licence"):
            if payment.amount.currency == facts.contract.currency:
                total += payment.amount.amount
            elif payment.rate is not None:
                total += payment.amount.amount * payment.rate
    return total


def effective_day(facts: ContractFacts, amendment: Amendment) -> date | None:
    """The day an amendment takes effect; None while its occasion has not come."""
    effective = amendment.effective
    if effective.on is not None:
        return effective.on
    if effective.upon == "signature":
        return amendment.signed_on
    if effective.upon == "acceptance":
        return amendment.accepted_on
    needed = amendment.net.amount if amendment.net else (amount_due(facts, amendment) or (None, ""))[0]
    total, days = Decimal(0), sorted(amendment.payments, key=lambda payment: payment.paid_on)
    for payment in days:
        total += amount_paid(facts, (payment,))
        if needed is not None and total >= needed:
            return payment.paid_on
    return None


def units_on(
    facts: ContractFacts, deployment: str, metric: str, day: date, before: Amendment
) -> int | Unlimited | None:
    """Units a deployment is entitled to on a day, by all amendments but one; None where no base is known."""
    authorised, edition = facts.authorised.get(deployment), edition_of(facts, deployment)
    if authorised is None or edition is None or facts.product is None:
        return None
    first = facts.product.metrics[0].id
    price = list_price_on(edition, authorised.from_)
    base: int | Unlimited | None = price.includes if price else None
    if (metric or first) != first:
        base = authorised.metrics.get(metric, edition.metrics.get(metric, 0))
    if base is None or base == UNLIMITED:
        return base
    total = int(base)
    for other in facts.amended.get(deployment, ()):
        start = effective_day(facts, other)
        if other is before or start is None or start > day:
            continue
        if (other.metric or first) != (metric or first):
            continue
        if other.kind == "set_unlimited":
            return UNLIMITED
        total += other.units if other.kind == "add_units" else -other.units
    return total
