"""`contracts[].price`, `rebates` and payments: what the counterparty pays, paid and gets back."""

from __future__ import annotations

from typing import Any

from auditor.model.targets.contracts import Payment, PriceTerms, Rebate, RebateTier, Rounding
from auditor.targets.sections.terms import SOURCE_KEYS
from auditor.targets.values.codes import CurrencyCode
from auditor.targets.values.quantities import MoneyAmount, QuotedDecimal
from auditor.targets.values.scalars import Choice, IsoDay, Text
from auditor.targets.values.types import Key, ListOf, LoadContext, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode

DISCOUNT = '"30 % discount" can mean pays 30 % or pays 70 %; write price.net.percent_of_list: "30".'


def _unscoped(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.pop("currency", None)
    return values


PAYMENT = RecordType(
    "payment",
    Payment,
    {
        "paid_on": Key(IsoDay(), "the day it was paid"),
        "amount": Key(MoneyAmount(), 'the amount, quoted: "7500.00"'),
        "ref": Key(Text(), doc="Receipt or transfer number."),
        "purpose": Key(Text(), doc="licence, maintenance, download …: a payment is not an entitlement."),
        "currency": Key(CurrencyCode(), doc="Where it differs from the contract's; then rate and rate_source too."),
        "rate": Key(QuotedDecimal(), doc="Units of the contract's currency for one of the payment's."),
        "rate_source": Key(Text(), doc="Where the rate was published."),
    },
    hints={"date": "Write paid_on."},
    finish=_unscoped,
    placed=True,
    doc="Money that was paid.",
)
PAYMENTS = ListOf(PAYMENT)


def _price(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values["percent_of_list"] = values.pop("net", None)
    return values


NET = RecordType(
    "net price",
    lambda percent_of_list=None: percent_of_list,
    {"percent_of_list": Key(QuotedDecimal(), 'the percentage of list that is PAID, quoted: "30"')},
    hints={"discount": DISCOUNT, "percent_off": DISCOUNT, "discount_percent": DISCOUNT},
    doc="The price rule.",
)
PRICE = RecordType(
    "price",
    PriceTerms,
    {
        "net": Key(NET, doc="What the counterparty pays, as a part of list."),
        "tax": Key(Choice("included", "excluded"), doc="Whether amounts include tax."),
        "rounding": Key(
            RecordType(
                "rounding",
                Rounding,
                {"to": Key(QuotedDecimal(), doc='"0.01"'), "mode": Key(Choice("half_up", "half_even", "down"))},
                doc="How computed amounts are rounded.",
            )
        ),
        **SOURCE_KEYS,
    },
    hints={"discount": DISCOUNT, "percent_of_list": 'Write it under net: net: {percent_of_list: "30"}.'},
    finish=_price,
    doc="What the counterparty pays.",
)

TIER = RecordType(
    "tier",
    RebateTier,
    {
        "from": Key(QuotedDecimal(None), 'the amount it starts at, quoted: "100000.00"', into="from_"),
        "rate_percent": Key(QuotedDecimal(), 'the rate, quoted: "3"'),
    },
)


def _rebate(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("method", "")
    return values


REBATE = RecordType(
    "rebate",
    Rebate,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "period": Key(Choice("contract_year", "calendar_year"), "contract_year or calendar_year"),
        "basis": Key(Choice("net_paid", "net_invoiced", "list_value"), "net_paid, net_invoiced or list_value"),
        "method": Key(Choice("whole_amount", "slice"), doc="whole_amount (retroactive) or slice; no default."),
        "tiers": Key(ListOf(TIER), 'its tiers, rising from "0"'),
        "given": Key(PAYMENTS, doc="Rebates already given."),
        "paid_as": Key(Text(), doc="credit_note, transfer …"),
        **SOURCE_KEYS,
    },
    finish=_rebate,
    placed=True,
    doc="A yearly rebate on purchases.",
)
