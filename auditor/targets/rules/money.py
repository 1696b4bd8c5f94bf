"""M01–M07: prices, net amounts, rebates and payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from auditor.model.targets.contracts import Edition, Payment, Period, Rebate, RebateTier
from auditor.targets.rules.context import (
    ContractFacts,
    add_periods,
    amount_due,
    amount_paid,
    format_amount,
    format_percent,
    list_price_on,
    round_amount,
)
from auditor.targets.yaml.nodes import SequenceNode, find_node


def check_list_prices(facts: ContractFacts) -> None:
    """M01: no list price on the day a deployment is first covered."""
    if facts.product is None:
        return
    for item in facts.contract.authorised:
        edition = facts.product.edition(item.edition)
        if edition is None or list_price_on(edition, item.from_) is not None or not _all_read(facts, edition):
            continue
        first = edition.list_prices[0].from_ if edition.list_prices else None
        starts = f"the first starts {first}" if first else "it has none"
        message = f"no list price for {edition.id} on {item.from_}; {starts}. Add the price list of that day."
        facts.note_at("M01", item, message, "from")


def _all_read(facts: ContractFacts, edition: Edition) -> bool:
    """Whether every list price of an edition could be read; else a missing one was noted already."""
    found = facts.context.place_of(edition)
    prices = find_node(found[1], "list_prices") if found else None
    return isinstance(prices, SequenceNode) and len(prices.items) == len(edition.list_prices)


def check_net_amounts(facts: ContractFacts) -> None:
    """M02: an amount that was agreed differs from what the price rule gives."""
    currency = facts.contract.currency
    for amendment in facts.contract.amendments:
        rule = amount_due(facts, amendment)
        if amendment.net is not None and rule is not None and amendment.net.amount != rule[0]:
            _differs(facts, amendment, f"{amendment.id}.net", amendment.net.amount, rule)
    terms = facts.contract.price
    if terms is None or terms.percent_of_list is None or facts.product is None:
        return
    for item in facts.contract.authorised:
        edition = facts.product.edition(item.edition)
        price = list_price_on(edition, item.from_)
        if item.net is None or price is None or price.base.currency != currency:
            continue
        total = round_amount(price.base.amount * terms.percent_of_list / 100, terms.rounding)
        if item.net.amount != total:
            derivation = f"{format_amount(price.base.amount)} × {format_percent(terms.percent_of_list)} %"
            _differs(facts, item, f"authorised {item.deployment}: net", item.net.amount, (total, derivation))


def _differs(facts: ContractFacts, value: object, name: str, stated: Decimal, rule: tuple[Decimal, str]) -> None:
    gap = stated - rule[0]
    message = (
        f"{name} {format_amount(stated)} differs from rule {rule[1]} = {format_amount(rule[0])} "
        f"({'+' if gap > 0 else '−'}{format_amount(abs(gap))}). Correct it, or name the document that agrees it."
    )
    facts.note_at("M02", value, message, "net")


def check_percent_of_list(facts: ContractFacts) -> None:
    """M05: a percentage of list over 100."""
    terms = facts.contract.price
    if terms is not None and terms.percent_of_list is not None and terms.percent_of_list > 100:
        value = format_percent(terms.percent_of_list)
        message = f'percent_of_list "{value}" is over 100. For a price above list use "custom".'
        facts.note("M05", message, "price", "net", "percent_of_list")


def check_rebates(facts: ContractFacts) -> None:
    """M03, M04: a rebate whose method is not said, or whose tiers do not start at 0 and rise."""
    for rebate in facts.contract.rebates:
        starts = [tier.from_ for tier in rebate.tiers]
        wrong = _misplaced(starts)
        if wrong is not None:
            before = f" after {starts[wrong - 1]}" if wrong else " first"
            message = f'rebate tiers must start at "0" and rise; got {starts[wrong]}{before}. Put them in order.'
            facts.note_at("M04", rebate, message, "tiers", wrong)
        if not rebate.method:
            facts.note_at("M03", rebate, _methods(facts, rebate, wrong is None))


def _misplaced(starts: list[Decimal]) -> int | None:
    if starts and starts[0] != 0:
        return 0
    return next((index for index in range(1, len(starts)) if starts[index] <= starts[index - 1]), None)


def _methods(facts: ContractFacts, rebate: Rebate, ordered: bool) -> str:
    if not ordered or not rebate.tiers:
        return f"rebate {rebate.id} has no method. Write whole_amount or slice: they give different sums."
    amount = _bought(facts) or rebate.tiers[-1].from_
    whole, slices = format_amount(_whole(rebate.tiers, amount)), format_amount(_slices(rebate.tiers, amount))
    of = format_amount(amount)
    return f"rebate {rebate.id} has no method. whole_amount or slice give {whole} and {slices} for {of}."


def _bought(facts: ContractFacts) -> Decimal:
    """What was paid in the contract's first year, as an example."""
    begins = facts.contract.term.from_
    ends = add_periods(begins, Period(years=1))
    first = tuple(payment for payment, _ in dated_payments(facts) if begins <= payment.paid_on < ends)
    return amount_paid(facts, first)


def _whole(tiers: tuple[RebateTier, ...], amount: Decimal) -> Decimal:
    rate = max((tier for tier in tiers if tier.from_ <= amount), key=lambda tier: tier.from_).rate_percent
    return amount * rate / 100


def _slices(tiers: tuple[RebateTier, ...], amount: Decimal) -> Decimal:
    total = Decimal(0)
    for index, tier in enumerate(tiers):
        top = tiers[index + 1].from_ if index + 1 < len(tiers) else amount
        total += max(min(amount, top) - tier.from_, Decimal(0)) * tier.rate_percent / 100
    return total


def dated_payments(facts: ContractFacts) -> Iterator[tuple[Payment, date]]:
    """Every payment to the licensor with the first day it can belong to."""
    contract, begins = facts.contract, facts.contract.term.from_
    for item in contract.authorised:
        for payment in item.payments:
            yield payment, begins
    for amendment in contract.amendments:
        for payment in amendment.payments:
            yield payment, begins
    for payment in contract.other_payments:
        yield payment, begins


def check_payments(facts: ContractFacts) -> None:
    """M06, M07: payments in another currency, or before the contract."""
    currency = facts.contract.currency
    for payment, begins in dated_payments(facts):
        if payment.amount.currency != currency and (payment.rate is None or not payment.rate_source):
            message = (
                f"payment of {payment.paid_on} is in {payment.amount.currency}; the contract is in {currency}. "
                "Add rate and rate_source."
            )
            facts.note_at("M06", payment, message, "amount")
        if payment.paid_on < begins:
            facts.note_at("M07", payment, f"payment {payment.paid_on} precedes the contract. Check the day.", "paid_on")
