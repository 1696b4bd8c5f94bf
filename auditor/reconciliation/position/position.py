"""Entitled against used, one position per contract, deployment and metric. Both sides could compute it.

A deployment that no contract covers counts every unit; a covered one counts its excess over what is entitled on the
day of the capture. What was not observed gives no number, and an older number is never carried forward as current.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from auditor.model.findings import (
    Decision,
    Position,
    PositionKey,
    PositionStatus,
    StoppedConfirmation,
    UncountedRow,
    Unobserved,
)
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count, Observation, Texts
from auditor.model.reading.reading_checks import ReadingCertainty
from auditor.model.targets.contracts import UNLIMITED, Contract, Unlimited
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation.confirmed_places import ConfirmedPlaces
from auditor.reconciliation.entitlement.calendar import day_of
from auditor.reconciliation.entitlement.completeness import missing_terms
from auditor.reconciliation.entitlement.contract_index import ContractIndex, DecisionsInForce
from auditor.reconciliation.entitlement.coverage import coverages
from auditor.reconciliation.position.counted_series import (
    CountedPoint,
    Duration,
    PositionInput,
    PreparedSeries,
    current_run,
    duration,
    excluded_units,
    peak,
    points_of,
    stopped_confirmation,
)
from auditor.reconciliation.position.notes import measure_notes, peak_notes, stopped_note, unexplained_difference
from auditor.reconciliation.position.reference_cap import find_reference_cap, measuring_cap
from auditor.reconciliation.position.true_up import true_up_owed
from auditor.reconciliation.position.valuation import NO_VALUE, Valuation, count_variants, value_units
from auditor.wording import count_doubts, outcome_note

EVERY_UNIT = make_note("counting.every_unit")
NO_ENTITLEMENT = make_note("counting.no_entitlement")
EXCESS = make_note("counting.excess")
NO_CONTRACT = make_note("counting.no_contract")
POOLED = make_note("counting.pooled")
NOT_OBSERVED = make_note("counting.not_observed")
"""The counting rules of a position; `counting.record_lacks` names what is missing besides."""
CITED = ("displayed", "cap", "listed")
"""The statements of a page that a position rests on."""


@dataclass(frozen=True, slots=True)
class PositionContext:
    """What every position of one moment stands on."""

    estate: Estate
    ledger: ContractIndex
    decided: DecisionsInForce
    references: tuple[Count, ...]
    """The counts of the reference deployments, in the order of the estate's deployments, each by time."""
    as_of: datetime
    places: ConfirmedPlaces


def deployment_positions(
    ground: PositionContext,
    deployment: Deployment,
    own: Sequence[Count],
    missed: Sequence[Unobserved],
    texts: Texts,
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
        for coverage in coverages(estate, ground.ledger, deployment, metric, as_of=today):
            case = PositionInput(
                estate,
                deployment,
                metric,
                coverage,
                series,
                tuple(missed),
                ground.decided,
                ground.as_of,
                texts,
                ground.places,
            )
            points = points_of(case, known.get(case.key))
            yield _position(case, points, cap), (case, points)


def reference_names(estate: Estate) -> tuple[str, ...]:
    """The reference deployments, in the order of the estate."""
    return tuple(name for name, place in estate.deployments.items() if place.legal_status == "reference")


def _metrics(estate: Estate, ledger: ContractIndex, deployment: Deployment, mine: Sequence[Count]) -> list[str]:
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


def _current(case: PositionInput) -> Count | Note:
    """The latest attempt's count where it holds a number; else why there is none."""
    last = case.series[-1] if case.series else None
    held = {one.capture for one in case.series if one.counted is not None}
    later = [one for one in case.missed if one.capture not in held and _concerns(case, one)]
    latest = max(later, key=lambda one: one.at, default=None)
    if latest is not None and (last is None or latest.at >= last.captured_at):
        day = case.day(latest.at)
        return make_note("position.not_observed", day=day, outcome=outcome_note(latest.outcome), why=latest.why)
    if last is None:
        return make_note("position.never_observed")
    if last.counted is None:
        why = last.unreadable.get("displayed") or last.unreadable.get("listed") or make_note("observation.not_stated")
        return make_note("position.no_number", day=case.day(last.captured_at), why=why)
    return last


def _concerns(case: PositionInput, missed: Unobserved) -> bool:
    page = case.estate.pages.get(missed.page)
    if page is None:
        return True
    first = case.estate.products[case.deployment.product].metrics[0].id
    by_list = page.listing is not None and page.listing.metric == case.metric
    return by_list or any(spec.kind == "count" and (spec.metric or first) == case.metric for spec in page.fields)


@dataclass(frozen=True, slots=True)
class _History:
    """What the whole series says, whatever the latest visit gave."""

    highest: CountedPoint | None
    over: Duration | None
    """None where no capture holds a number."""
    notes: tuple[Note, ...]


def _history(case: PositionInput, points: tuple[CountedPoint, ...]) -> _History:
    highest = peak(points)
    if highest is None:
        return _History(None, None, ())
    interval = 31 if case.contract is None else case.contract.audit_interval_days
    notes = (*peak_notes(points), *measure_notes(case.coverage, points, interval, case.day(case.as_of)))
    return _History(highest, duration(points, interval), notes)


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is said of the present number, where there is one."""

    status: PositionStatus
    entitled: int | Unlimited | None
    rule: Note
    notes: tuple[Note, ...]
    over: int | None = None
    units: int | None = None
    reference_cap: int | None = None
    exclusion: tuple[UncountedRow, ...] = ()
    day: date | None = None
    seen: Observation | None = None
    decision: Decision | None = None
    """The confirmed count that holds for the present number."""
    stopped: StoppedConfirmation | None = None
    value: Valuation = NO_VALUE


def _position(case: PositionInput, points: tuple[CountedPoint, ...], of_reference: int | None) -> Position:
    current = _current(case)
    history = _history(case, points)
    said = (
        _unverified(case, points, current)
        if isinstance(current, Note)
        else _verified(case, points, current, of_reference)
    )
    seen, decision = said.seen, said.decision
    highest, over = history.highest, history.over
    excess = None if seen is None or said.reference_cap is None else max(0, (seen.counted or 0) - said.reference_cap)
    return Position(
        contract=None if case.contract is None else case.contract.id,
        deployment=case.deployment.id,
        legal_status=case.deployment.legal_status,
        metric=case.metric,
        status=said.status,
        displayed=None if seen is None else seen.displayed,
        displayed_raw="" if seen is None else seen.displayed_raw,
        cap=None if seen is None else seen.cap,
        cap_raw="" if seen is None else seen.cap_raw,
        listed=seen.listed if seen is not None and seen.listed_complete else None,
        displayed_certainty=None if seen is None or seen.displayed is None else _certainty(seen.displayed_certain),
        cap_certainty=None if seen is None or seen.cap is None else _certainty(seen.cap_certain),
        listed_complete=None if seen is None or seen.listed is None else seen.listed_complete,
        doubts=MappingProxyType({} if seen is None else count_doubts(seen)),
        description_confirmed=None if seen is None else case.places.covers(seen),
        confirmed=None if decision is None else decision.value,
        entitled=said.entitled,
        over_by=said.over,
        rule=said.rule,
        capture="" if seen is None else seen.capture,
        captured_at=None if seen is None else seen.captured_at,
        sealed=seen is not None and seen.sealed,
        excess_over_cap=excess,
        reference_cap=said.reference_cap,
        all_units=said.units,
        hwm=None if highest is None else highest.count.counted,
        hwm_at=None if highest is None else highest.at,
        hwm_capture="" if highest is None else highest.count.capture,
        captures=len(points),
        over_days=None if over is None else over.days,
        over_days_rule=None if over is None else over.rule,
        over_instants=0 if over is None else over.instants,
        over_since=_over_since(said, points),
        true_up=true_up_owed(case, points),
        age_days=None if said.day is None else (case.day(case.as_of) - said.day).days,
        list_value=said.value.list_value,
        net_value=said.value.net_value,
        priced_at=said.value.priced_at,
        excluded=said.exclusion,
        confirmed_by="" if decision is None else decision.by,
        confirmed_why="" if decision is None else decision.reason,
        confirmation_stopped=said.stopped,
        timeline=case.coverage.steps,
        basis=() if seen is None else tuple(seen.basis[key] for key in CITED if key in seen.basis),
        variants=MappingProxyType({}) if seen is None else count_variants(seen),
        notes=(*history.notes, *said.notes),
    )


def _over_since(said: _Statement, points: tuple[CountedPoint, ...]) -> datetime | None:
    run = current_run(points) if said.over else ()
    return run[0].at if run else None


def _certainty(certain: bool) -> ReadingCertainty:
    return "certain" if certain else "needs_review"


def _unverified(case: PositionInput, points: tuple[CountedPoint, ...], why: Note) -> _Statement:
    """No number: what is entitled all the same, and how old the last number is."""
    entitled: int | Unlimited | None = case.coverage.on(case.day(case.as_of)) if case.coverage.covered else None
    notes = [why]
    if points:
        age = (case.day(case.as_of) - points[-1].day).days
        number = points[-1].count.counted
        capture = points[-1].count.capture
        notes.append(make_note("position.last_number", n=number, days=age, capture=capture))
    if case.deployment.legal_status == "suspect":
        entitled = 0
    return _Statement("unverified", entitled, NOT_OBSERVED, tuple(notes))


def _verified(
    case: PositionInput, points: tuple[CountedPoint, ...], current: Count, of_reference: int | None
) -> _Statement:
    """The present number against what is entitled on its day, and the value of what is over."""
    day, decision = case.day(current.captured_at), case.decision if points[-1].confirmed else None
    (seen,) = case.places.held_against(case.texts.whole([current]))
    rows, exempt = excluded_units(case, seen, seen.rows, day)
    units = points[-1].used
    notes: list[Note] = []
    if current.displayed is None:
        notes.append(make_note("position.list_counted", rows=current.listed))
    if exempt:
        notes.append(make_note("position.exempt", units=exempt))
    if decision is not None and current.capture not in decision.evidence:
        about = ", ".join(decision.evidence)
        notes.append(
            make_note(
                "position.confirmation_carried",
                confirmed=decision.value,
                captures=about or make_note("position.no_named_capture"),
            )
        )
    if decision is not None and decision.value is not None:
        notes += unexplained_difference(decision, current)
    stopped = stopped_confirmation(case, points)
    if stopped is not None:
        notes.append(stopped_note(stopped))
    status, entitled, over, rule = _judged(case, points, units, day)
    return _Statement(
        status=status,
        entitled=entitled,
        rule=rule,
        notes=tuple(notes),
        over=over,
        units=units,
        reference_cap=measuring_cap(case.estate, case.deployment, current, day, of_reference),
        exclusion=rows
        if decision is None
        else tuple(UncountedRow(row.code, row.name, quote_text(row.reason)) for row in decision.excluded),
        day=day,
        seen=seen,
        decision=decision,
        stopped=stopped,
        value=value_units(case.estate, case.deployment, case.contract, case.metric, current, day, over),
    )


def _judged(
    case: PositionInput, points: tuple[CountedPoint, ...], units: int, day: date
) -> tuple[PositionStatus, int | Unlimited | None, int | None, Note]:
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
        return "incomplete", None, None, make_note("counting.record_lacks", parts=missing)
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
