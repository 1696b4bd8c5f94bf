"""What the journal says, folded over its entries in order: packages, tokens, intents, runs, files.

Everything derived (the outbox, back-off, what a start must recover, what a verifier expects on the disk) is read from
here, so that there is no second truth beside the journal. What stands open is small and held in memory
(`StandingState`); what is known of each id and file is asked from a database (`JournalTables`), whose answers name
lines: what they say is read from the lines themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.custody.journal.ledger.questions import LedgerQuestions
from auditor.custody.journal.ledger.records import removable_path
from auditor.custody.journal.ledger.tabulating import LineTabulator
from auditor.custody.journal.standing import StandingState, UnsealedPackage
from auditor.custody.journal.tables import JournalTables
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.model.events import ArtefactsRemoved, CaptureCommitted, PlacedEvent, VisitIntended, parse_entry
from auditor.model.evidence import JournalEntry

TELLING_KINDS = frozenset(
    {
        "workspace.created", "capture", "intent", "gap", "plan", "run.opened", "run.closed", "seal", "checkpoint",
        "export", "key", "prune", "comparison", "filing",
    }
)  # fmt: skip
"""Kinds of line that change something here."""


class JournalState(LedgerQuestions):
    """What the first lines of a journal say. Fed with `take`, an entry at a time."""

    def __init__(
        self,
        entry: Callable[[int], JournalEntry],
        tables: JournalTables | None = None,
        standing: StandingState | None = None,
    ) -> None:
        """`entry` reads a line of the journal by its number; `tables`: by default those of this process alone."""
        super().__init__(entry, tables or JournalTables(), standing or StandingState())
        self._tabulator = LineTabulator(self.tables)

    def admit(self, entry: JournalEntry) -> None:
        """`IntegrityError` where `take` would refuse the entry; nothing is learnt."""
        event = parse_entry(entry)
        again = ""
        match event:
            case CaptureCommitted() if self.package_record(event.capture) or self.package_at(event.package):
                again = event.capture
            case VisitIntended() if self.has_intent(event.intent):
                again = event.intent
            case ArtefactsRemoved():
                for one in event.captures:
                    for file in one.removed:
                        removable_path(file.path)
        if again:
            raise IntegrityError(f"journal: {again} was journalled before; take a new id")
        for item in event.files if isinstance(event, PlacedEvent) else ():
            if self.file(item.path) not in {None, item.sha256}:
                raise IntegrityError(f"journal: {item.path} was recorded before with another digest")

    def take(self, entry: JournalEntry, digest: str = "", *, standing: bool = True, tables: bool = True) -> None:
        """Learn from one entry; `IntegrityError` where it says what cannot be, or in a shape that no event has.

        `digest`: the SHA-256 of its line, where it is known already. `standing`, `tables`: what is to learn of it.
        Events that tell nothing here are not read.
        """
        event = parse_entry(entry) if entry.kind in TELLING_KINDS else None
        if tables:
            self._tabulator.write(entry, event)
        if standing:
            digest = digest or (canonical_json.sha256(entry.line) if entry.kind == "intent" else "")
            self.standing.take(entry, event, digest, self._once_sealed)

    def _once_sealed(self, manifest: str, before: int) -> UnsealedPackage | None:
        """A package and its verified tokens by the lines before one, by the path of its manifest."""
        record = self.package_at(manifest.removesuffix("/manifest.json"))
        if record is None:
            return None
        tokens = [one for one in self.tokens(manifest) if one.number < before]
        stamped: dict[str, str] = {}
        for one in tokens:
            if one.verdict.status == "verified":
                stamped.setdefault(one.verdict.authority, one.verdict.owner)
        return UnsealedPackage(record.capture, max([record.quorum, *(one.quorum for one in tokens)]), stamped)
