"""What ends within some days: terms, notice, maintenance, orders, and findings that are set aside until a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from auditor.model.findings import Decision, Expiry
from auditor.model.notes import make_note
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate
from auditor.reconciliation.entitlement.calendar import day_of, last_day, term_spans
from auditor.reconciliation.entitlement.contract_index import decisions_in_force


def coming_expiries(estate: Estate, decisions: Sequence[Decision], as_of: datetime, days: int) -> tuple[Expiry, ...]:
    """Everything that ends within so many days of a moment, the earliest first; days are those of the file's zone."""
    today = day_of(as_of, estate.timezone)
    until = today + timedelta(days=days)
    found = [one for contract in estate.contracts.values() for one in _of_contract(contract, today)]
    found += [
        Expiry(one.subject, one.expires_on, make_note("expiry.suppression", by=one.by))
        for (kind, _), made in decisions_in_force(decisions, as_of).by.items()
        for one in made
        if kind == "suppression" and one.expires_on is not None
    ]
    return tuple(sorted((one for one in found if today <= one.on <= until), key=lambda one: (one.on, one.subject)))


def _of_contract(contract: Contract, today: date) -> Iterator[Expiry]:
    term = contract.term
    end = last_day(term)
    if end is None or end >= today:
        spans = term_spans(term, today)
        current = next((span for span in spans if span.through is None or today <= span.through), None)
        if current is not None and current.through is not None:
            renews = term.ended is None and term.renewal.mode == "automatic"
            yield Expiry(contract.id, current.through, make_note("expiry.renews" if renews else "expiry.term"))
            if renews and term.renewal.notice_days is not None:
                deadline = current.through - timedelta(days=term.renewal.notice_days)
                yield Expiry(contract.id, deadline, make_note("expiry.notice"))
    if contract.maintenance_through is not None:
        yield Expiry(contract.id, contract.maintenance_through, make_note("expiry.maintenance"))
    for order in contract.authorised:
        if order.through is not None:
            yield Expiry(order.deployment, order.through, make_note("expiry.order", contract=contract.id))
