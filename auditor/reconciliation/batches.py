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
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, PositionKey, Unobserved
from auditor.reconciliation.entitlement.contract_index import ContractIndex, decisions_in_force, index_contracts
from auditor.reconciliation.entitlement.coverage import Coverage
from auditor.reconciliation.finding_state import mark_baseline, with_decisions
from auditor.reconciliation.position.counted_series import CountedPoint, PositionInput, PreparedSeries, points_of
from auditor.reconciliation.position.position import (
    PositionContext,
    deployment_positions,
    group_by_deployment,
    reference_names,
)
from auditor.reconciliation.rules.context import SharedContext, rule_context
from auditor.reconciliation.rules.registry import RULES

BATCH_SIZE = 250
"""Deployments whose series are in memory together."""

SeriesByDeployment = Mapping[str, Sequence[Observation]]
"""From a deployment to its observations, by time, once each; a mapping may fetch them when it is asked."""


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """What the record says as of a moment."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationInput:
    """What was known beside the observations. Attempts and decisions after `as_of` are left out."""

    as_of: datetime
    unobserved: Sequence[Unobserved] = ()
    decisions: Sequence[Decision] = ()
    key_dates: Sequence[KeyDate] = ()
    checks: Sequence[Check] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What some deployments give to a standing: positions, what they alone tell, and their last observations."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    last: Mapping[str, Sequence[Observation]]


Batch = tuple[str, ...]
BatchResults = tuple[BatchResult, ...]
"""One of each moment."""
MapFn = Callable[[Callable[[Batch], BatchResults], Iterable[Batch]], Iterable[BatchResults]]
"""As the built-in `map`: the shares of each portion, in the order of the portions."""


def reconcile(
    estate: Estate,
    series: SeriesByDeployment,
    now: ReconciliationInput,
    before: ReconciliationInput | None,
    *,
    portion: int = BATCH_SIZE,
    mapped: MapFn = map,
) -> ReconciliationResult:
    """How things stand now, the findings marked by what they were at the moment before, as `mark_baseline` marks them.

    The rest is as for `findings`; observations after a moment are left out of it. The moment before is judged and
    compared where the portion is judged: of it nothing else is kept.
    """
    judges = _judges(estate, series, (now,) if before is None else (now, before))

    def judged(part: Batch) -> BatchResults:
        return _compared(estate, _judged(judges, series, part))

    shares = list(mapped(judged, _portions(estate, portion)))
    whole = [judge.whole([each[number] for each in shares]) for number, judge in enumerate(judges)]
    told = mark_baseline(whole[1] if before is not None else (), whole[0])
    return ReconciliationResult(
        tuple(position for each in shares for position in each[0].positions), _ordered([*_own(shares, 0), *told])
    )


def _judges(estate: Estate, series: SeriesByDeployment, moments: Sequence[ReconciliationInput]) -> list[_Judge]:
    references = {name: series.get(name, ()) for name in reference_names(estate)}
    ledger = index_contracts(estate)
    return [_Judge(estate, ledger, moment, references) for moment in moments]


def _judged(judges: Sequence[_Judge], series: SeriesByDeployment, part: Batch) -> BatchResults:
    seen = {name: found for name in part if (found := series.get(name, ()))}
    known: dict[PositionKey, PreparedSeries] = {}
    return tuple(judge.share(part, seen, known) for judge in judges)


def _compared(estate: Estate, shares: BatchResults) -> BatchResults:
    """The findings of now marked by those before, which are then let go. A finding of these rules is about one
    deployment, so that both of a pair are in the same portion."""
    now, *before = shares
    marked = mark_baseline(before[0].findings if before else (), now.findings)
    return (
        replace(now, findings=marked),
        *(replace(one, positions=_pooled(estate, one), findings=()) for one in before),
    )


def _pooled(estate: Estate, share: BatchResult) -> tuple[Position, ...]:
    """Positions against a quantity that several deployments share: all that rules over the whole estate look at."""
    return tuple(
        one
        for one in share.positions
        if one.contract is not None and one.metric in estate.contracts[one.contract].pools
    )


def _own(shares: Sequence[BatchResults], number: int) -> Iterator[Finding]:
    return (finding for each in shares for finding in each[number].findings)


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """In triage order, those that are gone after all others."""
    return tuple(sorted(found, key=lambda finding: (finding.baseline == "absent", triage_key(finding))))


class _Judge:
    """Judges one moment: portion by portion, then what remains over all."""

    def __init__(
        self, estate: Estate, ledger: ContractIndex, moment: ReconciliationInput, references: SeriesByDeployment
    ) -> None:
        self._estate, self._moment = estate, moment
        known = {name: _until(found, moment.as_of) for name, found in references.items()}
        by_time = sorted((one for name in sorted(known) for one in known[name]), key=lambda one: one.captured_at)
        self._frame = shared_context(
            estate, by_time, moment.decisions, moment.key_dates, moment.as_of, moment.checks, ledger=ledger
        )  # fmt: skip
        beside = tuple(one for found in known.values() for one in found)
        self._ground = PositionContext(estate, ledger, self._frame.decided, beside, moment.as_of)
        self._attempts = [one for one in moment.unobserved if one.at <= moment.as_of]
        self._missed = group_by_deployment(self._attempts)

    def share(self, part: Batch, series: SeriesByDeployment, known: dict[PositionKey, PreparedSeries]) -> BatchResult:
        """Some deployments judged by themselves. `known`: their points, where a later moment was judged before; those
        of this moment are put in their place."""
        mine = {name: seen for name, found in series.items() if (seen := _until(found, self._moment.as_of))}
        placed: dict[PositionKey, tuple[CountedPoint, ...]] = {}
        own: list[Position] = []
        missed: list[Unobserved] = []
        for name in part:
            attempts = self._missed.get(name, ())
            missed += attempts
            place = self._estate.deployments[name]
            for position, (case, points) in deployment_positions(
                self._ground, place, mine.get(name, ()), attempts, known
            ):
                own.append(position)
                placed[case.key], known[case.key] = points, (case, points)
        facts = rule_context(self._frame, part, own, placed, mine, missed)
        found = [finding for rule in RULES if not rule.whole for finding in rule.check(facts)]
        last = {name: _lasting(seen) for name, seen in mine.items()}
        return BatchResult(tuple(own), with_decisions(found, self._moment.decisions, self._moment.as_of), last)

    def whole(self, shares: Sequence[BatchResult]) -> tuple[Finding, ...]:
        """What is told over all deployments and contracts together."""
        names = tuple(self._estate.deployments)
        positions = [position for share in shares for position in share.positions]
        last = {name: seen for share in shares for name, seen in share.last.items()}
        facts = rule_context(self._frame, names, positions, {}, last, self._attempts)
        found = [finding for rule in RULES if rule.whole for finding in rule.check(facts)]
        return with_decisions(found, self._moment.decisions, self._moment.as_of)


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


SEVERITY_ORDER = ("high", "medium", "low", "info")
CERTAINTY_ORDER = ("certain", "likely", "needs_review")


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
    mine = group_by_deployment(one for one in seen if one.deployment in estate.deployments)
    frame = shared_context(estate, seen, decisions, key_dates, as_of, checks)
    points = {_key(one): _points(frame, one, mine.get(one.deployment, ())) for one in positions}
    missed = [one for one in unobserved if one.at <= as_of]
    facts = rule_context(frame, tuple(estate.deployments), positions, points, mine, missed)
    found = [finding for rule in RULES for finding in rule.check(facts)]
    return with_decisions(sorted(found, key=triage_key), decisions, as_of)


def shared_context(
    estate: Estate,
    observations: Sequence[Observation],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    as_of: datetime,
    checks: Sequence[Check],
    *,
    ledger: ContractIndex | None = None,
) -> SharedContext:
    """What all facts have in common. `observations` by time; those of reference deployments are kept. `ledger`: where
    it was made already."""
    dates = {key.id: key for key in (*estate.key_dates, *key_dates)}
    references = {name for name, place in estate.deployments.items() if place.legal_status == "reference"}
    return SharedContext(
        estate,
        ledger or index_contracts(estate),
        decisions_in_force(decisions, as_of),
        tuple(dates.values()),
        tuple(one for one in observations if one.deployment in references),
        as_of,
        tuple(checks),
    )


def _key(position: Position) -> PositionKey:
    return position.contract, position.deployment, position.metric


def _points(frame: SharedContext, position: Position, mine: Sequence[Observation]) -> tuple[CountedPoint, ...]:
    estate = frame.estate
    contract = None if position.contract is None else frame.ledger.of(position.contract, position.deployment)
    coverage = Coverage(contract, bool(position.timeline), position.timeline)
    series = tuple(one for one in mine if one.metric == position.metric)
    deployment = estate.deployments[position.deployment]
    return points_of(
        PositionInput(estate, deployment, position.metric, coverage, series, (), frame.decided, frame.as_of)
    )


def triage_key(finding: Finding) -> tuple[int, int, int, str, str, str]:
    """Order of attention: severity, then certainty, then with a value before without, then by rule and deployment."""
    return (
        SEVERITY_ORDER.index(finding.severity),
        CERTAINTY_ORDER.index(finding.certainty),
        0 if finding.list_value is not None or finding.net_value is not None else 1,
        finding.rule,
        finding.deployment,
        finding.metric,
    )
