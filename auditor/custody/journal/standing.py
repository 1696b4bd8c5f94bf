"""What stands open in the journal: keys, trust, holds, authorities, runs and visits under way, packages that wait.

It is small however long the journal is. It is folded over the entries in order, written down at every signed
checkpoint, whose line names it by its digest, and read back to go on from there. Of keys, trust and holds it keeps the
numbers of their lines, which are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor import clock
from auditor.custody.journal.health import AuthorityHealth, after_answers
from auditor.custody.journal.holds import HoldRecord, hold_record
from auditor.custody.journal.key_history import KeyHistory
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.model.events import (
    CaptureCommitted,
    GapRecorded,
    HoldsTakenUp,
    JournalEvent,
    KeyRevoked,
    KeyRotated,
    RenewalListed,
    RunClosed,
    RunOpened,
    StampedEvent,
    TrustStated,
    VisitIntended,
    WorkspaceCreated,
)
from auditor.model.evidence import Authority, JournalEntry

FORMAT = "auditor.fold/1"
MAX_FOLD = 64 << 20


@dataclass(frozen=True, slots=True)
class TrustStatement:
    """The authorities in force from an entry on: each with the path of its pinned certificates below `evidence/`."""

    number: int
    quorum: int
    authorities: tuple[tuple[Authority, str], ...]


@dataclass(frozen=True, slots=True)
class IntentRecord:
    """A visit that was announced."""

    id: str
    run: str
    deployment: str
    slot: str
    number: int
    line_sha256: str


@dataclass(frozen=True, slots=True)
class UnsealedPackage:
    """A package that waits for its quorum."""

    capture: str
    quorum: int
    stamped: Mapping[str, str] = field(default_factory=dict)
    """Authority to owner, of the tokens that verified."""

    @property
    def sealed(self) -> bool:
        return len(set(self.stamped.values())) >= max(1, self.quorum)


@dataclass
class StandingState:
    """Folded with `take` over all entries, or over those behind a fold that was read back."""

    ring: KeyHistory = field(default_factory=KeyHistory)
    lines: list[int] = field(default_factory=list)
    """Numbers of the lines of keys, trust and holds."""
    trust: list[TrustStatement] = field(default_factory=list)
    trusted_files: dict[str, str] = field(default_factory=dict)
    """Files of the trust statements: path below `evidence/` to SHA-256."""
    taken_up: list[tuple[int, HoldRecord]] = field(default_factory=list)
    """Litigation holds as they were journalled, each with the number of the line."""
    authorities: dict[str, AuthorityHealth] = field(default_factory=dict)
    """How each timestamp authority answered lately, by id."""
    runs: dict[str, int] = field(default_factory=dict)
    """Runs that were not closed: id to the number of their line."""
    intents: dict[str, IntentRecord] = field(default_factory=dict)
    """Visits that ended neither as a capture nor as a gap."""
    waiting: dict[str, UnsealedPackage] = field(default_factory=dict)
    """Packages without their quorum, oldest first, by the path of their manifest below `evidence/`."""
    renewals: dict[str, str] = field(default_factory=dict)
    """Lists of renewed timestamps: path below `evidence/` to SHA-256."""
    captures: int = 0

    def holds(self, before: int | None = None) -> dict[str, HoldRecord]:
        """The holds as last journalled, by id; `before`: by the lines before that one."""
        return {one.id: one for number, one in self.taken_up if before is None or number < before}

    def take(
        self, entry: JournalEntry, event: JournalEvent | None, digest: str,
        known: Callable[[str, int], UnsealedPackage | None],
    ) -> None:  # fmt: skip
        """Learn from one entry, which says `event`.

        `known`: a package that was sealed before a line, by the path of its manifest: this holds it no more.
        """
        self.ring.take(entry)
        match event:
            case WorkspaceCreated() | KeyRotated() | KeyRevoked():
                self.lines.append(entry.number)
            case TrustStated():
                self.lines.append(entry.number)
                self._trust(entry, event)
            case HoldsTakenUp():
                self.lines.append(entry.number)
                self.taken_up += [(entry.number, hold_record(one)) for one in event.holds]
            case RunOpened():
                self.runs[event.run] = entry.number
            case RunClosed():
                self.runs.pop(event.run, None)
            case VisitIntended():
                self.intents[event.intent] = IntentRecord(
                    event.intent, event.run, event.deployment, event.slot, entry.number, digest
                )
            case GapRecorded():
                self.intents.pop(event.intent, None)
            case CaptureCommitted():
                self.intents.pop(event.intent, None)
                self.captures += 1
                path = f"{event.package}/manifest.json"
                self.waiting[path] = UnsealedPackage(event.capture, event.quorum)
            case RenewalListed():
                self.renewals |= {one.path: one.sha256 for one in event.files if one.path.endswith(".json")}
            case StampedEvent():
                self.authorities = after_answers(self.authorities, event)
                self._stamped(entry.number, event, known)

    def _trust(self, entry: JournalEntry, event: TrustStated) -> None:
        found = tuple((authority, authority.roots) for authority in event.authorities)
        self.trust.append(TrustStatement(entry.number, event.quorum, found))
        self.trusted_files |= {one.path: one.sha256 for one in event.files}

    def _stamped(self, number: int, event: StampedEvent, known: Callable[[str, int], UnsealedPackage | None]) -> None:
        subject = event.subject.path
        waits = self.waiting.get(subject)
        if waits is None:
            # A sealed package waits again where a greater quorum is asked for than its tokens have owners.
            if not event.tokens or not subject.endswith("/manifest.json"):
                return
            before = known(subject, number)
            if before is None or before.quorum >= event.quorum:
                return
            waits = before
        if not event.tokens:
            return
        stamped = {one.authority: one.owner for one in event.tokens if one.status == "verified"} | dict(waits.stamped)
        now = replace(waits, quorum=max(waits.quorum, event.quorum), stamped=stamped)
        if now.sealed:
            self.waiting.pop(subject, None)
        else:
            self.waiting[subject] = now

    def encode(self, size: int, previous: str, last_at: datetime | None) -> bytes:
        """What stands open after `size` lines, the last of which has the digest `previous`: canonical bytes."""
        return canonical_json.encode(
            {
                "format": FORMAT,
                "size": size,
                "previous": previous,
                "last_at": _text(last_at),
                "lines": self.lines,
                "authorities": {
                    name: [one.failures, _text(one.asked_at), one.signer, _text(one.since), _text(one.until)]
                    for name, one in self.authorities.items()
                },
                "runs": [[run, number] for run, number in self.runs.items()],
                "intents": [
                    [one.id, one.run, one.deployment, one.slot, one.number, one.line_sha256]
                    for one in self.intents.values()
                ],
                "waiting": [
                    [path, one.capture, one.quorum, dict(one.stamped)] for path, one in self.waiting.items()
                ],
                "renewals": self.renewals,
                "captures": self.captures,
            }
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandingFold:
    """What stood open after so many lines, as it was written down."""

    size: int
    previous: str
    last_at: datetime | None
    lines: tuple[int, ...]
    state: StandingState
    """Without keys, trust and holds: `restore` takes them from their lines."""

    def restore(
        self, entry: Callable[[int], JournalEntry], parse: Callable[[JournalEntry], JournalEvent]
    ) -> StandingState:
        """The whole state; `IntegrityError` where a line it names says something else."""
        found = replace(self.state, ring=KeyHistory(), lines=[], trust=[], trusted_files={}, taken_up=[])
        for number in self.lines:
            line = entry(number)
            event = parse(line)
            if not isinstance(event, WorkspaceCreated | KeyRotated | KeyRevoked | TrustStated | HoldsTakenUp):
                raise IntegrityError(f"journal line {number}: no line of keys, trust or holds, as a fold says")
            found.take(line, event, "", lambda _manifest, _number: None)
        return found


def decode_fold(data: bytes, what: str) -> StandingFold:
    """A fold from its bytes; `IntegrityError` where it is none."""
    body = JsonObject(canonical_json.decode(data, what), what)
    if body.text("format") != FORMAT:
        raise IntegrityError(f"{what}: not in the form {FORMAT}")
    raw = body.members
    try:
        state = StandingState(
            authorities={
                str(name): AuthorityHealth(int(one[0]), _time(one[1]), str(one[2]), _time(one[3]), _time(one[4]))
                for name, one in raw["authorities"].items()  # type: ignore[attr-defined]
            },
            runs={str(run): int(number) for run, number in raw["runs"]},  # type: ignore[attr-defined]
            intents={
                str(one[0]): IntentRecord(str(one[0]), str(one[1]), str(one[2]), str(one[3]), int(one[4]), str(one[5]))
                for one in raw["intents"]  # type: ignore[attr-defined]
            },
            waiting={
                str(path): UnsealedPackage(str(capture), int(quorum), {str(k): str(v) for k, v in stamped.items()})
                for path, capture, quorum, stamped in raw["waiting"]  # type: ignore[attr-defined]
            },
            renewals={str(path): str(sha) for path, sha in raw["renewals"].items()},  # type: ignore[attr-defined]
            captures=body.number("captures"),
        )
        lines = tuple(int(number) for number in raw["lines"])  # type: ignore[attr-defined]
        return StandingFold(
            body.number("size"), body.digest("previous"), _time(raw["last_at"]), lines, state,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"{what}: not a fold: {error}") from None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else clock.timestamp(moment)


def _time(text: object) -> datetime | None:
    return None if text is None else clock.parse_timestamp(str(text))
