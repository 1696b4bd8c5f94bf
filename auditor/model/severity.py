"""The order in which findings matter, and the states in which a person is done with one. One place for all rooms."""

from __future__ import annotations

from typing import Final, get_args

from auditor.model.findings import BaselineState, Certainty, Finding, FindingState, Severity
from auditor.model.standing import QueueName

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the weightiest to the least."""
CERTAINTIES: Final[tuple[Certainty, ...]] = get_args(Certainty)
"""From the surest to what needs review."""
BASELINES: Final[tuple[BaselineState, ...]] = ("new", "updated", "unchanged", "absent")
"""What is new first."""

CLOSED_STATES: Final[frozenset[FindingState]] = frozenset({"explained", "settled", "dismissed"})
"""Closed by a person who judged it: told apart from the open ones, reopened where its number rises. A suppression is
no judgement: a suppressed finding is hidden until a day and is counted in every report."""
SET_ASIDE_STATES: Final[frozenset[FindingState]] = CLOSED_STATES | {"suppressed"}
"""In no sum, no alert and no exit code: closed by a person, or hidden by a suppression."""


def is_at_least(severity: Severity, least: Severity) -> bool:
    """Whether a severity is the given one or a weightier one."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def queue_of(one: Finding) -> QueueName:
    """The queue that a finding stands in until somebody has decided it, and then."""
    if one.life in SET_ASIDE_STATES or one.life == "confirmed":
        return "decided"
    if one.favours == "other_side":
        return "other_side"
    return "review" if one.certainty == "needs_review" else "open"
