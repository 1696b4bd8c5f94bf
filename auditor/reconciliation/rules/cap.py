"""Rules about the cap a page says is registered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from auditor.model.findings import Finding, Position
from auditor.model.notes import make_note
from auditor.model.reading.observations import Basis, Count
from auditor.model.targets.contracts import UNLIMITED
from auditor.reconciliation.entitlement.calendar import parse_iso_date
from auditor.reconciliation.entitlement.prices import normalise_name
from auditor.reconciliation.entitlement.timeline import effective_on
from auditor.reconciliation.observations.reasons import is_missing
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import (
    both_languages,
    quantity_text,
    quantity_text_zh,
    words_for_observation,
    words_for_position,
)

TRIAL_WORDS = ("试用", "評価版", "evaluation", "trial", "testversion", "évaluation")
OPEN_END_DATES = frozenset({"9999-12-31", "2099-12-31"})


def cap_above_entitlement(facts: RuleContext) -> Iterator[Finding]:
    """C201: a finite cap above what a covered deployment is entitled to."""
    for position in facts.positions:
        cap, total = position.cap, position.entitled
        if _covered(position) and isinstance(cap, int) and isinstance(total, int) and cap > total:
            yield position_finding(
                "C201", position, words_for_position(facts, position), basis=_cap_basis(facts, position)
            )


def cap_unlimited(facts: RuleContext) -> Iterator[Finding]:
    """C202: the page says unlimited and the contract is finite. High where units are over as well."""
    for position in facts.positions:
        if position.cap != UNLIMITED or position.entitled == UNLIMITED:
            continue
        if position.contract is None and position.legal_status != "suspect":
            continue
        reference = _reference(facts, position)
        words = words_for_position(facts, position)
        basis = _cap_basis(facts, position)
        if reference is not None:
            words |= {
                "reference": facts.name(reference.deployment),
                "reference_used": reference.counted,
                "reference_cap": reference.cap,
                "edition": reference.fields.get("edition", ""),
            }
            basis = (*basis, *facts.bases(reference, "cap", "displayed", "edition"))
        over = position.status in ("over", "unlicensed") and bool(position.over_by)
        yield position_finding(
            "C202",
            position,
            words,
            variant="beside" if reference is not None else "",
            severity="high" if over else "medium",
            certainty="likely" if _certain(facts, position) else "needs_review",
            basis=basis,
            assumptions=(make_note("assumption.unlimited_is_a_statement"),),
        )


def cap_unreadable(facts: RuleContext) -> Iterator[Finding]:
    """C203: a cap is written that nobody declared the meaning of."""
    for deployment, latest in facts.observed():
        reason = latest.unreadable.get("cap")
        blank = latest.cap is None and bool(latest.cap_raw)
        if latest.cap is None and (blank or (reason is not None and not is_missing(reason))):
            words = words_for_observation(facts, latest) | {"cap_raw": latest.cap_raw}
            words |= both_languages("why", reason or make_note("observation.no_declared_meaning"))
            yield make_finding(
                "C203",
                deployment=deployment.id,
                metric=latest.metric,
                words=words,
                certainty="needs_review",
                basis=facts.bases(latest, "cap"),
            )


def cap_changed(facts: RuleContext) -> Iterator[Finding]:
    """C204: the cap differs between two captures and no amendment took effect in between."""
    for position in facts.positions:
        series = [one for one in facts.series(position.deployment, position.metric) if one.cap is not None]
        changes = [
            (one, two)
            for one, two in pairwise(series)
            if one.cap != two.cap and not _amended(facts, position, one, two)
        ]
        if not changes:
            continue
        one, two = changes[-1]
        contract = facts.contract(position)
        words = words_for_position(facts, position) | {
            "before": quantity_text(one.cap),
            "before_zh": quantity_text_zh(one.cap),
            "after": quantity_text(two.cap),
            "after_zh": quantity_text_zh(two.cap),
            "before_day": facts.day(one.captured_at, contract),
            "after_day": facts.day(two.captured_at, contract),
        }
        yield position_finding("C204", position, words, basis=facts.all_bases([one, two], "cap"), since=two.captured_at)


def registration_expired(facts: RuleContext) -> Iterator[Finding]:
    """C205: the registration states an end before the day of a capture that still shows use."""
    for deployment, latest in facts.observed():
        text = latest.fields.get("expires_on", "")
        day = facts.day(latest.captured_at, facts.compared_with(deployment.id))
        expiry = parse_iso_date(text)
        if expiry is None or text in OPEN_END_DATES or expiry.year <= 1970 or expiry >= day or latest.counted is None:
            continue
        yield make_finding(
            "C205",
            deployment=deployment.id,
            words=words_for_observation(facts, latest) | {"expiry": expiry},
            basis=facts.bases(latest, "expires_on", "displayed"),
        )


def trial_in_production(facts: RuleContext) -> Iterator[Finding]:
    """C206: a production deployment states that it is a trial."""
    for deployment, latest in facts.observed():
        found = [
            (key, text)
            for key, text in latest.fields.items()
            if key in ("edition", "licence_type", "mode", "version") and _trial(text)
        ]
        if found and deployment.environment == "production":
            key, text = found[0]
            yield make_finding(
                "C206",
                deployment=deployment.id,
                words=words_for_observation(facts, latest) | {"text": text},
                basis=facts.bases(latest, key),
            )


def cap_below_entitlement(facts: RuleContext) -> Iterator[Finding]:
    """C207: a finite cap below what a covered deployment is entitled to: in the other side's favour."""
    for position in facts.positions:
        if not _covered(position) or not isinstance(position.cap, int) or position.entitled is None:
            continue
        if position.entitled == UNLIMITED or position.cap < position.entitled:
            yield position_finding(
                "C207",
                position,
                words_for_position(facts, position),
                certainty="certain",
                basis=_cap_basis(facts, position),
            )


def _covered(position: Position) -> bool:
    return bool(position.timeline) and position.status in ("within", "over", "over_permitted")


def _certain(facts: RuleContext, position: Position) -> bool:
    current = facts.current(position)
    return current is not None and current.certain


def _cap_basis(facts: RuleContext, position: Position) -> tuple[Basis, ...]:
    return facts.bases(facts.current(position), "cap", "displayed", "edition")


def _reference(facts: RuleContext, position: Position) -> Count | None:
    """The latest reading of a reference deployment with a finite cap at the same edition."""
    current = facts.current(position)
    edition = normalise_name("" if current is None else current.fields.get("edition", ""))
    product = facts.deployment(position.deployment).product
    found = [
        one
        for one in facts.references
        if facts.deployment(one.deployment).product == product
        and one.deployment != position.deployment
        and one.metric == position.metric
        and isinstance(one.cap, int)
        and edition
        and normalise_name(one.fields.get("edition", "")) == edition
    ]
    return found[-1] if found else None


def _amended(facts: RuleContext, position: Position, one: Count, two: Count) -> bool:
    contract = facts.contract(position)
    if contract is None:
        return False
    product = facts.product(position.deployment)
    start, end = facts.day(one.captured_at, contract), facts.day(two.captured_at, contract)
    days = [
        effective_on(contract, product, found)
        for found in contract.amendments
        if found.deployment == position.deployment and found.metric == position.metric
    ]
    return any(day is not None and start <= day <= end for day in days)


def _trial(text: str) -> bool:
    return any(word in normalise_name(text) for word in TRIAL_WORDS)
