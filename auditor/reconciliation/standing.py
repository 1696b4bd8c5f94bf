"""Positions and findings of a whole estate, a few deployments at a time: memory follows the estate, not its history.

Most rules look at one deployment alone. They are asked of a portion of the deployments with their whole series, which
is then let go; of each series the last observations stay, for the rules that compare deployments or read contracts.
The answer is that of `positions` and `findings` over everything at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation.facts import PositionKey, facts_of
from auditor.reconciliation.judging import frame_of, triage
from auditor.reconciliation.life import living
from auditor.reconciliation.positions import Ground, grouped, positions_of, reference_names
from auditor.reconciliation.rules import RULES
from auditor.reconciliation.series import Point

PORTION = 500
"""Deployments whose series are in memory together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record says as of a moment."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]


def standing(
    estate: Estate,
    series: Mapping[str, Sequence[Observation]],
    unobserved: Sequence[Unobserved],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    as_of: datetime,
    *,
    checks: Sequence[Check] = (),
    portion: int = PORTION,
) -> Standing:
    """The positions and findings as of a moment.

    `series`: from a deployment to its observations, by time, once each; a mapping may fetch them when it is asked.
    Those after `as_of` are left out, like later attempts and decisions. The rest is as for `findings`.
    """
    names = reference_names(estate)
    known = {name: _until(series, name, as_of) for name in names}
    by_time = sorted((one for name in sorted(names) for one in known[name]), key=lambda one: one.captured_at)
    frame = frame_of(estate, by_time, decisions, key_dates, as_of, checks)
    ground = Ground(
        estate, frame.ledger, frame.decided, tuple(one for name in names for one in known[name]), as_of
    )  # fmt: skip
    attempts = [one for one in unobserved if one.at <= as_of]
    missed = grouped(attempts)
    stands: list[Position] = []
    found: list[Finding] = []
    last: dict[str, Sequence[Observation]] = {}
    for part in _portions(estate, portion):
        mine = {name: seen for name in part if (seen := _until(series, name, as_of))}
        placed: dict[PositionKey, tuple[Point, ...]] = {}
        own: list[Position] = []
        for name in part:
            for position, points in positions_of(
                ground, estate.deployments[name], mine.get(name, ()), missed.get(name, ())
            ):
                own.append(position)
                placed[position.contract, position.deployment, position.metric] = points
        facts = facts_of(frame, part, own, placed, mine, [one for name in part for one in missed.get(name, ())])
        found += [finding for rule in RULES if not rule.whole for finding in rule.check(facts)]
        stands += own
        last |= {name: _lasting(seen) for name, seen in mine.items()}
    facts = facts_of(frame, tuple(estate.deployments), stands, {}, last, attempts)
    found += [finding for rule in RULES if rule.whole for finding in rule.check(facts)]
    return Standing(tuple(stands), living(sorted(found, key=triage), decisions, as_of))


def _portions(estate: Estate, size: int) -> Iterator[tuple[str, ...]]:
    names = iter(estate.deployments)
    while part := tuple(islice(names, size)):
        yield part


def _until(series: Mapping[str, Sequence[Observation]], name: str, as_of: datetime) -> Sequence[Observation]:
    return [one for one in series.get(name, ()) if one.captured_at <= as_of]


def _lasting(seen: Sequence[Observation]) -> tuple[Observation, ...]:
    """Of each metric the last observation and the last that holds a number, by time."""
    kept: dict[tuple[str, bool], int] = {}
    for number, one in enumerate(seen):
        kept[one.metric, False] = number
        if one.counted is not None:
            kept[one.metric, True] = number
    return tuple(seen[number] for number in sorted(set(kept.values())))
