"""Which journal lines are shown and which are only proved to be there. Pure: one entry in, one class out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.dossier import Selection
from auditor.model.evidence import JournalEntry

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
        body = entry.body
        match entry.kind:
            case "workspace.created" | "key" | "checkpoint" | "run.opened" | "run.closed":
                return None
            case "intent":
                return self._intent(entry)
            case "capture":
                return self._capture(body)
            case "gap":
                return self._gap(entry)
            case "seal":
                capture = str(body.get("capture", ""))
                return None if capture in self._captures else self._other(str(body.get("deployment", "")))
            case "plan":
                return self._plan(body)
            case "prune":
                return self._prune(body)
            case "decision":
                return None if self._decided(body.get("decision")) else "internal"
            case "event":
                return None if self._dated(body.get("event")) else "internal"
        return "internal"

    def _other(self, deployment: str) -> str:
        return "outside" if deployment in self.selection.deployments else "elsewhere"

    def _intent(self, entry: JournalEntry) -> str | None:
        deployment, intent = str(entry.body.get("deployment", "")), str(entry.body.get("intent", ""))
        if not self.selection.covers(deployment, entry.at):
            return self._other(deployment)
        self._intents.add(intent, "")
        self.open.add(intent)
        self.visits["intents"] += 1
        return None

    def _capture(self, body: Mapping[str, object]) -> str | None:
        if (intent := str(body.get("intent", ""))) not in self._intents:
            return self._other(str(body.get("deployment", "")))
        self._captures.add(str(body.get("capture", "")), "")
        self.open.discard(intent)
        self.visits["captures"] += 1
        return None

    def _gap(self, entry: JournalEntry) -> str | None:
        deployment, intent = str(entry.body.get("deployment", "")), str(entry.body.get("intent", ""))
        if intent in self._intents:
            self.open.discard(intent)
            self.visits["gaps"] += 1
            return None
        several = entry.body.get("deployments")
        if isinstance(several, list) and several:
            return self._several({str(name) for name in several}, entry)
        if intent or not self.selection.covers(deployment, entry.at):
            return self._other(deployment)
        self.visits["gaps_before"] += 1
        return None

    def _several(self, named: set[str], entry: JournalEntry) -> str | None:
        """A gap of several deployments at once: a slot that no scheduler began, or the rest of a run that ended."""
        chosen = [name for name in named if self.selection.covers(name, entry.at)]
        self.visits["gaps_before"] += len(chosen)
        if self.every_deployment or len(chosen) == len(named):
            return None
        return "mixed" if chosen else "outside" if named & set(self.selection.deployments) else "elsewhere"

    def _plan(self, body: Mapping[str, object]) -> str | None:
        slots = body.get("slots")
        named = {str(slot.get("deployment", "")) for slot in slots} if isinstance(slots, list) else {""}
        if self.every_deployment or named <= set(self.selection.deployments):
            return None
        return "mixed" if named & set(self.selection.deployments) else "elsewhere"

    def _prune(self, body: Mapping[str, object]) -> str | None:
        captures = body.get("captures")
        if not isinstance(captures, list | tuple):
            return "internal"
        named = {str(one.get("capture", "")) for one in captures if isinstance(one, Mapping)}
        mine = [name for name in named if name in self._captures]
        return None if len(mine) == len(named) else "mixed" if mine else "elsewhere"

    def _decided(self, decision: object) -> bool:
        """Whether a decision is about something of this bundle."""
        if self.every_deployment or not isinstance(decision, Mapping):
            return self.every_deployment
        subject = str(decision.get("subject", ""))
        evidence = decision.get("evidence")
        cited = {str(item) for item in evidence} if isinstance(evidence, list | tuple) else set()
        named = {subject, *subject.split("/")}
        mine = {*self.selection.deployments, *self.selection.contracts}
        about = any(name in mine or name in self._captures for name in named)
        return about and all(one in self._captures for one in cited)

    def _dated(self, event: object) -> bool:
        if self.every_deployment or not isinstance(event, Mapping):
            return self.every_deployment
        return str(event.get("contract", "")) in self.selection.contracts
