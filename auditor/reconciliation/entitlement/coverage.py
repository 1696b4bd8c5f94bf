"""Which contract covers a deployment, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from auditor.model.findings import EntitlementStep
from auditor.model.notes import make_note, quote_text
from auditor.model.targets.contracts import UNLIMITED, Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.contract_index import ContractIndex
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
