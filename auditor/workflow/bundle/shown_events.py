"""What the journal lines shown in a bundle say of keys, witnesses and other parties."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from auditor.bundle import BagFiles, bag_file_lines, layout
from auditor.clock import parse_timestamp
from auditor.custody import PARTY_KINDS, KeyHistory, PartyChecks
from auditor.errors import IntegrityError
from auditor.formats.signed_note import VerifierKey
from auditor.model.events import (
    CaptureCommitted,
    CapturesPaired,
    CheckpointCosigned,
    CheckpointRefused,
    PackageStamped,
    parse_entry,
)
from auditor.model.evidence import Check, CheckList, JournalEntry

_KINDS = frozenset({"workspace.created", "key", "checkpoint", "seal", *PARTY_KINDS})


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """Keys in their order, and the last word of each witness."""

    keys: KeyHistory
    checks: tuple[Check, ...]
    """Refusals that stand, of witnesses that hold another log under this name; what other parties signed."""
    notices: tuple[str, ...]
    """Whose keys are known from the bundle alone."""


@dataclass
class _ShownCaptures:
    """Of the captures that pairs name; implements `custody`'s `KnownCaptures`."""

    named: frozenset[str]
    made: dict[str, CaptureCommitted] = field(default_factory=dict)
    stamped: set[str] = field(default_factory=set)

    def take(self, entry: JournalEntry) -> None:
        event = parse_entry(entry)
        if isinstance(event, CaptureCommitted) and event.capture in self.named:
            self.made[event.capture] = event
        elif isinstance(event, PackageStamped) and event.capture in self.named:
            self.stamped.add(event.capture)

    def committed(self, capture: str) -> CaptureCommitted | None:
        return self.made.get(capture)

    def is_stamped(self, capture: str) -> bool:
        return capture in self.stamped


def read_shown_events(files: BagFiles, parties: Collection[VerifierKey] | None = None) -> ShownEvents:
    """Read them; where one cannot be read they say nothing here, and the check of lines fails.

    `parties`: keys that other parties gave; None where nothing was given from elsewhere.
    """
    keys, refused = KeyHistory(), dict[str, CheckpointRefused]()
    seconds, answers = PartyChecks(), CheckList()
    try:
        captures = _ShownCaptures(_paired(files))
        for line in bag_file_lines(files, layout.LINES):
            entry = _entry(line.removesuffix(b"\n"))
            if entry is None:
                continue
            if entry.kind == "seal" or entry.kind in PARTY_KINDS:
                seconds.take(entry, captures, layout.LINES, answers)
                captures.take(entry)
                continue
            keys.take(entry)
            event = parse_entry(entry) if entry.kind == "checkpoint" else None
            if isinstance(event, CheckpointRefused):
                refused[event.witness] = event
            elif isinstance(event, CheckpointCosigned):
                refused.pop(event.witness, None)
    except (IntegrityError, ValueError, KeyError, TypeError):
        return ShownEvents(KeyHistory(), (), ())
    seconds.finish(parties, [key for _, key in keys.history], layout.LINES, answers)
    refusals = (_refusal(one) for one in refused.values() if one.contradicts)
    found = answers.done()
    return ShownEvents(keys, (*refusals, *found.checks), found.notices)


def _paired(files: BagFiles) -> frozenset[str]:
    """The captures that pairs name."""
    lines = (_entry(line.removesuffix(b"\n")) for line in bag_file_lines(files, layout.LINES) if b'"pair"' in line)
    pairs = (CapturesPaired.of(one) for one in lines if one is not None and one.kind == "pair")
    return frozenset(made.capture for one in pairs for made in one.captures)


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
