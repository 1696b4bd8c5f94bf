"""One deployment, metric and coverage as a case, and its series as points: each count against its own day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from auditor.model.contracts import UNLIMITED, Contract
from auditor.model.deployments import Deployment
from auditor.model.estate import Estate
from auditor.model.findings import Decision, ExcludedRow, Observation, Unobserved
from auditor.reconciliation.coverage import Coverage, uncounted
from auditor.reconciliation.days import day_of
from auditor.reconciliation.facts import PositionKey
from auditor.reconciliation.ledger import Decided
from auditor.reconciliation.series import Point


@dataclass(frozen=True, slots=True)
class Case:
    """What a position is made from. `series`: the observations of one metric at one deployment, by time."""

    estate: Estate
    deployment: Deployment
    metric: str
    coverage: Coverage
    series: tuple[Observation, ...]
    missed: tuple[Unobserved, ...]
    decided: Decided
    as_of: datetime
    contract: Contract | None = field(init=False)
    zone: str = field(init=False)
    decision: Decision | None = field(init=False)
    """The confirmed count in force; one that names no metric is about the product's first."""

    def __post_init__(self) -> None:
        contract = self.coverage.contract
        object.__setattr__(self, "contract", contract)
        object.__setattr__(self, "zone", self.estate.timezone if contract is None else contract.timezone)
        found = self.decided.on("confirmed_count", self.deployment.id, self.metric)
        if found is not None and found.metric == "":
            first = self.estate.products[self.deployment.product].metrics[0].id
            found = None if self.metric != first else found
        object.__setattr__(self, "decision", found)

    @property
    def key(self) -> PositionKey:
        """That of the position which is made from it."""
        return None if self.contract is None else self.contract.id, self.deployment.id, self.metric

    def day(self, moment: datetime) -> date:
        return day_of(moment, self.zone)


Known = tuple[Case, tuple[Point, ...]]
"""A case of another moment with its points."""


def points_of(case: Case, known: Known | None = None) -> tuple[Point, ...]:
    """The observations with a number, each against what was entitled on its own day.

    `known`: the same of a later moment, whose points are not made again where they say the same.
    """
    counted = [one for one in case.series if one.counted is not None]
    if counted and known is not None and _alike(case, known[0]):
        points = known[1][: len(counted)]
        if len(points) == len(counted) and points[-1].observation is counted[-1]:
            return points
    return tuple(_point(case, one) for one in counted)


def _alike(case: Case, other: Case) -> bool:
    """Whether the observations of two cases are counted against the same."""
    return case.contract is other.contract and case.coverage == other.coverage and case.decision == other.decision


def _point(case: Case, observation: Observation) -> Point:
    day = case.day(observation.captured_at)
    rows, exempt = left_out(case, observation, day)
    decision = case.decision
    decided = decision.value if decision is not None and observation.capture in decision.evidence else None
    used = (observation.counted or 0) - len(rows) - exempt if decided is None else decided
    return Point(observation, day, used, _over(case, used, day))


def left_out(case: Case, observation: Observation, day: date) -> tuple[tuple[ExcludedRow, ...], int]:
    """Rows and units that by contract do not count; none where no contract covers."""
    if not case.coverage.covered:
        return (), 0
    return uncounted(case.contract, case.estate.products[case.deployment.product], observation, day)


def _over(case: Case, used: int, day: date) -> int:
    if not case.coverage.covered:
        return used if case.deployment.legal_status != "reference" else 0
    total = case.coverage.on(day)
    if total == UNLIMITED:
        return 0
    return used if total is None else max(0, used - total)
