"""What the journal says, folded over its entries in order: packages, tokens, intents, runs, files.

Everything derived (the outbox, back-off, what a start must recover, what a verifier expects on the disk) is read from
here, so that there is no second truth beside the journal. What stands open is small and held in memory
(`StandingState`); what is known of each id and file is asked from a database (`JournalTables`), whose answers name
lines: what they say is read from the lines themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from auditor import clock
from auditor.custody.journal.health import AuthorityHealth
from auditor.custody.journal.holds import HoldRecord
from auditor.custody.journal.standing import IntentRecord, StandingState, TrustStatement, UnsealedPackage
from auditor.custody.journal.tables import JournalTables
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths
from auditor.formats import evidence_layout as layout
from auditor.model.events import (
    ArtefactsRemoved,
    CaptureCommitted,
    CheckpointCosigned,
    CheckpointRefused,
    CheckpointSigned,
    FileDigest,
    FilingCommitted,
    GapRecorded,
    JournalEvent,
    PlacedEvent,
    RevocationKept,
    RunClosed,
    RunOpened,
    RunPlanned,
    StampedEvent,
    TokenAnswer,
    VisitIntended,
    line_name,
    parse_entry,
)
from auditor.model.evidence import JournalEntry, Package, Seal, TokenVerdict

TELLING_KINDS = frozenset(
    {
        "workspace.created", "capture", "intent", "gap", "plan", "run.opened", "run.closed", "seal", "checkpoint",
        "export", "key", "prune", "comparison", "filing",
    }
)  # fmt: skip
"""Kinds of line that change something here."""


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """A `capture` event."""

    capture: str
    intent: str
    deployment: str
    run: str
    home: str
    """Path of the package below `evidence/`."""
    manifest_sha256: str
    manifest_bytes: int
    quorum: int
    number: int
    at: datetime
    ordinal: int
    """The how-manieth capture of the journal it is, from 1."""

    @property
    def manifest(self) -> str:
        return f"{self.home}/manifest.json"


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One authority's answer as an event recorded it."""

    verdict: TokenVerdict
    asked_at: datetime
    request: str
    """Path below `evidence/`; empty where no answer came."""
    response: str
    until: datetime | None
    """End of the signer certificate's validity."""
    since: datetime | None
    subject: str
    subject_sha256: str
    quorum: int
    number: int
    journalled_at: datetime


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    size: int
    root: str
    path: str
    number: int
    sha256: str
    at: datetime
    fold: str = ""
    """Path below `evidence/` of what stood open then; empty in lines of an earlier version."""


@dataclass(frozen=True, slots=True)
class CosignatureRecord:
    """A witness's cosignature over the checkpoint of a size."""

    size: int
    witness: str
    """Its verifier key."""
    path: str
    number: int


@dataclass(frozen=True, slots=True)
class RefusalRecord:
    """A witness's refusal of the checkpoint of a size."""

    size: int
    witness: str
    """Its verifier key."""
    contradicts: bool
    """Whether it holds another log under this name."""
    said: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PruneRecord:
    """Artefacts of a capture removed under a retention rule; manifest and timestamps stay."""

    capture: str
    rule: str
    files: Mapping[str, str]
    """Path within the package to SHA-256."""
    number: int
    at: datetime
    held: str = ""
    """The hold that covered it by the journal itself when it was removed; empty where none did."""


def _safe(path: str) -> str:
    """A path that stays in its package; `IntegrityError` for any other, since what a line names here is removed."""
    if why := evidence_paths.why_invalid(path):
        raise IntegrityError(f"journal: {path!r:.120} was never a file of a package: {why}")
    return path


def token_record(said: TokenAnswer, entry: JournalEntry, subject: FileDigest, quorum: int) -> TokenRecord:
    """What an event says of one authority's answer about `subject`."""
    verdict = TokenVerdict(
        said.authority, said.owner, said.status, said.verified_by, said.gen_time, said.accuracy_ms, said.policy,
        said.serial, said.signer, said.why, said.practice, said.notes,
    )  # fmt: skip
    return TokenRecord(
        verdict, said.asked_at, said.request, said.response, said.signer_until, said.signer_since,
        subject.path, subject.sha256, quorum, entry.number, entry.at,
    )  # fmt: skip


def seal_of(digest: str, quorum: int, tokens: Iterable[TokenRecord]) -> Seal:
    """The state of a thing's timestamps: per authority its verified token, else its latest answer."""
    latest: dict[str, TokenVerdict] = {}
    for record in tokens:
        known = latest.get(record.verdict.authority)
        if known is None or known.status != "verified":
            latest[record.verdict.authority] = record.verdict
    return Seal(digest, tuple(latest.values()), quorum)


_PACKAGE = "capture, intent, deployment, run, home, manifest_sha256, manifest_bytes, quorum, number, at, ordinal"


class JournalState:
    """What the first lines of a journal say. Fed with `take`, an entry at a time, or at once with `of`."""

    def __init__(
        self,
        entry: Callable[[int], JournalEntry],
        tables: JournalTables | None = None,
        standing: StandingState | None = None,
    ) -> None:
        """`entry` reads a line of the journal by its number; `tables`: by default those of this process alone."""
        self._entry = entry
        self.tables = tables or JournalTables()
        self.standing = standing or StandingState()

    @classmethod
    def of(cls, entries: Iterable[JournalEntry], entry: Callable[[int], JournalEntry]) -> JournalState:
        """Of a beginning of the journal."""
        state = cls(entry)
        state.tables.begin()
        for one in entries:
            state.take(one)
        state.tables.commit(0, b"", "")
        return state

    # What is asked.

    @property
    def trust(self) -> list[TrustStatement]:
        return self.standing.trust

    @property
    def holds(self) -> dict[str, HoldRecord]:
        return self.standing.holds()

    @property
    def authorities(self) -> dict[str, AuthorityHealth]:
        return self.standing.authorities

    def package_record(self, capture: str) -> PackageRecord | None:
        """What was journalled of a capture; None where nothing was."""
        row = self.tables.row(f"SELECT {_PACKAGE} FROM package WHERE capture = ?", capture)  # noqa: S608
        return _package(row) if row else None

    def package_at(self, home: str) -> PackageRecord | None:
        """The package that has its place there; None where none has."""
        row = self.tables.row(f"SELECT {_PACKAGE} FROM package WHERE home = ?", home)  # noqa: S608
        return _package(row) if row else None

    def packages(self, deployment: str | None = None, since: int = 0) -> Iterator[PackageRecord]:
        """Every package, or those of one deployment, journalled in line `since` or later, in order."""
        where, values = "number >= ?", (since,)
        if deployment is not None:
            where, values = "deployment = ? AND number >= ?", (deployment, since)  # type: ignore[assignment]
        return map(_package, self.tables.rows(
            f"SELECT {_PACKAGE} FROM package WHERE {where} ORDER BY number", *values  # noqa: S608
        ))  # fmt: skip

    def newest_first(self, deployment: str | None = None) -> Iterator[PackageRecord]:
        """The packages that were not pruned, or those of one deployment, the newest first."""
        where, values = ("", ()) if deployment is None else ("deployment = ? AND ", (deployment,))
        query = (
            f"SELECT {_PACKAGE} FROM package WHERE {where}"  # noqa: S608
            "NOT EXISTS (SELECT 1 FROM pruned WHERE pruned.capture = package.capture) ORDER BY number DESC"
        )
        return map(_package, self.tables.rows(query, *values))

    def kept(self, capture: str) -> PackageRecord | None:
        """The package of that id; None where there is none, or it was pruned."""
        record = self.package_record(capture)
        return None if record is None or self.is_pruned(capture) else record

    def packages_before(self, moment: datetime) -> Iterator[PackageRecord]:
        """Packages that were journalled before a moment and not pruned, in order."""
        query = (
            f"SELECT {_PACKAGE} FROM package WHERE at < ?"  # noqa: S608
            " AND capture NOT IN (SELECT capture FROM pruned) ORDER BY number"
        )
        return map(_package, self.tables.rows(query, clock.timestamp(moment)))

    def newest(self) -> dict[str, str]:
        """By deployment, the last of its captures that was not pruned."""
        found = self.tables.rows(
            "SELECT deployment, capture, max(number) FROM package WHERE capture NOT IN (SELECT capture FROM pruned)"
            " GROUP BY deployment"
        )
        return {str(deployment): str(capture) for deployment, capture, _ in found}

    def packages_between(self, first: int, behind: int) -> Iterator[PackageRecord]:
        """The packages from one place among all captures up to another, in order."""
        query = f"SELECT {_PACKAGE} FROM package WHERE ordinal >= ? AND ordinal < ? ORDER BY ordinal"  # noqa: S608
        return map(_package, self.tables.rows(query, first, behind))

    def packages_changed(self, since: int) -> Iterator[PackageRecord]:
        """Packages that were journalled or stamped by line `since` or a later one, in order."""
        return map(_package, self.tables.rows(
            f"SELECT {_PACKAGE} FROM package WHERE number >= ? UNION SELECT {_PACKAGE} FROM package"  # noqa: S608
            " WHERE home IN (SELECT substr(subject, 1, length(subject) - 14) FROM stamp WHERE number >= ?)"
            " ORDER BY number", since, since,
        ))  # fmt: skip

    def captured_in(self, run: str) -> set[str]:
        """The deployments of which a run has a capture."""
        return {str(row[0]) for row in self.tables.rows("SELECT deployment FROM package WHERE run = ?", run)}

    def has_intent(self, intent: str) -> bool:
        return self.tables.row("SELECT 1 FROM intent WHERE id = ?", intent) is not None

    def intent(self, intent: str) -> IntentRecord | None:
        """A visit that was announced; None where none of that id was."""
        row = self.tables.row("SELECT number FROM intent WHERE id = ?", intent)
        if row is None:
            return None
        entry = self._entry(int(row[0]))
        said = VisitIntended.of(entry)
        return IntentRecord(
            said.intent, said.run, said.deployment, said.slot, entry.number, canonical_json.sha256(entry.line)
        )

    def outcomes(self, intent: str) -> list[int]:
        """Numbers of the captures and gaps that ended a visit."""
        found = self.tables.rows("SELECT number FROM outcome WHERE intent = ? ORDER BY number", intent)
        return [int(row[0]) for row in found]

    def slot_ends(self, run: str, slot: str) -> list[str] | None:
        """How a planned slot ended: `intent`, `gap`; None where no such slot was planned."""
        row = self.tables.row("SELECT ends FROM slot WHERE run = ? AND slot = ?", run, slot)
        return None if row is None else str(row[0]).split()

    def untouched_slots(self, run: str) -> list[str]:
        """The planned slots of a run that nothing was done for, in order."""
        found = self.tables.rows("SELECT slot FROM slot WHERE run = ? AND ends = '' ORDER BY place", run)
        return [str(row[0]) for row in found]

    def file(self, path: str) -> str | None:
        """The SHA-256 of a placed file, by its path below `evidence/`; None where no line records it."""
        row = self.tables.row("SELECT sha256 FROM file WHERE path = ?", path)
        return bytes(row[0]).hex() if row else None

    def files(self, prefix: str) -> Iterator[tuple[str, str]]:
        """The placed files whose paths begin so, with their SHA-256, by path."""
        found = self.tables.rows(
            "SELECT path, sha256 FROM file WHERE path >= ? AND path < ? ORDER BY path", prefix, f"{prefix}\U0010ffff"
        )
        return ((str(path), bytes(digest).hex()) for path, digest in found)

    def placed_in(self, home: str) -> dict[str, str]:
        """Journalled files inside a package: path within it to SHA-256."""
        return {path.removeprefix(f"{home}/"): digest for path, digest in self.files(f"{home}/")}

    def tokens(self, subject: str) -> list[TokenRecord]:
        """Every answer about a stamped file, by its path below `evidence/`, in order."""
        found = self.tables.rows("SELECT number FROM stamp WHERE subject = ? ORDER BY number", subject)
        return self._tokens([int(row[0]) for row in found])

    def stamped(self, prefix: str = "") -> Iterator[tuple[str, list[TokenRecord]]]:
        """Every stamped file whose path begins so, with the answers about it."""
        found = self.tables.rows(
            "SELECT subject, number FROM stamp WHERE subject >= ? AND subject < ? ORDER BY subject, number",
            prefix, f"{prefix}\U0010ffff",
        )  # fmt: skip
        for subject, rows in groupby(found, key=lambda row: str(row[0])):
            yield subject, self._tokens([int(number) for _, number in rows])

    def _tokens(self, numbers: Iterable[int]) -> list[TokenRecord]:
        made: list[TokenRecord] = []
        for number in numbers:
            entry = self._entry(number)
            event = parse_entry(entry)
            if not isinstance(event, StampedEvent):
                raise IntegrityError(f"{line_name(entry)}: holds no timestamps, as db/ledger.db says; remove that file")
            made += [token_record(one, entry, event.subject, event.quorum) for one in event.tokens]
        return made

    def checkpoints(self) -> list[CheckpointRecord]:
        """Every signed checkpoint, in order."""
        return [_checkpoint(row) for row in self.tables.rows(f"SELECT {_CHECKPOINT} FROM checkpoint ORDER BY number")]  # noqa: S608

    def checkpoints_over(self, number: int) -> Iterator[CheckpointRecord]:
        """The checkpoints that cover a line, in order."""
        return map(_checkpoint, self.tables.rows(
            f"SELECT {_CHECKPOINT} FROM checkpoint WHERE size > ? ORDER BY size, number", number  # noqa: S608
        ))  # fmt: skip

    def last_checkpoint(self) -> CheckpointRecord | None:
        row = self.tables.row(f"SELECT {_CHECKPOINT} FROM checkpoint ORDER BY number DESC LIMIT 1")  # noqa: S608
        return _checkpoint(row) if row else None

    def checkpoint_of(self, size: int) -> CheckpointRecord | None:
        """The checkpoint over so many lines; None where none was made."""
        row = self.tables.row(f"SELECT {_CHECKPOINT} FROM checkpoint WHERE size = ? ORDER BY number DESC", size)  # noqa: S608
        return _checkpoint(row) if row else None

    def cosignatures(self) -> Iterator[CosignatureRecord]:
        """Every cosignature that was kept, in order."""
        found = self.tables.rows("SELECT size, witness, path, number FROM cosignature ORDER BY number")
        return (CosignatureRecord(int(row[0]), str(row[1]), str(row[2]), int(row[3])) for row in found)

    def last_cosigned(self, witness: str) -> int:
        """The largest size that a witness cosigned, by its verifier key; 0 where none."""
        row = self.tables.row("SELECT max(size) FROM cosignature WHERE witness = ?", witness)
        return int(row[0]) if row and row[0] is not None else 0

    def revocations(self, *, answers: bool) -> list[str]:
        """Paths of the revocation lists that were kept, or of the OCSP answers, in order."""
        mark = "=" if answers else "!="
        found = self.tables.rows(f"SELECT path FROM revocation WHERE kind {mark} 'ocsp' ORDER BY number, place")  # noqa: S608
        return [str(row[0]) for row in found]

    def waiting_filings(self) -> list[int]:
        """Numbers of the lines that committed filings which wait for their quorum, in order."""
        return [int(row[0]) for row in self.tables.rows("SELECT number FROM filing WHERE waits ORDER BY number")]

    def is_pruned(self, capture: str) -> bool:
        return self.tables.row("SELECT 1 FROM pruned WHERE capture = ?", capture) is not None

    def pruned_in(self, since: int = 0) -> Iterator[tuple[str, int, str]]:
        """Captures pruned by line `since` or a later one: id, number of the line, rule."""
        found = self.tables.rows(
            "SELECT capture, number, rule FROM pruned WHERE number >= ? ORDER BY number, capture", since
        )
        return ((str(row[0]), int(row[1]), str(row[2])) for row in found)

    def last_pruning(self) -> int:
        """Number of the last line that removed anything; 0 where none did."""
        row = self.tables.row("SELECT max(number) FROM pruned")
        return int(row[0]) if row and row[0] is not None else 0

    def prune_record(self, capture: str) -> PruneRecord | None:
        """What was removed of a capture, by one line or several; None where nothing was."""
        files, made, held = dict[str, str](), None, ""
        for number, rule in self.tables.rows(
            "SELECT number, rule FROM pruned WHERE capture = ? ORDER BY number", capture
        ):
            entry = self._entry(int(number))
            said = [one for one in ArtefactsRemoved.of(entry).captures if one.capture == capture]
            files |= {_safe(file.path): file.sha256 for one in said for file in one.removed}
            holds, day = self.standing.holds(entry.number).values(), entry.at.date()
            covering = (hold.id for hold in holds for one in said if hold.covers(capture, one.deployment, day))
            held = held or next(covering, "")
            made = PruneRecord(capture, str(rule), files, entry.number, entry.at, held)
        return made

    def pruned_count(self) -> tuple[int, datetime | None]:
        """How many captures were pruned, and when the newest of them was journalled."""
        row = self.tables.row(
            "SELECT count(DISTINCT pruned.capture), max(package.at) FROM pruned JOIN package USING (capture)"
        )
        return (int(row[0]), clock.parse_timestamp(str(row[1]))) if row and row[0] else (0, None)

    def is_removed(self, path: str) -> bool:
        """Whether an artefact, by its path below `evidence/`, was removed under a retention rule."""
        parts = path.split("/", 2)
        record = self.package_at("/".join(parts[:2])) if len(parts) == 3 else None
        gone = self.prune_record(record.capture) if record is not None else None
        return gone is not None and parts[2] in gone.files

    def numbers(self, kinds: Iterable[str], start: int = 0) -> list[int]:
        """Numbers of the lines of these kinds, from one on, in order."""
        found: list[int] = []
        for kind in kinds:
            rows = self.tables.rows("SELECT number FROM event WHERE kind = ? AND number >= ?", kind, start)
            found += [int(row[0]) for row in rows]
        return sorted(found)

    def intents_ended_otherwise(self) -> Iterator[tuple[str, int]]:
        """Intents that ended in another number of ways than one, in order, with that number."""
        found = self.tables.rows(
            "SELECT id, (SELECT count(*) FROM outcome WHERE outcome.intent = intent.id) AS ends FROM intent"
            " WHERE ends != 1 ORDER BY number"
        )
        return ((str(intent), int(ends)) for intent, ends in found)

    def outcomes_of_nothing(self) -> Iterator[str]:
        """Ids of intents that ended and were never announced."""
        found = self.tables.rows(
            "SELECT DISTINCT intent FROM outcome WHERE intent NOT IN (SELECT id FROM intent) ORDER BY intent"
        )
        return (str(row[0]) for row in found)

    def slots_left(self) -> Iterator[tuple[str, str]]:
        """Planned slots of runs that are not under way which nothing was done for: run, slot."""
        found = self.tables.rows(
            "SELECT slot.run, slot.slot FROM slot LEFT JOIN run ON run.id = slot.run"
            " WHERE ends = '' AND coalesce(run.closed, 1) ORDER BY place"
        )
        return ((str(run), str(slot)) for run, slot in found)

    def totals(self) -> tuple[int, int]:
        """How many intents and how many planned slots were journalled."""
        row = self.tables.row("SELECT (SELECT count(*) FROM intent), (SELECT count(*) FROM slot)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def refusals(self) -> list[RefusalRecord]:
        """Every refusal of a witness, in order."""
        found = self.tables.rows("SELECT size, witness, contradicts, said, number, at FROM refusal ORDER BY number")
        return [
            RefusalRecord(size, witness, bool(contradicts), said, number, clock.parse_timestamp(at))
            for size, witness, contradicts, said, number, at in found
        ]

    def standing_refusals(self) -> list[RefusalRecord]:
        """The newest refusal of each witness that has cosigned nothing since."""
        newest = {one.witness: one for one in self.refusals()}
        cosigned = {one.witness: one.number for one in self.cosignatures()}
        return [one for one in newest.values() if one.number > cosigned.get(one.witness, -1)]

    def open_intents(self) -> list[IntentRecord]:
        """Intents that ended neither as a capture nor as a gap."""
        return list(self.standing.intents.values())

    def package(self, capture: str) -> Package:
        """A package with the seal that the journal records. `KeyError` for an unknown capture."""
        record = self.package_record(capture)
        if record is None:
            raise KeyError(capture)
        return self.package_of(record)

    def package_of(self, record: PackageRecord) -> Package:
        """As `package`, of a record at hand."""
        tokens = self.tokens(record.manifest)
        quorum = max([record.quorum, *(token.quorum for token in tokens)])
        seal = seal_of(record.manifest_sha256, max(1, quorum), tokens)
        return Package(record.capture, record.deployment, layout.in_evidence(record.home), record.manifest_sha256, seal)

    def unsealed(self, except_of: Collection[str] = ()) -> list[Package]:
        """The outbox: packages that wait for their quorum, oldest first; without those of some runs."""
        records = [self.package_record(one.capture) for one in list(self.standing.waiting.values())]
        return [self.package_of(one) for one in records if one is not None and one.run not in except_of]

    # What is learnt.

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
                        _safe(file.path)
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
            self._tabulate(entry, event)
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

    def _tabulate(self, entry: JournalEntry, event: JournalEvent | None) -> None:
        put, number, name = self.tables.put, entry.number, line_name(entry)
        put("INSERT INTO event VALUES (?, ?)", (entry.kind, number), name)
        if isinstance(event, PlacedEvent):
            self._files(name, event.files)
        match event:
            case VisitIntended():
                put("INSERT INTO intent VALUES (?, ?)", (event.intent, number), f"{name}: intent {event.intent}")
                self._end_slot(event.run, event.slot, "intent")
            case CaptureCommitted():
                put(
                    f"INSERT INTO package ({_PACKAGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",  # noqa: S608
                    (event.capture, event.intent, event.deployment, event.run, event.package, event.manifest_sha256,
                     event.manifest_bytes, event.quorum, number, clock.timestamp(entry.at)),
                    f"{name}: capture {event.capture}",
                )  # fmt: skip
                put("INSERT INTO outcome VALUES (?, ?)", (event.intent, number))
            case StampedEvent() if event.tokens:
                put("INSERT INTO stamp VALUES (?, ?)", (event.subject.path, number))
                self._stamp_filing(event)
            case GapRecorded():
                self._gap(number, event)
            case RunPlanned():
                for place, slot in enumerate(event.slots):
                    put(
                        "INSERT OR IGNORE INTO slot VALUES (?, ?, ?, '')",
                        (event.run, slot.slot, (number << 24) + place),
                    )
            case RunOpened():
                put("INSERT OR REPLACE INTO run VALUES (?, 0, ?)", (event.run, number))
            case RunClosed():
                put("INSERT OR REPLACE INTO run VALUES (?, 1, ?)", (event.run, number))
            case _:
                self._tabulate_rare(entry, event)

    def _stamp_filing(self, event: StampedEvent) -> None:
        """A filing waits until tokens of its quorum of owners verified."""
        row = self.tables.row("SELECT quorum, owners FROM filing WHERE manifest = ?", event.subject.path)
        if row is None:
            return
        verified = {one.owner for one in event.tokens if one.status == "verified"}
        owners, quorum = sorted(verified | set(str(row[1]).splitlines())), max(int(row[0]), event.quorum)
        self.tables.put(
            "UPDATE filing SET quorum = ?, owners = ?, waits = ? WHERE manifest = ?",
            (quorum, "\n".join(owners), int(len(owners) < quorum), event.subject.path),
        )

    def _tabulate_rare(self, entry: JournalEntry, event: JournalEvent | None) -> None:
        put, number = self.tables.put, entry.number
        match event:
            case CheckpointSigned():
                put(
                    f"INSERT INTO checkpoint ({_CHECKPOINT}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    (event.size, event.root, event.subject.path, number, event.subject.sha256,
                     clock.timestamp(entry.at), event.fold or ""),
                )  # fmt: skip
            case CheckpointCosigned():
                put(
                    "INSERT INTO cosignature VALUES (?, ?, ?, ?)",
                    (number, event.size, event.witness, event.cosignature),
                )
            case CheckpointRefused():
                told, at = f"{event.status} {event.said}".strip(), clock.timestamp(entry.at)
                row = (number, event.size, event.witness, int(event.contradicts), told, at)
                put("INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?)", row)
            case RevocationKept():
                for place, item in enumerate(event.lists):
                    put("INSERT INTO revocation VALUES (?, ?, ?, ?)", (number, place, item.kind, item.path))
            case FilingCommitted():
                quorum = max(1, event.quorum)
                put(
                    "INSERT OR IGNORE INTO filing VALUES (?, ?, ?, '', 1)",
                    (f"{event.package}/manifest.json", number, quorum),
                )
            case ArtefactsRemoved():
                for one in event.captures:
                    for file in one.removed:
                        _safe(file.path)
                    put("INSERT OR IGNORE INTO pruned VALUES (?, ?, ?)", (one.capture, number, event.rule))

    def _files(self, name: str, files: Iterable[FileDigest]) -> None:
        for item in files:
            if (known := self.file(item.path)) is None:
                self.tables.put("INSERT INTO file VALUES (?, ?)", (item.path, bytes.fromhex(item.sha256)))
            elif known != item.sha256:
                raise IntegrityError(f"{name}: {item.path} was recorded before with another digest")

    def _gap(self, number: int, event: GapRecorded) -> None:
        if event.intent:
            self.tables.put("INSERT INTO outcome VALUES (?, ?)", (event.intent, number))
        for ended in (event.slot, *(one.slot for one in event.slots or ())):
            self._end_slot(event.run, ended, "gap")

    def _end_slot(self, run: str, slot: str, how: str) -> None:
        if slot:
            self.tables.put(
                "UPDATE slot SET ends = trim(ends || ' ' || ?) WHERE run = ? AND slot = ?", (how, run, slot)
            )


_CHECKPOINT = "size, root, path, number, sha256, at, fold"


def _package(row: tuple[Any, ...]) -> PackageRecord:
    capture, intent, deployment, run, home, manifest, length, quorum, number, at, ordinal = row
    return PackageRecord(
        capture, intent, deployment, run, home, manifest, length, quorum, number, clock.parse_timestamp(at), ordinal
    )


def _checkpoint(row: tuple[Any, ...]) -> CheckpointRecord:
    size, root, path, number, digest, at, fold = row
    return CheckpointRecord(size, root, path, number, digest, clock.parse_timestamp(at), fold)
