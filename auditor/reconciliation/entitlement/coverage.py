"""Which contract covers a deployment, what it is compared with, and what by contract or decision does not count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from auditor.model.findings import EntitlementStep, UncountedRow
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import UNLIMITED, Contract, Metric, Product
from auditor.model.targets.deployments import Deployment, LeftOutRows
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.contract_index import ContractIndex
from auditor.reconciliation.entitlement.prices import normalise_name
from auditor.reconciliation.entitlement.timeline import EntitledQuantity, entitled_on, entitlement_timeline

MOST_OF_A_CELL = 500
"""Characters of a cell that a pattern looks at."""


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


def rows_left_out(estate: Estate, deployment: Deployment, metric: str) -> tuple[LeftOutRows, ...]:
    """The rules by which rows of the metric's list do not count, as the deployment's pages declare them."""
    first = estate.products[deployment.product].metrics[:1]
    main = first[0].id if first else ""
    listings = (estate.pages[name].listing for name in deployment.pages if name in estate.pages)
    return tuple(
        rule for one in listings if one is not None and (one.metric or main) == metric for rule in one.leave_out
    )


def looks_at_rows(
    contract: Contract | None, product: Product, count: Count, left_out: Sequence[LeftOutRows] = ()
) -> bool:
    """Whether what by contract does not count depends on the rows of a count's list.

    Rows are left out only where the list is complete and agrees with the page's own count: otherwise the headline may
    not include them.
    """
    return _may_exclude(contract, product, count, left_out) and count.listed_complete and count.listed == count.counted


def _may_exclude(contract: Contract | None, product: Product, count: Count, left_out: Sequence[LeftOutRows]) -> bool:
    metric = product.metric(count.metric)
    exempt = contract is not None and bool(contract.exemptions)
    return exempt or bool(left_out) or (metric is not None and bool(metric.excludes)) or (count.counted or 0) < 0


def excluded_by_contract(
    contract: Contract | None,
    product: Product,
    count: Count,
    rows: Sequence[Mapping[str, str]],
    day: date,
    left_out: Sequence[LeftOutRows] = (),
) -> tuple[tuple[UncountedRow, ...], int]:
    """What by contract does not count: rows with their reason, and exempt units without rows.

    `rows`: those of its list where `looks_at_rows`, else none. Kinds come from the metric's definition and from
    exemptions in force that day, other rows from `left_out`.
    """
    if not _may_exclude(contract, product, count, left_out):
        return (), 0
    metric = product.metric(count.metric)
    exemptions = [
        found
        for found in (contract.exemptions if contract is not None else ())
        if found.deployment in (None, count.deployment)
        and found.from_ <= day
        and (found.through is None or day <= found.through)
    ]
    reasons: dict[str, Note] = {}
    if metric is not None:
        where = metric.defined_in
        reasons = {
            kind: make_note("excluded.kind_defined", kind=kind, where=where)
            if where
            else make_note("excluded.kind", kind=kind)
            for kind in metric.excludes
        }
    reasons |= {
        found.kind: make_note("excluded.exempt", clause=found.clause) for found in exemptions if found.kind is not None
    }
    kinds = kinds_by_text(metric)
    written = {row.get("kind", "") for row in rows}
    by_text = {text: reasons.get(kinds.get(normalise_name(text), text)) for text in written}
    excluded: list[UncountedRow] = []
    for row in rows:
        reason = by_text[row.get("kind", "")] or declared_reason(row, left_out)
        if reason is not None:
            excluded.append(UncountedRow(row.get("code", ""), row.get("name", ""), reason))
    counted = count.counted or 0
    units = 0
    for found in exemptions:
        if found.kind is None:
            units += counted if found.units is None else found.units
    return tuple(excluded), min(units, counted - len(excluded)) if counted else 0


def declared_reason(row: Mapping[str, str], rules: Sequence[LeftOutRows]) -> Note | None:
    """Why a row is left out by the description of its list: the first rule that tells it; None where it counts."""
    rule = next((rule for rule in rules if _tells(rule, row)), None)
    return None if rule is None else make_note("excluded.declared", reason=rule.reason)


def _tells(rule: LeftOutRows, row: Mapping[str, str]) -> bool:
    if rule.name:
        return normalise_name(row.get("name", "")) == normalise_name(rule.name)
    if rule.text:
        return normalise_name(row.get(rule.column, "")) == normalise_name(rule.text)
    cells = (row.get(rule.column, ""),) if rule.column else tuple(row.values())
    return bool(rule.pattern) and any(re.search(rule.pattern, cell[:MOST_OF_A_CELL]) for cell in cells)
