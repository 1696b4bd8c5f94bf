"""One deployment judged now, and held against the rows that tell of it: every look is a check."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.index import Index, finding_digest, position_digest
from auditor.model.findings import Finding, Position
from auditor.model.standing import OpenedDeployment, StandingScope
from auditor.workflow.standing.contributions import EVERYTHING_SCOPE
from auditor.workflow.standing.following import StandingMoved
from auditor.workflow.standing.judging import (
    JudgedUnit,
    judge_contracts,
    judge_deployments,
    judge_likenesses,
    judge_pool,
)
from auditor.workflow.standing.known import Known


def open_deployment(
    index: Index, known: Known, deployment: str, scope: StandingScope, *, last: bool = False
) -> OpenedDeployment:
    """What is said about a deployment, judged now. Rows that were told as current and say something else are marked.

    `StandingMoved` where others judged by something later meanwhile, but on the `last` turn.
    """
    with index.standing.snapshot():
        if not last and _is_later(index, known):
            raise StandingMoved
        units, opened = judge_opened(index, known, deployment, scope)
    if opened.differing:
        with index.standing.transaction():
            index.standing.mark(units)
    return opened


def _is_later(index: Index, known: Known) -> bool:
    head = index.standing.head()
    if head is None or (head.line, head.targets) != (known.line, known.targets):
        return True
    return head.as_of is not None and head.as_of > known.moment


def judge_opened(
    index: Index, known: Known, deployment: str, scope: StandingScope
) -> tuple[Iterable[str], OpenedDeployment]:
    """The units that say something of a deployment, and what they say. Asked in a snapshot; nothing is marked."""
    alone = judge_deployments(index, known, (deployment,))
    units = dict(alone.units) | judge_likenesses(index, known, (deployment,)).units
    own = alone.units.get(f"d:{deployment}")
    for contract in own.uses if own is not None else ():
        units |= judge_contracts(index, known, (contract,)).units
        units |= judge_pool(index, known, contract).units
    differing = _differing_findings(index, known, units)
    differing += _differing_positions(index, known, deployment, units, alone.positions.get(deployment, ()))
    scopes = index.standing_rows.scopes(scope)
    return units, OpenedDeployment(
        deployment,
        tuple(one for one, customer in alone.positions.get(deployment, ()) if _sees(scopes, one.contract, customer)),
        tuple(
            one
            for unit in units.values()
            for one, place in unit.findings
            if one.deployment == deployment
            and (
                EVERYTHING_SCOPE in scopes
                or (place.in_contract and f"contract/{place.reader}" in scopes)
                or (place.in_customer and f"customer/{place.customer}" in scopes)
            )
        ),
        tuple(differing),
    )


def judge_record(index: Index, known: Known, contract: str) -> tuple[Iterable[str], list[Finding], list[str]]:
    """What is said of a contract itself: the units, what they say, and the rows that differ and that nothing has
    marked. Asked in a snapshot; nothing is marked."""
    units = dict(judge_contracts(index, known, (contract,)).units) | judge_pool(index, known, contract).units
    told = [one for unit in units.values() for one, _ in unit.findings]
    return units, told, _differing_findings(index, known, units)


def _sees(scopes: list[str], contract: str | None, customer: str) -> bool:
    return not {EVERYTHING_SCOPE, f"contract/{contract}", f"customer/{customer}"}.isdisjoint(scopes)


def _differing_findings(index: Index, known: Known, units: dict[str, JudgedUnit]) -> list[str]:
    """The rows that differ and that nothing has marked."""
    store, found = index.standing, list[str]()
    for unit in sorted(units):
        if store.is_outstanding(unit, known.moment):
            continue
        told = {_name(one): finding_digest(one) for one, _ in units[unit].findings}
        stood = {str(row["fingerprint"]): str(row["sha256"]) for row in store.findings_of((unit,))[unit]}
        found += sorted(name for name in told.keys() | stood.keys() if told.get(name) != stood.get(name))
    return found


def _differing_positions(
    index: Index,
    known: Known,
    deployment: str,
    units: dict[str, JudgedUnit],
    positions: tuple[tuple[Position, str], ...],
) -> list[str]:
    store, unit = index.standing, f"d:{deployment}"
    if unit not in units or store.is_outstanding(unit, known.moment):
        return []
    now = {f"{one.contract or '-'}/{one.deployment}/{one.metric}": position_digest(one) for one, _ in positions}
    rows = {
        f"{row['contract'] or '-'}/{row['deployment']}/{row['metric']}": str(row["sha256"])
        for row in store.positions((deployment,))[deployment]
    }
    return sorted(name for name in now.keys() | rows.keys() if now.get(name) != rows.get(name))


def _name(finding: Finding) -> str:
    return finding.fingerprint
