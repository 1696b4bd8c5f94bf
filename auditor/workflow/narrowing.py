"""A report about the chosen deployments alone: nothing in it names another customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from auditor.bundle import Selection
from auditor.model.findings import Decision, Position, Unobserved
from auditor.model.reports import Report
from auditor.reconciliation import figures, totals
from auditor.workflow.judging import concerned
from auditor.workflow.opening import House

FIGURES = ("all_displayed", "all_confirmed", "excess_displayed", "excess_confirmed")


def narrowed(report: Report, house: House, selection: Selection) -> Report:
    """The report as far as it is about the selection."""
    chosen, contracts = set(selection.deployments), set(selection.contracts)
    whole = set(house.estate.deployments) <= chosen
    mine = [one for one in report.findings if one.deployment in chosen]
    findings = tuple(one for one in mine if set(one.others) <= chosen)
    history = tuple(one for one in report.history if one.deployment in chosen and _within(selection, one.captured_at))
    captures = {one.capture for one in history}
    rows = (row for row in report.evidence if row.deployment in chosen)
    assumptions = report.assumptions
    if len(findings) < len(mine):
        left = len(mine) - len(findings)
        assumptions = (*assumptions, f"{left} findings that also name deployments outside this bundle are not shown.")
    positions = tuple(one for one in report.positions if one.deployment in chosen)
    return replace(
        report,
        positions=positions,
        # Both are made of every deployment's numbers and name them: for a part they are made again.
        figures=report.figures if whole else MappingProxyType(_figures(positions)),
        sums=report.sums if whole else tuple(line for one in totals(positions, findings) for line in one.lines),
        findings=findings,
        unobserved=tuple(sorted(_missed(house, selection), key=lambda one: (one.at, one.deployment, one.page))),
        history=history,
        evidence=tuple(row for row in rows if _within(selection, row.captured_at)),
        decisions=tuple(one for one in report.decisions if whole or _about(one, chosen, contracts, captures)),
        key_dates=tuple(one for one in report.key_dates if whole or one.contract in contracts),
        assumptions=assumptions,
        names={name: text for name, text in report.names.items() if whole or name in _named(house, chosen, contracts)},
        addresses={name: address for name, address in report.addresses.items() if name in chosen},
    )  # fmt: skip


def _figures(positions: Sequence[Position]) -> dict[str, int]:
    counted = any(one.legal_status == "suspect" and one.displayed is not None for one in positions)
    found = figures(positions)
    return {name: getattr(found, name) for name in FIGURES} if counted else {}


def _within(selection: Selection, at: datetime) -> bool:
    later = selection.since is None or at >= selection.since
    return later and (selection.until is None or at < selection.until)


def _about(decision: Decision, chosen: set[str], contracts: set[str], captures: set[str]) -> bool:
    return bool({decision.subject, *decision.subject.split("/")} & (chosen | contracts | captures))


def _named(house: House, chosen: set[str], contracts: set[str]) -> set[str]:
    """Ids whose display names belong to the selection: deployments, contracts, their parties, products and units."""
    estate = house.estate
    products = {estate.deployments[name].product for name in chosen}
    parties = {estate.deployments[name].licensee or "" for name in chosen}
    for name in contracts:
        parties |= {estate.contracts[name].licensor, estate.contracts[name].counterparty}
        products.add(estate.contracts[name].product)
    metrics = {metric.id for name in products if name in estate.products for metric in estate.products[name].metrics}
    return chosen | contracts | products | parties | metrics


def _missed(house: House, selection: Selection) -> Iterator[Unobserved]:
    """Every page of every visit that gave no number, and every gap."""
    for missed in house.index.unobserved(latest_only=False):
        if (
            missed.deployment in selection.deployments
            and _within(selection, missed.at)
            and missed.at <= selection.as_of
        ):
            yield missed
    for entry in house.journal.entries(kinds=("gap",)):
        for deployment in concerned(entry):
            if selection.covers(deployment, entry.at):
                yield Unobserved(deployment, "", "gap", str(entry.body.get("why", "")), entry.at, "")
