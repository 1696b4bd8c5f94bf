"""What the journal lines shown in a bundle say of keys and witnesses."""

from __future__ import annotations

import json
from dataclasses import dataclass

from auditor.bundle import BagFiles, bag_file_lines, layout
from auditor.clock import parse_timestamp
from auditor.custody import KeyHistory
from auditor.errors import IntegrityError
from auditor.model.events import CheckpointCosigned, CheckpointRefused, parse_entry
from auditor.model.evidence import Check, JournalEntry

_KINDS = ("workspace.created", "key", "checkpoint")


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """Keys in their order, and the last word of each witness."""

    keys: KeyHistory
    checks: tuple[Check, ...]
    """Refusals that stand, of witnesses that hold another log under this name."""


def read_shown_events(files: BagFiles) -> ShownEvents:
    """Read them; where one cannot be read they say nothing here, and the check of lines fails."""
    keys, refused = KeyHistory(), dict[str, CheckpointRefused]()
    try:
        for line in bag_file_lines(files, layout.LINES):
            entry = _entry(line.removesuffix(b"\n"))
            if entry is None:
                continue
            keys.take(entry)
            event = parse_entry(entry) if entry.kind == "checkpoint" else None
            if isinstance(event, CheckpointRefused):
                refused[event.witness] = event
            elif isinstance(event, CheckpointCosigned):
                refused.pop(event.witness, None)
    except (IntegrityError, ValueError, KeyError, TypeError):
        return ShownEvents(KeyHistory(), ())
    return ShownEvents(keys, tuple(_refusal(one) for one in refused.values() if one.contradicts))


def _refusal(event: CheckpointRefused) -> Check:
    name = event.witness.partition("+")[0]
    why = f"witness {name} refused the log's checkpoint of {event.size} lines and has cosigned none since: {event.said}"
    return Check("checkpoint.witness", layout.LINES, "failed", why)


def _entry(line: bytes) -> JournalEntry | None:
    made = json.loads(line)
    if made["kind"] not in _KINDS:
        return None
    return JournalEntry(
        number=made["number"], at=parse_timestamp(made["at"]), kind=made["kind"], body=made["body"],
        previous=made["previous"], line=line,
    )  # fmt: skip
