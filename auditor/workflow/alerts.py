"""Who must know what: concerns as they stand now against those told before; each is told once until it is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from auditor.alerting import AlertCause, Delivery, HealthReport, compose_alert, deliver
from auditor.custody.timestamps.sealer import authority_health
from auditor.errors import VaultError
from auditor.model.estate import Alerts
from auditor.model.findings import Finding
from auditor.planning import HISTORY_KINDS, MissedSlot, ScheduleHistory
from auditor.workflow.report.compose import compose_report, findings_at_or_above
from auditor.workflow.status import list_overdue, overdue_sentence
from auditor.workflow.wiring import Instruments, open_instruments, read_targets
from auditor.workspace import Workspace

FAILURES_BEFORE_ALERT = 3
"""Failures in a row after which an authority is told of."""


def current_concerns(instruments: Instruments, book: ScheduleHistory, at: datetime) -> list[AlertCause]:
    """Overdue slots and failing authorities."""
    found = [
        AlertCause(f"overdue/{one.slot or one.schedule}", "overdue", overdue_sentence(one))
        for one in list_overdue(instruments.estate, book, at)
    ]
    for name, health in sorted(authority_health(instruments.journal.ledger).items()):
        if health.failures >= FAILURES_BEFORE_ALERT:
            text = f"authority {name} failed {health.failures} times in a row; packages wait unsealed"
            found.append(AlertCause(f"authority/{name}", "authority", text))
    return found


def missed_slot_concerns(gaps: Iterable[MissedSlot]) -> list[AlertCause]:
    """Slots that were just recorded as gaps."""
    return [
        AlertCause(
            f"missed/{gap.slot.id}",
            "missed",
            f"schedule {gap.slot.schedule}, planned {gap.slot.at:%Y-%m-%d %H:%M} UTC: {gap.why}"
            + (f" ({gap.count} slots)" if gap.count > 1 else ""),
        )
        for gap in gaps
        if not gap.why.startswith("blackout")
    ]


def finding_concerns(instruments: Instruments, at: datetime) -> list[AlertCause]:
    """Findings that stand, at the declared severity or above."""
    workspace = instruments.workspace.root.resolve().name
    report = compose_report(instruments.estate, instruments.index, instruments.journal, at, workspace, told=0)
    chosen: Sequence[Finding] = findings_at_or_above(report.findings, instruments.estate.alerts.least_severity)
    return [
        AlertCause(
            f"finding/{one.fingerprint}", "finding", f"{one.rule} {one.deployment}: {one.statement}", one.severity
        )
        for one in chosen
    ]


def send_alerts(
    instruments: Instruments,
    concerns: Sequence[AlertCause],
    *,
    kinds: frozenset[str],
    environment: Callable[[str], str | None] = os.environ.get,
) -> tuple[Delivery, ...]:
    """Tell what is new among these, and what is over of the kinds given; journalled with what became of it.

    What no channel took is not marked as told: it is tried again the next time.
    """
    alerts: Alerts = instruments.estate.alerts
    if not alerts.webhooks and alerts.mail is None:
        return ()
    told = ScheduleHistory.of(instruments.journal.entries(kinds=HISTORY_KINDS)).told
    raised = [one for one in concerns if one.key not in told]
    current = {one.key for one in concerns}
    over = sorted(key for key in told if key.partition("/")[0] in kinds and key not in current)
    if not raised and not over:
        return ()
    message = compose_alert(instruments.workspace.root.resolve().name, instruments.clock(), raised, over)
    sent = deliver(alerts, message, environment)
    arrived = any(one.ok for one in sent)
    body = {
        "action": "alerted" if arrived else "alert failed",
        "digest": message.digest,
        "raised": [one.key for one in raised],
        "over": over,
        "channels": [{"channel": one.channel, "ok": one.ok, "why": one.why} for one in sent],
    }
    instruments.journal.append("schedule", body)
    return sent


def send_alerts_as_observer(
    workspace: Workspace, vitals: HealthReport, environment: Callable[[str], str | None] = os.environ.get
) -> tuple[Delivery, ...]:
    """Tell from a process that only looks, because the one that should may be dead. Journalled where the workspace is
    free; where another process holds it, sent without a record, every time it is asked."""
    estate, _ = read_targets(workspace)
    try:
        with open_instruments(workspace) as instruments:
            concerns = current_concerns(
                instruments, ScheduleHistory.of(instruments.journal.entries(kinds=HISTORY_KINDS)), instruments.clock()
            )
            return send_alerts(instruments, concerns, kinds=frozenset({"overdue"}), environment=environment)
    except VaultError:
        concerns = [AlertCause(f"overdue/{text}", "overdue", text) for text in vitals.overdue]
        message = compose_alert(workspace.root.resolve().name, vitals.at, concerns, ())
        return deliver(estate.alerts, message, environment) if concerns else ()
