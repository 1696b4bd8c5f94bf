"""Notes beside a position's figures: how well a peak is known, and what the contract's own measure adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.model.findings import Decision, StoppedConfirmation
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import Contract
from auditor.reconciliation.entitlement.calendar import Span, contract_years
from auditor.reconciliation.entitlement.coverage import Coverage
from auditor.reconciliation.position.counted_series import CountedPoint, peak, peak_over
from auditor.reconciliation.position.measures import peak_per_span, weighted_average


def peak_notes(points: Sequence[CountedPoint]) -> tuple[Note, ...]:
    """The highest capture, as the lower bound it is; several excesses are never added up."""
    highest, worst = peak(points), peak_over(points)
    if highest is None:
        return ()
    counted = highest.count.counted
    notes = [make_note("position.peak", n=counted, captures=len(points))]
    if len(points) == 1:
        notes = [make_note("position.peak_of_one", n=counted)]
    if worst is not None and len(points) > 1:
        notes.append(make_note("position.most_over", n=worst.over, day=worst.day))
    return tuple(notes)


def unexplained_difference(decision: Decision, current: Count) -> list[Note]:
    """That shown and confirmed differ by more than the rows a person left out by name."""
    rest = (current.counted or 0) - len(decision.excluded) - (decision.value or 0)
    if rest == 0:
        return []
    return [make_note("position.unexplained", shown=current.counted, confirmed=decision.value, units=abs(rest))]


def stopped_note(stopped: StoppedConfirmation) -> Note:
    """That a confirmed count holds no more: until when it held, and what changed."""
    return make_note(
        "position.confirmation_stopped",
        confirmed=stopped.value,
        by=stopped.by,
        until=stopped.held_until,
        day=stopped.stopped_on,
        capture=stopped.capture,
        why=stopped.why,
    )


def measure_notes(coverage: Coverage, points: Sequence[CountedPoint], interval: int, today: date) -> tuple[Note, ...]:
    """Of a covered deployment: the average over time where the contract measures so, and the peak of this year where
    captures of several contract years are known."""
    contract = coverage.contract
    if contract is None or not coverage.covered:
        return ()
    notes = []
    if contract.overage.measure == "time_weighted_average":
        mean = weighted_average(points, interval)
        units = make_note("position.no_average") if mean.units is None else quote_text(str(mean.units))
        notes.append(
            make_note(
                "position.average",
                units=units,
                unit_days=mean.unit_days,
                days=mean.days,
                not_observed=mean.not_observed,
            )
        )
    years = _years_seen(contract, points, today)
    if len(years) > 1:
        (last,) = peak_per_span(points, years[-1:])
        over, day = last.over, last.span.from_
        notes.append(make_note("position.most_over_in_year", day=day, n=over, captures=last.captures))
    return tuple(notes)


def _years_seen(contract: Contract, points: Sequence[CountedPoint], today: date) -> list[Span]:
    """The contract years up to today in which there are captures."""
    days = {one.day for one in points}
    if not days:
        return []
    spans = contract_years(contract.term, min(today, max(days)), since=min(days))
    return [span for span in spans if any(span.from_ <= day <= (span.through or day) for day in days)]
