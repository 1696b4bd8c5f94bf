"""What people are told of: slots, authorities and witnesses by the journal, findings by the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from auditor.alerting import AlertCause
from auditor.custody import Journal
from auditor.index import Index
from auditor.model.findings import Finding
from auditor.model.targets.estate import Estate
from auditor.planning import MissedSlot, ScheduleHistory
from auditor.wording import english
from auditor.workflow.audit.witness_submission import refusing_witnesses
from auditor.workflow.notices.records import receipt_dates
from auditor.workflow.report.compose import compose_report, findings_at_or_above
from auditor.workflow.views.status import list_overdue, overdue_sentence
from auditor.workflow.wiring import Instruments
from auditor.workspace import Workspace

FAILURES_BEFORE_ALERT = 3
"""Failures in a row after which an authority is a cause for an alert."""


def current_causes(instruments: Instruments, history: ScheduleHistory, at: datetime) -> list[AlertCause]:
    """Overdue slots, failing authorities and witnesses that refuse."""
    causes = [
        AlertCause(f"overdue/{one.slot or one.schedule}", "overdue", overdue_sentence(one))
        for one in list_overdue(instruments.estate, instruments.journal, history, at)
    ]
    for name, health in sorted(instruments.journal.ledger.authorities.items()):
        if health.failures >= FAILURES_BEFORE_ALERT:
            text = f"authority {name} failed {health.failures} times in a row; packages wait unsealed"
            causes.append(AlertCause(f"authority/{name}", "authority", text))
    refusing = refusing_witnesses(instruments.journal, instruments.estate)
    causes += [AlertCause(f"witness/{name}", "witness", text) for name, text in refusing.items()]
    return causes


def unread_causes(runs: Mapping[str, int]) -> list[AlertCause]:
    """Packages that could not be read in the store, by run."""
    return [
        AlertCause(
            f"unread/{run}", "unread", f"run {run}: {count} packages cannot be read in the store; run auditor verify"
        )
        for run, count in runs.items()
    ]


def missed_slot_causes(gaps: Iterable[MissedSlot]) -> list[AlertCause]:
    """Slots that were just recorded as gaps."""
    return [
        AlertCause(
            f"missed/{gap.slot.id}",
            "missed",
            f"schedule {gap.slot.schedule}, planned {gap.slot.at:%Y-%m-%d %H:%M} UTC: {english(gap.why)}"
            + (f" ({gap.count} slots)" if gap.count > 1 else ""),
        )
        for gap in gaps
        if not gap.intended
    ]


def finding_causes(workspace: Workspace, estate: Estate, at: datetime) -> list[AlertCause]:
    """Findings that stand, at the declared severity or above; read beside whoever may be writing the workspace."""
    with Index.open(workspace.db) as index, closing(Journal.open(workspace.root)) as journal:
        receipts = receipt_dates(workspace.root, journal, at, estate.timezone)
        name = workspace.home.resolve().name
        report = compose_report(estate, index, journal, at, name, told=0, receipts=receipts)
    chosen: Sequence[Finding] = findings_at_or_above(report.findings, estate.alerts.least_severity)
    return [
        AlertCause(
            f"finding/{one.fingerprint}", "finding", f"{one.rule} {one.deployment}: {one.statement}", one.severity
        )
        for one in chosen
    ]
