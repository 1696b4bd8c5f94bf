"""Which rows and units do not count by contract, definition or the description of the list, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from auditor.model.findings import UncountedRow
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import Contract, Metric, Product
from auditor.model.targets.deployments import Deployment, LeftOutRows
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.prices import normalise_name

MOST_OF_A_CELL = 500
"""Characters of a cell that a pattern looks at."""


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
