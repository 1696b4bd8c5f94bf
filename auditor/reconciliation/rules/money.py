"""Rules about money: what was granted and not paid, prices off the rule, rebates both ways."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from auditor.model.findings import Finding
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.targets.contracts import Amendment, AuthorisedDeployment, Contract, Money, Product
from auditor.reconciliation.entitlement.prices import (
    LICENCE_PURPOSES,
    amount_due,
    amount_paid,
    normalise_name,
    rule_price,
)
from auditor.reconciliation.entitlement.rebates import rebate_years
from auditor.reconciliation.entitlement.timeline import effective_on
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import format_money, make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import (
    both_languages,
    list_text,
    listed_in_both,
    words_for_observation,
    words_for_position,
)

REBATE_METHODS = {"whole_amount": make_note("rebate.whole_amount"), "slice": make_note("rebate.slice")}


def _label(item: Amendment | AuthorisedDeployment) -> Note:
    if isinstance(item, Amendment):
        return quote_text(item.id)
    return quote_text(item.order) if item.order else make_note("record.order_from", day=item.from_)


def _items(contract: Contract) -> dict[str, list[Amendment | AuthorisedDeployment]]:
    found: dict[str, list[Amendment | AuthorisedDeployment]] = {}
    items: tuple[Amendment | AuthorisedDeployment, ...] = (*contract.authorised, *contract.amendments)
    for item in items:
        found.setdefault(item.deployment, []).append(item)
    return found


def granted_not_paid(facts: RuleContext) -> Iterator[Finding]:
    """P701: less paid than due, for orders and amendments whose units are in effect.

    Where neither an amount nor a payment is on record, the record is thin rather than the payment short: for review.
    A contract without any payment on record says so once, for all its orders and amendments.
    """
    for contract in facts.estate.contracts.values():
        if not _payments_recorded(contract):
            yield from _unrecorded(contract, facts)
            continue
        product = facts.estate.products[contract.product]
        for deployment, items in _items(contract).items():
            place = facts.estate.deployments.get(deployment)
            if place is not None and place.legal_status == "reference":
                continue
            short: list[tuple[Note, Money, Money]] = []
            recorded = False
            for item in items:
                amount = amount_due(contract, product, item)
                if amount is None or not _in_effect(contract, product, item, facts):
                    continue
                given = amount_paid(item.payments, contract.currency, through=facts.today)
                if given.amount < amount.amount:
                    short.append((_label(item), amount, given))
                    recorded = recorded or item.net is not None or bool(item.payments)
            if short:
                yield _short(contract, deployment, short, facts, recorded=recorded)


def _payments_recorded(contract: Contract) -> bool:
    items: tuple[Amendment | AuthorisedDeployment, ...] = (*contract.authorised, *contract.amendments)
    return bool(contract.other_payments) or any(item.payments for item in items)


def _unrecorded(contract: Contract, facts: RuleContext) -> Iterator[Finding]:
    """That no payments are recorded, with what is due by record: nothing is said about what was paid."""
    product = facts.estate.products[contract.product]
    due: list[Money] = []
    for deployment, items in _items(contract).items():
        place = facts.estate.deployments.get(deployment)
        if place is not None and place.legal_status == "reference":
            continue
        for item in items:
            amount = amount_due(contract, product, item)
            if amount is not None and amount.amount > 0 and _in_effect(contract, product, item, facts):
                due.append(amount)
    if due:
        total = sum(due, Money(Decimal(0), contract.currency))
        words = {"contract": contract.id, "count": len(due), "short": format_money(total)}
        yield make_finding(
            "P701",
            deployment="",
            contract=contract.id,
            words=words,
            variant="unrecorded",
            severity="low",
            kind="open",
            certainty="needs_review",
            favours="neither",
            assumptions=(make_note("assumption.sum_owed"),),
        )


def _in_effect(
    contract: Contract, product: Product, item: Amendment | AuthorisedDeployment, facts: RuleContext
) -> bool:
    day = item.from_ if isinstance(item, AuthorisedDeployment) else effective_on(contract, product, item)
    return day is not None and day <= facts.today


def _short(
    contract: Contract, deployment: str, short: list[tuple[Note, Money, Money]], facts: RuleContext, *, recorded: bool
) -> Finding:
    total = Money(Decimal(0), contract.currency)
    for _, amount, given in short:
        total += Money(amount.amount - given.amount, contract.currency)
    detail = [
        make_note("record.unpaid", item=label, due=format_money(amount), given=format_money(given))
        for label, amount, given in short
    ]
    words = {"name": facts.name(deployment), "contract": contract.id, "short": format_money(total)}
    return make_finding(
        "P701",
        deployment=deployment,
        contract=contract.id,
        words=words | listed_in_both("detail", detail),
        kind="fail" if recorded else "review",
        certainty="likely" if recorded else "needs_review",
        net_value=total,
        assumptions=(make_note("assumption.sum_owed"),),
    )


def price_off_rule(facts: RuleContext) -> Iterator[Finding]:
    """P702: the amount on an order differs from list × percentage × units."""
    for contract in facts.estate.contracts.values():
        product = facts.estate.products[contract.product]
        for deployment, items in _items(contract).items():
            off = []
            for item in items:
                rule = rule_price(contract, product, item)
                if item.net is not None and rule is not None and item.net.amount != rule.amount:
                    difference = item.net.amount - rule.amount
                    off.append(
                        make_note(
                            "record.priced",
                            item=_label(item),
                            stated=format_money(item.net),
                            by_rule=format_money(rule),
                            difference=f"{difference:+,.2f}",
                        )
                    )
            if off:
                words = {"name": facts.name(deployment), "contract": contract.id} | listed_in_both("detail", off)
                yield make_finding(
                    "P702",
                    deployment=deployment,
                    contract=contract.id,
                    words=words,
                    certainty="certain",
                    favours="neither",
                )


def payment_without_order(facts: RuleContext) -> Iterator[Finding]:
    """P703: a payment that names no order and no other purpose."""
    for contract in facts.estate.contracts.values():
        loose = [
            f"{one.paid_on} {format_money(one.amount)}"
            for one in contract.other_payments
            if one.purpose in LICENCE_PURPOSES
        ]
        if loose:
            words = {"contract": contract.id, "count": len(loose), "payments": list_text(loose)}
            yield make_finding("P703", deployment="", contract=contract.id, words=words, favours="neither")


def rebate_over(facts: RuleContext) -> Iterator[Finding]:
    """P704: more rebate taken than computed for a finished period."""
    yield from _rebates(facts, "P704", over=True)


def rebate_owed(facts: RuleContext) -> Iterator[Finding]:
    """P705: more rebate computed than given for a finished period: in the other side's favour."""
    yield from _rebates(facts, "P705", over=False)


def _rebates(facts: RuleContext, rule: str, *, over: bool) -> Iterator[Finding]:
    for contract in facts.estate.contracts.values():
        product = facts.estate.products[contract.product]
        lines: list[Note] = []
        total = Money(Decimal(0), contract.currency)
        for rebate in contract.rebates:
            for year in rebate_years(contract, product, rebate, facts.today):
                difference = (year.given.amount - year.computed.amount) * (1 if over else -1)
                if difference > 0:
                    span = f"{year.span.from_} – {year.span.through}"
                    lines.append(
                        make_note(
                            "record.rebated",
                            rebate=rebate.id,
                            span=span,
                            method=REBATE_METHODS[rebate.method],
                            basis=format_money(year.basis),
                            computed=format_money(year.computed),
                            given=format_money(year.given),
                        )
                    )
                    total += Money(difference, contract.currency)
        if lines:
            words = {"contract": contract.id, "total": format_money(total)} | listed_in_both("lines", lines)
            yield make_finding(rule, deployment="", contract=contract.id, words=words, net_value=total)


def sale_not_reported(facts: RuleContext) -> Iterator[Finding]:
    """P706: a registration page names a reseller as holder, and no order of that reseller lists the deployment."""
    ordered = {entry.deployment for contract in facts.estate.contracts.values() for entry in contract.authorised}
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        if contract is None or contract.kind != "reseller" or deployment.id in ordered:
            continue
        reseller = facts.estate.parties.get(contract.counterparty)
        text = normalise_name(latest.fields.get("licensee", ""))
        if (
            reseller is not None
            and text
            and text in {normalise_name(name) for name in (reseller.name, *reseller.aliases)}
        ):
            yield make_finding(
                "P706",
                deployment=deployment.id,
                contract=contract.id,
                words=words_for_observation(facts, latest) | {"text": latest.fields["licensee"]},
                basis=facts.bases(latest, "licensee"),
                assumptions=(make_note("assumption.units_valued_with_position"),),
            )


def value_not_computable(facts: RuleContext) -> Iterator[Finding]:
    """P707: units over that no recorded price values."""
    for position in facts.positions:
        if position.over_by and position.list_value is None:
            yield position_finding(
                "P707",
                position,
                words_for_position(facts, position)
                | both_languages("why", position.priced_at or make_note("value.no_price")),
                certainty="certain",
                favours="neither",
            )
