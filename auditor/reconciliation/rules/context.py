"""All that a rule may look at, in one immutable value, with the look-ups that several rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auditor.model.contracts import Contract, Metric, Product
from auditor.model.deployments import Deployment
from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Basis, Decision, KeyDate, Observation, Position, PositionKey, Unobserved
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
    """Positions and what they rest on, as of one moment."""

    estate: Estate
    positions: tuple[Position, ...]
    unobserved: tuple[Unobserved, ...]
    decided: DecisionsInForce
    key_dates: tuple[KeyDate, ...]
    as_of: datetime
    today: date
    """The day of that moment in the estate's zone."""
    checks: tuple[Check, ...]
    """Answers of the verifier, for what it found altered."""
    ledger: ContractIndex
    names: tuple[str, ...]
    """The deployments these facts are about, in the order of the estate."""
    by_deployment: Mapping[str, Sequence[Observation]]
    series_by: Mapping[tuple[str, str], tuple[Observation, ...]]
    """By deployment and metric."""
    counted_by: Mapping[tuple[str, str], tuple[Observation, ...]]
    latest_by: Mapping[str, Observation]
    references: tuple[Observation, ...]
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

    def series(self, deployment: str, metric: str) -> tuple[Observation, ...]:
        """The observations of one metric at one deployment, by time."""
        return self.series_by.get((deployment, metric), ())

    def counted(self, position: Position) -> tuple[Observation, ...]:
        """Those of its series that hold a number."""
        return self.counted_by.get((position.deployment, position.metric), ())

    def current(self, position: Position) -> Observation | None:
        """The observation that a position shows; None where it shows none."""
        series = self.series(position.deployment, position.metric)
        for one in reversed(series):
            if one.capture == position.capture:
                return one
        return None

    def latest(self, deployment: str) -> Observation | None:
        """The latest observation of the product's first metric, else of any, with a number or without."""
        return self.latest_by.get(deployment)

    def observed(self) -> Iterator[tuple[Deployment, Observation]]:
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

    def events(self, contract: Contract | None) -> tuple[ComparisonDate, ...]:
        """The end of the contract and the key dates that concern it, up to now. Unresolved dates keep all readings."""
        found = []
        end = None if contract is None else last_day(contract.term)
        if contract is not None and end is not None and end <= self.today:
            found.append(ComparisonDate(f"{contract.id} end ({end})", f"{contract.id}终止（{end}）", (end,), "end"))
        for key in self.key_dates:
            concerned = not key.contract or (contract is not None and key.contract == contract.id)
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

    def name(self, deployment: str) -> str:
        return self.deployment(deployment).name or deployment if deployment in self.estate.deployments else deployment


@dataclass(frozen=True, slots=True)
class SharedContext:
    """What the facts about any deployment have in common."""

    estate: Estate
    ledger: ContractIndex
    decided: DecisionsInForce
    key_dates: tuple[KeyDate, ...]
    references: tuple[Observation, ...]
    """Observations of the reference deployments, by time."""
    as_of: datetime
    checks: tuple[Check, ...] = ()


def rule_context(
    frame: SharedContext,
    names: Sequence[str],
    positions: Sequence[Position],
    points: Mapping[PositionKey, tuple[CountedPoint, ...]],
    by_deployment: Mapping[str, Sequence[Observation]],
    unobserved: Sequence[Unobserved],
) -> RuleContext:
    """The facts about some deployments, with their look-ups. `by_deployment`: the observations of each, by time."""
    series: dict[tuple[str, str], list[Observation]] = {}
    for name, mine in by_deployment.items():
        for one in mine:
            series.setdefault((name, one.metric), []).append(one)
    counted = {key: tuple(one for one in found if one.counted is not None) for key, found in series.items()}
    return RuleContext(
        estate=frame.estate,
        positions=tuple(positions),
        unobserved=tuple(unobserved),
        decided=frame.decided,
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


def _latest(estate: Estate, name: str, mine: Sequence[Observation]) -> Observation:
    """The latest of the product's first metric, else of any."""
    metrics = estate.products[estate.deployments[name].product].metrics
    first = metrics[0].id if metrics else None
    return next((one for one in reversed(mine) if one.metric == first), mine[-1])


def bases(observation: Observation | None, *keys: str) -> tuple[Basis, ...]:
    """The stored texts an observation rests on, for the keys it has; a count not displayed rests on its list."""
    if observation is None:
        return ()
    if observation.displayed is None and observation.counted is not None:
        keys = tuple(dict.fromkeys("listed" if key == "displayed" else key for key in keys))
    return tuple(observation.basis[key] for key in keys if key in observation.basis)


def all_bases(observations: Sequence[Observation], *keys: str) -> tuple[Basis, ...]:
    """The same for several observations, in their order."""
    return tuple(basis for one in observations for basis in bases(one, *keys))
