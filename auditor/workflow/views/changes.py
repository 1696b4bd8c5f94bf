"""`auditor changes`: what changed since a day, told on a terminal or handed to the receivers of `alerts:`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from auditor.alerting import AlertMessage, Delivery, deliver
from auditor.clock import timestamp
from auditor.errors import ConfigError
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.reporting import Lang, changes_letter, changes_told, load_translations

FORMAT = "auditor.changes/1"


def changes_message(report: Report, lang: Lang) -> AlertMessage:
    """The changes as one message: a letter, and the same as JSON."""
    say = load_translations(lang)
    told = changes_told(report, say)
    subject = say("changes.subject", workspace=report.workspace, n=f"{len(told):,}")
    payload = {
        "format": FORMAT,
        "workspace": report.workspace,
        "since": None if report.since is None else timestamp(report.since),
        "until": timestamp(report.as_of),
        "changes": [{"subject": one, "what": what} for one, what in told],
    }
    body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    return AlertMessage(" ".join(subject.split())[:200], changes_letter(report, say), body)


def send_changes(
    estate: Estate, message: AlertMessage, environment: Callable[[str], str | None] = os.environ.get
) -> tuple[Delivery, ...]:
    """Hand the changes, or a digest of them, to every receiver of `alerts:`; one answer each. `ConfigError` where
    there is none."""
    if not estate.alerts.has_receivers:
        raise ConfigError("targets.yaml: no receiver; expected mail or webhooks under alerts: to send changes to")
    return deliver(estate.alerts, message, environment)
