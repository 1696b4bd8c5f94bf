"""What a true-up owes: units over that the contract permits and settles afterwards, by the measure it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from auditor.model.findings import TrueUp
from auditor.model.targets.contracts import UNLIMITED, Contract, Money
from auditor.reconciliation.entitlement.calendar import contract_years, last_day
from auditor.reconciliation.entitlement.timeline import effective_on
from auditor.reconciliation.position.counted_series import CountedPoint, PositionInput
from auditor.reconciliation.position.measures import weighted_average
from auditor.reconciliation.position.valuation import value_units

CENT = Decimal("0.01")


def true_up_owed(case: PositionInput, points: Sequence[CountedPoint]) -> tuple[TrueUp, ...]:
    """What is owed for each contract year with captures; empty where nothing is, or no true-up is agreed.

    Units inside the agreed tolerance owe nothing, nor do those that a later amendment covers, unless it says that it
    does not cure the past.
    """
    contract = case.contract
    if contract is None or not case.coverage.covered or contract.overage.permitted != "true_up":
        return ()
    found = (
        _of_year(case, contract, start, own, newest=own[-1] is points[-1]) for start, own in _years(contract, points)
    )
    return tuple(one for one in found if one is not None)


def _years(contract: Contract, points: Sequence[CountedPoint]) -> Iterator[tuple[date, list[CountedPoint]]]:
    """The captures by contract year; those after the end as one more."""
    if not points:
        return
    starts = [span.from_ for span in contract_years(contract.term, points[-1].day, since=points[0].day)]
    end = last_day(contract.term)
    if end is not None and points[-1].day > end:
        starts.append(end)
    for number, start in enumerate(starts):
        until = starts[number + 1] if number + 1 < len(starts) else date.max
        own = [one for one in points if start <= one.day < until]
        if own:
            yield start, own


def _of_year(
    case: PositionInput, contract: Contract, start: date, own: Sequence[CountedPoint], *, newest: bool
) -> TrueUp | None:
    owing = [one for one in own if _owes(case, contract, one)]
    if contract.overage.measure == "time_weighted_average":
        mean = weighted_average(own, contract.audit_interval_days).units
        return _owed(case, contract, start, own[-1], mean) if mean and owing else None
    if contract.overage.measure == "point_in_time":
        owing = [one for one in owing if newest and one is own[-1]]
    most = min(owing, key=lambda one: (-one.over, one.at), default=None)
    return None if most is None else _owed(case, contract, start, most, Decimal(most.over))


def _owes(case: PositionInput, contract: Contract, point: CountedPoint) -> bool:
    if point.over <= contract.overage.tolerance_units or case.coverage.on(point.day) is None:
        return False
    product = case.estate.products[case.deployment.product]
    today = case.day(case.as_of)
    for amendment in contract.amendments:
        if (amendment.deployment, amendment.metric) != (case.deployment.id, case.metric):
            continue
        day = effective_on(contract, product, amendment)
        if amendment.cures_past_overage is False or day is None or not point.day < day <= today:
            continue
        total = case.coverage.on(day)
        if total == UNLIMITED or (total is not None and total >= point.used):
            return False
    return True


def _owed(case: PositionInput, contract: Contract, start: date, point: CountedPoint, units: Decimal) -> TrueUp:
    """The units at the price of their day: contract-net, list, or the one agreed for overage, as the contract says."""
    one = value_units(case.estate, case.deployment, contract, case.metric, point.count, point.day, 1)
    each = one.list_value if contract.overage.priced_at == "list" else one.net_value
    amount = None if each is None else Money((each.amount * units).quantize(CENT, ROUND_HALF_UP), each.currency)
    return TrueUp(start, contract.overage.measure, units, point.day, amount)
