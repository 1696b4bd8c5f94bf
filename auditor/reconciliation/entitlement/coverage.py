"""Which contract covers a deployment, what it is compared with, and what by contract or decision does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from auditor.model.contracts import UNLIMITED, Contract, Metric, Product
from auditor.model.deployments import Deployment
from auditor.model.estate import Estate
from auditor.model.findings import EntitlementStep, ExcludedRow
from auditor.model.notes import make_note, quote_text
from auditor.model.observations import Count
from auditor.reconciliation.entitlement.contract_index import ContractIndex
from auditor.reconciliation.entitlement.prices import normalise_name
from auditor.reconciliation.entitlement.timeline import EntitledQuantity, entitled_on, entitlement_timeline


@dataclass(frozen=True, slots=True)
class Coverage:
    """The contract that a deployment is compared with, and the timeline where it is covered."""

    contract: Contract | None
    covered: bool
    """True where the deployment is on the contract's closed list."""
    steps: tuple[EntitlementStep, ...]

    def on(self, day: date) -> EntitledQuantity:
        return entitled_on(self.steps, day)


def coverages(
    estate: Estate, ledger: ContractIndex, deployment: Deployment, metric: str, *, as_of: date
) -> tuple[Coverage, ...]:
    """One coverage per contract. A contract that adds to another is merged into it; one that is replaced stops.

    A suspect deployment, or one that no contract lists, has one coverage without steps.
    """
    product = estate.products[deployment.product]
    listing = ledger.listing(deployment)
    if deployment.legal_status == "suspect" or not listing:
        return (Coverage(ledger.compared_with(deployment), False, ()),)
    steps = {
        contract.id: entitlement_timeline(contract, product, deployment.id, metric, as_of=as_of) for contract in listing
    }
    for contract in listing:
        if contract.replaces in steps and steps[contract.id]:
            steps[contract.replaces] = _until(steps[contract.replaces], steps[contract.id][0].from_, contract.id)
    for contract in reversed(listing):
        if contract.adds_to in steps and contract.adds_to != contract.id:
            steps[contract.adds_to] = merge_timelines(steps[contract.adds_to], steps.pop(contract.id))
    roots = [contract for contract in listing if contract.id in steps]
    current = [contract for contract in roots if not _replaced(contract, listing, as_of, steps)]
    return tuple(Coverage(contract, True, steps[contract.id]) for contract in current or roots)


def _replaced(
    contract: Contract, listing: Sequence[Contract], as_of: date, steps: dict[str, tuple[EntitlementStep, ...]]
) -> bool:
    return any(
        other.replaces == contract.id and steps.get(other.id) and steps[other.id][0].from_ <= as_of for other in listing
    )


def _until(steps: tuple[EntitlementStep, ...], day: date, by: str) -> tuple[EntitlementStep, ...]:
    kept = [step for step in steps if step.from_ < day]
    return (*kept, EntitlementStep(day, 0, None, make_note("entitlement.replaced", contract=by), quote_text(by)))


def merge_timelines(
    one: tuple[EntitlementStep, ...], other: tuple[EntitlementStep, ...]
) -> tuple[EntitlementStep, ...]:
    """Two timelines as one: totals added day by day; unlimited with anything is unlimited; none adds nothing."""
    steps = sorted((*one, *other), key=lambda step: step.from_)
    return tuple(
        replace(step, total=_sum(entitled_on(one, step.from_), entitled_on(other, step.from_))) for step in steps
    )


def _sum(one: EntitledQuantity, other: EntitledQuantity) -> EntitledQuantity:
    if one is None:
        return other
    if other is None:
        return one
    if one == UNLIMITED or other == UNLIMITED:
        return UNLIMITED
    return one + other


def kinds_by_text(metric: Metric | None) -> dict[str, str]:
    """From the text a page writes to a kind, by the metric's table, for comparison with `normalise_name` texts."""
    return {} if metric is None else {normalise_name(text): kind for text, kind in metric.kinds.items()}


def looks_at_rows(contract: Contract | None, product: Product, count: Count) -> bool:
    """Whether what by contract does not count depends on the rows of a count's list.

    Rows are left out only where the list is complete and agrees with the page's own count: otherwise the headline may
    not include them.
    """
    return _may_exclude(contract, product, count) and count.listed_complete and count.listed == count.counted


def _may_exclude(contract: Contract | None, product: Product, count: Count) -> bool:
    metric = product.metric(count.metric)
    exempt = contract is not None and bool(contract.exemptions)
    return exempt or (metric is not None and bool(metric.excludes)) or (count.counted or 0) < 0


def excluded_by_contract(
    contract: Contract | None, product: Product, count: Count, rows: Sequence[Mapping[str, str]], day: date
) -> tuple[tuple[ExcludedRow, ...], int]:
    """What by contract does not count: rows with their reason, and exempt units without rows.

    `rows`: those of its list where `looks_at_rows`, else none. Kinds come from the metric's definition and from
    exemptions in force that day.
    """
    if not _may_exclude(contract, product, count):
        return (), 0
    metric = product.metric(count.metric)
    exemptions = [
        found
        for found in (contract.exemptions if contract is not None else ())
        if found.deployment in (None, count.deployment)
        and found.from_ <= day
        and (found.through is None or day <= found.through)
    ]
    reasons = {}
    if metric is not None:
        where = f" ({metric.defined_in})" if metric.defined_in else ""
        reasons = {kind: f"kind {kind} is not counted by the metric{where}" for kind in metric.excludes}
    reasons |= {found.kind: f"exempt by {found.clause}" for found in exemptions if found.kind is not None}
    kinds = kinds_by_text(metric)
    written = {row.get("kind", "") for row in rows}
    by_text = {text: reasons.get(kinds.get(normalise_name(text), text)) for text in written}
    excluded: list[ExcludedRow] = []
    for row in rows:
        reason = by_text[row.get("kind", "")]
        if reason is not None:
            excluded.append(ExcludedRow(row.get("code", ""), row.get("name", ""), reason))
    counted = count.counted or 0
    units = 0
    for found in exemptions:
        if found.kind is None:
            units += counted if found.units is None else found.units
    return tuple(excluded), min(units, counted - len(excluded)) if counted else 0
