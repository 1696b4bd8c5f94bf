"""A report that may be sent to one customer: made of an estate in which there is nobody else.

Nothing is struck out of a report on everybody: the others are left out of what is judged, so that no sentence, sum or
comparison can name them. The counts and positions of the customer are the same as in the whole report.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from auditor.bundle import Selection
from auditor.custody import Journal
from auditor.errors import ConfigError
from auditor.model.evidence import Check
from auditor.model.findings import Decision, KeyDate
from auditor.model.ports import ReportIndex
from auditor.model.reports import Report
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate
from auditor.workflow.report.compose import compose_report
from auditor.workflow.report.subset import restrict_report


def require_known(estate: Estate, contracts: Iterable[str], deployments: Iterable[str]) -> None:
    """Raise `ConfigError` for a name that the file does not have."""
    for name in contracts:
        if name not in estate.contracts:
            known = ", ".join(list(estate.contracts)[:8]) or "none"
            raise ConfigError(f"--contract {name}: no such contract; known: {known}")
    for name in deployments:
        if name not in estate.deployments:
            raise ConfigError(
                f"--deployment {name}: no such deployment; known: {', '.join(list(estate.deployments)[:8])}"
            )


def deployments_of_contract(estate: Estate, contract: str) -> set[str]:
    """Deployments that a contract lists or that are compared with it, and public pages about its product that are not
    another party's."""
    terms = estate.contracts[contract]
    listed = {authorised.deployment for authorised in terms.authorised}
    own = (None, "", terms.counterparty, terms.licensor)
    return {
        one.id
        for one in estate.deployments.values()
        if one.id in listed
        or one.contract == contract
        or (one.legal_status == "public" and one.product == terms.product and not one.contract and one.licensee in own)
    }


def contracts_about(estate: Estate, deployments: Collection[str]) -> set[str]:
    """Contracts that list any of the deployments, or that one is compared with."""
    named = {estate.deployments[one].contract or "" for one in deployments} & set(estate.contracts)
    return named | {
        one.id for one in estate.contracts.values() if any(a.deployment in deployments for a in one.authorised)
    }


def customer_selection(
    estate: Estate, contracts: Collection[str], deployments: Collection[str], as_of: datetime
) -> Selection:
    """What a report about these contracts and deployments is about. `ConfigError` for a name that is not there."""
    require_known(estate, contracts, deployments)
    chosen = set(deployments).union(*(deployments_of_contract(estate, name) for name in contracts))
    about = set(contracts) | contracts_about(estate, chosen)
    return Selection(tuple(sorted(chosen)), tuple(sorted(about)), (), None, None, as_of)


def estate_of_customer(estate: Estate, selection: Selection) -> Estate:
    """The estate with the selection alone: its deployments and contracts, the parties and products that they name."""
    deployments = {name: estate.deployments[name] for name in selection.deployments}
    contracts = {name: _contract_of(estate.contracts[name], deployments) for name in selection.contracts}
    products = {one.product for one in deployments.values()} | {one.product for one in contracts.values()}
    parties = {one.licensee for one in deployments.values()}
    parties |= {party for one in contracts.values() for party in (one.licensor, one.counterparty)}
    return replace(
        estate,
        deployments=MappingProxyType(deployments),
        contracts=MappingProxyType(contracts),
        products=MappingProxyType({name: one for name, one in estate.products.items() if name in products}),
        parties=MappingProxyType({name: one for name, one in estate.parties.items() if name in parties}),
        key_dates=tuple(one for one in estate.key_dates if one.contract in contracts),
        schedules=MappingProxyType({}),
        sources=MappingProxyType({}),
        claims=None,
    )


def _contract_of(contract: Contract, deployments: Collection[str]) -> Contract:
    """A contract as far as it is about the deployments. What is reckoned over all of its orders is left out where not
    all are there."""
    mine = tuple(one for one in contract.authorised if one.deployment in deployments)
    if len(mine) == len(contract.authorised):
        return contract
    return replace(
        contract,
        authorised=mine,
        amendments=tuple(one for one in contract.amendments if one.deployment in (None, "", *deployments)),
        exemptions=tuple(one for one in contract.exemptions if one.deployment in (None, *deployments)),
        rebates=(),
        other_payments=(),
    )


def customer_report(
    estate: Estate,
    index: ReportIndex,
    journal: Journal,
    workspace: str,
    selection: Selection,
    *,
    known_on: date | None = None,
    since: datetime | None = None,
    checks: Sequence[Check] = (),
    receipts: Sequence[KeyDate] = (),
    captured_from: datetime | None = None,
) -> Report:
    """The report about a selection, in which nobody else is named. `captured_from`: as if nothing had been captured
    before that moment."""
    own = estate_of_customer(estate, selection)
    mine = frozenset(selection.deployments)
    report = compose_report(
        own,
        index,
        journal,
        selection.as_of,
        workspace,
        known_on=known_on,
        since=since,
        checks=[one for one in checks if any(f"/{name}/" in one.subject for name in mine)],
        only=mine,
        receipts=[one for one in receipts if one.deployment in mine],
        captured_from=captured_from,
    )
    missed = [one for one in report.unobserved if one.deployment in mine]
    told = restrict_report(report, own, selection, missed)
    about = mine | set(selection.contracts)
    return replace(
        told,
        decisions=_decisions_of(told, index, about, (set(estate.deployments) | set(estate.contracts)) - about),
        key_dates=tuple(one for one in told.key_dates if one.contract in selection.contracts or one.deployment in mine),
        left_out=MappingProxyType({"history": 0, "evidence": 0}),
    )


def _decisions_of(
    report: Report, index: ReportIndex, about: Collection[str], others: Collection[str]
) -> tuple[Decision, ...]:
    """The decisions about the customer's deployments and contracts, or made on its captures alone.

    The finding of a contract that several share names its deployment: one of somebody else is left out. Of what a
    decision about the customer rests on, captures of others are not told.
    """
    kept = {one.capture for one in report.evidence}
    found = []
    for one in report.decisions:
        parts = {one.subject, *one.subject.split("/")}
        own = tuple(name for name in one.evidence if name in kept or index.package(name) is None)
        alone = own == one.evidence and not kept.isdisjoint(own)
        if parts.isdisjoint(others) and (alone or not parts.isdisjoint(about)):
            found.append(replace(one, evidence=own))
    return tuple(found)
