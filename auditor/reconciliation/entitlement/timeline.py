"""Entitlement as a timeline, recomputed from the contract's facts each time.

Base by edition and price, changes by amendment, renewal by rule, and what the end of the contract means. Nothing is
cached and nothing is carried over from an earlier result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

from auditor.model.findings import EntitlementStep
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.targets.contracts import (
    UNLIMITED,
    Amendment,
    AuthorisedDeployment,
    Contract,
    Exemption,
    Payment,
    Product,
    Proof,
    Source,
    Unlimited,
)
from auditor.reconciliation.entitlement.calendar import DAY, last_day, term_spans
from auditor.reconciliation.entitlement.corrections import apply_corrections
from auditor.reconciliation.entitlement.prices import amount_due, paid_in_full_on, price_on

EntitledQuantity = int | Unlimited | None
OCCASIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"signature": "occasion.signature", "payment": "occasion.payment", "acceptance": "occasion.acceptance"}
)
"""The code of each occasion on which an amendment may take effect."""


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
    return _folded(events, product, _counted(orders, contract, end), metric)


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
    why: Note
    source: Note
    by_rule: bool = False


def _said(source: Source, fallback: Note | None = None) -> Note:
    stated = " ".join(part for part in (source.document, source.clause) if part)
    return quote_text(stated) if stated else fallback or make_note("source.asserted")


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
        source = _said(entry.source, quote_text(entry.order) if entry.order else None)
        edition = product.edition(entry.edition)
        name = edition.names[0] if edition is not None and edition.names else entry.edition
        if entry not in counted:
            events.append(
                _Event(entry.from_, 1, "state", 0, make_note("entitlement.order_after_end", edition=name), source)
            )
            continue
        quantity = included_quantity(product, entry, metric)
        why = make_note("entitlement.base", edition=name)
        if quantity is None:
            why = make_note("entitlement.base_unrecorded", edition=name, metric=metric)
        events.append(_Event(entry.from_, 1, "order", quantity if isinstance(quantity, int) else 0, why, source))
        if entry.through is not None:
            ended = make_note("entitlement.order_ended", day=entry.through)
            events.append(_Event(entry.through + DAY, 0, "order", 0, ended, source))
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
        name = amendment.id
        source = _said(amendment.source, make_note("source.amendment", amendment=name, day=amendment.signed_on))
        if end is not None and day > end and contract.term.after_end.added_units == "forbidden":
            why = make_note("entitlement.amendment_after_end", amendment=name)
            events.append(_Event(day, 2, "state", 0, why, source))
        elif amendment.kind == "set_unlimited":
            why = make_note("entitlement.unlimited", amendment=name)
            events.append(_Event(day, 2, "unlimited", 0, _upon(amendment, why), source))
        else:
            units = amendment.units if amendment.kind == "add_units" else -amendment.units
            why = make_note("entitlement.units", amendment=name, units=f"{units:+d}")
            events.append(_Event(day, 2, "change", units, _upon(amendment, why), source))
    return events


def _upon(amendment: Amendment, change: Note) -> Note:
    """The change with the occasion that it took effect on, where that is no stated day."""
    occasion = amendment.effective.upon
    if occasion is None:
        return change
    return make_note("entitlement.upon", change=change, occasion=make_note(OCCASIONS[occasion]))


def _term_events(contract: Contract, as_of: date, end: date | None) -> list[_Event]:
    term = contract.term
    events = [
        _Event(
            span.from_,
            3,
            "state",
            0,
            make_note("entitlement.renewed", day=span.through),
            _said(term.renewal.source),
            True,
        )
        for span in term_spans(term, as_of)
        if span.by_rule
    ]
    if end is None:
        return events
    source = _said(term.ended.source if term.ended else term.after_end.source)
    means, after = term.after_end.existing_units, end + DAY
    if means == "perpetual":
        events.append(_Event(after, 4, "state", 0, make_note("entitlement.perpetual"), source))
    elif means == "must_stop":
        wind_down = term.after_end.wind_down_days
        if wind_down:
            events.append(_Event(after, 4, "state", 0, make_note("entitlement.wind_down", days=wind_down), source))
        stop = after + timedelta(days=wind_down)
        events.append(_Event(stop, 5, "stop", 0, make_note("entitlement.must_stop"), source))
    elif isinstance(means, date):
        if means > end:
            events.append(_Event(after, 4, "state", 0, make_note("entitlement.until", day=means), source))
        stop = max(means, end) + DAY
        events.append(_Event(stop, 5, "stop", 0, make_note("entitlement.units_ended", day=max(means, end)), source))
    else:
        events.append(_Event(after, 5, "stop", 0, make_note("entitlement.end_unrecorded"), source))
    return events


def _exemption_events(contract: Contract, deployment: str) -> list[_Event]:
    events = []
    for exemption in contract.exemptions:
        if exemption.deployment in (None, deployment):
            what, clause = _exempted(exemption), quote_text(exemption.clause or contract.id)
            why = make_note("entitlement.exempt", what=what)
            events.append(_Event(exemption.from_, 6, "state", 0, why, clause))
            if exemption.through is not None:
                why = make_note("entitlement.exemption_ended", what=what, day=exemption.through)
                events.append(_Event(exemption.through + DAY, 6, "state", 0, why, clause))
    return events


def _exempted(exemption: Exemption) -> Note:
    if exemption.units is not None:
        return make_note("exempted.units", units=exemption.units)
    return quote_text(exemption.kind) if exemption.kind else make_note("exempted.all")


def _folded(
    events: Sequence[_Event], product: Product, orders: Sequence[AuthorisedDeployment], metric: str
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
            steps.append(EntitlementStep(event.day, event.units, total, event.why, event.source, event.by_rule))
    return tuple(steps)


def _base(orders: Sequence[AuthorisedDeployment], product: Product, metric: str, day: date) -> EntitledQuantity:
    covering = [entry for entry in orders if entry.from_ <= day and (entry.through is None or day <= entry.through)]
    return included_quantity(product, max(covering, key=lambda entry: entry.from_), metric) if covering else None
