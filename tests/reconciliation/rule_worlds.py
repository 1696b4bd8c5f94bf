"""Small worlds for one rule each: what it fires on, and a near miss that it must leave alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Position, Unobserved
from auditor.model.reading.observations import Count, Observation
from auditor.model.targets.contracts import Contract, Product
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reconciliation import ReconciliationInput, ReconciliationResult, TextsInMemory, reconcile
from auditor.reconciliation.finding_state import mark_baseline
from tests.reconciliation.worked_contract import CONTRACT, LIBSYS, at, deployment, estate

HEFEI = deployment("hefei", name="合肥")
NANJING = deployment("nanjing", "suspect", "CN-AH", name="南京")
BASE: Contract = replace(CONTRACT, amendments=(), rebates=(), authorised=CONTRACT.authorised[:1])
"""The worked contract with hefei's order alone: 20 branches from 2015-03-01, ended 2022-02-09."""


@dataclass(frozen=True, slots=True)
class World:
    """Facts of one moment."""

    on: str = "2019-11-20"
    observations: tuple[Observation, ...] = ()
    contract: Contract = BASE
    places: tuple[Deployment, ...] = (HEFEI,)
    decisions: tuple[Decision, ...] = ()
    key_dates: tuple[KeyDate, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    checks: tuple[Check, ...] = ()
    product: Product = LIBSYS
    others: Mapping[str, Contract] = field(default_factory=dict)

    def estate(self) -> Estate:
        world = estate(self.contract, self.places, self.product)
        return replace(world, contracts={**world.contracts, **self.others})

    def result(self) -> ReconciliationResult:
        """Everything at once, without a moment before."""
        return whole(
            self.estate(), self.observations, self.on, self.decisions, self.key_dates, self.unobserved, self.checks
        )

    def positions(self) -> tuple[Position, ...]:
        return self.result().positions

    def told(self) -> tuple[Finding, ...]:
        """The findings; a deployment at a time says the same, without a moment before and with one."""
        found, world = self.result(), self.estate()
        counts, texts = in_memory(self.observations)
        now = ReconciliationInput(at(self.on), self.unobserved, self.decisions, self.key_dates, self.checks)
        before = replace(now, as_of=at(self.on) - timedelta(days=30))
        assert reconcile(world, counts, texts, now, batch_size=1) == found
        then = reconcile(world, counts, texts, before, batch_size=1)
        assert then == reconcile(world, counts, texts, before)
        since = reconcile(world, counts, texts, now, before, batch_size=1)
        assert (since.positions, since.findings) == (found.positions, mark_baseline(then.findings, found.findings))
        return found.findings


def in_memory(observations: Sequence[Observation]) -> tuple[dict[str, list[Count]], TextsInMemory]:
    """Observations as `reconcile` takes them: numbers by deployment and time, and their texts beside them."""
    series: dict[str, list[Count]] = {}
    for one in sorted(observations, key=lambda one: one.captured_at):
        numbers = {name: getattr(one, name) for name in Count.__dataclass_fields__}
        series.setdefault(one.deployment, []).append(Count(**numbers))
    return series, TextsInMemory(observations)


def whole(
    world: Estate,
    observations: Sequence[Observation],
    on: str,
    decisions: Sequence[Decision] = (),
    key_dates: Sequence[KeyDate] = (),
    unobserved: Sequence[Unobserved] = (),
    checks: Sequence[Check] = (),
) -> ReconciliationResult:
    """An estate reconciled as of a day, everything at once."""
    moment = ReconciliationInput(at(on), unobserved, decisions, key_dates, checks)
    return reconcile(world, *in_memory(observations), moment)


@dataclass(frozen=True, slots=True)
class Case:
    """A rule with its example and its near miss."""

    rule: str
    fires: World
    silent: World
