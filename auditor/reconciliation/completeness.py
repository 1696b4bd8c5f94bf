"""What a contract record lacks for a figure: such a contract is left out of the calculation, and shown."""

from __future__ import annotations

from datetime import date

from auditor.model.contracts import Contract, Product
from auditor.reconciliation.days import last_day
from auditor.reconciliation.prices import due
from auditor.reconciliation.timelines import included


def lacking(contract: Contract, product: Product, deployment: str, metric: str, day: date) -> tuple[str, ...]:
    """The facts needed to say what a deployment is entitled to on a day, and not recorded. Empty where all are."""
    found = []
    orders = [
        entry
        for entry in contract.authorised
        if entry.deployment == deployment and entry.from_ <= day and (entry.through is None or day <= entry.through)
    ]
    if orders:
        order = max(orders, key=lambda entry: entry.from_)
        if product.edition(order.edition) is None:
            found.append(f"edition {order.edition} of {deployment}")
        elif included(product, order, metric) is None:
            found.append(f"quantity of {metric} included in {order.edition} on {order.from_}")
    end = last_day(contract.term)
    if end is not None and day > end and contract.term.after_end.existing_units is None:
        found.append(f"what the end on {end} means for existing units")
    for amendment in contract.amendments:
        if amendment.deployment != deployment or amendment.metric != metric:
            continue
        if amendment.effective.on is None and amendment.effective.upon is None:
            found.append(f"when {amendment.id} takes effect")
        elif amendment.effective.upon == "payment" and due(contract, product, amendment) is None:
            found.append(f"the amount due for {amendment.id}, which takes effect upon payment")
    return tuple(found)
