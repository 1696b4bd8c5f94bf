"""One moment judged: batch by batch, then what remains over all deployments and contracts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Position, PositionChange, PositionKey, Unobserved
from auditor.model.reading.observations import Count, Texts
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate
from auditor.reconciliation.confirmed_places import ConfirmedPlaces, limit_certainty
from auditor.reconciliation.entitlement.contract_index import ContractIndex, decisions_in_force
from auditor.reconciliation.finding_state import with_decisions
from auditor.reconciliation.position.counted_series import CountedPoint, PreparedSeries
from auditor.reconciliation.position.position import PositionContext, deployment_positions
from auditor.reconciliation.rules.context import SharedContext, rule_context
from auditor.reconciliation.rules.registry import RULES, WHOLE_ESTATE_RULES

CountsByDeployment = Mapping[str, Sequence[Count]]
"""From a deployment to its counts, by time, once each; a mapping may fetch them when it is asked."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What some deployments give: positions, the findings of rules about one deployment, and their last counts."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    last: CountsByDeployment
    changes: tuple[PositionChange, ...] = ()
    """Against an earlier moment, where one was judged too."""


class Judge:
    """What is known at one moment, ready to judge deployments by it."""

    def __init__(
        self,
        estate: Estate,
        ledger: ContractIndex,
        references: CountsByDeployment,
        as_of: datetime,
        unobserved: Sequence[Unobserved],
        decisions: Sequence[Decision],
        key_dates: Sequence[KeyDate],
        checks: Sequence[Check],
    ) -> None:
        self._estate, self._as_of, self._decisions = estate, as_of, decisions
        decided = decisions_in_force(decisions, as_of)
        self._places = ConfirmedPlaces(decided)
        known = {name: self.until(found) for name, found in references.items()}
        by_time = sorted((one for name in sorted(known) for one in known[name]), key=lambda one: one.captured_at)
        dates = {key.id: key for key in (*estate.key_dates, *key_dates)}
        self._shared = SharedContext(
            estate, ledger, decided, tuple(dates.values()), tuple(by_time), as_of, tuple(checks), self._places
        )  # fmt: skip
        beside = tuple(one for found in known.values() for one in found)
        self._ground = PositionContext(estate, ledger, decided, beside, as_of, self._places)
        self._attempts = [one for one in unobserved if one.at <= as_of]
        self._missed = _by_deployment(self._attempts)

    def until(self, series: Sequence[Count]) -> Sequence[Count]:
        """A series up to the moment, held against what was confirmed of its pages."""
        if series and series[-1].captured_at > self._as_of:
            series = [one for one in series if one.captured_at <= self._as_of]
        return self._places.held_against(series)

    def batch(
        self, batch: Sequence[str], counts: CountsByDeployment, texts: Texts, known: dict[PositionKey, PreparedSeries]
    ) -> BatchResult:
        """Some deployments judged by themselves. `known`: their points, where a later moment was judged before; those
        of this moment are put in their place."""
        mine = {name: seen for name, found in counts.items() if (seen := self.until(found))}
        placed: dict[PositionKey, tuple[CountedPoint, ...]] = {}
        own: list[Position] = []
        missed: list[Unobserved] = []
        for name in batch:
            attempts = self._missed.get(name, ())
            missed += attempts
            deployment = self._estate.deployments[name]
            for position, (case, points) in deployment_positions(
                self._ground, deployment, mine.get(name, ()), attempts, texts, known
            ):
                own.append(position)
                placed[case.key], known[case.key] = points, (case, points)
        facts = rule_context(self._shared, batch, own, placed, mine, missed, texts)
        found = [finding for rule in RULES if not rule.whole for finding in rule.check(facts)]
        last = {name: last_counts(seen) for name, seen in mine.items()}
        found = limit_certainty(found, last, self._places)
        return BatchResult(tuple(own), with_decisions(found, self._decisions, self._as_of), last)

    def whole(self, results: Sequence[BatchResult], texts: Texts) -> tuple[Finding, ...]:
        """What is told over all deployments and contracts together."""
        names = tuple(self._estate.deployments)
        positions = [position for result in results for position in result.positions]
        last = {name: seen for result in results for name, seen in result.last.items()}
        return self.some(WHOLE_ESTATE_RULES, names, positions, last, texts)

    def some(
        self,
        rules: Collection[str],
        names: Sequence[str],
        positions: Sequence[Position],
        last: CountsByDeployment,
        texts: Texts,
        contracts: Mapping[str, Contract] | None = None,
    ) -> tuple[Finding, ...]:
        """What some of the whole-estate rules tell of these deployments, in the order of the estate. `contracts`: those
        that the rules go through; None for all."""
        frame = self._shared
        if contracts is not None:
            frame = replace(frame, estate=replace(self._estate, contracts=contracts))
        facts = rule_context(frame, names, positions, {}, last, self._attempts, texts)
        found = [finding for rule in RULES if rule.id in rules for finding in rule.check(facts)]
        found = limit_certainty(found, last, self._places)
        return with_decisions(found, self._decisions, self._as_of)


def last_counts(series: Sequence[Count]) -> tuple[Count, ...]:
    """Of each metric the last count and the last that holds a number, by time."""
    kept: dict[tuple[str, bool], int] = {}
    for number, one in enumerate(series):
        kept[one.metric, False] = number
        if one.counted is not None:
            kept[one.metric, True] = number
    return tuple(series[number] for number in sorted(set(kept.values())))


def _by_deployment(attempts: Iterable[Unobserved]) -> dict[str, list[Unobserved]]:
    found: dict[str, list[Unobserved]] = {}
    for one in attempts:
        found.setdefault(one.deployment, []).append(one)
    return found
