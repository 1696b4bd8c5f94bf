"""Entitlement as a timeline, recomputed from the contract's facts each time.

Base by edition and price, changes by amendment, renewal by rule, and what the end of the contract means. Nothing is
cached and nothing is carried over from an earlier result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from auditor.model.contracts import (
    UNLIMITED,
    Amendment,
    AuthorisedDeployment,
    Contract,
    Payment,
    Product,
    Proof,
    Source,
    Unlimited,
)
from auditor.model.findings import EntitlementStep
from auditor.reconciliation.entitlement.calendar import DAY, last_day, term_spans
from auditor.reconciliation.entitlement.corrections import apply_corrections
from auditor.reconciliation.entitlement.prices import amount_due, paid_in_full_on, price_on

EntitledQuantity = int | Unlimited | None


def entitlement_timeline(
    contract: Contract,
    product: Product,
    deployment: str,
    metric: str,
    *,
    as_known_on: date | None = None,
    as_of: date,
) -> tuple[EntitlementStep, ...]:
    """The steps of what a contract entitles a deployment to, in the order of their days.

    Days are whole days in the contract's zone. `as_known_on` leaves out what was recorded, learnt, paid or notified
    later; `as_of` bounds the renewal terms that exist by rule alone. A deployment the contract does not cover has no
    steps. Of several orders for one deployment, the one that started last replaces the others while it lasts; an order
    or amendment that takes effect after the end, where the contract forbids it, is shown and not counted.
    """
    contract, _ = apply_corrections(contract, as_known_on)
    orders = [entry for entry in contract.authorised if entry.deployment == deployment]
    if not orders:
        return ()
    end = last_day(contract.term)
    events = [*_order_events(contract, orders, product, metric, end)]
    events += _amendment_events(contract, product, deployment, metric, end)
    events += _term_events(contract, as_of, end)
    events += _exemption_events(contract, deployment)
    events.sort(key=lambda event: (event.day, event.rank))
    return _folded(events, contract, product, _counted(orders, contract, end), metric)


def entitled_on(steps: Sequence[EntitlementStep], day: date) -> EntitledQuantity:
    """What a timeline entitles to on a day: a number, `unlimited`, or None where nothing is (which is not 0)."""
    found: EntitledQuantity = None
    for step in steps:
        if step.from_ > day:
            break
        found = step.total
    return found


def effective_on(contract: Contract, product: Product, amendment: Amendment) -> date | None:
    """The day an amendment takes effect; None while its occasion has not come.

    Upon payment means paid in full: by the amount on the amendment, else by rule. Without either it has no effect yet.
    """
    effective = amendment.effective
    if effective.on is not None:
        return effective.on
    if effective.upon == "signature":
        return amendment.signed_on
    if effective.upon == "acceptance":
        return amendment.accepted_on
    if effective.upon == "payment":
        amount = amount_due(contract, product, amendment)
        return None if amount is None else paid_in_full_on(amendment.payments, amount)
    return None


def proof_strength(source: Source, payments: Sequence[Payment], order: str = "") -> Proof:
    """How strong the record of a fact is: paid, signed, or asserted without document."""
    if payments:
        return "paid"
    return "signed" if source.stated or order else "asserted"


@dataclass(frozen=True, slots=True)
class _Event:
    day: date
    rank: int
    kind: Literal["order", "change", "unlimited", "stop", "state"]
    units: int
    why: str
    source: str
    by_rule: bool = False


def _said(source: Source, fallback: str = "") -> str:
    return " ".join(part for part in (source.document, source.clause) if part) or fallback or "asserted"


def _counted(
    orders: Sequence[AuthorisedDeployment], contract: Contract, end: date | None
) -> list[AuthorisedDeployment]:
    """Orders that count: those after the end, where the contract forbids new deployments, do not."""
    forbidden = contract.term.after_end.new_deployments == "forbidden"
    return [entry for entry in orders if end is None or entry.from_ <= end or not forbidden]


def _order_events(
    contract: Contract, orders: Sequence[AuthorisedDeployment], product: Product, metric: str, end: date | None
) -> list[_Event]:
    events = []
    counted = _counted(orders, contract, end)
    for entry in orders:
        source = _said(entry.source, entry.order)
        edition = product.edition(entry.edition)
        name = edition.names[0] if edition is not None and edition.names else entry.edition
        if entry not in counted:
            why = f"order of {name} not counted: new deployments after the end are forbidden"
            events.append(_Event(entry.from_, 1, "state", 0, why, source))
            continue
        quantity = included_quantity(product, entry, metric)
        why = f"base, {name}" if quantity is not None else f"base not recorded for {name} and {metric}"
        events.append(_Event(entry.from_, 1, "order", quantity if isinstance(quantity, int) else 0, why, source))
        if entry.through is not None:
            events.append(_Event(entry.through + DAY, 0, "order", 0, f"order ended {entry.through}", source))
    return events


def included_quantity(product: Product, entry: AuthorisedDeployment, metric: str) -> EntitledQuantity:
    """The quantity an order includes: agreed on the order, else by the edition's price in force on its first day."""
    if metric in entry.metrics:
        return entry.metrics[metric]
    edition = product.edition(entry.edition)
    if edition is None:
        return None
    if product.metrics and product.metrics[0].id == metric:
        price = price_on(edition, entry.from_)
        return None if price is None else price.includes
    return edition.metrics.get(metric)


def _amendment_events(
    contract: Contract, product: Product, deployment: str, metric: str, end: date | None
) -> list[_Event]:
    events = []
    for amendment in contract.amendments:
        day = effective_on(contract, product, amendment)
        if amendment.deployment != deployment or amendment.metric != metric or day is None:
            continue
        source = _said(amendment.source, f"{amendment.id}, signed {amendment.signed_on}")
        occasion = f" on {amendment.effective.upon}" if amendment.effective.upon else ""
        if end is not None and day > end and contract.term.after_end.added_units == "forbidden":
            why = f"{amendment.id} not counted: added units after the end are forbidden"
            events.append(_Event(day, 2, "state", 0, why, source))
        elif amendment.kind == "set_unlimited":
            events.append(_Event(day, 2, "unlimited", 0, f"{amendment.id} unlimited{occasion}", source))
        else:
            units = amendment.units if amendment.kind == "add_units" else -amendment.units
            events.append(_Event(day, 2, "change", units, f"{amendment.id} {units:+d}{occasion}", source))
    return events


def _term_events(contract: Contract, as_of: date, end: date | None) -> list[_Event]:
    term = contract.term
    events = [
        _Event(span.from_, 3, "state", 0, f"renewed by rule to {span.through}", _said(term.renewal.source), True)
        for span in term_spans(term, as_of)
        if span.by_rule
    ]
    if end is None:
        return events
    source = _said(term.ended.source if term.ended else term.after_end.source)
    means, after = term.after_end.existing_units, end + DAY
    if means == "perpetual":
        events.append(_Event(after, 4, "state", 0, "contract ended; existing units perpetual", source))
    elif means == "must_stop":
        wind_down = term.after_end.wind_down_days
        if wind_down:
            events.append(_Event(after, 4, "state", 0, f"contract ended; wind-down of {wind_down} days", source))
        stop = after + timedelta(days=wind_down)
        events.append(_Event(stop, 5, "stop", 0, "existing units must stop", source))
    elif isinstance(means, date):
        if means > end:
            events.append(_Event(after, 4, "state", 0, f"contract ended; existing units until {means}", source))
        stop = max(means, end) + DAY
        events.append(_Event(stop, 5, "stop", 0, f"existing units ended {max(means, end)}", source))
    else:
        why = "contract ended; what the end means for existing units is not recorded"
        events.append(_Event(after, 5, "stop", 0, why, source))
    return events


def _exemption_events(contract: Contract, deployment: str) -> list[_Event]:
    events = []
    for exemption in contract.exemptions:
        if exemption.deployment in (None, deployment):
            what = f"{exemption.units} units" if exemption.units is not None else exemption.kind or "all units"
            why = f"exempt: {what} do not count"
            events.append(_Event(exemption.from_, 6, "state", 0, why, exemption.clause))
            if exemption.through is not None:
                why = f"exemption of {what} ended {exemption.through}"
                events.append(_Event(exemption.through + DAY, 6, "state", 0, why, exemption.clause))
    return events


def _folded(
    events: Sequence[_Event], contract: Contract, product: Product, orders: Sequence[AuthorisedDeployment], metric: str
) -> tuple[EntitlementStep, ...]:
    steps: list[EntitlementStep] = []
    added, unlimited, stopped = 0, False, False
    for event in events:
        added += event.units if event.kind == "change" else 0
        unlimited = unlimited or event.kind == "unlimited"
        stopped = stopped or event.kind == "stop"
        base = _base(orders, product, metric, event.day)
        total: EntitledQuantity
        if stopped or base is None:
            total = None
        elif unlimited or base == UNLIMITED:
            total = UNLIMITED
        else:
            total = max(0, base + added)
        known = bool(steps) or total is not None or event.kind == "order"
        if known and not (steps and stopped and event.kind == "state" and steps[-1].total is None):
            steps.append(
                EntitlementStep(event.day, event.units, total, event.why, event.source or contract.id, event.by_rule)
            )
    return tuple(steps)


def _base(orders: Sequence[AuthorisedDeployment], product: Product, metric: str, day: date) -> EntitledQuantity:
    covering = [entry for entry in orders if entry.from_ <= day and (entry.through is None or day <= entry.through)]
    return included_quantity(product, max(covering, key=lambda entry: entry.from_), metric) if covering else None
