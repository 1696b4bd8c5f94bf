"""Alerts sent: what is new and what has ended, journalled with how every channel answered."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import zip_longest

from auditor.alerting import AlertCause, AlertMessage, Delivery, HealthReport, compose_alert, deliver
from auditor.custody import SharingTerms, name_portions
from auditor.errors import ConfigError, VaultError
from auditor.model.events import AlertFailed, AlertSent, ChannelResult
from auditor.model.targets.estate import Alerts
from auditor.workflow.alerts.causes import current_causes
from auditor.workflow.wiring import Instruments, open_instruments, read_targets
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

TRY_AGAIN = timedelta(minutes=10)
"""How long after every receiver refused it a cause is told anew."""


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
    not_now, current = history.told | refused, refused | {one.key for one in causes}
    raised = [one for one in causes if one.key not in not_now]
    ended = sorted(key for key in history.told - current if key.partition("/")[0] in kinds)
    if not raised and not ended:
        return ()
    message = compose_alert(instruments.workspace.home.resolve().name, at, raised, ended)
    sent = deliver_through_channels(alerts, message, environment)
    # So many concerns at a time as one line can name.
    told = zip_longest(name_portions([one.key for one in raised]), name_portions(ended), fillvalue=())
    for keys, over in told:
        record_attempt(instruments, message, sent, keys, over)
    return sent


def record_attempt(
    instruments: Instruments,
    message: AlertMessage,
    sent: Sequence[Delivery],
    raised: tuple[str, ...],
    over: tuple[str, ...],
) -> None:
    """Journal how every channel answered: sent where one of them took it."""
    made = AlertSent if any(one.ok for one in sent) else AlertFailed
    channels = tuple(ChannelResult(channel=one.channel, ok=one.ok, why=one.why) for one in sent)
    instruments.journal.record(made(digest=message.digest, raised=raised, over=over, channels=channels))


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
