"""The digest that `targets.yaml` asks for: due, composed and sent."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from auditor.alerting import AlertMessage, Delivery
from auditor.model.targets.estate import Estate
from auditor.planning import DueDigest, due_digest
from auditor.workflow.alerts.sending import deliver_through_channels, record_attempt
from auditor.workflow.views.digest import DigestRequest, digest_message, digest_report
from auditor.workflow.wiring import Instruments
from auditor.workspace import Workspace


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
    record_attempt(instruments, message, sent, (due.key,), due.sent)
    return sent
