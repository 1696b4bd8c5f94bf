"""All that a rule may look at, in one immutable value, with the look-ups that several rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auditor.model.contracts import Contract, Metric, Product
from auditor.model.deployments import Deployment
from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.findings import Basis, Decision, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation.coverage import Coverage
from auditor.reconciliation.days import day_of, iso, last_day
from auditor.reconciliation.ledger import Decided, Ledger, decided_by, ledger_of
from auditor.reconciliation.positions import series_points
from auditor.reconciliation.series import Point


@dataclass(frozen=True, slots=True)
class Event:
    """A date that growth or a drop is compared with: the end of the contract, a notice, a judgment."""

    what: str
    what_zh: str
    days: tuple[date, ...]
    """One day; several where the document's date is ambiguous and nobody has resolved it."""
    kind: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Positions and what they rest on, as of one moment."""

    estate: Estate
    positions: tuple[Position, ...]
    observations: tuple[Observation, ...]
    """Every one known up to `as_of`, by time."""
    unobserved: tuple[Unobserved, ...]
    decided: Decided
    key_dates: tuple[KeyDate, ...]
    as_of: datetime
    checks: tuple[Check, ...]
    """Answers of the verifier, for what it found altered."""
    ledger: Ledger
    by_deployment: Mapping[str, tuple[Observation, ...]]
    references: tuple[Observation, ...]
    """Those of reference deployments."""
    points_by: Mapping[tuple[str | None, str, str], tuple[Point, ...]]

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

    @property
    def today(self) -> date:
        return day_of(self.as_of, self.estate.timezone)

    def series(self, deployment: str, metric: str) -> tuple[Observation, ...]:
        """The observations of one metric at one deployment, by time."""
        return tuple(one for one in self.by_deployment.get(deployment, ()) if one.metric == metric)

    def counted(self, position: Position) -> tuple[Observation, ...]:
        """Those of its series that hold a number."""
        return tuple(one for one in self.series(position.deployment, position.metric) if one.counted is not None)

    def current(self, position: Position) -> Observation | None:
        """The observation that a position shows; None where it shows none."""
        series = self.series(position.deployment, position.metric)
        return next((one for one in series if one.capture == position.capture), None)

    def latest(self, deployment: str) -> Observation | None:
        """The latest observation of the product's first metric, else of any, with a number or without."""
        mine = self.by_deployment.get(deployment, ())
        metrics = self.product(deployment).metrics
        first = tuple(one for one in mine if metrics and one.metric == metrics[0].id)
        found = first or mine
        return found[-1] if found else None

    def observed(self) -> Iterator[tuple[Deployment, Observation]]:
        """Each deployment with its latest observation, those without one left out."""
        for name, deployment in self.estate.deployments.items():
            latest = self.latest(name)
            if latest is not None:
                yield deployment, latest

    def points(self, position: Position) -> tuple[Point, ...]:
        """The series of a position, each count against what was entitled on its own day."""
        return self.points_by.get((position.contract, position.deployment, position.metric), ())

    def decision(self, kind: str, subject: str) -> Decision | None:
        return self.decided.on(kind, subject)

    def events(self, contract: Contract | None) -> tuple[Event, ...]:
        """The end of the contract and the key dates that concern it, up to now. Unresolved dates keep all readings."""
        found = []
        end = None if contract is None else last_day(contract.term)
        if contract is not None and end is not None and end <= self.today:
            found.append(Event(f"{contract.id} end ({end})", f"{contract.id}终止（{end}）", (end,), "end"))
        for key in self.key_dates:
            concerned = not key.contract or (contract is not None and key.contract == contract.id)
            days = tuple(day for day in self.days_of(key) if day <= self.today)
            same = key.kind == "termination" and days == (end,)
            if concerned and days and key.kind != "other" and not same:
                when = " / ".join(day.isoformat() for day in days)
                found.append(Event(f"{key.id} ({when})", f"{key.id}（{when}）", days, key.kind))
        return tuple(found)

    def days_of(self, key: KeyDate) -> tuple[date, ...]:
        """The day of an event: as stated, as a named person resolved it, else every candidate."""
        if key.on is not None:
            return (key.on,)
        decision = self.decision("date", key.id)
        resolved = None if decision is None else iso(decision.text)
        return key.candidates if resolved is None else (resolved,)

    def name(self, deployment: str) -> str:
        return self.deployment(deployment).name or deployment if deployment in self.estate.deployments else deployment


def gather(
    estate: Estate,
    positions: Sequence[Position],
    observations: Sequence[Observation],
    unobserved: Sequence[Unobserved],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    as_of: datetime,
    checks: Sequence[Check] = (),
) -> Facts:
    """The facts with their indexes. `observations` by time."""
    ledger, decided = ledger_of(estate), decided_by(decisions, as_of)
    mine: dict[str, list[Observation]] = {}
    for one in observations:
        mine.setdefault(one.deployment, []).append(one)
    by_deployment = {name: tuple(found) for name, found in mine.items()}
    points = {}
    for position in positions:
        contract = None if position.contract is None else ledger.of(position.contract, position.deployment)
        coverage = Coverage(contract, bool(position.timeline), position.timeline)
        series = [one for one in by_deployment.get(position.deployment, ()) if one.metric == position.metric]
        deployment = estate.deployments[position.deployment]
        key = (position.contract, position.deployment, position.metric)
        points[key] = series_points(estate, deployment, coverage, series, decided, as_of)
    return Facts(
        estate,
        tuple(positions),
        tuple(observations),
        tuple(unobserved),
        decided,
        tuple(key_dates),
        as_of,
        tuple(checks),
        ledger,
        by_deployment,
        tuple(one for one in observations if estate.deployments[one.deployment].legal_status == "reference"),
        points,
    )


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
