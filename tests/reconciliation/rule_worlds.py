"""Small worlds for one rule each: what it fires on, and a near miss that it must leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from auditor.model.contracts import Contract, Product
from auditor.model.deployments import Deployment
from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.reconciliation import ReconciliationInput, compute_positions, findings, mark_baseline, reconcile
from auditor.reconciliation.position.position import group_by_deployment
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

    def positions(self) -> tuple[Position, ...]:
        world = estate(self.contract, self.places, self.product)
        world = replace(world, contracts={**world.contracts, **self.others})
        return compute_positions(
            world, self.observations, self.decisions, self.key_dates, at(self.on), unobserved=self.unobserved
        )

    def told(self) -> tuple[Finding, ...]:
        world = estate(self.contract, self.places, self.product)
        world = replace(world, contracts={**world.contracts, **self.others})
        told = findings(
            world,
            self.positions(),
            self.observations,
            self.unobserved,
            self.decisions,
            self.key_dates,
            (),
            at(self.on),
            checks=self.checks,
        )
        # What is judged a deployment at a time says the same.
        by_time = sorted(self.observations, key=lambda one: one.captured_at)
        moment = ReconciliationInput(at(self.on), self.unobserved, self.decisions, self.key_dates, self.checks)
        before = replace(moment, as_of=at(self.on) - timedelta(days=30))
        now, then = (reconcile(world, group_by_deployment(by_time), one, None, portion=1) for one in (moment, before))
        assert (now.positions, now.findings) == (self.positions(), told)
        assert then == reconcile(world, group_by_deployment(by_time), before, None)
        # So does what is compared a deployment at a time with the moment before.
        since = reconcile(world, group_by_deployment(by_time), moment, before, portion=1)
        assert (since.positions, since.findings) == (self.positions(), mark_baseline(then.findings, told))
        return told


@dataclass(frozen=True, slots=True)
class Case:
    """A rule with its example and its near miss."""

    rule: str
    fires: World
    silent: World
