"""Who must know what: concerns as they stand now against those told before; each is told once until it is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from auditor.alerting import Concern, Delivery, Vitals, compose, deliver
from auditor.custody.sealing import healths
from auditor.errors import VaultError
from auditor.model.estate import Alerts
from auditor.model.findings import Finding
from auditor.planning import KINDS, Book, Missed
from auditor.settings import Workspace
from auditor.workflow.judging import at_or_above
from auditor.workflow.judging import compose as compose_report
from auditor.workflow.opening import House, open_house, read_targets
from auditor.workflow.vitals import overdue_of, sentence

FAILURES = 3
"""Failures in a row after which an authority is told of."""


def standing(house: House, book: Book, at: datetime) -> list[Concern]:
    """Overdue slots and failing authorities."""
    found = [
        Concern(f"overdue/{one.slot or one.schedule}", "overdue", sentence(one))
        for one in overdue_of(house.estate, book, at)
    ]
    for name, health in sorted(healths(house.journal.ledger).items()):
        if health.failures >= FAILURES:
            text = f"authority {name} failed {health.failures} times in a row; packages wait unsealed"
            found.append(Concern(f"authority/{name}", "authority", text))
    return found


def missed(gaps: Iterable[Missed]) -> list[Concern]:
    """Slots that were just recorded as gaps."""
    return [
        Concern(
            f"missed/{gap.slot.id}",
            "missed",
            f"schedule {gap.slot.schedule}, planned {gap.slot.at:%Y-%m-%d %H:%M} UTC: {gap.why}"
            + (f" ({gap.count} slots)" if gap.count > 1 else ""),
        )
        for gap in gaps
        if not gap.why.startswith("blackout")
    ]


def found_now(house: House, at: datetime) -> list[Concern]:
    """Findings that stand, at the declared severity or above."""
    workspace = house.workspace.root.resolve().name
    report = compose_report(house.estate, house.index, house.journal, at, workspace, told=0)
    chosen: Sequence[Finding] = at_or_above(report.findings, house.estate.alerts.least_severity)
    return [
        Concern(f"finding/{one.fingerprint}", "finding", f"{one.rule} {one.deployment}: {one.statement}", one.severity)
        for one in chosen
    ]


def tell(
    house: House,
    concerns: Sequence[Concern],
    *,
    kinds: frozenset[str],
    environment: Callable[[str], str | None] = os.environ.get,
) -> tuple[Delivery, ...]:
    """Tell what is new among these, and what is over of the kinds given; journalled with what became of it.

    What no channel took is not marked as told: it is tried again the next time.
    """
    alerts: Alerts = house.estate.alerts
    if not alerts.webhooks and alerts.mail is None:
        return ()
    told = Book.of(house.journal.entries(kinds=KINDS)).told
    raised = [one for one in concerns if one.key not in told]
    current = {one.key for one in concerns}
    over = sorted(key for key in told if key.partition("/")[0] in kinds and key not in current)
    if not raised and not over:
        return ()
    message = compose(house.workspace.root.resolve().name, house.clock(), raised, over)
    sent = deliver(alerts, message, environment)
    arrived = any(one.ok for one in sent)
    body = {
        "action": "alerted" if arrived else "alert failed",
        "digest": message.digest,
        "raised": [one.key for one in raised],
        "over": over,
        "channels": [{"channel": one.channel, "ok": one.ok, "why": one.why} for one in sent],
    }
    house.journal.append("schedule", body)
    return sent


def tell_outside(
    workspace: Workspace, vitals: Vitals, environment: Callable[[str], str | None] = os.environ.get
) -> tuple[Delivery, ...]:
    """Tell from a process that only looks, because the one that should may be dead. Journalled where the workspace is
    free; where another process holds it, sent without a record, every time it is asked."""
    estate, _ = read_targets(workspace)
    try:
        with open_house(workspace) as house:
            concerns = standing(house, Book.of(house.journal.entries(kinds=KINDS)), house.clock())
            return tell(house, concerns, kinds=frozenset({"overdue"}), environment=environment)
    except VaultError:
        concerns = [Concern(f"overdue/{text}", "overdue", text) for text in vitals.overdue]
        message = compose(workspace.root.resolve().name, vitals.at, concerns, ())
        return deliver(estate.alerts, message, environment) if concerns else ()
