"""A report about the chosen deployments alone: nothing in it names another customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from auditor.bundle import Selection
from auditor.model.events import GapRecorded
from auditor.model.findings import Decision, Unobserved
from auditor.model.notes import make_note, quote_text
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.reconciliation import sum_by_currency
from auditor.workflow.report.compose import gap_deployments, units_by_counting_rule
from auditor.workflow.wiring import Instruments


def restrict_report(report: Report, estate: Estate, selection: Selection, unobserved: Iterable[Unobserved]) -> Report:
    """The report as far as it is about the selection; `unobserved`: what of it gave no number."""
    chosen, contracts = set(selection.deployments), set(selection.contracts)
    whole = set(estate.deployments) <= chosen
    mine = [one for one in report.findings if one.deployment in chosen]
    findings = tuple(one for one in mine if set(one.others) <= chosen)
    history = tuple(one for one in report.history if one.deployment in chosen and _within(selection, one.captured_at))
    captures = {one.capture for one in history}
    rows = (row for row in report.evidence if row.deployment in chosen)
    assumptions = report.assumptions
    if len(findings) < len(mine):
        left = len(mine) - len(findings)
        assumptions = (*assumptions, make_note("report.outside_bundle", findings=left))
    positions = tuple(one for one in report.positions if one.deployment in chosen)
    evidence = tuple(row for row in rows if _within(selection, row.captured_at))
    shown = {row.capture for row in evidence}
    seen_by_two = tuple(one for one in report.seen_by_two if {made.capture for made in one.captures} <= shown)
    named = set() if whole else _named(estate, chosen, contracts)
    named |= {made.party for one in seen_by_two for made in one.captures}
    return replace(
        report,
        positions=positions,
        # Both are made of every deployment's numbers and name them: for a part they are made again.
        figures=report.figures if whole else units_by_counting_rule(positions),
        sums=report.sums if whole else tuple(line for one in sum_by_currency(positions,
        findings) for line in one.lines),
        findings=findings,
        changes=tuple(one for one in report.changes if one.deployment in chosen),
        customers={name: party for name, party in report.customers.items() if whole or name in contracts},
        unobserved=tuple(sorted(unobserved, key=lambda one: (one.at, one.deployment, one.page))),
        history=history,
        evidence=evidence,
        seen_by_two=seen_by_two,
        second_missing=tuple(
            one for one in report.second_missing if one.deployment in chosen and _within(selection, one.at)
        ),
        decisions=tuple(one for one in report.decisions if whole or _about(one, chosen, contracts, captures)),
        key_dates=tuple(
            one for one in report.key_dates if whole or one.contract in contracts or one.deployment in chosen
        ),
        assumptions=assumptions,
        names={name: text for name, text in report.names.items() if whole or name in named},
        addresses={name: address for name, address in report.addresses.items() if name in chosen},
    )  # fmt: skip


def _within(selection: Selection, at: datetime) -> bool:
    later = selection.since is None or at >= selection.since
    return later and (selection.until is None or at < selection.until)


def _about(decision: Decision, chosen: set[str], contracts: set[str], captures: set[str]) -> bool:
    return bool({decision.subject, *decision.subject.split("/")} & (chosen | contracts | captures))


def _named(estate: Estate, chosen: set[str], contracts: set[str]) -> set[str]:
    """Ids whose display names belong to the selection: deployments, contracts, their parties, products and units."""
    products = {estate.deployments[name].product for name in chosen}
    parties = {estate.deployments[name].licensee or "" for name in chosen}
    for name in contracts:
        parties |= {estate.contracts[name].licensor, estate.contracts[name].counterparty}
        products.add(estate.contracts[name].product)
    metrics = {metric.id for name in products if name in estate.products for metric in estate.products[name].metrics}
    return chosen | contracts | products | parties | metrics


def selected_unobserved(instruments: Instruments, selection: Selection) -> Iterator[Unobserved]:
    """Of the selection: every page of every visit that gave no number, and every gap."""
    for missed in instruments.index.unobserved(latest_only=False):
        if (
            missed.deployment in selection.deployments
            and _within(selection, missed.at)
            and missed.at <= selection.as_of
        ):
            yield missed
    ledger = instruments.journal.ledger
    for capture, line, rule in {capture: (capture, line, rule) for capture, line, rule in ledger.pruned_in()}.values():
        record = ledger.package_record(capture)
        if record is not None and selection.covers(record.deployment, record.at):
            why = make_note("report.pruned_here", rule=rule, line=line)
            yield Unobserved(record.deployment, "", "pruned", why, record.at, capture)
    for entry in instruments.journal.entries(kinds=("gap",)):
        gap = GapRecorded.of(entry)
        for deployment in gap_deployments(gap):
            if selection.covers(deployment, entry.at):
                yield Unobserved(deployment, "", "gap", quote_text(gap.why), entry.at, "")
