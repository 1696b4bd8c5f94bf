"""All rules over one set of facts, each finding with the state that named persons gave it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation.facts import gather
from auditor.reconciliation.life import living
from auditor.reconciliation.rules import RULES

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
    """
    known = {(one.capture, one.deployment, one.metric): one for one in (*history, *observations)}
    seen = sorted((one for one in known.values() if one.captured_at <= as_of), key=lambda one: one.captured_at)
    dates = {key.id: key for key in (*estate.key_dates, *key_dates)}
    facts = gather(
        estate,
        positions,
        [one for one in seen if one.deployment in estate.deployments],
        [one for one in unobserved if one.at <= as_of],
        decisions,
        tuple(dates.values()),
        as_of,
        checks,
    )
    found = [finding for rule in RULES for finding in rule.check(facts)]
    return living(sorted(found, key=triage), decisions, as_of)


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
