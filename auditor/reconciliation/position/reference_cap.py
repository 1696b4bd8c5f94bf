"""The reference deployment: the finite cap that a known good site shows at the same edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.model.reading.observations import Count
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.prices import find_edition, normalise_name, price_on


def find_reference_cap(
    estate: Estate,
    references: Sequence[Count],
    deployment: Deployment,
    series: Sequence[Count],
) -> int | None:
    """The latest finite cap that a reference deployment of the product shows at the same edition as a series."""
    if not series:
        return None
    edition = normalise_name(series[-1].fields.get("edition", ""))
    caps = [
        (one.captured_at, one.cap)
        for one in references
        if one.metric == series[-1].metric
        and isinstance(one.cap, int)
        and estate.deployments[one.deployment].product == deployment.product
        and normalise_name(one.fields.get("edition", "")) == edition
    ]
    return max(caps, key=lambda pair: pair[0])[1] if caps else None


def measuring_cap(
    estate: Estate, deployment: Deployment, current: Count, day: date, of_reference: int | None
) -> int | None:
    """The finite cap of the other figure: the page's own, else the reference's at the same edition, else by price."""
    if isinstance(current.cap, int):
        return current.cap
    if of_reference is not None or deployment.legal_status != "suspect":
        return of_reference
    product = estate.products[deployment.product]
    edition = find_edition(product, current.fields.get("edition", ""))
    price = None if edition is None else price_on(edition, day)
    first = bool(product.metrics) and product.metrics[0].id == current.metric
    return price.includes if first and price is not None and isinstance(price.includes, int) else None
