"""The lines of the journal and its head, as text: parsed strictly, written canonically.

A line is one canonical JSON object: `at`, `body`, `kind`, `number`, `previous` (SHA-256 of the line before). The head
is a signed note over the number of lines, their Merkle root, the digest of the last line and that line itself; a head
of an earlier version states no root.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast, get_args

from auditor import clock
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, signed_note
from auditor.formats.canonical_json import JsonObject
from auditor.model.evidence import EventKind, JournalEntry

HEAD_FORMAT, ROOTLESS_HEAD_FORMAT = "auditor.head/2", "auditor.head/1"
_KINDS = frozenset(get_args(EventKind))
_MEMBERS = frozenset({"at", "body", "kind", "number", "previous"})


class BrokenJournalError(IntegrityError):
    """A line or the head does not fit; `check` is the verifier's name for it."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.check = check


def parse_line(line: bytes, number: int, previous: str | None) -> JournalEntry:
    """One line as an entry; `IntegrityError` where it is not canonical, out of order or not chained.

    `previous`: the digest of the line before; None where that line is not at hand and the chain is not checked here.
    """
    what = f"journal line {number}"
    members = canonical_json.decode(line, what)
    if members.keys() != _MEMBERS and members.keys() - {"stepped_back_ms"} != _MEMBERS:
        raise IntegrityError(f"{what}: unexpected members {sorted(members)}")
    known = members["number"]
    if previous is None:
        previous = JsonObject(members, what).digest("previous")
    if known != number or type(known) is not int or members["previous"] != previous:
        _require_next(JsonObject(members, what), number, previous)
    kind, body = members["kind"], members["body"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise IntegrityError(f"{what}: unknown kind {kind!r:.40}")
    try:
        at = clock.parse_timestamp(JsonObject(members, what).text("at"))
    except ValueError as error:
        raise IntegrityError(f"{what}: not a time: {error}") from None
    if not isinstance(body, dict):
        raise IntegrityError(f"{what}: member 'body' must be an object, found {body!r:.80}")
    return JournalEntry(number, at, cast("EventKind", kind), body, previous, line)


def _require_next(body: JsonObject, number: int, previous: str) -> None:
    if body.number("number") != number:
        raise BrokenJournalError(
            "journal.number", f"{body.what}: carries number {body.number('number')}; a line was removed, added or moved"
        )
    if body.digest("previous") != previous:
        raise BrokenJournalError(
            "journal.chain", f"{body.what}: does not follow from the line before; expected previous {previous}"
        )


@dataclass(frozen=True, slots=True)
class JournalHead:
    """What a head note says."""

    size: int
    """Number of lines."""
    root: bytes | None
    """Their Merkle root; None in a head of an earlier version."""
    line: bytes
    """The last of them."""
    note: signed_note.SignedNote
    """Its signature is not verified yet: the journal says by which key."""


def head_text(origin: str, size: int, root: bytes | None, line: bytes) -> str:
    """The text of the head note after `size` lines, the last of which is `line`."""
    first = [ROOTLESS_HEAD_FORMAT, origin, str(size)] if root is None else [HEAD_FORMAT, origin, str(size)]
    signed = [] if root is None else [signed_note.b64(root)]
    return "\n".join([*first, *signed, canonical_json.sha256(line), line.decode("utf-8"), ""])


def parse_head(data: bytes) -> JournalHead:
    """What a head note says; `IntegrityError` where it says anything else. Its signature is not verified here."""
    note = signed_note.parse_note(data, "journal head")
    parts = note.text.split("\n")
    rootless = parts[0] == ROOTLESS_HEAD_FORMAT
    if len(parts) != (6 if rootless else 7) or not parts[2].isdecimal() or len(parts[2]) > 15:
        raise IntegrityError(f"journal head: not in the form {HEAD_FORMAT}")
    size, line = int(parts[2]), parts[-2].encode("utf-8")
    root = None if rootless else signed_note.unb64(parts[3], "journal head")
    if size < 1 or note.text != head_text(parts[1], size, root, line):
        raise IntegrityError(f"journal head: not in the form {HEAD_FORMAT}")
    return JournalHead(size, root, line, note)


@dataclass
class ChainPosition:
    """How far the lines were followed: what the next one must continue."""

    size: int = 0
    previous: str = canonical_json.ZERO_DIGEST
    last_at: datetime | None = field(default=None, compare=False)

    def take(self, entry: JournalEntry) -> str:
        """Go on past an entry; the SHA-256 of its line."""
        self.previous = canonical_json.sha256(entry.line)
        self.size += 1
        self.last_at = entry.at
        return self.previous
