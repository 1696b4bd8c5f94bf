"""All rules over one set of facts, each finding with the state that named persons gave it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation.coverage import Coverage
from auditor.reconciliation.facts import Frame, PositionKey, facts_of
from auditor.reconciliation.ledger import Ledger, decided_by, ledger_of
from auditor.reconciliation.life import living
from auditor.reconciliation.pointing import Case, points_of
from auditor.reconciliation.positions import grouped
from auditor.reconciliation.rules import RULES
from auditor.reconciliation.series import Point

SEVERITIES = ("high", "medium", "low", "info")
CERTAINTIES = ("certain", "likely", "needs_review")


def findings(
    estate: Estate,
    positions: Sequence[Position],
    observations: Sequence[Observation],
    unobserved: Sequence[Unobserved],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    history: Sequence[Observation],
    as_of: datetime,
    *,
    checks: Sequence[Check] = (),
) -> tuple[Finding, ...]:
    """The findings of every rule in triage order: high and certain first.

    `observations` and `history` are joined: every observation known, once each; those after `as_of` are left out, like
    later decisions. Key dates of the estate are added to those given. `checks`: answers of the verifier, for V807.
    `standing_since` says the same of a long history in less memory.
    """
    known = {(one.capture, one.deployment, one.metric): one for one in (*history, *observations)}
    seen = sorted((one for one in known.values() if one.captured_at <= as_of), key=lambda one: one.captured_at)
    mine = grouped(one for one in seen if one.deployment in estate.deployments)
    frame = frame_of(estate, seen, decisions, key_dates, as_of, checks)
    points = {_key(one): _points(frame, one, mine.get(one.deployment, ())) for one in positions}
    missed = [one for one in unobserved if one.at <= as_of]
    facts = facts_of(frame, tuple(estate.deployments), positions, points, mine, missed)
    found = [finding for rule in RULES for finding in rule.check(facts)]
    return living(sorted(found, key=triage), decisions, as_of)


def frame_of(
    estate: Estate,
    observations: Sequence[Observation],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    as_of: datetime,
    checks: Sequence[Check],
    *,
    ledger: Ledger | None = None,
) -> Frame:
    """What all facts have in common. `observations` by time; those of reference deployments are kept. `ledger`: where
    it was made already."""
    dates = {key.id: key for key in (*estate.key_dates, *key_dates)}
    references = {name for name, place in estate.deployments.items() if place.legal_status == "reference"}
    return Frame(
        estate,
        ledger or ledger_of(estate),
        decided_by(decisions, as_of),
        tuple(dates.values()),
        tuple(one for one in observations if one.deployment in references),
        as_of,
        tuple(checks),
    )


def _key(position: Position) -> PositionKey:
    return position.contract, position.deployment, position.metric


def _points(frame: Frame, position: Position, mine: Sequence[Observation]) -> tuple[Point, ...]:
    estate = frame.estate
    contract = None if position.contract is None else frame.ledger.of(position.contract, position.deployment)
    coverage = Coverage(contract, bool(position.timeline), position.timeline)
    series = tuple(one for one in mine if one.metric == position.metric)
    deployment = estate.deployments[position.deployment]
    return points_of(Case(estate, deployment, position.metric, coverage, series, (), frame.decided, frame.as_of))


def triage(finding: Finding) -> tuple[int, int, int, str, str, str]:
    """Order of attention: severity, then certainty, then with a value before without, then by rule and deployment."""
    return (
        SEVERITIES.index(finding.severity),
        CERTAINTIES.index(finding.certainty),
        0 if finding.list_value is not None or finding.net_value is not None else 1,
        finding.rule,
        finding.deployment,
        finding.metric,
    )
