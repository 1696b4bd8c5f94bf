"""Compensating entries applied: a contract as it was known on a day. The facts in the file are never rewritten."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from auditor.model.targets.contracts import (
    Amendment,
    AuthorisedDeployment,
    Contract,
    Correction,
    Effective,
    Money,
    Payment,
    Term,
)
from auditor.model.targets.estate import Estate

AMENDMENT_DAYS = frozenset({"signed_on", "accepted_on", "known_from"})
AUTHORISED_DAYS = {"from": "from_", "from_": "from_", "through": "through"}


def apply_corrections(contract: Contract, as_known_on: date | None = None) -> tuple[Contract, tuple[Correction, ...]]:
    """The contract with its corrections applied, and the corrections that could not be.

    `as_known_on`: a correction recorded later is undone (the fact reads as `was`), an amendment learnt later, a payment
    made later, an end notified later and an order with a later `known_from` are left out. None: all that is known.
    """
    unapplied: list[Correction] = []
    settled: set[tuple[str, str]] = set()
    for correction in sorted(contract.corrections, key=lambda found: found.recorded_on):
        path = (_path(correction), correction.field)
        known = as_known_on is None or correction.recorded_on <= as_known_on
        if path in settled:
            continue
        if not known:
            settled.add(path)
        try:
            contract = _apply(contract, path[0], correction.field, correction.now if known else correction.was)
        except (ValueError, InvalidOperation, LookupError):
            unapplied.append(correction)
    if as_known_on is not None:
        contract = _known(contract, as_known_on)
    return contract, tuple(unapplied)


def estate_as_known(estate: Estate, on: date) -> Estate:
    """The estate with its contracts as they were known on a day: later facts are left out,
    later corrections undone. Every rule that reads the estate then reads the same knowledge."""
    contracts = {}
    for name, contract in estate.contracts.items():
        then, _ = apply_corrections(contract, on)
        kept = tuple(found for found in contract.corrections if found.recorded_on <= on)
        contracts[name] = replace(then, corrections=kept)
    return replace(estate, contracts=MappingProxyType(contracts))


def _path(correction: Correction) -> str:
    return correction.of.removesuffix(f".{correction.field}")


def _apply(contract: Contract, path: str, field: str, text: str) -> Contract:
    section, _, name = path.partition(".")
    if section == "amendments":
        one = next(found for found in contract.amendments if found.id == name) if _has(contract, name) else None
        if one is None:
            raise LookupError(name)
        new = _amendment(one, field, text)
        return replace(contract, amendments=tuple(new if found is one else found for found in contract.amendments))
    if section == "authorised":
        entries = [found for found in contract.authorised if found.deployment == name]
        if len(entries) != 1:
            raise LookupError(name)
        order = _authorised(entries[0], field, text)
        kept = tuple(order if found is entries[0] else found for found in contract.authorised)
        return replace(contract, authorised=kept)
    if section == "term":
        return replace(contract, term=_term(contract.term, f"{name}.{field}".strip("."), text))
    raise LookupError(path)


def _has(contract: Contract, amendment: str) -> bool:
    return any(found.id == amendment for found in contract.amendments)


def _amendment(one: Amendment, field: str, text: str) -> Amendment:
    if field == "units":
        if re.fullmatch(r"[0-9]+", text) is None:
            raise ValueError(text)
        return replace(one, units=int(text))
    if field in AMENDMENT_DAYS:
        return replace(one, **{field: date.fromisoformat(text)})  # type: ignore[arg-type]
    if field in {"effective", "effective.date"}:
        return replace(one, effective=Effective(on=date.fromisoformat(text)))
    if field == "deployment":
        return replace(one, deployment=text)
    if field == "net" and one.net is not None:
        return replace(one, net=Money(Decimal(text), one.net.currency))
    raise LookupError(field)


def _authorised(one: AuthorisedDeployment, field: str, text: str) -> AuthorisedDeployment:
    if field == "edition":
        return replace(one, edition=text)
    if field in AUTHORISED_DAYS:
        return replace(one, **{AUTHORISED_DAYS[field]: date.fromisoformat(text)})  # type: ignore[arg-type]
    if field == "net" and one.net is not None:
        return replace(one, net=Money(Decimal(text), one.net.currency))
    raise LookupError(field)


def _term(term: Term, field: str, text: str) -> Term:
    if field == "from":
        return replace(term, from_=date.fromisoformat(text))
    if field == "through":
        return replace(term, through=date.fromisoformat(text))
    if field == "ended.last_day" and term.ended is not None:
        return replace(term, ended=replace(term.ended, last_day=date.fromisoformat(text)))
    raise LookupError(field)


def _known(contract: Contract, on: date) -> Contract:
    def paid(payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
        return tuple(payment for payment in payments if payment.paid_on <= on)

    ended = contract.term.ended
    learnt = None if ended is None else ended.received_on or ended.given_on
    term = contract.term if learnt is None or learnt <= on else replace(contract.term, ended=None)
    return replace(
        contract,
        term=term,
        authorised=tuple(
            replace(entry, payments=paid(entry.payments))
            for entry in contract.authorised
            if entry.known_from is None or entry.known_from <= on
        ),
        amendments=tuple(
            replace(found, payments=paid(found.payments))
            for found in contract.amendments
            if (found.known_from or found.signed_on) <= on
        ),
        other_payments=paid(contract.other_payments),
    )
