"""The life of a finding: what is new since the last time, and what named persons decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from auditor.model.findings import BaselineState, Decision, Finding, FindingState
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.severity import CLOSED_STATES
from auditor.reconciliation.entitlement.contract_index import DecisionsInForce, decisions_in_force

DECIDED_STATES: tuple[FindingState, ...] = ("acknowledged", "confirmed", "explained", "settled", "dismissed")
"""The states that a decision may name."""


def with_decisions(found: Sequence[Finding], decisions: Sequence[Decision], as_of: datetime) -> tuple[Finding, ...]:
    """Each finding with its state: as decided, suppressed until its day, or reopened where the number rose since.

    A decision of kind `finding` names the fingerprint as subject, the state as text and the number it was made on as
    value. A suppression carries a reason and, where it ends, the last day it holds (in UTC).
    """
    decided = decisions_in_force(decisions, as_of)
    if not any(kind in ("suppression", "finding") for kind, _ in decided.by):
        return tuple(found)
    return tuple(_state(finding, decided, as_of) for finding in found)


def _state(finding: Finding, decided: DecisionsInForce, as_of: datetime) -> Finding:
    subject = finding.fingerprint
    suppression = decided.on("suppression", subject)
    if suppression is not None and suppression.reason:
        expires = suppression.expires_on
        if expires is None or as_of.date() <= expires:
            why = make_note("life.suppressed", by=suppression.by, reason=suppression.reason)
            if expires is not None:
                why = make_note("life.suppressed_until", by=suppression.by, day=expires, reason=suppression.reason)
            return replace(finding, life="suppressed", life_why=why)
    decision = decided.on("finding", subject)
    state = None if decision is None else next((one for one in DECIDED_STATES if one == decision.text), None)
    if decision is None or state is None:
        return finding
    why = make_note("life.decided", by=decision.by, day=decision.at.date(), reason=decision.reason)
    if state in CLOSED_STATES and _rose(decision.value, finding.units):
        rose = _reopened(decision.text, decision.value, finding.units, why)
        return replace(finding, life="reopened", life_why=rose)
    return replace(finding, life=state, life_why=why)


def _reopened(state: str, before: int | None, now: int | None, why: Note | None) -> Note:
    return make_note("life.reopened", state=state, before=before, now=now, why=why or quote_text(""))


def _rose(before: int | None, now: int | None) -> bool:
    return before is not None and now is not None and now > before


def mark_baseline(previous: Sequence[Finding], current: Sequence[Finding]) -> tuple[Finding, ...]:
    """The current findings marked new, unchanged or updated, then those of the last time that are gone, as absent.

    Identity is the fingerprint, which holds no number. A finding closed the last time without a stated number is
    reopened here where its number rose.
    """
    before = {finding.fingerprint: finding for finding in previous if finding.baseline != "absent"}
    now: set[str] = set()
    marked = []
    for finding in current:
        key = finding.fingerprint
        now.add(key)
        marked.append(_compared(before.get(key), finding))
    absent = [replace(finding, baseline="absent") for key, finding in before.items() if key not in now]
    return (*marked, *absent)


def _compared(before: Finding | None, finding: Finding) -> Finding:
    if before is None:
        return finding if finding.baseline == "new" else replace(finding, baseline="new")
    state: BaselineState = "unchanged" if _content(before) == _content(finding) else "updated"
    if finding.life in CLOSED_STATES and before.life in CLOSED_STATES and _rose(before.units, finding.units):
        why = _reopened(before.life, before.units, finding.units, finding.life_why)
        return replace(finding, baseline=state, life="reopened", life_why=why)
    return replace(finding, baseline=state)


def _content(finding: Finding) -> tuple[object, ...]:
    """What makes a finding say something else: its number, value, weight and the deployments concerned."""
    return (
        finding.units,
        finding.list_value,
        finding.net_value,
        finding.severity,
        finding.certainty,
        finding.kind,
        finding.others,
    )
