"""Units as money, list and net side by side with the derivation, and the other ways in which a list can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count, Observation
from auditor.model.targets.contracts import Contract, Money, Overage
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.prices import authorised_edition, find_edition, net_price, price_on

PRICED_AT = {
    "net": make_note("value.priced_net"),
    "list": make_note("value.priced_list"),
    "custom": make_note("value.priced_custom"),
}
"""What a contract prices over-use at, in words."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Units over as money: list value and contract-net value side by side."""

    list_value: Money | None = None
    net_value: Money | None = None
    priced_at: Note | None = None
    """The derivation, or why there is no value; None where no unit is over."""


NO_VALUE = Valuation()


def value_units(
    estate: Estate,
    deployment: Deployment,
    contract: Contract | None,
    metric: str,
    current: Count,
    day: date,
    over: int | None,
) -> Valuation:
    """The value of the units over on a day, at the prices of that day."""
    if not over:
        return NO_VALUE
    unit = unit_price(estate, deployment, contract, metric, current, day)
    if unit is None:
        return Valuation(priced_at=make_note("value.no_price"))
    price, source = unit
    listed = price.times(over)
    net = None if contract is None else net_price(contract, listed)
    terms = None if contract is None else contract.overage
    each = f"{price.amount:,.2f} {price.currency}"
    said = [make_note("value.at_list", units=over, price=each, source=source)]
    if terms is not None and terms.priced_at == "custom" and terms.custom_price is not None:
        net = terms.custom_price.times(over)
        agreed = f"{terms.custom_price.amount:,.2f}"
        said.append(make_note("value.agreed", each=agreed, net=f"{net.amount:,.2f}"))
    elif net is not None and contract is not None and contract.price is not None:
        said.append(make_note("value.net", percent=contract.price.percent_of_list, net=f"{net.amount:,.2f}"))
    if terms is not None:
        said.append(make_note("value.contract_prices", which=PRICED_AT[terms.priced_at], clause=clause_of(terms)))
    return Valuation(listed, net, make_note("value.derivation", steps=tuple(said)))


def unit_price(
    estate: Estate,
    deployment: Deployment,
    contract: Contract | None,
    metric: str,
    current: Count,
    day: date,
) -> tuple[Money, str] | None:
    """The list price of one further unit on a day, and its source: by the edition ordered, else the one displayed."""
    product = estate.products[deployment.product]
    if not product.metrics or product.metrics[0].id != metric:
        return None
    edition = None if contract is None else authorised_edition(contract, product, deployment.id, day)
    edition = edition or find_edition(product, current.fields.get("edition", ""))
    price = None if edition is None else price_on(edition, day)
    return None if price is None else (price.per_extra, price.source)


def count_variants(observation: Observation) -> dict[str, int]:
    """How many units a complete list counts, by code, by body and by login; only for columns that it has."""
    if not observation.listed_complete or not observation.rows:
        return {}
    columns = (("by_code", "code"), ("by_body", "name"), ("by_login", "login"))
    return {
        name: len({row[column] for row in observation.rows if row.get(column)})
        for name, column in columns
        if any(row.get(column) for row in observation.rows)
    }


def clause_of(terms: Overage) -> str:
    """The clause that says so, set apart from what it says; empty where none is recorded."""
    return f" {terms.source.clause}".rstrip()
