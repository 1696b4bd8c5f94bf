"""The record of a notice: how far it came, what shows its receipt, which time limits run, what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.clock import now
from auditor.custody import Journal, require_initialised
from auditor.errors import ConfigError
from auditor.formats.evidence_layout import NOTICES, in_evidence
from auditor.index import Index
from auditor.model.findings import KeyDate
from auditor.model.notices import NoticeRecord, NoticeStage
from auditor.model.ports import EvidenceIndex
from auditor.model.targets.estate import Estate
from auditor.notices import (
    NoticeHistory,
    WorkingDays,
    aggravating_dates,
    clocks_of,
    find_in_notice,
    parse_working_days,
    receipt_of,
    seen_since_receipt,
    stage_of,
)
from auditor.workflow.decisions import read_key_dates
from auditor.workflow.notices.checking import held_against_laws, restored_before
from auditor.workflow.notices.ledger import NoticeLedger, read_ledgers
from auditor.workflow.notices.sightings import indexed_sightings
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace, home_of


def notice_records(
    root: Path,
    journal: Journal,
    index: EvidenceIndex,
    estate: Estate,
    as_of: datetime,
    deployments: Iterable[str] | None = None,
) -> tuple[NoticeRecord, ...]:
    """Every notice with a draft, as of a moment. `deployments`: those about these alone; None for all."""
    if not (root / in_evidence(NOTICES)).is_dir():
        return ()
    ledgers = read_ledgers(root, journal, as_of)
    chosen = None if deployments is None else frozenset(deployments)
    dates = (*estate.key_dates, *read_key_dates(journal.entries(kinds=("event",)), as_of))
    holidays = _holidays(root, estate)
    return tuple(
        _record(one, ledgers, index, estate, as_of, dates, holidays)
        for one in ledgers.values()
        if one.draft is not None and (chosen is None or one.draft.contents.deployment in chosen)
    )


def _holidays(root: Path, estate: Estate) -> WorkingDays | None:
    """The table of holidays that the file names. `ConfigError` where it cannot be read."""
    table = estate.notices.holidays
    if table is None:
        return None
    try:
        return parse_working_days(table.name, (home_of(root) / table.file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{table.file}: the table of holidays cannot be read: {error}") from None


def _record(
    ledger: NoticeLedger,
    ledgers: dict[str, NoticeLedger],
    index: EvidenceIndex,
    estate: Estate,
    as_of: datetime,
    dates: Sequence[KeyDate],
    holidays: WorkingDays | None,
) -> NoticeRecord:
    draft = ledger.draft
    assert draft is not None  # noqa: S101 (asked by whoever calls)
    letter, withdrawn = draft.contents, ledger.withdrawn
    approvals = ledger.approvals(draft.sha256)
    needed = 2 if estate.notices.four_eyes else 1
    checks = held_against_laws(draft, ledgers)
    history = NoticeHistory(
        notice=ledger.notice, as_of=as_of, draft=draft, approvals=approvals if len(approvals) >= needed else (),
        approved_before=any(one.kind == "notice_approved" for one in ledger.decisions),
        deliveries=ledger.deliveries, replies=ledger.replies, checks=checks,
        sightings=indexed_sightings(index, letter.deployment, as_of),
        key_dates=tuple(one for one in dates if one.contract in _contracts(estate, letter.deployment)),
        expect=tuple(estate.notices.expect.items()), holidays=holidays, restored_by=restored_before(draft, ledgers),
        withdrawn=withdrawn is not None, timezone=estate.timezone,
    )  # fmt: skip
    received_on, received_by = receipt_of(history)
    stage: NoticeStage = stage_of(history)
    return NoticeRecord(
        notice=ledger.notice, deployment=letter.deployment, host=letter.host, as_of=as_of, drafts=ledger.drafts,
        approvals=ledger.all_approvals, deliveries=ledger.deliveries, replies=ledger.replies, checks=checks,
        sightings=history.sightings, stage=stage, received_on=received_on, received_by=received_by,
        clocks=clocks_of(history), findings=find_in_notice(history),
        withdrawn=f"{withdrawn.by}: {withdrawn.reason}" if withdrawn is not None else "",
        timezone=estate.timezone, since_receipt=seen_since_receipt(history),
    )  # fmt: skip


def _contracts(estate: Estate, deployment: str) -> set[str]:
    """Contracts whose key dates concern a deployment: those of no contract, and its own."""
    found = estate.deployments.get(deployment)
    named = {"", found.contract or ""} if found is not None else {""}
    return named | {
        one.id for one in estate.contracts.values() if any(each.deployment == deployment for each in one.authorised)
    }


def receipt_dates(root: Path, journal: Journal, as_of: datetime, timezone: str) -> tuple[KeyDate, ...]:
    """The receipts of notices as key dates: growth after them is listed as aggravation, and added to no sum.

    `timezone`: of whole days.
    """
    if not (root / in_evidence(NOTICES)).is_dir():
        return ()
    found: list[KeyDate] = []
    for ledger in read_ledgers(root, journal, as_of).values():
        if ledger.draft is None:
            continue
        history = NoticeHistory(
            ledger.notice, as_of, ledger.draft, (), False, ledger.deliveries, ledger.replies, (), (), timezone=timezone
        )
        received, _ = receipt_of(history)
        title = f"{ledger.notice}: {ledger.draft.contents.host_name}"
        found += aggravating_dates(ledger.notice, ledger.draft.contents.deployment, received, title)
    return tuple(found)


def notice_records_of(workspace: Workspace, notice: str, day: date | None) -> tuple[NoticeRecord, ...]:
    """Every record of a workspace, or that of one notice, now or as at the end of a day in the estate's zone.

    Raises `ConfigError` for a notice that nothing is on record about.
    """
    require_initialised(workspace.root)
    estate = read_targets_cached(workspace)
    as_of = now() if day is None else datetime.combine(day + timedelta(days=1), time(), ZoneInfo(estate.timezone))
    journal = Journal.open(workspace.root)
    with Index.open(workspace.db) as index:
        records = notice_records(workspace.root, journal, index, estate, as_of)
    if not notice:
        return records
    chosen = tuple(one for one in records if one.notice == notice)
    if not chosen:
        raise ConfigError(f"{notice}: nothing is on record. Run: auditor notice draft {notice}")
    return chosen
