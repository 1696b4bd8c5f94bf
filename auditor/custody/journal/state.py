"""The state that results from the journal's entries in order: packages, tokens, intents, runs, files. Pure.

Everything derived (the outbox, back-off, what a start must recover, what a verifier expects on the disk) is read from
here, so that there is no second truth beside the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.custody.journal.holds import HoldRecord, hold_record
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
    GapRecorded,
    HoldsTakenUp,
    JournalEvent,
    PlacedEvent,
    RevocationKept,
    RunClosed,
    RunOpened,
    RunPlanned,
    StampedEvent,
    TokenAnswer,
    TrustStated,
    VisitIntended,
    line_name,
    parse_entry,
)
from auditor.model.evidence import Authority, JournalEntry, Package, Seal, TokenVerdict

_Same = dict[tuple[str, ...], tuple[str, ...]]  # what authorities say of themselves with every token, each kept once


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
class IntentRecord:
    id: str
    run: str
    deployment: str
    slot: str
    number: int
    line_sha256: str


@dataclass(frozen=True, slots=True)
class TrustStatement:
    """The authorities in force from an entry on: each with the path of its pinned certificates below `evidence/`."""

    number: int
    quorum: int
    authorities: tuple[tuple[Authority, str], ...]


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    size: int
    root: str
    path: str
    number: int
    sha256: str
    at: datetime


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


def token_record(said: TokenAnswer, entry: JournalEntry, subject: FileDigest, quorum: int, same: _Same) -> TokenRecord:
    """What an event says of one authority's answer about `subject`."""
    repeated = (said.authority, said.owner, said.status, said.verified_by, said.policy, said.signer, said.why)
    authority, owner, _, verified_by, policy, signer, why = same.setdefault(repeated, repeated)
    verdict = TokenVerdict(
        authority, owner, said.status, verified_by, said.gen_time, said.accuracy_ms, policy, said.serial, signer, why,
        said.practice, said.notes,
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


@dataclass
class JournalState:
    """Built with `take` over all entries, or at once with `of`."""

    packages: dict[str, PackageRecord] = field(default_factory=dict)
    tokens: dict[str, list[TokenRecord]] = field(default_factory=dict)
    """By the stamped file's path below `evidence/`."""
    intents: dict[str, IntentRecord] = field(default_factory=dict)
    outcomes: dict[str, list[int]] = field(default_factory=dict)
    """Intent id to the numbers of the captures and gaps that ended it."""
    slots: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(run, slot) of every plan to the outcomes of that slot: `intent`, `gap`."""
    runs: dict[str, bool] = field(default_factory=dict)
    """Run id to whether it was closed."""
    files: dict[str, str] = field(default_factory=dict)
    """Placed files: path below `evidence/` to SHA-256."""
    trust: list[TrustStatement] = field(default_factory=list)
    checkpoints: list[CheckpointRecord] = field(default_factory=list)
    cosignatures: list[CosignatureRecord] = field(default_factory=list)
    refusals: list[RefusalRecord] = field(default_factory=list)
    revocations: list[str] = field(default_factory=list)
    """Paths of kept revocation lists."""
    answers: list[str] = field(default_factory=list)
    """Paths of kept OCSP answers."""
    holds: dict[str, HoldRecord] = field(default_factory=dict)
    """By id, as last journalled."""
    pruned: dict[str, PruneRecord] = field(default_factory=dict)
    """Capture to what was removed of it under a retention rule."""
    _same: _Same = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, entries: Iterable[JournalEntry]) -> JournalState:
        ledger = cls()
        for entry in entries:
            ledger.take(entry)
        return ledger

    def admit(self, entry: JournalEntry) -> None:
        """`IntegrityError` where `take` would refuse the entry; nothing is learnt."""
        trial = JournalState()
        trial.take(entry)
        for known, new in ((self.packages, trial.packages), (self.intents, trial.intents)):
            if again := known.keys() & new.keys():
                raise IntegrityError(f"journal: {', '.join(again)} was journalled before; take a new id")
        for path, digest in trial.files.items():
            if self.files.get(path, digest) != digest:
                raise IntegrityError(f"journal: {path} was recorded before with another digest")

    def take(self, entry: JournalEntry, digest: str = "") -> None:
        """Learn from one entry; `IntegrityError` where it says what cannot be, or in a shape that no event has.

        `digest`: the SHA-256 of its line, where it is known already. Events that tell nothing here are not read.
        """
        match entry.kind:
            case "capture":
                self._capture(entry, CaptureCommitted.of(entry))
            case "intent":
                self._intent(entry, VisitIntended.of(entry), digest)
            case "gap":
                self._gap(entry, GapRecorded.of(entry))
            case "plan":
                planned = RunPlanned.of(entry)
                for slot in planned.slots:
                    self.slots.setdefault((planned.run, slot.slot), [])
            case "run.opened":
                self.runs[RunOpened.of(entry).run] = False
            case "run.closed":
                self.runs[RunClosed.of(entry).run] = True
            case "seal" | "checkpoint" | "export" | "key" | "prune":
                self._take_one_of_several(entry, parse_entry(entry))

    def _take_one_of_several(self, entry: JournalEntry, event: JournalEvent) -> None:
        """Learn from an event of a kind that has several."""
        if isinstance(event, PlacedEvent):
            self._files(entry, event.files)
        match event:
            case StampedEvent():
                self._stamped(entry, event)
            case TrustStated():
                found = tuple((authority, authority.roots) for authority in event.authorities)
                self.trust.append(TrustStatement(entry.number, event.quorum, found))
            case RevocationKept():
                for item in event.lists:
                    (self.answers if item.kind == "ocsp" else self.revocations).append(item.path)
            case HoldsTakenUp():
                self.holds |= {one.id: hold_record(one) for one in event.holds}
            case ArtefactsRemoved():
                self._pruned(entry, event)
            case CheckpointSigned():
                made = event.subject
                self.checkpoints.append(
                    CheckpointRecord(event.size, event.root, made.path, entry.number, made.sha256, entry.at)
                )
            case CheckpointCosigned():
                self.cosignatures.append(CosignatureRecord(event.size, event.witness, event.cosignature, entry.number))
            case CheckpointRefused():
                told = f"{event.status} {event.said}".strip()
                self.refusals.append(
                    RefusalRecord(event.size, event.witness, event.contradicts, told, entry.number, entry.at)
                )

    def _stamped(self, entry: JournalEntry, event: StampedEvent) -> None:
        if event.tokens:
            made = [token_record(one, entry, event.subject, event.quorum, self._same) for one in event.tokens]
            self.tokens.setdefault(event.subject.path, []).extend(made)

    def _files(self, entry: JournalEntry, files: Iterable[FileDigest]) -> None:
        for item in files:
            if self.files.setdefault(item.path, item.sha256) != item.sha256:
                raise IntegrityError(f"{line_name(entry)}: {item.path} was recorded before with another digest")

    def _capture(self, entry: JournalEntry, event: CaptureCommitted) -> None:
        record = PackageRecord(
            event.capture, event.intent, event.deployment, event.run, event.package, event.manifest_sha256,
            event.manifest_bytes, event.quorum, entry.number, entry.at,
        )  # fmt: skip
        if record.capture in self.packages:
            raise IntegrityError(f"{line_name(entry)}: capture {record.capture} was journalled before")
        self.packages[record.capture] = record
        self.outcomes.setdefault(record.intent, []).append(entry.number)

    def _intent(self, entry: JournalEntry, event: VisitIntended, digest: str) -> None:
        run, slot = event.run, event.slot
        digest = digest or canonical_json.sha256(entry.line)
        record = IntentRecord(event.intent, run, event.deployment, slot, entry.number, digest)
        if record.id in self.intents:
            raise IntegrityError(f"{line_name(entry)}: intent {record.id} was journalled before")
        self.intents[record.id] = record
        if (run, slot) in self.slots:
            self.slots[run, slot].append("intent")

    def _gap(self, entry: JournalEntry, event: GapRecorded) -> None:
        if event.intent:
            self.outcomes.setdefault(event.intent, []).append(entry.number)
        for ended in (event.slot, *(one.slot for one in event.slots or ())):
            if ended and (event.run, ended) in self.slots:
                self.slots[event.run, ended].append("gap")

    def _pruned(self, entry: JournalEntry, event: ArtefactsRemoved) -> None:
        day = entry.at.date()
        for item in event.captures:
            files = {_safe(one.path): one.sha256 for one in item.removed}
            held = next((one.id for one in self.holds.values() if one.covers(item.capture, item.deployment, day)), "")
            self.pruned[item.capture] = PruneRecord(item.capture, event.rule, files, entry.number, entry.at, held)

    def removed(self) -> frozenset[str]:
        """Paths below `evidence/` of every artefact removed under a retention rule."""
        known = ((self.packages[one.capture], one) for one in self.pruned.values() if one.capture in self.packages)
        return frozenset(f"{record.home}/{path}" for record, one in known for path in one.files)

    def standing_refusals(self) -> list[RefusalRecord]:
        """The newest refusal of each witness that has cosigned nothing since."""
        newest = {one.witness: one for one in self.refusals}
        cosigned = {one.witness: one.number for one in self.cosignatures}
        return [one for one in newest.values() if one.number > cosigned.get(one.witness, -1)]

    def open_intents(self) -> list[IntentRecord]:
        """Intents that ended neither as a capture nor as a gap."""
        return [intent for intent in self.intents.values() if not self.outcomes.get(intent.id)]

    def package(self, capture: str) -> Package:
        """A package with the seal that the journal records. `KeyError` for an unknown capture."""
        record = self.packages[capture]
        tokens = self.tokens.get(record.manifest, [])
        quorum = max([record.quorum, *(token.quorum for token in tokens)])
        seal = seal_of(record.manifest_sha256, max(1, quorum), tokens)
        return Package(record.capture, record.deployment, layout.in_evidence(record.home), record.manifest_sha256, seal)

    def unsealed(self) -> list[Package]:
        """The outbox: packages that wait for their quorum, oldest first."""
        found = (self.package(capture) for capture in self.packages)
        return [package for package in found if not package.seal.sealed]
