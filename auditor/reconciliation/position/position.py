"""Entitled against used, one position per contract, deployment and metric. Both sides could compute it.

A deployment that no contract covers counts every unit; a covered one counts its excess over what is entitled on the
day of the capture. What was not observed gives no number, and an older number is never carried forward as current.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from auditor.model.contracts import UNLIMITED, Contract, Unlimited
from auditor.model.deployments import Deployment
from auditor.model.estate import Estate
from auditor.model.findings import Decision, KeyDate, Observation, Position, PositionKey, PositionStatus, Unobserved
from auditor.reconciliation.entitlement.calendar import day_of
from auditor.reconciliation.entitlement.completeness import missing_terms
from auditor.reconciliation.entitlement.contract_index import (
    ContractIndex,
    DecisionsInForce,
    decisions_in_force,
    index_contracts,
)
from auditor.reconciliation.entitlement.coverage import coverages
from auditor.reconciliation.position.counted_series import (
    CountedPoint,
    PositionInput,
    PreparedSeries,
    current_run,
    duration,
    excluded_units,
    peak,
    points_of,
)
from auditor.reconciliation.position.notes import measure_notes, peak_notes
from auditor.reconciliation.position.reference_cap import find_reference_cap, measuring_cap
from auditor.reconciliation.position.valuation import count_variants, valuation_fields

EVERY_UNIT = "every unit of a deployment that no contract covers"
NO_ENTITLEMENT = "every unit where nothing is entitled on the day"
EXCESS = "excess over entitlement"
NO_CONTRACT = "a reference deployment without a contract on record"
POOLED = "counted against a quantity shared with other deployments"
BLANK_FIELDS: Mapping[str, Any] = MappingProxyType(
    {
        "status": "unverified",
        "displayed": None,
        "displayed_raw": "",
        "cap": None,
        "cap_raw": "",
        "listed": None,
        "confirmed": None,
        "entitled": None,
        "over_by": None,
        "rule": "",
        "capture": "",
        "captured_at": None,
        "sealed": False,
    }
)
"""A position that shows no number."""


@dataclass(frozen=True, slots=True)
class PositionContext:
    """What every position of one moment stands on."""

    estate: Estate
    ledger: ContractIndex
    decided: DecisionsInForce
    references: tuple[Observation, ...]
    """The observations of the reference deployments, in the order of the estate's deployments, each by time."""
    as_of: datetime
    as_known_on: date | None = None


def compute_positions(
    estate: Estate,
    observations: Sequence[Observation],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    as_of: datetime,
    *,
    unobserved: Sequence[Unobserved] = (),
    as_known_on: date | None = None,
) -> tuple[Position, ...]:
    """One position per contract, deployment and metric, in the order of the estate's deployments.

    `observations`: every one known, earlier ones included; those after `as_of` are ignored, like later decisions.
    `unobserved`: attempts without a number; where the latest attempt gave none, the position is `unverified`.
    """
    mine = group_by_deployment(sorted((one for one in observations if one.captured_at <= as_of), key=_when))
    missed = group_by_deployment(one for one in unobserved if one.at <= as_of)
    references = tuple(one for name in reference_names(estate) for one in mine.get(name, ()))
    ground = PositionContext(
        estate, index_contracts(estate), decisions_in_force(decisions, as_of), references, as_of, as_known_on
    )
    return tuple(
        position
        for deployment in estate.deployments.values()
        for position, _ in deployment_positions(
            ground, deployment, mine.get(deployment.id, ()), missed.get(deployment.id, ())
        )
    )


def deployment_positions(
    ground: PositionContext,
    deployment: Deployment,
    own: Sequence[Observation],
    missed: Sequence[Unobserved],
    known: Mapping[PositionKey, PreparedSeries] = MappingProxyType({}),
) -> Iterator[tuple[Position, PreparedSeries]]:
    """The positions of one deployment, each with its case and the points of its series. `own`, by time, and `missed`:
    up to the moment; `known`: the same of a later moment, where it was made already."""
    if deployment.legal_status == "public":
        return
    estate, today = ground.estate, day_of(ground.as_of, ground.estate.timezone)
    for metric in _metrics(estate, ground.ledger, deployment, own):
        series = tuple(one for one in own if one.metric == metric)
        cap = find_reference_cap(estate, ground.references, deployment, series)
        for coverage in coverages(
            estate, ground.ledger, deployment, metric, as_known_on=ground.as_known_on, as_of=today
        ):
            case = PositionInput(
                estate, deployment, metric, coverage, series, tuple(missed), ground.decided, ground.as_of
            )
            points = points_of(case, known.get(case.key))
            yield _position(case, points, cap), (case, points)


Placed = TypeVar("Placed", Observation, Unobserved)


def group_by_deployment(items: Iterable[Placed]) -> dict[str, list[Placed]]:
    """The items of each deployment, in their order."""
    found: dict[str, list[Placed]] = {}
    for item in items:
        found.setdefault(item.deployment, []).append(item)
    return found


def reference_names(estate: Estate) -> tuple[str, ...]:
    """The reference deployments, in the order of the estate."""
    return tuple(name for name, place in estate.deployments.items() if place.legal_status == "reference")


def _when(observation: Observation) -> datetime:
    return observation.captured_at


def _metrics(estate: Estate, ledger: ContractIndex, deployment: Deployment, mine: Sequence[Observation]) -> list[str]:
    """The licensed metrics that a deployment's pages count or its captures hold; the product's first always is one.

    A metric that no edition, order, amendment or pool gives a quantity is shown on pages and not licensed by number.
    """
    product = estate.products[deployment.product]
    first = product.metrics[0].id if product.metrics else ""
    counted = {one.metric for one in mine} | {first}
    for page in (estate.pages[name] for name in deployment.pages if name in estate.pages):
        counted |= {spec.metric or first for spec in page.fields if spec.kind == "count" and spec.required}
        counted |= {page.listing.metric} if page.listing is not None else set()
    licensed = {first} | {name for edition in product.editions for name in edition.metrics}
    compared = ledger.compared_with(deployment)
    for contract in (*ledger.listing(deployment), *([compared] if compared is not None else [])):
        licensed |= set(contract.pools) | {found.metric for found in contract.amendments}
        licensed |= {name for entry in contract.authorised for name in entry.metrics}
    return [metric.id for metric in product.metrics if metric.id in counted & licensed]


def _current(case: PositionInput) -> tuple[Observation | None, str]:
    """The latest attempt's observation where it holds a number; else None and why not."""
    last = case.series[-1] if case.series else None
    held = {one.capture for one in case.series if one.counted is not None}
    later = [one for one in case.missed if one.capture not in held and _concerns(case, one)]
    latest = max(later, key=lambda one: one.at, default=None)
    if latest is not None and (last is None or latest.at >= last.captured_at):
        return None, f"not observed on {case.day(latest.at)}: {latest.outcome}: {latest.why}"
    if last is None:
        return None, "never observed"
    if last.counted is None:
        why = last.unreadable.get("displayed") or last.unreadable.get("listed") or "not stated"
        return None, f"no number on {case.day(last.captured_at)}: {why}"
    return last, ""


def _concerns(case: PositionInput, missed: Unobserved) -> bool:
    page = case.estate.pages.get(missed.page)
    if page is None:
        return True
    first = case.estate.products[case.deployment.product].metrics[0].id
    by_list = page.listing is not None and page.listing.metric == case.metric
    return by_list or any(spec.kind == "count" and (spec.metric or first) == case.metric for spec in page.fields)


def _position(case: PositionInput, points: tuple[CountedPoint, ...], of_reference: int | None) -> Position:
    current, why = _current(case)
    values: dict[str, Any] = {
        "contract": None if case.contract is None else case.contract.id,
        "deployment": case.deployment.id,
        "legal_status": case.deployment.legal_status,
        "metric": case.metric,
        "timeline": case.coverage.steps,
    }
    values |= _of_series(case, points)
    if current is None:
        return Position(**{**BLANK_FIELDS, **values} | _unverified(case, points, why, values.get("notes", ())))
    day = case.day(current.captured_at)
    values |= _verified(case, points, current, day, of_reference, values.get("notes", ()))
    values |= valuation_fields(
        case.estate, case.deployment, case.contract, case.metric, current, day, values["over_by"]
    )
    return Position(**values)


def _of_series(case: PositionInput, points: tuple[CountedPoint, ...]) -> dict[str, Any]:
    highest = peak(points)
    if highest is None:
        return {}
    interval = 31 if case.contract is None else case.contract.audit_interval_days
    over = duration(points, interval)
    return {
        "hwm": highest.observation.counted,
        "hwm_at": highest.at,
        "hwm_capture": highest.observation.capture,
        "captures": len(points),
        "over_days": over.days,
        "over_days_rule": over.rule,
        "over_instants": over.instants,
        "notes": (*peak_notes(points), *measure_notes(case.coverage, points, interval, case.day(case.as_of))),
    }


def _unverified(
    case: PositionInput, points: tuple[CountedPoint, ...], why: str, said: tuple[str, ...]
) -> dict[str, Any]:
    entitled: int | Unlimited | None = case.coverage.on(case.day(case.as_of)) if case.coverage.covered else None
    notes = [*said, why]
    if points:
        age = (case.day(case.as_of) - points[-1].day).days
        number = points[-1].observation.counted
        notes.append(f"the last number, {number}, is {age} days old (capture {points[-1].observation.capture})")
    if case.deployment.legal_status == "suspect":
        entitled = 0
    return {"entitled": entitled, "rule": "not observed: no number", "notes": tuple(notes)}


def _verified(
    case: PositionInput,
    points: tuple[CountedPoint, ...],
    current: Observation,
    day: date,
    found: int | None,
    said: tuple[str, ...],
) -> dict[str, Any]:
    point = points[-1]
    decision = case.decision
    rows, exempt = excluded_units(case, current, day)
    units, about = point.used, decision is not None and current.capture in decision.evidence
    if decision is not None and decision.value is not None and not case.coverage.covered:
        units = decision.value
    notes = list(said)
    if current.displayed is None:
        notes.append(f"the page states no number: the {current.listed} rows of its complete list are counted")
    if exempt:
        notes.append(f"{exempt} units are exempt by contract and not counted")
    if decision is not None and not about:
        notes.append(_older_decision(decision, current, used=units == decision.value))
    measure = measuring_cap(case.estate, case.deployment, current, day, found)
    status, entitled, over, rule = _judged(case, points, units, day)
    return {
        "status": status,
        "displayed": current.displayed,
        "displayed_raw": current.displayed_raw,
        "cap": current.cap,
        "cap_raw": current.cap_raw,
        "listed": current.listed if current.listed_complete else None,
        "confirmed": None if decision is None else decision.value,
        "confirmed_by": "" if decision is None else decision.by,
        "confirmed_why": "" if decision is None else decision.reason,
        "excluded": decision.excluded if decision is not None else rows,
        "entitled": entitled,
        "over_by": over,
        "rule": rule,
        "capture": current.capture,
        "captured_at": current.captured_at,
        "sealed": current.sealed,
        "all_units": units,
        "excess_over_cap": None if measure is None else max(0, (current.counted or 0) - measure),
        "reference_cap": measure,
        "age_days": (case.day(case.as_of) - day).days,
        "basis": tuple(current.basis[key] for key in ("displayed", "cap", "listed") if key in current.basis),
        "variants": count_variants(current),
        "notes": tuple(notes),
    }


def _older_decision(decision: Decision, current: Observation, *, used: bool) -> str:
    about = ", ".join(decision.evidence) or "no named capture"
    effect = "it stands until superseded" if used else "it is not applied to this capture"
    return (
        f"the confirmed count {decision.value} was decided on {about}; this capture "
        f"{'lists' if current.displayed is None else 'displays'} {current.counted}: {effect}"
    )


def _judged(
    case: PositionInput, points: tuple[CountedPoint, ...], units: int, day: date
) -> tuple[PositionStatus, int | Unlimited | None, int | None, str]:
    contract = case.contract
    if case.deployment.legal_status == "suspect":
        return "unlicensed", 0, units, EVERY_UNIT
    if not case.coverage.covered and case.deployment.legal_status == "reference":
        return "incomplete", None, None, NO_CONTRACT
    if not case.coverage.covered or contract is None:
        return "unlicensed", 0, units, EVERY_UNIT
    product = case.estate.products[case.deployment.product]
    missing = missing_terms(contract, product, case.deployment.id, case.metric, day)
    if missing:
        return "incomplete", None, None, "contract record lacks " + "; ".join(english for english, _ in missing)
    if case.metric in contract.pools:
        return "within", contract.pools[case.metric], 0, POOLED
    total = case.coverage.on(day)
    if total is None:
        return "unlicensed", None, units, NO_ENTITLEMENT
    if total == UNLIMITED or units <= total:
        return "within", total, 0, EXCESS
    over = units - total
    status: Literal["over", "over_permitted"] = "over_permitted" if _permitted(contract, points, over, day) else "over"
    return status, total, over, EXCESS


def _permitted(contract: Contract, points: tuple[CountedPoint, ...], over: int, day: date) -> bool:
    terms = contract.overage
    if terms.permitted == "true_up" or over <= terms.tolerance_units:
        return True
    run = current_run(points)
    return bool(run) and 0 < terms.tolerance_days >= (day - run[0].day).days + 1
