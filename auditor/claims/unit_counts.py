"""How many units: the count of each deployment at the scenario's basis, then the overage rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from auditor.claims.inputs import ClaimInputs, decision_source, named_day
from auditor.claims.observed_counts import ObservedCount, confirmed_count, list_observed_counts, select_count
from auditor.claims.prices import edition_of, price_in_force
from auditor.errors import ClaimError
from auditor.model.claims import Derivation, DerivationSource, Scenario
from auditor.model.findings import Decision
from auditor.model.targets.contracts import UNLIMITED, Unlimited
from auditor.model.targets.estate import Estate
from auditor.wording import english

LATE_START = ", from the first capture after it (a lower bound)"


@dataclass(frozen=True, slots=True)
class CountedUnits:
    """Units of one deployment, with what they were counted from."""

    deployment: str
    count: int
    reference: int | None
    units: int
    rule: str
    seen: ObservedCount | None
    decision: Decision | None
    tree: Derivation
    since: str = ""
    """Of growth: the day after which it is counted, as it is named."""
    late: bool = False
    """Of growth: no capture is as early as that day, so it is a lower bound."""


def possible_deployments(scenario: Scenario, estate: Estate) -> frozenset[str]:
    """Every deployment that a scenario may count: those it names or states, else every suspect one."""
    suspects = (one.id for one in estate.deployments.values() if one.legal_status == "suspect")
    return frozenset((*scenario.deployments, *scenario.stated) or suspects)


def included_deployments(inputs: ClaimInputs) -> tuple[str, ...]:
    """The deployments a scenario counts: those it names, or every suspect one with a position."""
    named = inputs.scenario.deployments or tuple(inputs.scenario.stated)
    unknown = [name for name in named if name not in inputs.estate.deployments]
    if unknown:
        known = ", ".join(sorted(inputs.estate.deployments))
        raise ClaimError(f"{inputs.who}: unknown deployment {unknown[0]!r}; name one of {known}")
    if len(set(named)) != len(named):
        raise ClaimError(f"{inputs.who}: a deployment is named twice under `deployments`; name each once")
    for name in named:
        status = inputs.estate.deployments[name].legal_status
        if status in ("reference", "public"):
            raise ClaimError(f"{inputs.who}: {name} is a {status} deployment and is never counted; leave it out")
    if named:
        return tuple(named)
    metric = inputs.metric
    suspects = {row.deployment for row in inputs.positions if row.legal_status == "suspect" and row.metric == metric}
    if not suspects:
        raise ClaimError(f"{inputs.who}: no suspect deployment has a position; run an audit or name `deployments`")
    return tuple(name for name in inputs.estate.deployments if name in suspects)


def count_units(inputs: ClaimInputs, deployment: str) -> CountedUnits:
    """The units of one deployment under the scenario's basis and overage rule."""
    if inputs.scenario.overage == "growth_since":
        return units_added_since(inputs, deployment, inputs.scenario.growth_since)
    count, tree, seen, decision = _count(inputs, deployment)
    if count < 0:
        raise ClaimError(
            f"{inputs.who}: {count} units at {deployment}: a count cannot be below zero; correct its source"
        )
    if inputs.scenario.overage == "all_units":
        licensed = inputs.estate.deployments[deployment].legal_status == "licensed"
        rule = (
            "every unit, its entitlement not taken off" if licensed else "every unit of a deployment no contract covers"
        )
        return CountedUnits(deployment, count, None, count, rule, seen, decision, tree)
    cap, cap_tree = _cap(inputs, deployment)
    over = 0 if cap == UNLIMITED else max(0, count - cap)
    reference = None if cap == UNLIMITED else cap
    licensed = inputs.estate.deployments[deployment].legal_status == "licensed"
    what, formula = ("entitlement", "max(0, count - entitled)") if licensed else ("cap", "max(0, count - cap)")
    label = f"units over the {what}: {deployment}"
    whole = Derivation(label, formula, Decimal(over), "units", (tree, cap_tree))
    return CountedUnits(deployment, count, reference, over, f"excess over the {what}", seen, decision, whole)


def _count(inputs: ClaimInputs, deployment: str) -> tuple[int, Derivation, ObservedCount | None, Decision | None]:
    basis = inputs.scenario.count_basis
    if basis == "stated":
        number = inputs.scenario.stated.get(deployment)
        if number is None:
            raise ClaimError(f"{inputs.who}: no stated number for {deployment}; add it under `stated`")
        where = inputs.document(inputs.scenario.stated_source, "stated number")
        return number, _leaf(f"stated: {deployment}", number, (where,)), None, None
    if basis == "confirmed":
        seen, decision = confirmed_count(inputs, deployment)
        value = decision.value or 0
        sources = (decision_source(decision), *(seen.sources if seen else ()))
        return value, _leaf(f"confirmed: {deployment}", value, sources), seen, decision
    seen = select_count(inputs, deployment)
    values = {"displayed": seen.displayed, "listed": seen.listed}
    shown = values[basis] if basis in values else seen.variants.get(basis)
    if shown is None:
        raise ClaimError(
            f"{inputs.who}: capture {seen.capture} of {deployment} gives no {basis} count of {inputs.metric}: "
            f"not observed is not zero; use another count basis or another capture"
        )
    return shown, _leaf(f"{basis}: {deployment}", shown, seen.sources), seen, None


def _leaf(name: str, value: int, sources: tuple[DerivationSource, ...]) -> Derivation:
    return Derivation(name, "as counted", Decimal(value), "units", (), sources)


def _cap(inputs: ClaimInputs, deployment: str) -> tuple[int | Unlimited, Derivation]:
    """What is taken off: a licensed deployment's entitlement; else the edition's units or a reference's cap."""
    if inputs.estate.deployments[deployment].legal_status == "licensed":
        held = [row for row in inputs.positions_of.get(deployment, ()) if row.metric == inputs.metric]
        entitled = held[-1].entitled if held else None
        if entitled is None:
            raise ClaimError(f"{inputs.who}: {deployment} has no entitlement on record; state it or use `all_units`")
        sources = tuple(
            inputs.record(f"{english(step.why)} {english(step.source)}".strip()) for step in held[-1].timeline
        )
        leaves = sources or (inputs.record("entitlement"),)
        return entitled, _cap_leaf(f"entitled: {deployment}", entitled, leaves, "as entitled by contract")
    named = inputs.scenario.cap_from
    if named == "edition":
        price = price_in_force(inputs, edition_of(inputs))
        where = inputs.record(f"units the edition includes: {price.source}")
        return price.includes, _cap_leaf(f"cap: edition {inputs.edition}", price.includes, (where,))
    if named not in inputs.estate.deployments or inputs.estate.deployments[named].legal_status != "reference":
        raise ClaimError(f"{inputs.who}: cap_from {named!r} is neither `edition` nor a reference deployment; name one")
    seen = select_count(inputs, named)
    if seen.cap is None:
        raise ClaimError(f"{inputs.who}: capture {seen.capture} of {named} shows no cap; use `cap_from: edition`")
    return seen.cap, _cap_leaf(f"cap: {named}", seen.cap, seen.sources)


def _cap_leaf(
    name: str, cap: int | Unlimited, sources: tuple[DerivationSource, ...], formula: str = "as registered"
) -> Derivation:
    value = None if cap == UNLIMITED else Decimal(cap)
    return Derivation(name, "unlimited" if cap == UNLIMITED else formula, value, "units", (), sources)


def units_added_since(inputs: ClaimInputs, deployment: str, since: str) -> CountedUnits:
    """Displayed units at the last capture less those at the last capture up to a day.

    Where no capture is that early, the first one after the day stands in: the growth is then a lower bound. One
    capture alone gives no growth: `ClaimError`.
    """
    if inputs.scenario.overage == "growth_since" and inputs.scenario.count_basis not in ("displayed", "listed"):
        raise ClaimError(
            f"{inputs.who}: growth is counted on `displayed` or `listed`; set the count basis to one of them"
        )
    if not since:
        raise ClaimError(f"{inputs.who}: growth since when? set `growth_since` to a key date or a day")
    limit = named_day(inputs, since, f"{inputs.who}: growth since")
    listed = inputs.scenario.overage == "growth_since" and inputs.scenario.count_basis == "listed"
    every = inputs.scenario.overage != "growth_since"
    rows = [
        (row, row.listed if listed else row.displayed) for row in list_observed_counts(inputs, deployment, every=every)
    ]
    known = [(row, value) for row, value in rows if value is not None and row.captured_at is not None]
    zone = inputs.estate.timezone
    before = [pair for pair in known if pair[0].captured_at and limit.covers(pair[0].captured_at, zone)]
    start, end = (before[-1] if before else known[0], known[-1]) if known else (None, None)
    if start is None or end is None or start == end:
        raise ClaimError(
            f"{inputs.who}: {deployment} has no two captures to compare around {limit.text}; capture it again, "
            f"or leave it out under `deployments`"
        )
    rule = f"growth since {limit.text}" + ("" if before else LATE_START)
    units = max(0, end[1] - start[1])
    tree = Derivation(
        f"growth: {deployment}",
        "max(0, later - earlier)",
        Decimal(units),
        "units",
        (_leaf("later", end[1], end[0].sources), _leaf("earlier", start[1], (*start[0].sources, limit.source))),
    )
    return CountedUnits(
        deployment, end[1], start[1], units, rule, end[0], None, tree, since=limit.text, late=not before
    )
