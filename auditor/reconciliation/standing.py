"""Positions and findings of a whole estate, a few deployments at a time: memory follows the estate, not its history.

Most rules look at one deployment alone. They are asked of a portion of the deployments with their whole series, which
is then let go; of each series the last observations stay, for the rules that compare deployments or read contracts.
The answer is that of `positions` and `findings` over everything at once. A portion is judged by itself, so that whoever
asks may have several judged at the same time (`mapped`); what they give is put together in the order of the estate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation.facts import PositionKey, facts_of
from auditor.reconciliation.judging import frame_of, triage
from auditor.reconciliation.ledger import Ledger, ledger_of
from auditor.reconciliation.life import baseline, living
from auditor.reconciliation.pointing import Known
from auditor.reconciliation.positions import Ground, grouped, positions_of, reference_names
from auditor.reconciliation.rules import RULES
from auditor.reconciliation.series import Point

PORTION = 250
"""Deployments whose series are in memory together."""

Series = Mapping[str, Sequence[Observation]]
"""From a deployment to its observations, by time, once each; a mapping may fetch them when it is asked."""


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


@dataclass(frozen=True, slots=True)
class Share:
    """What some deployments give to a standing: positions, what they alone tell, and their last observations."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    last: Mapping[str, Sequence[Observation]]


Portion = tuple[str, ...]
Shares = tuple[Share, ...]
"""One of each moment."""
Mapped = Callable[[Callable[[Portion], Shares], Iterable[Portion]], Iterable[Shares]]
"""As the built-in `map`: the shares of each portion, in the order of the portions."""


def standing_since(
    estate: Estate,
    series: Series,
    now: Moment,
    before: Moment | None,
    *,
    portion: int = PORTION,
    mapped: Mapped = map,
) -> Standing:
    """How things stand now, the findings marked by what they were at the moment before, as `baseline` marks them.

    The rest is as for `findings`; observations after a moment are left out of it. The moment before is judged and
    compared where the portion is judged: of it nothing else is kept.
    """
    judges = _judges(estate, series, (now,) if before is None else (now, before))

    def judged(part: Portion) -> Shares:
        return _compared(estate, _judged(judges, series, part))

    shares = list(mapped(judged, _portions(estate, portion)))
    whole = [judge.whole([each[number] for each in shares]) for number, judge in enumerate(judges)]
    told = baseline(whole[1] if before is not None else (), whole[0])
    return Standing(
        tuple(position for each in shares for position in each[0].positions), _ordered([*_own(shares, 0), *told])
    )


def _judges(estate: Estate, series: Series, moments: Sequence[Moment]) -> list[_Judge]:
    references = {name: series.get(name, ()) for name in reference_names(estate)}
    ledger = ledger_of(estate)
    return [_Judge(estate, ledger, moment, references) for moment in moments]


def _judged(judges: Sequence[_Judge], series: Series, part: Portion) -> Shares:
    seen = {name: found for name in part if (found := series.get(name, ()))}
    known: dict[PositionKey, Known] = {}
    return tuple(judge.share(part, seen, known) for judge in judges)


def _compared(estate: Estate, shares: Shares) -> Shares:
    """The findings of now marked by those before, which are then let go. A finding of these rules is about one
    deployment, so that both of a pair are in the same portion."""
    now, *before = shares
    marked = baseline(before[0].findings if before else (), now.findings)
    return (
        replace(now, findings=marked),
        *(replace(one, positions=_pooled(estate, one), findings=()) for one in before),
    )


def _pooled(estate: Estate, share: Share) -> tuple[Position, ...]:
    """Positions against a quantity that several deployments share: all that rules over the whole estate look at."""
    return tuple(
        one
        for one in share.positions
        if one.contract is not None and one.metric in estate.contracts[one.contract].pools
    )


def _own(shares: Sequence[Shares], number: int) -> Iterator[Finding]:
    return (finding for each in shares for finding in each[number].findings)


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """In triage order, those that are gone after all others."""
    return tuple(sorted(found, key=lambda finding: (finding.baseline == "absent", triage(finding))))


class _Judge:
    """Judges one moment: portion by portion, then what remains over all."""

    def __init__(self, estate: Estate, ledger: Ledger, moment: Moment, references: Series) -> None:
        self._estate, self._moment = estate, moment
        known = {name: _until(found, moment.as_of) for name, found in references.items()}
        by_time = sorted((one for name in sorted(known) for one in known[name]), key=lambda one: one.captured_at)
        self._frame = frame_of(
            estate, by_time, moment.decisions, moment.key_dates, moment.as_of, moment.checks, ledger=ledger
        )  # fmt: skip
        beside = tuple(one for found in known.values() for one in found)
        self._ground = Ground(estate, ledger, self._frame.decided, beside, moment.as_of)
        self._attempts = [one for one in moment.unobserved if one.at <= moment.as_of]
        self._missed = grouped(self._attempts)

    def share(self, part: Portion, series: Series, known: dict[PositionKey, Known]) -> Share:
        """Some deployments judged by themselves. `known`: their points, where a later moment was judged before; those
        of this moment are put in their place."""
        mine = {name: seen for name, found in series.items() if (seen := _until(found, self._moment.as_of))}
        placed: dict[PositionKey, tuple[Point, ...]] = {}
        own: list[Position] = []
        missed: list[Unobserved] = []
        for name in part:
            attempts = self._missed.get(name, ())
            missed += attempts
            place = self._estate.deployments[name]
            for position, (case, points) in positions_of(self._ground, place, mine.get(name, ()), attempts, known):
                own.append(position)
                placed[case.key], known[case.key] = points, (case, points)
        facts = facts_of(self._frame, part, own, placed, mine, missed)
        found = [finding for rule in RULES if not rule.whole for finding in rule.check(facts)]
        last = {name: _lasting(seen) for name, seen in mine.items()}
        return Share(tuple(own), living(found, self._moment.decisions, self._moment.as_of), last)

    def whole(self, shares: Sequence[Share]) -> tuple[Finding, ...]:
        """What is told over all deployments and contracts together."""
        names = tuple(self._estate.deployments)
        positions = [position for share in shares for position in share.positions]
        last = {name: seen for share in shares for name, seen in share.last.items()}
        facts = facts_of(self._frame, names, positions, {}, last, self._attempts)
        found = [finding for rule in RULES if rule.whole for finding in rule.check(facts)]
        return living(found, self._moment.decisions, self._moment.as_of)


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
