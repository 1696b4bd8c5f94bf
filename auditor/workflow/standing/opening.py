"""One deployment judged now, and held against the rows that tell of it: every look is a check."""

from __future__ import annotations

from auditor.index import Index, finding_digest, position_digest
from auditor.model.findings import Finding, Position
from auditor.model.standing import OpenedDeployment, StandingScope
from auditor.workflow.standing.contributions import EVERYTHING_SCOPE
from auditor.workflow.standing.judging import (
    JudgedUnit,
    judge_contracts,
    judge_deployments,
    judge_likenesses,
    judge_pool,
)
from auditor.workflow.standing.known import Known


def open_deployment(index: Index, known: Known, deployment: str, scope: StandingScope) -> OpenedDeployment:
    """What is said about a deployment, judged now. Rows that were told as current and say something else are marked."""
    alone = judge_deployments(index, known, (deployment,))
    units = dict(alone.units) | judge_likenesses(index, known, (deployment,)).units
    own = alone.units.get(f"d:{deployment}")
    for contract in own.uses if own is not None else ():
        units |= judge_contracts(index, known, (contract,)).units
        units |= judge_pool(index, known, contract).units
    differing = _differing(index, known, deployment, units, alone.positions.get(deployment, ()))
    if differing:
        with index.standing.transaction():
            index.standing.mark(units)
    scopes = index.standing_rows.scopes(scope)
    return OpenedDeployment(
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


def _sees(scopes: list[str], contract: str | None, customer: str) -> bool:
    return not {EVERYTHING_SCOPE, f"contract/{contract}", f"customer/{customer}"}.isdisjoint(scopes)


def _differing(
    index: Index,
    known: Known,
    deployment: str,
    units: dict[str, JudgedUnit],
    positions: tuple[tuple[Position, str], ...],
) -> list[str]:
    """The rows that differ and that nothing has marked."""
    store = index.standing
    current = {unit for unit in units if not store.is_outstanding(unit, known.moment)}
    found = []
    for unit in sorted(current):
        told = {_name(one): finding_digest(one) for one, _ in units[unit].findings}
        stood = {str(row["fingerprint"]): str(row["sha256"]) for row in store.findings_of(unit)}
        found += sorted(name for name in told.keys() | stood.keys() if told.get(name) != stood.get(name))
    if f"d:{deployment}" in current:
        now = {f"{one.contract or '-'}/{one.deployment}/{one.metric}": position_digest(one) for one, _ in positions}
        rows = {
            f"{row['contract'] or '-'}/{row['deployment']}/{row['metric']}": str(row["sha256"])
            for row in store.positions(deployment)
        }
        found += sorted(name for name in now.keys() | rows.keys() if now.get(name) != rows.get(name))
    return found


def _name(finding: Finding) -> str:
    return finding.fingerprint
