"""Alerts and the digest: the causes that hold now against those sent before; each is sent once until it has ended.

Sent by `auditor schedule`, by the maintenance of a fleet, and by a process that only looks.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import zip_longest

from auditor.alerting import AlertCause, AlertMessage, Delivery, HealthReport, compose_alert, deliver
from auditor.custody import Journal, SharingTerms, name_portions
from auditor.errors import ConfigError, VaultError
from auditor.index import Index
from auditor.model.events import AlertFailed, AlertSent, ChannelResult
from auditor.model.findings import Finding
from auditor.model.targets.estate import Alerts, Estate
from auditor.planning import DueDigest, MissedSlot, ScheduleHistory, due_digest
from auditor.wording import english
from auditor.workflow.audit.witness_submission import refusing_witnesses
from auditor.workflow.notices.records import receipt_dates
from auditor.workflow.report.compose import compose_report, findings_at_or_above
from auditor.workflow.views.digest import DigestRequest, digest_message, digest_report
from auditor.workflow.views.status import list_overdue, overdue_sentence
from auditor.workflow.wiring import Instruments, open_instruments, read_targets
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

FAILURES_BEFORE_ALERT = 3
"""Failures in a row after which an authority is a cause for an alert."""
TRY_AGAIN = timedelta(minutes=10)
"""How long after every receiver refused it a cause is told anew."""


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
    causes += [AlertCause(f"witness/{name}", "witness", text) for name, text in refusing_witnesses(instruments).items()]
    return causes


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


def send_alerts(
    instruments: Instruments,
    causes: Sequence[AlertCause],
    *,
    kinds: frozenset[str],
    environment: Callable[[str], str | None] = os.environ.get,
) -> tuple[Delivery, ...]:
    """Send what is new among these, and what has ended of the kinds given; journalled with how each channel answered.

    What no channel took does not count as sent: it is tried again, `TRY_AGAIN` later at the soonest.
    """
    alerts: Alerts = instruments.estate.alerts
    if not alerts.has_receivers:
        return ()
    history, at = instruments.schedules.history(instruments.journal), instruments.clock()
    refused = {key for key, tried in history.refused.items() if tried <= at < tried + TRY_AGAIN}
    raised = [one for one in causes if one.key not in history.told | refused]
    current = refused | {one.key for one in causes}
    ended = sorted(key for key in history.told - current if key.partition("/")[0] in kinds)
    if not raised and not ended:
        return ()
    message = compose_alert(instruments.workspace.home.resolve().name, at, raised, ended)
    sent = deliver_through_channels(alerts, message, environment)
    arrived = any(one.ok for one in sent)
    channels = tuple(ChannelResult(channel=one.channel, ok=one.ok, why=one.why) for one in sent)
    # So many concerns at a time as one line can name.
    told = zip_longest(name_portions([one.key for one in raised]), name_portions(ended), fillvalue=())
    for keys, over in told:
        made = AlertSent if arrived else AlertFailed
        instruments.journal.record(made(digest=message.digest, raised=keys, over=over, channels=channels))
    return sent


def digest_now_due(instruments: Instruments) -> DueDigest | None:
    """The digest whose moment has come and that nobody took yet; what was refused is due again an hour later."""
    alerts = instruments.estate.alerts
    if alerts.digest is None or not alerts.has_receivers:
        return None
    return due_digest(alerts.digest, instruments.schedules.history(instruments.journal), instruments.clock())


def compose_digest(workspace: Workspace, estate: Estate, due: DueDigest, at: datetime) -> AlertMessage:
    """The letter, read beside whoever may be writing the workspace. `ValueError` where no digest is declared."""
    if (declared := estate.alerts.digest) is None:
        raise ValueError("no digest is declared")
    report = digest_report(workspace, estate, due.since, at)
    wanted = DigestRequest(declared.lang, declared.expires_within_days, declared.statements)
    return digest_message(workspace, estate, report, wanted)


def send_digest(
    instruments: Instruments,
    due: DueDigest,
    message: AlertMessage,
    environment: Callable[[str], str | None] = os.environ.get,
) -> tuple[Delivery, ...]:
    """Send it; journalled as an alert is."""
    sent = deliver_through_channels(instruments.estate.alerts, message, environment)
    made = AlertSent if any(one.ok for one in sent) else AlertFailed
    channels = tuple(ChannelResult(channel=one.channel, ok=one.ok, why=one.why) for one in sent)
    instruments.journal.record(made(digest=message.digest, raised=(due.key,), over=due.sent, channels=channels))
    return sent


def delivery_notes(what: str, sent: Iterable[Delivery]) -> list[str]:
    """What became of it on each channel, for a person."""
    return [f"{what} by {one.channel}: {'delivered' if one.ok else one.why}" for one in sent]


def send_alerts_as_observer(
    workspace: Workspace, health: HealthReport, environment: Callable[[str], str | None] = os.environ.get
) -> tuple[Delivery, ...]:
    """Tell from a process that only looks, because the one that should may be dead. Journalled where the workspace is
    free, or its holder answers, or its fleet's ledger takes a line with the key that is here; where none of it is so,
    sent without a record, every time it is asked."""
    estate, _ = read_targets(workspace)
    try:
        with open_instruments(workspace, terms=SharingTerms("status", ("alerts",))) as instruments:
            history = instruments.schedules.history(instruments.journal)
            causes = current_causes(instruments, history, instruments.clock())
            return send_alerts(instruments, causes, kinds=frozenset({"overdue"}), environment=environment)
    except (VaultError, ConfigError):
        causes = [AlertCause(f"overdue/{text}", "overdue", text) for text in health.overdue]
        message = compose_alert(workspace.home.resolve().name, health.at, causes, ())
        return deliver_through_channels(estate.alerts, message, environment) if causes else ()


def deliver_through_channels(
    alerts: Alerts, message: AlertMessage, environment: Callable[[str], str | None]
) -> tuple[Delivery, ...]:
    """Hand over, with one log line for each channel."""
    sent = deliver(alerts, message, environment)
    for one in sent:
        if one.ok:
            LOGGER.info("alert sent: channel=%s digest=%s", one.channel, message.digest)
        else:
            LOGGER.warning("alert failed: channel=%s digest=%s: %s", one.channel, message.digest, one.why)
    return sent
