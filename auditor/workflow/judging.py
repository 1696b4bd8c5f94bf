"""Step 9: from the index and the journal to positions and findings, in the one value that reports are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from auditor import __version__
from auditor.custody import Journal
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.model.evidence import Check, JournalEntry
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved
from auditor.model.reports import EvidenceRow, Report
from auditor.reconciliation import baseline, figures, findings, known, positions, totals
from auditor.workflow.deciding import decisions, noted

ASSUMPTIONS = (
    "Contract days are whole days in the contract's zone, inclusive as written.",
    "Over-use between two captures is counted at the lower of the two numbers; what lies between is not observed.",
    "A high-water mark is the highest of the captures made: a lower bound.",
    "Overages at different times are not added together.",
)


@dataclass(frozen=True, slots=True)
class _Record:
    """What is indexed and journalled, whole."""

    observations: tuple[Observation, ...]
    unobserved: tuple[Unobserved, ...]
    packages: tuple[EvidenceRow, ...]
    entries: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class _Stand:
    """What the record says as of a moment."""

    observations: tuple[Observation, ...]
    unobserved: tuple[Unobserved, ...]
    decisions: tuple[Decision, ...]
    key_dates: tuple[KeyDate, ...]
    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]


def compose(
    estate: Estate,
    index: Index,
    journal: Journal,
    as_of: datetime,
    workspace: str,
    *,
    known_on: date | None = None,
    checks: Sequence[Check] = (),
) -> Report:
    """The report as of a moment, from what is indexed and journalled.

    `known_on`: contract facts, decisions and events as they were known on that day. `checks`: answers of the verifier,
    where it was asked.
    """
    kinds = {"decision", "event", "gap", "run.closed"}
    entries = tuple(entry for entry in journal.entries() if entry.kind in kinds)
    record = _Record(index.observations(), index.unobserved(latest_only=False), index.packages(), entries)
    learnt = as_of
    if known_on is not None:
        estate = known(estate, known_on)
        learnt = min(as_of, _end_of(known_on, estate.timezone))
    stand = _stand(estate, record, as_of, learnt, checks)
    told = baseline(_before(estate, record, as_of, learnt), stand.findings)
    return Report(
        as_of=as_of,
        workspace=workspace,
        timezone=estate.timezone,
        software=f"auditor {__version__}",
        notice=estate.notice,
        positions=stand.positions,
        findings=told,
        unobserved=stand.unobserved,
        history=stand.observations,
        evidence=tuple(row for row in record.packages if row.captured_at <= as_of),
        decisions=stand.decisions,
        key_dates=stand.key_dates,
        assumptions=(*ASSUMPTIONS, *_knowledge(known_on)),
        names=_names(estate),
        addresses={one.id: one.address for one in estate.deployments.values()},
        known_on=known_on,
        figures=_figures(stand.positions),
        sums=tuple(line for one in totals(stand.positions, told) for line in one.lines),
    )


def _stand(estate: Estate, record: _Record, as_of: datetime, learnt: datetime, checks: Sequence[Check] = ()) -> _Stand:
    packages = [row for row in record.packages if row.captured_at <= as_of]
    sealed = {row.capture: row.seal.sealed_at for row in packages if row.seal.sealed_at is not None}
    seen = tuple(_timed(one, sealed.get(one.capture)) for one in record.observations if one.captured_at <= as_of)
    missed = (*_unread(record.unobserved, packages), *_gaps(record.entries, packages, as_of))
    decided = decisions(record.entries, learnt)
    dates = (*estate.key_dates, *noted(record.entries, learnt))
    stands = positions(estate, seen, decided, dates, as_of, unobserved=missed)
    found = findings(estate, stands, seen, missed, decided, dates, (), as_of, checks=checks)
    return _Stand(seen, missed, decided, dates, stands, found)


def _before(estate: Estate, record: _Record, as_of: datetime, learnt: datetime) -> tuple[Finding, ...]:
    """The findings as they stood when the run before the newest one closed: computed again, not remembered."""
    closed = [entry.at for entry in record.entries if entry.kind == "run.closed" and entry.at <= as_of]
    if len(closed) < 2:
        return ()
    return _stand(estate, record, closed[-2], min(closed[-2], learnt)).findings


def _end_of(day: date, zone: str) -> datetime:
    """The last moment of a day in a zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)) - timedelta(microseconds=1)


def _knowledge(known_on: date | None) -> tuple[str, ...]:
    if known_on is None:
        return ()
    return (f"Contract facts, decisions and events are those known on {known_on}; later ones are left out.",)


def _timed(seen: Observation, sealed_at: datetime | None) -> Observation:
    """With the time of its seal, which may come after the reading and is not kept with it."""
    if sealed_at is None:
        return seen
    return replace(seen, identity=MappingProxyType({**seen.identity, "sealed_at": sealed_at.isoformat()}))


def _unread(missed: Iterable[Unobserved], packages: Iterable[EvidenceRow]) -> tuple[Unobserved, ...]:
    """What the newest visit to each deployment did not show."""
    latest = {row.deployment: row.capture for row in packages}
    return tuple(one for one in missed if latest.get(one.deployment) == one.capture)


def _gaps(entries: Iterable[JournalEntry], packages: Iterable[EvidenceRow], as_of: datetime) -> tuple[Unobserved, ...]:
    """Slots that ended without a visit, where the deployment has not been captured since."""
    latest = {row.deployment: row.captured_at for row in packages}
    found = {}
    for entry in entries:
        if entry.kind != "gap" or entry.at > as_of:
            continue
        why, intent = str(entry.body.get("why", "")), str(entry.body.get("intent", ""))
        for deployment in concerned(entry):
            since = latest.get(deployment)
            if deployment and (since is None or entry.at > since):
                found[deployment] = Unobserved(deployment, "", "error", why, entry.at, intent)
    return tuple(found.values())


def concerned(gap: JournalEntry) -> list[str]:
    """The deployments of a gap: one, or several that a run or a schedule left out together."""
    several = gap.body.get("deployments")
    return [str(name) for name in several] if isinstance(several, list) else [str(gap.body.get("deployment", ""))]


def _figures(stands: Sequence[Position]) -> MappingProxyType[str, int]:
    """Both counting rules side by side, where there is a deployment that no contract covers and that gave a number."""
    if not any(one.legal_status == "suspect" and one.displayed is not None for one in stands):
        return MappingProxyType({})
    found = figures(stands)
    return MappingProxyType(
        {
            "all_displayed": found.all_displayed,
            "all_confirmed": found.all_confirmed,
            "excess_displayed": found.excess_displayed,
            "excess_confirmed": found.excess_confirmed,
        }
    )


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


__all__ = ["ASSUMPTIONS", "Decision", "KeyDate", "at_or_above", "compose", "concerned"]
