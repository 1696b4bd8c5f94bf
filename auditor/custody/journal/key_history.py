"""Which public keys were in force when, read from the journal itself. Pure.

The first line names the first key. A rotation names the next one, endorsed by the one before; a revocation says from
when a key's signatures count no more. Each is an entry of kind `workspace.created` or `key`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from auditor.errors import IntegrityError
from auditor.formats import signed_note
from auditor.formats.signed_note import VerifierKey
from auditor.model.events import KeyRevoked, KeyRotated, WorkspaceCreated, parse_entry
from auditor.model.evidence import JournalEntry

WORKSPACE_FORMAT = "auditor.workspace/1"


def endorsement(new: VerifierKey, box: str) -> str:
    """The text by which the key before vouches for the next."""
    return f"auditor.rotation/1\n{new}\n{box}\n"


@dataclass
class KeyHistory:
    """Folded over the entries in order with `take`."""

    active: VerifierKey | None = None
    box: str = ""
    history: list[tuple[int, VerifierKey]] = field(default_factory=list)
    """Log keys with the number of the entry that introduced each."""
    unendorsed: list[int] = field(default_factory=list)
    """Entries that introduced a key without the signature of the one before, or by a key that was revoked by then."""
    revoked: dict[str, int] = field(default_factory=dict)
    """Key text to the number of the entry that revoked it."""

    @property
    def origin(self) -> str:
        return self.active.name if self.active else ""

    def take(self, entry: JournalEntry) -> None:
        """Learn from one entry; `IntegrityError` where it introduces a key that nothing vouches for."""
        if entry.kind == "workspace.created":
            self._first(entry)
        elif entry.number == 0:
            raise IntegrityError("journal line 0: expected the creation of the workspace, found another event")
        elif entry.kind == "key":
            match parse_entry(entry):
                case KeyRotated() as rotated:
                    self._rotate(entry, rotated)
                case KeyRevoked() as revoked:
                    self.revoked[revoked.key] = entry.number

    def _first(self, entry: JournalEntry) -> None:
        created = WorkspaceCreated.of(entry)
        if entry.number != 0 or created.format != WORKSPACE_FORMAT:
            raise IntegrityError(
                f"journal line {entry.number}: a workspace is created once, in the first line, as {WORKSPACE_FORMAT}"
            )
        self.active = signed_note.parse_key(created.log)
        self.box = created.box
        self.history.append((0, self.active))

    def _rotate(self, entry: JournalEntry, rotated: KeyRotated) -> None:
        new, box = signed_note.parse_key(rotated.log), rotated.box
        old = self.active
        if old is None or new.name != old.name:
            raise IntegrityError(f"journal line {entry.number}: a rotated key must keep the log's name")
        if rotated.endorsed and signed_note.parse_verified_note(
            rotated.endorsed.encode("utf-8"), old, f"journal line {entry.number}"
        ).text != endorsement(new, box):
            raise IntegrityError(f"journal line {entry.number}: the endorsement is of another key")
        if not rotated.endorsed or str(old) in self.revoked:
            self.unendorsed.append(entry.number)
        self.active, self.box = new, box
        self.history.append((entry.number, new))

    def vouched_for(self, given: Collection[VerifierKey]) -> tuple[VerifierKey, ...]:
        """The keys of this log that are given, or endorsed, link by link, by one that is; in their order."""
        return tuple(key for key, vouched in self._vouching(given) if vouched)

    def leads_from(self, given: Collection[VerifierKey]) -> bool:
        """Whether the key in force is one of those given, or endorsed, link by link, by one of them."""
        return any(vouched for _, vouched in self._vouching(given)[-1:])

    def _vouching(self, given: Collection[VerifierKey]) -> list[tuple[VerifierKey, bool]]:
        """Each key of this log in its order, and whether one of those given vouches for it there."""
        vouched, found = False, list[tuple[VerifierKey, bool]]()
        for number, key in self.history:
            vouched = key in given or (vouched and number not in self.unendorsed)
            found.append((key, vouched))
        return found

    def revoked_before(self, key: VerifierKey, size: int) -> bool:
        """Whether a key was revoked in one of the first `size` entries."""
        return str(key) in self.revoked and self.revoked[str(key)] < size

    def at(self, size: int) -> VerifierKey:
        """The log key in force after the first `size` entries."""
        found = [key for number, key in self.history if number < size]
        if not found:
            raise IntegrityError("journal: no key is in force before its first line")
        return found[-1]
