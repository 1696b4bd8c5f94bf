"""Step 9: from the index and the journal to positions and findings, in the one value that reports are made from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from auditor import __version__
from auditor.clock import local_day
from auditor.custody import Journal
from auditor.gc_pause import collection_paused
from auditor.model.events import GapRecorded
from auditor.model.evidence import Check, Event, EventKind
from auditor.model.findings import Decision, Finding, KeyDate, Position, Severity, Unobserved
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.ports import ReportIndex
from auditor.model.reading.observations import Count
from auditor.model.reports import Report
from auditor.model.severity import SET_ASIDE_STATES, is_at_least
from auditor.model.targets.estate import Estate
from auditor.reconciliation import (
    BATCH_SIZE,
    Batch,
    BatchResults,
    MapFn,
    ReconciliationInput,
    estate_as_known,
    reconcile,
    sum_by_currency,
    uncovered_counts,
)
from auditor.workflow.decisions import read_decisions, read_key_dates
from auditor.workflow.report.history import select_history
from auditor.workflow.report.parallel import map_forked, worker_count
from auditor.workflow.report.run_closes import closed_before
from auditor.workflow.report.second_parties import second_missing, seen_by_two
from auditor.workflow.report.window import WindowedIndex

REPORTED_EVENT_KINDS: tuple[EventKind, ...] = ("decision", "event", "gap")
"""The kinds of event that a report is judged by."""
ASSUMPTIONS = (
    make_note("report.whole_days"),
    make_note("report.between_captures"),
    make_note("report.high_water"),
    make_note("report.not_added"),
)
MIN_COUNTS_TO_PARALLELISE = 2_000
"""Deployments from which on an estate is judged by several processes."""


@dataclass(frozen=True, slots=True)
class _Record:
    """What is indexed and journalled."""

    index: ReportIndex
    entries: tuple[Event, ...]
    receipts: tuple[KeyDate, ...]
    """Key dates that follow from notices: known from their own days on."""
    closed_before: datetime | None
    """When the run before the newest one closed, by the moment of the report."""


@dataclass(frozen=True, slots=True)
class _IndexedCounts(Mapping[str, Sequence[Count]]):
    """The counts of each deployment up to a moment, fetched when they are asked for."""

    index: ReportIndex
    as_of: datetime

    def __getitem__(self, deployment: str) -> Sequence[Count]:
        found = self.index.counts(deployment, self.as_of)
        if not found:
            raise KeyError(deployment)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.index.deployments())

    def __len__(self) -> int:
        return len(self.index.deployments())


@collection_paused()
def compose_report(
    estate: Estate,
    index: ReportIndex,
    journal: Journal,
    as_of: datetime,
    workspace: str,
    *,
    known_on: date | None = None,
    checks: Sequence[Check] = (),
    told: int | None = None,
    since: datetime | None = None,
    only: Collection[str] | None = None,
    processes: int | None = None,
    portion: int = BATCH_SIZE,
    receipts: Sequence[KeyDate] = (),
    captured_from: datetime | None = None,
) -> Report:
    """The report as of a moment, from what is indexed and journalled.

    `known_on`: contract facts, decisions and events as they were known on that day. `checks`: answers of the verifier,
    where it was asked. `told`: include whole series of the history, largest over-use first, until this many counts;
    `left_out` then names the rest. Positions and findings rest on every capture either way. `since`: the moment to
    compare with; None for the close of the run before the newest one. `only`: tell history and evidence of these
    deployments alone; None for all that were captured. `processes`: how many judge, `portion` deployments at a time;
    None for as many as there are cores where it is worth it; the report is the same. `receipts`: days on which notices
    were received. `captured_from`: as if nothing had been captured or decided before that moment.
    """
    record = _recorded(index, journal, receipts, as_of, captured_from)
    estate, learnt = _as_known(estate, known_on, as_of)
    now, before = _moments(estate, record, as_of, learnt, checks, since)
    across = _across(estate, record.index, processes)
    counts = _IndexedCounts(record.index, as_of)
    stand = reconcile(estate, counts, record.index, now, before, batch_size=portion, map_batches=across)
    history, evidence, left_out = select_history(record.index, as_of, stand.positions, stand.findings, told, only)
    return Report(
        as_of=as_of,
        workspace=workspace,
        timezone=estate.timezone,
        software=f"auditor {__version__}",
        notice=estate.notice,
        positions=stand.positions,
        findings=stand.findings,
        unobserved=tuple(now.unobserved),
        history=history,
        evidence=evidence,
        decisions=tuple(now.decisions),
        key_dates=tuple(now.key_dates),
        assumptions=(*ASSUMPTIONS, *_knowledge(known_on), *_pruned(journal)),
        names=report_names(estate),
        customers={one.id: one.counterparty for one in estate.contracts.values()},
        addresses={one.id: one.address for one in estate.deployments.values()},
        known_on=known_on,
        since=None if before is None else before.as_of,
        changes=stand.changes,
        figures=units_by_counting_rule(stand.positions),
        sums=tuple(line for one in sum_by_currency(stand.positions, stand.findings) for line in one.lines),
        left_out=left_out,
        seen_by_two=seen_by_two(journal, record.index, as_of, estate.deployments if only is None else only),
        second_missing=second_missing(journal, as_of, estate.deployments if only is None else only),
    )


def _recorded(
    index: ReportIndex, journal: Journal, receipts: Sequence[KeyDate], as_of: datetime,
    captured_from: datetime | None = None,
) -> _Record:  # fmt: skip
    """What a report is judged by; of a window, as if nothing had been captured before it."""
    entries: Iterable[Event] = journal.entries(kinds=REPORTED_EVENT_KINDS)
    if captured_from is not None:
        index = WindowedIndex(index, captured_from)
        entries = index.events(entries)
    return _Record(index, tuple(entries), tuple(receipts), closed_before(journal, as_of, captured_from))


def report_moments(
    estate: Estate, index: ReportIndex, journal: Journal, as_of: datetime, receipts: Sequence[KeyDate]
) -> tuple[ReconciliationInput, ReconciliationInput | None]:
    """The moments that a report as of now is judged by: that one, and the close of the run before the newest."""
    record = _recorded(index, journal, receipts, as_of)
    return _moments(estate, record, as_of, as_of, (), None)


def _moments(
    estate: Estate,
    record: _Record,
    as_of: datetime,
    learnt: datetime,
    checks: Sequence[Check],
    since: datetime | None,
) -> tuple[ReconciliationInput, ReconciliationInput | None]:
    """Now, and then: `since`, or when the run before the newest one closed. How things stood is computed again, not
    remembered."""
    now = _moment(estate, record, as_of, learnt, checks)
    then = since or record.closed_before
    return now, None if then is None else _moment(estate, record, then, min(then, learnt))


def _as_known(estate: Estate, known_on: date | None, as_of: datetime) -> tuple[Estate, datetime]:
    """The estate as it was known on a day, and the moment to which decisions and events are known."""
    if known_on is None:
        return estate, as_of
    return estate_as_known(estate, known_on), min(as_of, _end_of(known_on, estate.timezone))


def _across(estate: Estate, index: ReportIndex, processes: int | None) -> MapFn:
    """Batches judged by processes that each read the index, numbers and texts, by a connection of their own."""
    workers = processes or (worker_count() if len(estate.deployments) >= MIN_COUNTS_TO_PARALLELISE else 1)
    if workers <= 1:
        return map

    def mapped(judge: Callable[[Batch], BatchResults], batches: Iterable[Batch]) -> Iterator[BatchResults]:
        return map_forked(judge, list(batches), workers, index.reopen_forked)

    return mapped


def _moment(
    estate: Estate, record: _Record, as_of: datetime, learnt: datetime, checks: Sequence[Check] = ()
) -> ReconciliationInput:
    missed = (
        *record.index.missed_as_of(as_of),
        *_gaps(record.entries, record.index.latest_as_of(as_of), as_of),
    )
    return known_at(estate, record.entries, record.receipts, missed, as_of, learnt, checks)


def known_at(
    estate: Estate,
    entries: Sequence[Event],
    receipts: Iterable[KeyDate],
    missed: Sequence[Unobserved],
    as_of: datetime,
    learnt: datetime,
    checks: Sequence[Check] = (),
) -> ReconciliationInput:
    """What was known beside the counts at a moment, of the events up to another."""
    received = (one for one in receipts if one.on is not None and one.on <= local_day(learnt, estate.timezone))
    dates = (*estate.key_dates, *read_key_dates(entries, learnt), *received)
    return ReconciliationInput(as_of, missed, read_decisions(entries, learnt), dates, checks)


def _end_of(day: date, zone: str) -> datetime:
    """The last moment of a day in a zone."""
    return datetime.combine(day, time.max, ZoneInfo(zone))


def _knowledge(known_on: date | None) -> tuple[Note, ...]:
    if known_on is None:
        return ()
    return (make_note("report.as_known_on", day=known_on),)


def _pruned(journal: Journal) -> tuple[Note, ...]:
    """What no report can count any more, said wherever counts are told."""
    gone, until = journal.ledger.pruned_count()
    if until is None:
        return ()
    return (make_note("report.pruned", captures=gone, day=f"{until:%Y-%m-%d}"),)


def _gaps(
    entries: Iterable[Event], latest: Mapping[str, tuple[str, datetime]], as_of: datetime
) -> tuple[Unobserved, ...]:
    """Slots that ended without a visit, where the deployment has not been captured since."""
    found = {}
    for entry in entries:
        if entry.kind != "gap" or entry.at > as_of:
            continue
        gap = GapRecorded.of(entry)
        for deployment in gap_deployments(gap):
            since = latest.get(deployment)
            if deployment and (since is None or entry.at > since[1]):
                found[deployment] = Unobserved(deployment, "", "error", quote_text(gap.why), entry.at, gap.intent)
    return tuple(found.values())


def gap_deployments(gap: GapRecorded) -> tuple[str, ...]:
    """The deployments of a gap: one, or several that a run or a schedule left out together."""
    return (gap.deployment,) if gap.deployments is None else gap.deployments


def units_by_counting_rule(stands: Sequence[Position]) -> MappingProxyType[str, int]:
    """Both counting rules side by side, where there is a deployment that no contract covers and that gave a number."""
    if not any(one.legal_status == "suspect" and one.counted is not None for one in stands):
        return MappingProxyType({})
    found = uncovered_counts(stands)
    return MappingProxyType(
        {
            "all_displayed": found.all_displayed,
            "all_confirmed": found.all_confirmed,
            "excess_displayed": found.excess_displayed,
            "excess_confirmed": found.excess_confirmed,
        }
    )


def report_names(estate: Estate) -> dict[str, str]:
    """Display names of deployments, contracts, parties, products and metrics, by id."""
    names = {one.id: one.name or one.id for one in estate.deployments.values()}
    names |= {one.id: one.title for one in estate.contracts.values()}
    names |= {one.id: one.name for one in estate.parties.values()}
    for product in estate.products.values():
        names |= {product.id: product.name} | {metric.id: metric.label for metric in product.metrics}
    return names


def findings_at_or_above(found: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Findings of that severity or a higher one that stand: not settled, dismissed or suppressed."""
    return [
        one
        for one in found
        if is_at_least(one.severity, severity) and one.life not in SET_ASIDE_STATES and one.baseline != "absent"
    ]


__all__ = [
    "ASSUMPTIONS",
    "Decision",
    "KeyDate",
    "compose_report",
    "findings_at_or_above",
    "gap_deployments",
    "report_names",
]
