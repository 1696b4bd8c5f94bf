"""What a contract record lacks for a figure: such a contract is left out of the calculation, and shown."""

from __future__ import annotations

from datetime import date

from auditor.model.contracts import Contract, Product
from auditor.reconciliation.entitlement.calendar import last_day
from auditor.reconciliation.entitlement.prices import amount_due
from auditor.reconciliation.entitlement.timeline import included_quantity

BilingualText = tuple[str, str]
"""One phrase in English and in Chinese."""


def missing_terms(
    contract: Contract, product: Product, deployment: str, metric: str, day: date
) -> tuple[BilingualText, ...]:
    """The facts needed to say what a deployment is entitled to on a day, and not recorded. Empty where all are."""
    found: list[BilingualText] = []
    orders = [
        entry
        for entry in contract.authorised
        if entry.deployment == deployment and entry.from_ <= day and (entry.through is None or day <= entry.through)
    ]
    if orders:
        order = max(orders, key=lambda entry: entry.from_)
        if product.edition(order.edition) is None:
            found.append((f"edition {order.edition} of {deployment}", f"{deployment}的版本{order.edition}"))
        elif included_quantity(product, order, metric) is None:
            found.append(
                (
                    f"quantity of {metric} included in {order.edition} on {order.from_}",
                    f"{order.edition}在{order.from_}所含的{metric}数量",
                )
            )
    end = last_day(contract.term)
    if end is not None and day > end and contract.term.after_end.existing_units is None:
        found.append((f"what the end on {end} means for existing units", f"{end}终止后既有单位如何处理"))
    for amendment in contract.amendments:
        if amendment.deployment != deployment or amendment.metric != metric:
            continue
        if amendment.effective.on is None and amendment.effective.upon is None:
            found.append((f"when {amendment.id} takes effect", f"{amendment.id}的生效时间"))
        elif amendment.effective.upon == "payment" and amount_due(contract, product, amendment) is None:
            found.append(
                (
                    f"the amount due for {amendment.id}, which takes effect upon payment",
                    f"付款生效的{amendment.id}的应付金额",
                )
            )
    return tuple(found)
