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


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known beside the observations. Attempts and decisions after `as_of` are left out."""

    as_of: datetime
    unobserved: Sequence[Unobserved] = ()
    decisions: Sequence[Decision] = ()
    key_dates: Sequence[KeyDate] = ()
    checks: Sequence[Check] = ()


def standings(
    estate: Estate, series: Mapping[str, Sequence[Observation]], moments: Sequence[Moment], *, portion: int = PORTION
) -> tuple[Standing, ...]:
    """The positions and findings as of each moment, in one pass over the series.

    `series`: from a deployment to its observations, by time, once each; a mapping may fetch them when it is asked.
    Those after a moment are left out of it. The rest is as for `findings`.
    """
    names = reference_names(estate)
    references = {name: series.get(name, ()) for name in names}
    judges = [_Judge(estate, moment, references) for moment in moments]
    for part in _portions(estate, portion):
        seen = {name: found for name in part if (found := series.get(name, ()))}
        for judge in judges:
            judge.take(part, seen)
    return tuple(judge.standing() for judge in judges)


class _Judge:
    """Judges one moment, portion by portion."""

    def __init__(self, estate: Estate, moment: Moment, references: Mapping[str, Sequence[Observation]]) -> None:
        self._estate, self._moment = estate, moment
        known = {name: _until(found, moment.as_of) for name, found in references.items()}
        by_time = sorted((one for name in sorted(known) for one in known[name]), key=lambda one: one.captured_at)
        self._frame = frame_of(
            estate, by_time, moment.decisions, moment.key_dates, moment.as_of, moment.checks
        )  # fmt: skip
        beside = tuple(one for found in known.values() for one in found)
        self._ground = Ground(estate, self._frame.ledger, self._frame.decided, beside, moment.as_of)
        self._attempts = [one for one in moment.unobserved if one.at <= moment.as_of]
        self._missed = grouped(self._attempts)
        self._positions: list[Position] = []
        self._findings: list[Finding] = []
        self._last: dict[str, Sequence[Observation]] = {}

    def take(self, part: Sequence[str], series: Mapping[str, Sequence[Observation]]) -> None:
        """Judge some deployments by themselves; of their series the last observations are kept."""
        mine = {name: seen for name, found in series.items() if (seen := _until(found, self._moment.as_of))}
        placed: dict[PositionKey, tuple[Point, ...]] = {}
        own: list[Position] = []
        missed: list[Unobserved] = []
        for name in part:
            attempts = self._missed.get(name, ())
            missed += attempts
            for position, points in positions_of(
                self._ground, self._estate.deployments[name], mine.get(name, ()), attempts
            ):
                own.append(position)
                placed[position.contract, position.deployment, position.metric] = points
        facts = facts_of(self._frame, part, own, placed, mine, missed)
        self._findings += [finding for rule in RULES if not rule.whole for finding in rule.check(facts)]
        self._positions += own
        self._last |= {name: _lasting(seen) for name, seen in mine.items()}

    def standing(self) -> Standing:
        """What remains to be judged over all, and everything in its order."""
        names = tuple(self._estate.deployments)
        facts = facts_of(self._frame, names, self._positions, {}, self._last, self._attempts)
        found = [*self._findings, *(finding for rule in RULES if rule.whole for finding in rule.check(facts))]
        told = living(sorted(found, key=triage), self._moment.decisions, self._moment.as_of)
        return Standing(tuple(self._positions), told)


def _portions(estate: Estate, size: int) -> Iterator[tuple[str, ...]]:
    names = iter(estate.deployments)
    while part := tuple(islice(names, size)):
        yield part


def _until(series: Sequence[Observation], as_of: datetime) -> Sequence[Observation]:
    if not series or series[-1].captured_at <= as_of:
        return series
    return [one for one in series if one.captured_at <= as_of]


def _lasting(seen: Sequence[Observation]) -> tuple[Observation, ...]:
    """Of each metric the last observation and the last that holds a number, by time."""
    kept: dict[tuple[str, bool], int] = {}
    for number, one in enumerate(seen):
        kept[one.metric, False] = number
        if one.counted is not None:
            kept[one.metric, True] = number
    return tuple(seen[number] for number in sorted(set(kept.values())))
