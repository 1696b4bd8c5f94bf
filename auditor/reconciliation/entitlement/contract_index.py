"""Indexes made once per question, so that a hundred thousand deployments cost a hundred thousand look-ups.

A contract may list all of them; what is asked about one deployment is asked of the contract cut down to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from auditor.model.findings import Decision
from auditor.model.targets.contracts import Amendment, AuthorisedDeployment, Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate


@dataclass(frozen=True, slots=True)
class ContractIndex:
    """The contracts of an estate by the deployments they list."""

    listed: Mapping[str, Mapping[str, Contract]]
    """From a deployment to the contracts that list it, each cut down to its orders and amendments, by id; those that
    add to others last."""
    bare: Mapping[str, Contract]
    """Every contract without orders and amendments: what it says to a deployment it does not list."""
    covering: Mapping[str, tuple[Contract, ...]]
    """Of `listed` those of the deployment's own product, for deployments that have any."""
    compared: Mapping[str, Contract]
    """The contract that each deployment is compared with, where there is one."""

    def of(self, contract: str, deployment: str) -> Contract:
        """A contract as far as it concerns one deployment."""
        return self.listed.get(deployment, {}).get(contract) or self.bare[contract]

    def listing(self, deployment: Deployment) -> tuple[Contract, ...]:
        """The contracts of the product that list the deployment, those that add to others last."""
        return self.covering.get(deployment.id, ())

    def compared_with(self, deployment: Deployment) -> Contract | None:
        """The contract compared with: as stated, else the one listing the deployment, else the product's only one."""
        return self.compared.get(deployment.id)


class _BareContracts(Mapping[str, Contract]):
    """Every contract of an estate without orders and amendments, each made when it is first asked for."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts, self._made = contracts, dict[str, Contract]()

    def __getitem__(self, name: str) -> Contract:
        if name not in self._made:
            self._made[name] = replace(self._contracts[name], authorised=(), amendments=())
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._contracts

    def __iter__(self) -> Iterator[str]:
        return iter(self._contracts)

    def __len__(self) -> int:
        return len(self._contracts)


def index_contracts(estate: Estate, only: Collection[str] | None = None) -> ContractIndex:
    """The ledger of an estate, in one pass over its contracts and one over its deployments. `only`: what contracts say
    of these deployments alone; None for all."""
    listed: dict[str, dict[str, Contract]] = {}
    bare = _BareContracts(estate.contracts)
    of_product: dict[str, list[str]] = {}
    for contract in estate.contracts.values():
        of_product.setdefault(contract.product, []).append(contract.id)
        orders: dict[str, list[AuthorisedDeployment]] = {}
        changes: dict[str, list[Amendment]] = {}
        for entry in contract.authorised:
            if only is None or entry.deployment in only:
                orders.setdefault(entry.deployment, []).append(entry)
        for amendment in contract.amendments:
            if amendment.deployment in orders:
                changes.setdefault(amendment.deployment, []).append(amendment)
        for name, entries in orders.items():
            own = replace(contract, authorised=tuple(entries), amendments=tuple(changes.get(name, ())))
            listed.setdefault(name, {})[contract.id] = own
    for name, found in listed.items():
        if len(found) > 1:
            listed[name] = dict(sorted(found.items(), key=_order))
    covering: dict[str, tuple[Contract, ...]] = {}
    compared: dict[str, Contract] = {}
    for name in estate.deployments if only is None else only:
        place = estate.deployments.get(name)
        if place is None:
            continue
        mine = tuple(one for one in listed.get(name, {}).values() if one.product == place.product)
        if mine:
            covering[name] = mine
        chosen = _compared(place, listed.get(name, {}), bare, mine, of_product.get(place.product, ()))
        if chosen is not None:
            compared[name] = chosen
    return ContractIndex(listed, bare, covering, compared)


def _compared(
    place: Deployment,
    listed: Mapping[str, Contract],
    bare: Mapping[str, Contract],
    covering: Sequence[Contract],
    of_product: Sequence[str],
) -> Contract | None:
    if place.contract is not None and place.contract in bare:
        return listed.get(place.contract) or bare[place.contract]
    if covering:
        return covering[0]
    return bare[of_product[0]] if len(of_product) == 1 else None


def _order(item: tuple[str, Contract]) -> tuple[bool, date, str]:
    contract = item[1]
    return bool(contract.adds_to), contract.term.from_, contract.id


@dataclass(frozen=True, slots=True)
class DecisionsInForce:
    """The decisions in force at a moment, by kind and subject."""

    by: Mapping[tuple[str, str], tuple[Decision, ...]]

    def on(self, kind: str, subject: str, metric: str | None = None) -> Decision | None:
        """The latest decision on a subject that no later one supersedes."""
        found = [one for one in self.by.get((kind, subject), ()) if metric is None or one.metric in ("", metric)]
        return max(found, key=lambda decision: (decision.at, decision.id)) if found else None


def decisions_in_force(decisions: Sequence[Decision], as_of: datetime) -> DecisionsInForce:
    """What was decided by then and not superseded by then."""
    made = [decision for decision in decisions if decision.at <= as_of]
    superseded = {decision.supersedes for decision in made if decision.supersedes}
    by: dict[tuple[str, str], tuple[Decision, ...]] = {}
    for decision in made:
        if decision.id not in superseded:
            key = (decision.kind, decision.subject)
            by[key] = (*by.get(key, ()), decision)
    return DecisionsInForce(by)
