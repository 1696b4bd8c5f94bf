"""What is told: one message for everything that is new and everything that is over. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.clock import timestamp

FORMAT = "auditor.alert/1"
MOST_LINES = 50
"""Lines of one kind in a message; the others are counted."""


@dataclass(frozen=True, slots=True)
class AlertCause:
    """One thing that somebody must know."""

    key: str
    """The same as long as it is the same thing: `overdue/weekly/20260105T190000Z`."""
    kind: str
    """`finding`, `overdue`, `missed`, `authority`, `witness`, `unread`."""
    text: str
    severity: str = ""


@dataclass(frozen=True, slots=True)
class AlertAttachment:
    """A file that goes with a letter; webhooks do not take it."""

    name: str
    data: bytes
    media_type: str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One digest, in both of its forms."""

    subject: str
    text: str
    body: bytes
    """JSON, UTF-8; sorted keys."""
    attachments: tuple[AlertAttachment, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON: names the message wherever it arrives."""
        return hashlib.sha256(self.body).hexdigest()


def compose_alert(workspace: str, at: datetime, raised: Sequence[AlertCause], over: Sequence[str]) -> AlertMessage:
    """A digest of what is new and of the keys of what is over."""
    kinds = sorted({concern.kind for concern in raised})
    counted = ", ".join(f"{sum(one.kind == kind for one in raised)} {kind}" for kind in kinds)
    subject = f"[auditor {workspace}] {counted or f'{len(over)} over'}"
    lines = [f"Workspace {workspace}, {timestamp(at)}", ""]
    for kind in kinds:
        chosen = [one for one in raised if one.kind == kind]
        lines += [f"{kind} ({len(chosen)})"]
        lines += [f"- {f'{one.severity}: ' if one.severity else ''}{one.text}" for one in chosen[:MOST_LINES]]
        lines += [f"- and {len(chosen) - MOST_LINES} more"] if len(chosen) > MOST_LINES else []
        lines += [""]
    if over:
        lines += [f"no longer so ({len(over)})", *(f"- {key}" for key in over[:MOST_LINES]), ""]
    payload = {
        "format": FORMAT,
        "workspace": workspace,
        "at": timestamp(at),
        "counts": {kind: sum(one.kind == kind for one in raised) for kind in kinds},
        "raised": [
            {"key": one.key, "kind": one.kind, "severity": one.severity, "text": one.text}
            for one in raised[: MOST_LINES * 4]
        ],
        "over": list(over[: MOST_LINES * 4]),
    }
    body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    return AlertMessage(" ".join(subject.split())[:200], "\n".join(lines), body)
