"""One deployment, metric and coverage as a case, and its series as points: each count against its own day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from auditor.model.findings import Decision, PositionKey, StoppedConfirmation, UncountedRow, Unobserved
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count, Texts
from auditor.model.targets.contracts import UNLIMITED, Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.confirmed_places import ConfirmedPlaces
from auditor.reconciliation.entitlement.calendar import day_of
from auditor.reconciliation.entitlement.contract_index import DecisionsInForce
from auditor.reconciliation.entitlement.coverage import Coverage
from auditor.reconciliation.entitlement.uncounted_rows import excluded_by_contract, looks_at_rows, rows_left_out
from auditor.reconciliation.position.confirmation import captures_confirmed, what_changed
from auditor.reconciliation.texts import with_rows


@dataclass(frozen=True, slots=True)
class CountedPoint:
    """One observed count with what was entitled on its own day."""

    count: Count
    day: date
    used: int
    """Counted units: displayed, else listed, less what by contract does not count; or confirmed."""
    over: int
    """Units over on that day; 0 where within."""
    confirmed: bool = False
    """Whether a person's confirmed count holds for it: `used` is that count then."""

    @property
    def at(self) -> datetime:
        return self.count.captured_at


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a series was over: days by the rule `between`, and the captures by the rule `observed_only`."""

    days: int
    instants: int
    rule: Note


def peak(points: Sequence[CountedPoint]) -> CountedPoint | None:
    """The highest count, the earliest of equals."""
    return min(points, key=lambda point: (-(point.count.counted or 0), point.at), default=None)


def peak_over(points: Sequence[CountedPoint]) -> CountedPoint | None:
    """The point with the most units over, the earliest of equals; None where none was over."""
    found = [point for point in points if point.over > 0]
    return min(found, key=lambda point: (-point.over, point.at), default=None)


def duration(points: Sequence[CountedPoint], interval_days: int) -> Duration:
    """Days over between consecutive captures that both were over and lie no further apart than the interval."""
    days = 0
    for earlier, later in pairwise(points):
        apart = (later.day - earlier.day).days
        if earlier.over > 0 and later.over > 0 and apart <= interval_days:
            days += apart
    instants = sum(1 for point in points if point.over > 0)
    rule = make_note("position.over_days", interval=interval_days, instants=instants, captures=len(points))
    return Duration(days, instants, rule)


def current_run(points: Sequence[CountedPoint]) -> tuple[CountedPoint, ...]:
    """The captures at the end of the series that all were over."""
    run: list[CountedPoint] = []
    for point in reversed(points):
        if point.over <= 0:
            break
        run.append(point)
    return tuple(reversed(run))


def gaps(points: Sequence[CountedPoint], interval_days: int) -> tuple[tuple[CountedPoint, CountedPoint], ...]:
    """Consecutive captures more than two intervals apart: at least one visit is missing between them."""
    return tuple(
        (earlier, later) for earlier, later in pairwise(points) if (later.day - earlier.day).days > 2 * interval_days
    )


@dataclass(frozen=True, slots=True)
class PositionInput:
    """What a position is made from. `series`: the counts of one metric at one deployment, by time."""

    estate: Estate
    deployment: Deployment
    metric: str
    coverage: Coverage
    series: tuple[Count, ...]
    missed: tuple[Unobserved, ...]
    decided: DecisionsInForce
    as_of: datetime
    texts: Texts
    places: ConfirmedPlaces
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


PreparedSeries = tuple[PositionInput, tuple[CountedPoint, ...]]
"""Inputs and points of the same position computed for a later moment, for re-use."""


def points_of(case: PositionInput, known: PreparedSeries | None = None) -> tuple[CountedPoint, ...]:
    """The counts with a number, each against what was entitled on its own day.

    `known`: the same of a later moment, whose points are not made again where they say the same.
    """
    counted = [one for one in case.series if one.counted is not None]
    if counted and known is not None and _alike(case, known[0]):
        points = known[1][: len(counted)]
        if len(points) == len(counted) and points[-1].count is counted[-1]:
            return points
    held = captures_confirmed(case.decision, counted, case.texts)
    return tuple(_point(case, one, rows, one.capture in held) for one, rows in _with_rows(case, counted))


def _alike(case: PositionInput, other: PositionInput) -> bool:
    """Whether the counts of two cases are counted against the same."""
    return case.contract is other.contract and case.coverage == other.coverage and case.decision == other.decision


def _with_rows(case: PositionInput, counted: Sequence[Count]) -> Iterator[tuple[Count, tuple[Mapping[str, str], ...]]]:
    """Each count with its listed rows where they decide what by contract does not count."""
    needed = [one for one in counted if _looks_at_rows(case, one)]
    found = with_rows(case.texts, needed)
    following = next(found, None)
    for one in counted:
        if following is not None and one is following[0]:
            yield following
            following = next(found, None)
        else:
            yield one, ()


def _looks_at_rows(case: PositionInput, one: Count) -> bool:
    product = case.estate.products[case.deployment.product]
    left_out = rows_left_out(case.estate, case.deployment, case.metric)
    return case.coverage.covered and looks_at_rows(case.contract, product, one, left_out)


def _point(case: PositionInput, one: Count, listed: Sequence[Mapping[str, str]], held: bool) -> CountedPoint:
    """`held`: whether the confirmed count in force holds for this capture."""
    day = case.day(one.captured_at)
    rows, exempt = excluded_units(case, one, listed, day)
    decided = case.decision.value if held and case.decision is not None else None
    used = (one.counted or 0) - len(rows) - exempt if decided is None else decided
    return CountedPoint(one, day, used, _over(case, used, day), decided is not None)


def stopped_confirmation(case: PositionInput, points: Sequence[CountedPoint]) -> StoppedConfirmation | None:
    """Since when, and why, the confirmed count in force holds no more; None where it holds, or held for nothing."""
    decision = case.decision
    last = max((number for number, one in enumerate(points) if one.confirmed), default=None)
    if decision is None or decision.value is None or last is None or last + 1 == len(points):
        return None
    until, stop = points[last], points[last + 1]
    why = what_changed(decision, until.count, stop.count, case.texts)
    if why is None:
        return None
    return StoppedConfirmation(
        decision.id, decision.value, decision.by, until.day, stop.day, stop.at, stop.count.capture, why
    )


def excluded_units(
    case: PositionInput, one: Count, listed: Sequence[Mapping[str, str]], day: date
) -> tuple[tuple[UncountedRow, ...], int]:
    """Rows and units that by contract do not count; none where no contract covers. `listed`: the rows of its list."""
    if not case.coverage.covered:
        return (), 0
    product = case.estate.products[case.deployment.product]
    left_out = rows_left_out(case.estate, case.deployment, case.metric)
    rows = listed if looks_at_rows(case.contract, product, one, left_out) else ()
    return excluded_by_contract(case.contract, product, one, rows, day, left_out)


def _over(case: PositionInput, used: int, day: date) -> int:
    if not case.coverage.covered:
        return used if case.deployment.legal_status != "reference" else 0
    total = case.coverage.on(day)
    if total == UNLIMITED:
        return 0
    return used if total is None else max(0, used - total)
