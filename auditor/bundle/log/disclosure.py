"""Which journal lines are shown and which are only proved to be there: one entry in, one class out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.dossier import Selection
from auditor.model.events import (
    ArtefactsRemoved,
    CaptureCommitted,
    CapturesPaired,
    ComparisonDeclared,
    ComparisonMade,
    DecisionMade,
    FilingAbandoned,
    FilingCommitted,
    FilingIntended,
    FilingStamped,
    GapRecorded,
    JournalEvent,
    KeyDateRecorded,
    NoticeChecked,
    NoticeSendBegun,
    NoticeSendRefused,
    PackageStamped,
    RenewalListed,
    RenewalStamped,
    RunPlanned,
    VisitIntended,
    parse_entry,
)
from auditor.model.evidence import JournalEntry
from auditor.model.findings import Decision

OMISSION_REASONS = {
    "after": "written after the moment of this bundle",
    "elsewhere": "concerns deployments that this bundle is not about",
    "outside": "concerns a visit outside the period of this bundle",
    "mixed": "names deployments of this bundle and others in one line",
    "redacted": "holds a text that is redacted in this bundle",
    "internal": "the auditor's own working: schedules, recovery, earlier exports, decisions about other matters",
}
"""Classes of lines that are left out, with what is said about each."""


@dataclass
class DisclosureClassifier:
    """Goes over the entries in order, since a capture follows its intent; `None` discloses the line."""

    selection: Selection
    every_deployment: bool
    """Whether the selection holds every deployment there is."""
    hidden: Sequence[bytes] = ()
    """Texts that no disclosed line may hold, as they stand in canonical JSON."""
    subjects: frozenset[str] = frozenset()
    """Under which names the filings of this bundle lie."""
    filings: set[str] = field(default_factory=set)
    """Filings that are shown and committed."""
    visits: dict[str, int] = field(default_factory=lambda: {"intents": 0, "captures": 0, "gaps": 0, "gaps_before": 0})
    open: set[str] = field(default_factory=set)
    """Chosen intents that have not ended yet."""
    _intents: DiskDict[str, str] = field(default_factory=DiskDict)
    _captures: DiskDict[str, str] = field(default_factory=DiskDict)

    def close(self) -> None:
        self._intents.close()
        self._captures.close()

    def left_out(self, entry: JournalEntry) -> str | None:
        """The class of a line that is left out; None for one that is shown."""
        if entry.at > self.selection.as_of:
            return "after"
        why = self._class(entry)
        if why is None and any(text in entry.line for text in self.hidden):
            return "redacted"
        return why

    def _class(self, entry: JournalEntry) -> str | None:
        match entry.kind:
            case "workspace.created" | "key" | "checkpoint" | "run.opened" | "run.closed":
                return None
            case "intent" | "capture" | "gap" | "seal" | "pair" | "plan" | "prune" | "decision" | "event" | "filing":
                return self._class_of(parse_entry(entry), entry.at)
            case "notice":
                return self._notice(parse_entry(entry))
            case "comparison":
                return self._comparison(parse_entry(entry))
        return "internal"

    def _notice(self, event: JournalEvent) -> str | None:
        """Checks, sendings and refusals of a notice of this bundle are shown, those that failed too."""
        if isinstance(event, NoticeChecked | NoticeSendBegun | NoticeSendRefused):
            return None if event.notice in self.subjects else "elsewhere"
        return "internal"

    def _comparison(self, event: JournalEvent) -> str | None:
        """A comparison is shown where the bundle is about all deployments that its line names; candidates never are."""
        match event:
            case ComparisonDeclared():
                named = {event.reference, event.suspect, *event.controls}
            case ComparisonMade():
                named = {event.suspect}
            case _:
                return "internal"
        inside = named & set(self.selection.deployments)
        return None if inside == named else "mixed" if inside else "elsewhere"

    def _class_of(self, event: JournalEvent, at: datetime) -> str | None:
        match event:
            case VisitIntended():
                return self._intent(event, at)
            case CaptureCommitted():
                return self._capture(event)
            case CapturesPaired():
                inside = all(one.capture in self._captures for one in event.captures)
                return None if inside else self._other(event.deployment)
            case GapRecorded():
                return self._gap(event, at)
            case PackageStamped():
                return None if event.capture in self._captures else self._other(event.deployment or "")
            case FilingIntended() | FilingCommitted() | FilingAbandoned():
                return self._filing(event)
            case FilingStamped():
                return None if event.filing in self.filings else "elsewhere"
            case RenewalListed() | RenewalStamped():
                return "elsewhere"
            case RunPlanned():
                return self._plan(event)
            case ArtefactsRemoved():
                return self._removed(event)
            case DecisionMade():
                return None if self._decided(event.decision) else "internal"
            case KeyDateRecorded():
                about = self.every_deployment or event.event.contract in self.selection.contracts
                return None if about else "internal"
        return "internal"

    def _other(self, deployment: str) -> str:
        return "outside" if deployment in self.selection.deployments else "elsewhere"

    def _intent(self, event: VisitIntended, at: datetime) -> str | None:
        if not self.selection.covers(event.deployment, at):
            return self._other(event.deployment)
        self._intents.add(event.intent, "")
        self.open.add(event.intent)
        self.visits["intents"] += 1
        return None

    def _capture(self, event: CaptureCommitted) -> str | None:
        if event.intent not in self._intents:
            return self._other(event.deployment)
        self._captures.add(event.capture, "")
        self.open.discard(event.intent)
        self.visits["captures"] += 1
        return None

    def _gap(self, event: GapRecorded, at: datetime) -> str | None:
        if event.intent in self._intents:
            self.open.discard(event.intent)
            self.visits["gaps"] += 1
            return None
        if event.deployments:
            return self._several(set(event.deployments), at)
        if event.intent or not self.selection.covers(event.deployment, at):
            return self._other(event.deployment)
        self.visits["gaps_before"] += 1
        return None

    def _several(self, named: set[str], at: datetime) -> str | None:
        """A gap of several deployments at once: a slot that no scheduler began, or the rest of a run that ended."""
        chosen = [name for name in named if self.selection.covers(name, at)]
        self.visits["gaps_before"] += len(chosen)
        if self.every_deployment or len(chosen) == len(named):
            return None
        return "mixed" if chosen else "outside" if named & set(self.selection.deployments) else "elsewhere"

    def _plan(self, event: RunPlanned) -> str | None:
        named = {slot.deployment for slot in event.slots}
        if self.every_deployment or named <= set(self.selection.deployments):
            return None
        return "mixed" if named & set(self.selection.deployments) else "elsewhere"

    def _removed(self, event: ArtefactsRemoved) -> str | None:
        named = {one.capture for one in event.captures}
        mine = [name for name in named if name in self._captures]
        return None if len(mine) == len(named) else "mixed" if mine else "elsewhere"

    def _filing(self, event: FilingIntended | FilingCommitted | FilingAbandoned) -> str | None:
        """Every filing about a subject of this bundle is shown, given up or not."""
        if event.subject not in self.subjects:
            return "elsewhere"
        if isinstance(event, FilingCommitted):
            self.filings.add(event.intent)
        return None

    def _decided(self, decision: Decision) -> bool:
        """Whether a decision is about something of this bundle."""
        if self.every_deployment:
            return True
        named = {decision.subject, *decision.subject.split("/")}
        mine = {*self.selection.deployments, *self.selection.contracts}
        about = any(name in mine or name in self._captures or name in self.subjects for name in named)
        return about and all(one in self._captures or one in self.filings for one in decision.evidence)
