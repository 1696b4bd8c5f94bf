"""All that a rule may look at, in one immutable value, with the look-ups that several rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auditor.model.evidence import Check
from auditor.model.findings import Decision, KeyDate, Position, PositionKey, Unobserved
from auditor.model.reading.observations import Basis, Count, Texts
from auditor.model.targets.contracts import Contract, Metric, Product
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.confirmed_places import ConfirmedPlaces
from auditor.reconciliation.entitlement.calendar import day_of, last_day, parse_iso_date
from auditor.reconciliation.entitlement.contract_index import ContractIndex, DecisionsInForce
from auditor.reconciliation.position.counted_series import CountedPoint


@dataclass(frozen=True, slots=True)
class ComparisonDate:
    """A date that growth or a drop is compared with: the end of the contract, a notice, a judgment."""

    what: str
    what_zh: str
    days: tuple[date, ...]
    """One day; several where the document's date is ambiguous and nobody has resolved it."""
    kind: str


@dataclass(frozen=True, slots=True)
class RuleContext:
    """Positions and what they rest on, as of one moment: counts by their numbers, their texts where a rule asks."""

    estate: Estate
    texts: Texts
    positions: tuple[Position, ...]
    unobserved: tuple[Unobserved, ...]
    decided: DecisionsInForce
    places: ConfirmedPlaces
    key_dates: tuple[KeyDate, ...]
    as_of: datetime
    today: date
    """The day of that moment in the estate's zone."""
    checks: tuple[Check, ...]
    """Answers of the verifier, for what it found altered."""
    ledger: ContractIndex
    names: tuple[str, ...]
    """The deployments these facts are about, in the order of the estate."""
    by_deployment: Mapping[str, Sequence[Count]]
    series_by: Mapping[tuple[str, str], tuple[Count, ...]]
    """By deployment and metric."""
    counted_by: Mapping[tuple[str, str], tuple[Count, ...]]
    latest_by: Mapping[str, Count]
    references: tuple[Count, ...]
    """Those of reference deployments, by time."""
    points_by: Mapping[PositionKey, tuple[CountedPoint, ...]]

    def deployment(self, name: str) -> Deployment:
        return self.estate.deployments[name]

    def product(self, deployment: str) -> Product:
        return self.estate.products[self.deployment(deployment).product]

    def metric(self, position: Position) -> Metric | None:
        return self.product(position.deployment).metric(position.metric)

    def contract(self, position: Position) -> Contract | None:
        """The contract of a position, cut down to its deployment."""
        return None if position.contract is None else self.ledger.of(position.contract, position.deployment)

    def compared_with(self, deployment: str) -> Contract | None:
        return self.ledger.compared_with(self.deployment(deployment))

    def zone(self, contract: Contract | None) -> str:
        return self.estate.timezone if contract is None else contract.timezone

    def day(self, moment: datetime, contract: Contract | None = None) -> date:
        return day_of(moment, self.zone(contract))

    def series(self, deployment: str, metric: str) -> tuple[Count, ...]:
        """The observations of one metric at one deployment, by time."""
        return self.series_by.get((deployment, metric), ())

    def counted(self, position: Position) -> tuple[Count, ...]:
        """Those of its series that hold a number."""
        return self.counted_by.get((position.deployment, position.metric), ())

    def current(self, position: Position) -> Count | None:
        """The observation that a position shows; None where it shows none."""
        series = self.series(position.deployment, position.metric)
        for one in reversed(series):
            if one.capture == position.capture:
                return one
        return None

    def latest(self, deployment: str) -> Count | None:
        """The latest observation of the product's first metric, else of any, with a number or without."""
        return self.latest_by.get(deployment)

    def observed(self) -> Iterator[tuple[Deployment, Count]]:
        """Each deployment with its latest observation, those without one left out."""
        for name in self.names:
            latest = self.latest(name)
            if latest is not None:
                yield self.estate.deployments[name], latest

    def points(self, position: Position) -> tuple[CountedPoint, ...]:
        """The series of a position, each count against what was entitled on its own day."""
        return self.points_by.get((position.contract, position.deployment, position.metric), ())

    def decision(self, kind: str, subject: str) -> Decision | None:
        return self.decided.on(kind, subject)

    def events(self, contract: Contract | None, deployment: str = "") -> tuple[ComparisonDate, ...]:
        """The end of the contract and the key dates that concern it, or this deployment alone, up to now.

        Unresolved dates keep all readings.
        """
        found = []
        end = None if contract is None else last_day(contract.term)
        if contract is not None and end is not None and end <= self.today:
            found.append(ComparisonDate(f"{contract.id} end ({end})", f"{contract.id}终止（{end}）", (end,), "end"))
        for key in self.key_dates:
            concerned = not key.contract or (contract is not None and key.contract == contract.id)
            concerned = concerned and key.deployment in (None, deployment)
            days = tuple(day for day in self.days_of(key) if day <= self.today)
            same = key.kind == "termination" and days == (end,)
            if concerned and days and key.kind != "other" and not same:
                when = " / ".join(day.isoformat() for day in days)
                found.append(ComparisonDate(f"{key.id} ({when})", f"{key.id}（{when}）", days, key.kind))
        return tuple(found)

    def days_of(self, key: KeyDate) -> tuple[date, ...]:
        """The day of an event: as stated, as a named person resolved it, else every candidate."""
        if key.on is not None:
            return (key.on,)
        decision = self.decision("date", key.id)
        resolved = None if decision is None else parse_iso_date(decision.text)
        return key.candidates if resolved is None else (resolved,)

    def bases(self, count: Count | None, *keys: str) -> tuple[Basis, ...]:
        """The stored texts a count rests on, for the keys it has; a count not displayed rests on its list."""
        return () if count is None else self.all_bases((count,), *keys)

    def all_bases(self, counts: Sequence[Count], *keys: str) -> tuple[Basis, ...]:
        """The same for several counts, in their order."""
        return tuple(
            one.basis[key] for one in self.texts.whole(counts) for key in _cited(one, keys) if key in one.basis
        )

    def rows(self, count: Count) -> tuple[Mapping[str, str], ...]:
        """The rows of its list."""
        return self.texts.whole((count,))[0].rows if count.listed else ()

    def name(self, deployment: str) -> str:
        return self.deployment(deployment).name or deployment if deployment in self.estate.deployments else deployment


@dataclass(frozen=True, slots=True)
class SharedContext:
    """What the facts about any deployment have in common."""

    estate: Estate
    ledger: ContractIndex
    decided: DecisionsInForce
    key_dates: tuple[KeyDate, ...]
    references: tuple[Count, ...]
    """Those of the reference deployments, by time."""
    as_of: datetime
    checks: tuple[Check, ...]
    places: ConfirmedPlaces


def rule_context(
    frame: SharedContext,
    names: Sequence[str],
    positions: Sequence[Position],
    points: Mapping[PositionKey, tuple[CountedPoint, ...]],
    by_deployment: Mapping[str, Sequence[Count]],
    unobserved: Sequence[Unobserved],
    texts: Texts,
) -> RuleContext:
    """The facts about some deployments, with their look-ups. `by_deployment`: the counts of each, by time."""
    series: dict[tuple[str, str], list[Count]] = {}
    for name, mine in by_deployment.items():
        for one in mine:
            series.setdefault((name, one.metric), []).append(one)
    counted = {key: tuple(one for one in found if one.counted is not None) for key, found in series.items()}
    return RuleContext(
        estate=frame.estate,
        texts=texts,
        positions=tuple(positions),
        unobserved=tuple(unobserved),
        decided=frame.decided,
        places=frame.places,
        key_dates=frame.key_dates,
        as_of=frame.as_of,
        today=day_of(frame.as_of, frame.estate.timezone),
        checks=frame.checks,
        ledger=frame.ledger,
        names=tuple(names),
        by_deployment=by_deployment,
        series_by={key: tuple(found) for key, found in series.items()},
        counted_by=counted,
        latest_by={name: _latest(frame.estate, name, mine) for name, mine in by_deployment.items() if mine},
        references=frame.references,
        points_by=points,
    )


def _cited(count: Count, keys: tuple[str, ...]) -> tuple[str, ...]:
    if count.displayed is None and count.counted is not None:
        return tuple(dict.fromkeys("listed" if key == "displayed" else key for key in keys))
    return keys


def _latest(estate: Estate, name: str, mine: Sequence[Count]) -> Count:
    """The latest of the product's first metric, else of any."""
    metrics = estate.products[estate.deployments[name].product].metrics
    first = metrics[0].id if metrics else None
    return next((one for one in reversed(mine) if one.metric == first), mine[-1])
