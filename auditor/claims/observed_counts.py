"""Which capture of a deployment a scenario counts, and what each capture shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from auditor.claims.inputs import ClaimInputs, named_day
from auditor.errors import ClaimError
from auditor.model.claims import DerivationSource
from auditor.model.findings import Decision
from auditor.model.targets.contracts import Unlimited
from auditor.wording import english


@dataclass(frozen=True, slots=True)
class ObservedCount:
    """What one capture shows of one deployment's metric. None is not observed, never zero."""

    deployment: str
    capture: str
    captured_at: datetime | None
    sealed: bool
    displayed: int | None
    listed: int | None
    cap: int | Unlimited | None
    sources: tuple[DerivationSource, ...]
    variants: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def list_observed_counts(inputs: ClaimInputs, deployment: str, *, every: bool = False) -> tuple[ObservedCount, ...]:
    """All captures of the deployment, oldest first; up to the scenario's day unless `every` is asked for."""
    found: dict[str, ObservedCount] = {}
    metric = inputs.metric
    for seen in inputs.history_of.get(deployment, ()):
        if seen.metric == metric:
            bases = tuple(seen.basis.values())
            found[seen.capture] = ObservedCount(
                deployment,
                seen.capture,
                seen.captured_at,
                seen.sealed,
                seen.displayed,
                seen.listed if seen.listed_complete else None,
                seen.cap,
                tuple(DerivationSource("capture", seen.capture, basis.sha256, basis.raw_text) for basis in bases),
            )
    for position in inputs.positions_of.get(deployment, ()):
        if position.metric == metric and position.capture:
            texts = [DerivationSource("capture", b.capture, b.sha256, b.raw_text) for b in position.basis]
            found[position.capture] = ObservedCount(
                deployment,
                position.capture,
                position.captured_at,
                position.sealed,
                position.displayed,
                position.listed,
                position.cap,
                tuple(texts) or (DerivationSource("capture", position.capture, "", position.displayed_raw),),
                position.variants,
            )
    rows = [row for row in found.values() if every or _in_time(inputs, row)]
    return tuple(sorted(rows, key=lambda row: (row.captured_at.isoformat() if row.captured_at else "", row.capture)))


def _in_time(inputs: ClaimInputs, row: ObservedCount) -> bool:
    named = inputs.scenario.as_of
    if named in ("", "latest", "first"):
        return True
    limit = named_day(inputs, named, f"{inputs.who}: as_of")
    return row.captured_at is not None and limit.covers(row.captured_at, inputs.estate.timezone)


def select_count(inputs: ClaimInputs, deployment: str) -> ObservedCount:
    """The capture that counts: the latest, or the first that shows a number, as the scenario says."""
    rows = list_observed_counts(inputs, deployment)
    if not rows:
        when = f" up to {inputs.scenario.as_of}" if inputs.scenario.as_of else ""
        raise ClaimError(
            f"{inputs.who}: no capture of {deployment} counts {inputs.metric}{when}: not observed is not zero; "
            f"run an audit of it or leave it out under `deployments`"
        )
    if inputs.scenario.as_of == "first":
        _whole(inputs, deployment, len(rows))
        return next((row for row in rows if row.displayed is not None), rows[0])
    return rows[-1]


def _whole(inputs: ClaimInputs, deployment: str, known: int) -> None:
    """The first capture is only known where every capture was given."""
    counted = [p.captures for p in inputs.positions_of.get(deployment, ()) if p.metric == inputs.metric]
    if counted and max(counted) > known:
        raise ClaimError(
            f"{inputs.who}: {deployment} was captured {max(counted)} times and {known} are given: "
            f"the first is not known; compute with the whole history"
        )


def confirmed_count(inputs: ClaimInputs, deployment: str) -> tuple[ObservedCount | None, Decision]:
    """The decision that confirmed a count, with the capture it is about where it names one within the day."""
    rows = {row.capture: row for row in list_observed_counts(inputs, deployment)}
    others = {row.capture for row in list_observed_counts(inputs, deployment, every=True)} - set(rows)
    current = [
        decision
        for decision in inputs.confirmed_of.get(deployment, ())
        if decision.metric in ("", inputs.metric) and decision.value is not None
    ]
    _agree(inputs, deployment, current)
    within = [decision for decision in current if not others.intersection(decision.evidence)]
    if not within:
        raise ClaimError(
            f"{inputs.who}: no confirmed count of {inputs.metric} for {deployment}; record one with "
            f"`auditor confirm {deployment}`, or use another count basis"
        )
    about = within[0] if inputs.scenario.as_of == "first" else within[-1]
    _holds(inputs, deployment, about, tuple(rows.values()))
    seen = next((rows[name] for name in about.evidence if name in rows), None)
    return seen, about


def _holds(inputs: ClaimInputs, deployment: str, about: Decision, rows: tuple[ObservedCount, ...]) -> None:
    """A confirmed count that holds no more for the capture that counts stops the computation."""
    moments = [row.captured_at for row in rows if row.captured_at is not None]
    if inputs.scenario.as_of == "first" or not moments:
        return
    for position in inputs.positions_of.get(deployment, ()):
        stopped = position.confirmation_stopped
        if stopped is None or stopped.decision != about.id or max(moments) < stopped.stopped_at:
            continue
        raise ClaimError(
            f"{inputs.who}: the count {stopped.value} confirmed for {deployment} held until {stopped.held_until} and "
            f"holds no more since {stopped.stopped_on} (capture {stopped.capture}: {english(stopped.why)}); confirm "
            f"the count anew with `auditor confirm count`, or set `as_of` to an earlier day or to `first`"
        )


def _agree(inputs: ClaimInputs, deployment: str, current: list[Decision]) -> None:
    """A position that states another confirmed count than every decision stops the computation."""
    values = {decision.value for decision in current}
    for position in inputs.positions_of.get(deployment, ()):
        if position.metric == inputs.metric and position.confirmed is not None and position.confirmed not in values:
            said = sorted(value for value in values if value is not None) or "none"
            raise ClaimError(
                f"{inputs.who}: the position of {deployment} states {position.confirmed} confirmed, the decisions "
                f"state {said}; run `auditor rebuild` and compute again"
            )
