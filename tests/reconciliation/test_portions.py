"""Units judged one at a time say together what the whole estate says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.model.findings import Finding, Position
from auditor.reconciliation import (
    LikenessMark,
    PortionJudge,
    ReconciliationInput,
    contracts_of_record,
    index_contracts,
    reconcile,
)
from auditor.reconciliation.rules.registry import (
    RULES_BY_CHECK,
    RULES_BY_CONTRACT,
    RULES_BY_DEPLOYMENT,
    RULES_BY_IDENTITY,
    RULES_BY_POOL,
    WHOLE_ESTATE_RULES,
)
from tests.reconciliation.rule_worlds import World, in_memory
from tests.reconciliation.test_rules import CASES
from tests.reconciliation.worked_contract import at

WORLDS = {f"{case.rule}-{name}": getattr(case, name) for case in CASES for name in ("fires", "silent")}


def in_portions(world: World, *, before: bool) -> tuple[list[Position], list[Finding]]:
    """Every unit by itself, with no more beside it than it asks for."""
    estate, (counts, texts) = world.estate(), in_memory(world.observations)
    now = ReconciliationInput(at(world.on), world.unobserved, world.decisions, world.key_dates)
    then = replace(now, as_of=now.as_of - timedelta(days=30)) if before else None

    def judge(names: list[str]) -> PortionJudge:
        # The contracts of all, or of these alone: they say the same.
        return PortionJudge(estate, names, counts, texts, now, then, index_contracts(estate) if before else None)

    positions: list[Position] = []
    findings: list[Finding] = []
    marks: dict[str, frozenset[LikenessMark]] = {}
    for name in estate.deployments:
        found = judge([name]).deployments()
        positions += found.positions
        findings += found.findings
        marks |= found.marks
    for contract in contracts_of_record(estate, world.key_dates):
        listed = (
            [one.deployment for one in estate.contracts[contract].authorised] if contract in estate.contracts else []
        )
        findings += judge(listed).contracts({contract})
    for contract in estate.contracts:
        sharing = [one.deployment for one in positions if one.contract == contract]
        findings += judge([name for name in estate.deployments if name in sharing]).pools({contract})
    for name, mine in marks.items():
        near = [other for other in estate.deployments if marks.get(other, frozenset()) & mine]
        findings += judge(near).likenesses({name})
    return positions, findings


def by_identity(found: list[Finding]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for one in found:
        grouped.setdefault(one.fingerprint, []).append(replace(one, baseline="new"))
    return grouped


@pytest.mark.parametrize("before", [False, True], ids=["alone", "against-before"])
@pytest.mark.parametrize("name", WORLDS)
def test_units_say_what_the_estate_says(name: str, before: bool) -> None:
    world = WORLDS[name]
    now = ReconciliationInput(at(world.on), world.unobserved, world.decisions, world.key_dates)
    then = replace(now, as_of=now.as_of - timedelta(days=30)) if before else None
    whole = reconcile(world.estate(), *in_memory(world.observations), now, then)
    positions, findings = in_portions(world, before=before)
    assert positions == list(whole.positions)
    assert by_identity(findings) == by_identity([one for one in whole.findings if one.baseline != "absent"])


def test_every_whole_estate_rule_belongs_to_one_kind_of_unit() -> None:
    kinds = (RULES_BY_DEPLOYMENT, RULES_BY_CONTRACT, RULES_BY_POOL, RULES_BY_IDENTITY, RULES_BY_CHECK)
    assert sum(map(len, kinds)) == len(WHOLE_ESTATE_RULES) == len(frozenset().union(*kinds))
