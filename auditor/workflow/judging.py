"""Step 9: from the index and the journal to positions and findings, in the one value that reports are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from auditor import __version__
from auditor.custody import Journal
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.model.evidence import JournalEntry
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.model.reports import Report
from auditor.reconciliation import baseline, findings, positions
from auditor.workflow.deciding import decisions, noted

ASSUMPTIONS = (
    "Contract days are whole days in the contract's zone, inclusive as written.",
    "Over-use between two captures is counted at the lower of the two numbers; what lies between is not observed.",
    "A high-water mark is the highest of the captures made: a lower bound.",
    "Overages at different times are not added together.",
)


def compose(estate: Estate, index: Index, journal: Journal, as_of: datetime, workspace: str) -> Report:
    """The report as of a moment, from what is indexed and journalled."""
    entries = [entry for entry in journal.entries() if entry.kind in {"decision", "event", "gap", "run.closed"}]
    observations = tuple(one for one in index.observations() if one.captured_at <= as_of)
    missed = (*index.unobserved(), *_gaps(entries, index))
    decided = decisions(entries, as_of)
    dates = (*estate.key_dates, *noted(entries, as_of))
    stands = positions(estate, observations, decided, dates, as_of, unobserved=missed)
    now = findings(estate, stands, observations, missed, decided, dates, (), as_of)
    before = _before(estate, observations, entries, as_of)
    return Report(
        as_of=as_of,
        workspace=workspace,
        timezone=estate.timezone,
        software=f"auditor {__version__}",
        notice=estate.notice,
        positions=stands,
        findings=baseline(before, now),
        unobserved=missed,
        history=observations,
        evidence=index.packages(),
        decisions=decided,
        key_dates=dates,
        assumptions=ASSUMPTIONS,
        names=_names(estate),
        addresses={one.id: one.address for one in estate.deployments.values()},
    )


def _before(
    estate: Estate, observations: Sequence[Observation], entries: Sequence[JournalEntry], as_of: datetime
) -> tuple[Finding, ...]:
    """The findings as they stood when the run before the newest one closed: computed again, not remembered."""
    closed = [entry.at for entry in entries if entry.kind == "run.closed" and entry.at <= as_of]
    if len(closed) < 2:
        return ()
    then = closed[-2]
    seen = [one for one in observations if one.captured_at <= then]
    decided, dates = decisions(entries, then), (*estate.key_dates, *noted(entries, then))
    stood: tuple[Position, ...] = positions(estate, seen, decided, dates, then)
    return findings(estate, stood, seen, (), decided, dates, (), then)


def _gaps(entries: Iterable[JournalEntry], index: Index) -> tuple[Unobserved, ...]:
    """Slots that ended without a visit, where the deployment has not been captured since."""
    latest = {name: row.captured_at for name, row in index.latest().items()}
    found = {}
    for entry in entries:
        deployment = str(entry.body.get("deployment", ""))
        if (
            entry.kind == "gap"
            and deployment
            and entry.at > latest.get(deployment, datetime.min.replace(tzinfo=entry.at.tzinfo))
        ):
            why = str(entry.body.get("why", ""))
            found[deployment] = Unobserved(deployment, "", "error", why, entry.at, str(entry.body.get("intent", "")))
    return tuple(found.values())


def _names(estate: Estate) -> dict[str, str]:
    names = {one.id: one.name or one.id for one in estate.deployments.values()}
    names |= {one.id: one.title for one in estate.contracts.values()}
    names |= {one.id: one.name for one in estate.parties.values()}
    for product in estate.products.values():
        names |= {product.id: product.name} | {metric.id: metric.label for metric in product.metrics}
    return names


def at_or_above(found: Iterable[Finding], severity: str) -> list[Finding]:
    """Findings of that severity or a higher one that stand: not settled, dismissed or suppressed."""
    order = ("info", "low", "medium", "high")
    least = order.index(severity)
    closed = {"settled", "dismissed", "explained", "suppressed"}
    return [
        one
        for one in found
        if order.index(one.severity) >= least and one.life not in closed and one.baseline != "absent"
    ]


__all__ = ["ASSUMPTIONS", "Decision", "KeyDate", "at_or_above", "compose"]
