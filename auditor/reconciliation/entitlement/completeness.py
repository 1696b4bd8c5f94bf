"""What a contract record lacks for a figure: such a contract is left out of the calculation, and shown."""

from __future__ import annotations

from datetime import date

from auditor.model.notes import Note, make_note
from auditor.model.targets.contracts import Contract, Product
from auditor.reconciliation.entitlement.calendar import last_day
from auditor.reconciliation.entitlement.prices import amount_due
from auditor.reconciliation.entitlement.timeline import included_quantity


def missing_terms(contract: Contract, product: Product, deployment: str, metric: str, day: date) -> tuple[Note, ...]:
    """The facts needed to say what a deployment is entitled to on a day, and not recorded. Empty where all are."""
    found: list[Note] = []
    orders = [
        entry
        for entry in contract.authorised
        if entry.deployment == deployment and entry.from_ <= day and (entry.through is None or day <= entry.through)
    ]
    if orders:
        order = max(orders, key=lambda entry: entry.from_)
        if product.edition(order.edition) is None:
            found.append(make_note("lacking.edition", edition=order.edition, deployment=deployment))
        elif included_quantity(product, order, metric) is None:
            found.append(make_note("lacking.quantity", metric=metric, edition=order.edition, day=order.from_))
    end = last_day(contract.term)
    if end is not None and day > end and contract.term.after_end.existing_units is None:
        found.append(make_note("lacking.end", day=end))
    for amendment in contract.amendments:
        if amendment.deployment != deployment or amendment.metric != metric:
            continue
        if amendment.effective.on is None and amendment.effective.upon is None:
            found.append(make_note("lacking.effect", amendment=amendment.id))
        elif amendment.effective.upon == "payment" and amount_due(contract, product, amendment) is None:
            found.append(make_note("lacking.amount", amendment=amendment.id))
    return tuple(found)
