"""Rules about the record of the contract itself: incomplete, contradictory, without document, out of date."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.findings import Finding
from auditor.model.notes import make_note, quote_text
from auditor.model.targets.contracts import Contract
from auditor.reconciliation.entitlement.corrections import apply_corrections
from auditor.reconciliation.entitlement.timeline import proof_strength
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import both_languages, listed_in_both, words_for_position


def contract_incomplete(facts: RuleContext) -> Iterator[Finding]:
    """R901: a needed fact is missing, and the deployment is left out of the calculation."""
    for position in facts.positions:
        if position.status == "incomplete":
            words = words_for_position(facts, position) | both_languages("why", position.rule)
            yield position_finding("R901", position, words, certainty="certain", favours="neither")


def documents_disagree(facts: RuleContext) -> Iterator[Finding]:
    """R902: a date with several readings that nobody resolved, or two records of one fact that differ."""
    by_contract: dict[str, list[str]] = {}
    for key in facts.key_dates:
        if len(facts.days_of(key)) > 1:
            days = " / ".join(day.isoformat() for day in facts.days_of(key))
            by_contract.setdefault(key.contract, []).append(f"{key.what or key.id}: {key.raw!r} = {days}")
    for contract in facts.estate.contracts.values():
        found = [*_signatures(contract)]
        found += [f"{one.of}: {one.was} → {one.now} ({one.recorded_on})" for one in apply_corrections(contract)[1]]
        if found:
            by_contract.setdefault(contract.id, []).extend(found)
    for name, reasons in by_contract.items():
        words = {"where": f" ({name})" if name else "", "reasons": "; ".join(reasons)}
        yield make_finding(
            "R902", deployment="", contract=name or None, words=words, certainty="needs_review", favours="neither"
        )


def _signatures(contract: Contract) -> Iterator[str]:
    signed = {document.id: document.signed_on for document in contract.documents}
    for amendment in contract.amendments:
        day = signed.get(amendment.source.document)
        if day is not None and day != amendment.signed_on:
            yield f"{amendment.id}: {amendment.signed_on} / {amendment.source.document}: {day}"


def fact_without_document(facts: RuleContext) -> Iterator[Finding]:
    """R903: a quantity that rests on no clause, document, order or payment."""
    for contract in facts.estate.contracts.values():
        asserted = [
            make_note("record.order_of", deployment=entry.deployment)
            for entry in contract.authorised
            if proof_strength(entry.source, entry.payments, entry.order) == "asserted"
        ]
        asserted += [
            quote_text(found.id)
            for found in contract.amendments
            if proof_strength(found.source, found.payments) == "asserted"
        ]
        if asserted:
            words = {"contract": contract.id} | listed_in_both("facts", asserted, ", ")
            yield make_finding(
                "R903", deployment="", contract=contract.id, words=words, certainty="certain", favours="neither"
            )


def exemption_out_of_date(facts: RuleContext) -> Iterator[Finding]:
    """R904: an exemption has passed and the deployment was captured since."""
    for position in facts.positions:
        contract = facts.contract(position)
        if contract is None or position.captured_at is None or not position.timeline:
            continue
        day = facts.day(position.captured_at, contract)
        past = [
            make_note(
                "record.exemption",
                clause=found.clause,
                what=found.kind or found.units or make_note("record.exempt_all"),
                through=found.through,
            )
            for found in contract.exemptions
            if found.deployment in (None, position.deployment) and found.through is not None and found.through < day
        ]
        if past:
            words = words_for_position(facts, position) | listed_in_both("exemptions", past, ", ")
            yield position_finding("R904", position, words, certainty="certain")
