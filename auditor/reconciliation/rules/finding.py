"""Makes findings: name, severity, risks and the wordings in both languages come from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from auditor.model.findings import Certainty, Finding, FindingKind, Position, Severity
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Basis
from auditor.model.targets.contracts import Money
from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
from auditor.reconciliation.rules.texts.sentences import sentence_pair
from auditor.wording import doubt_notes

A_PERSON_LOOKS = make_note("review.by_person")


def reading_doubts(doubts: Mapping[str, Note]) -> Note | None:
    """Why the numbers of a count need review, as one note; None where none does."""
    said = doubt_notes(doubts)
    return make_note("several", notes=said) if said else None


def make_finding(
    rule: str,
    *,
    deployment: str,
    words: Mapping[str, object],
    contract: str | None = None,
    metric: str = "",
    variant: str = "",
    severity: Severity | None = None,
    certainty: Certainty = "likely",
    kind: FindingKind | None = None,
    basis: tuple[Basis, ...] = (),
    units: int | None = None,
    list_value: Money | None = None,
    net_value: Money | None = None,
    assumptions: tuple[Note, ...] = (),
    since: datetime | None = None,
    others: tuple[str, ...] = (),
    favours: Literal["licensor", "other_side", "neither"] | None = None,
    review_why: Note | None = None,
) -> Finding:
    """A finding of one rule. `variant` selects another sentence of the same rule in the wording table."""
    entry = CATALOGUE[rule]
    english, chinese = sentence_pair(f"{rule}.{variant}" if variant else rule, words)
    return Finding(
        rule=rule,
        name=entry.name,
        name_zh=entry.name_zh,
        deployment=deployment,
        contract=contract,
        metric=metric,
        severity=severity or entry.severity,
        certainty=certainty,
        kind=kind or entry.kind,
        statement=english,
        statement_zh=chinese,
        basis=basis,
        favours=favours or entry.favours,
        units=units,
        list_value=list_value,
        net_value=net_value,
        false_positive_risks=entry.risks,
        false_positive_risks_zh=entry.risks_zh,
        assumptions=assumptions,
        disproved_by=entry.disproved_by,
        disproved_by_zh=entry.disproved_by_zh,
        since=since,
        others=others,
        review_why=None if certainty != "needs_review" else review_why or A_PERSON_LOOKS,
    )


def position_finding(rule: str, position: Position, words: Mapping[str, object], **more: Any) -> Finding:
    """A finding about a position: its deployment, contract, metric and, unless given, its basis."""
    more.setdefault("basis", position.basis)
    if more.get("review_why") is None:
        more["review_why"] = reading_doubts(position.doubts)
    return make_finding(
        rule,
        deployment=position.deployment,
        contract=position.contract,
        metric=position.metric,
        words=words,
        **more,
    )


def format_money(value: Money | None) -> str:
    """An amount as sentences write it: `12,000.00 CNY`; a dash where there is none."""
    return "–" if value is None else f"{value.amount:,.2f} {value.currency}"
