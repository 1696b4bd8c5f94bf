"""What the journal says, folded over its entries in order: packages, tokens, intents, runs, files. Pure.

Everything derived (the outbox, back-off, what a start must recover, what a verifier expects on the disk) is read from
here, so that there is no second truth beside the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import cast, get_args

from auditor import clock
from auditor.custody.journal.holds import HoldRecord, hold_record
from auditor.custody.journal.key_history import body_of
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths
from auditor.formats.canonical_json import JsonObject
from auditor.model.evidence import Authority, JournalEntry, Package, Seal, TokenStatus, TokenVerdict

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


_SAID = itemgetter("authority", "owner", "status", "verified_by", "policy", "signer", "why")
_OWN = itemgetter("serial", "request", "response")
_PACKAGE = itemgetter("capture", "intent", "deployment", "run", "package")
_INTENT = itemgetter("intent", "run", "deployment")
_STATES = frozenset(get_args(TokenStatus))


def token_record(
    body: JsonObject, entry: JournalEntry, subject: tuple[str, str], quorum: int, same: _Same
) -> TokenRecord:
    """Read one member of an event's `tokens`. `subject`: path and digest of what was stamped."""
    said = body.texts_at(_SAID)
    authority, owner, status, verified_by, policy, signer, why = same.setdefault(said, said)
    serial, request, response = body.texts_at(_OWN)
    if status not in _STATES:
        raise IntegrityError(f"{body.what}: unknown status {status!r:.40}")
    verdict = TokenVerdict(
        authority, owner, cast("TokenStatus", status), verified_by, optional_time(body, "gen_time"),
        body.number("accuracy_ms") if body.members.get("accuracy_ms") is not None else None,
        policy, serial, signer, why, body.truth("practice"), body.texts("notes"),
    )  # fmt: skip
    return TokenRecord(
        verdict, optional_time(body, "asked_at") or entry.at, request, response,
        optional_time(body, "signer_until"), optional_time(body, "signer_since"), *subject, quorum, entry.number,
        entry.at,
    )  # fmt: skip


def optional_time(body: JsonObject, name: str) -> datetime | None:
    """A time member; None where it is null."""
    if body.members.get(name) is None:
        return None
    try:
        return clock.parse_timestamp(body.text(name))
    except ValueError as error:
        raise IntegrityError(f"{body.what}: member {name!r}: {error}") from None


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
        """Learn from one entry; `IntegrityError` where custody's own members are not as they must be.

        `digest`: the SHA-256 of its line, where it is known already.
        """
        body = body_of(entry)
        if "files" in entry.body:
            self._files(body)
        match entry.kind:
            case "capture":
                self._capture(entry, body)
            case "intent":
                self._intent(entry, body, digest)
            case "gap":
                self._gap(entry, body)
            case "plan":
                for slot in body.objects("slots"):
                    self.slots.setdefault((body.text("run"), slot.text("slot")), [])
            case "run.opened":
                self.runs[body.text("run")] = False
            case "run.closed":
                self.runs[body.text("run")] = True
            case "key" if body.text("action") == "trust":
                self._trust(entry, body)
            case "key" if body.text("action") == "revocation":
                for item in body.objects("lists"):
                    (self.answers if item.text("kind") == "ocsp" else self.revocations).append(item.text("path"))
            case "prune" if body.text("action") == "holds":
                self.holds |= {one.id: one for one in map(hold_record, body.objects("holds"))}
            case "prune" if body.text("action") == "removed":
                self._pruned(entry, body)
            case "checkpoint" if body.text("action", "made") == "made":
                made, size = body.object("subject"), body.number("size")
                self.checkpoints.append(
                    CheckpointRecord(
                        size, body.text("root"), made.text("path"), entry.number, made.digest("sha256"), entry.at
                    )
                )
            case "checkpoint" if body.text("action", "") == "cosigned":
                self.cosignatures.append(
                    CosignatureRecord(body.number("size"), body.text("witness"), body.text("cosignature"), entry.number)
                )
        if body.has("tokens"):
            self._stamped(entry, body)

    def _stamped(self, entry: JournalEntry, body: JsonObject) -> None:
        subject, tokens = body.object("subject"), body.objects("tokens")
        if tokens:
            named, quorum = (subject.text("path"), subject.digest("sha256")), body.number("quorum")
            made = (token_record(one, entry, named, quorum, self._same) for one in tokens)
            self.tokens.setdefault(named[0], []).extend(made)

    def _files(self, body: JsonObject) -> None:
        for item in body.objects("files"):
            path, digest = item.text("path"), item.digest("sha256")
            if self.files.setdefault(path, digest) != digest:
                raise IntegrityError(f"{item.what}: {path} was recorded before with another digest")

    def _capture(self, entry: JournalEntry, body: JsonObject) -> None:
        record = PackageRecord(
            *body.texts_at(_PACKAGE),
            body.digest("manifest_sha256"), body.number("manifest_bytes"), body.number("quorum"),
            entry.number, entry.at,
        )  # fmt: skip
        if record.capture in self.packages:
            raise IntegrityError(f"{body.what}: capture {record.capture} was journalled before")
        self.packages[record.capture] = record
        self.outcomes.setdefault(record.intent, []).append(entry.number)

    def _intent(self, entry: JournalEntry, body: JsonObject, digest: str) -> None:
        intent, run, deployment = body.texts_at(_INTENT)
        slot = body.text("slot", "")
        record = IntentRecord(intent, run, deployment, slot, entry.number, digest or canonical_json.sha256(entry.line))
        if record.id in self.intents:
            raise IntegrityError(f"{body.what}: intent {record.id} was journalled before")
        self.intents[record.id] = record
        if (run, slot) in self.slots:
            self.slots[run, slot].append("intent")

    def _gap(self, entry: JournalEntry, body: JsonObject) -> None:
        intent, slot = body.text("intent", ""), body.text("slot", "")
        if intent:
            self.outcomes.setdefault(intent, []).append(entry.number)
        for ended in (slot, *(item.text("slot") for item in body.objects("slots"))):
            if ended and (body.text("run"), ended) in self.slots:
                self.slots[body.text("run"), ended].append("gap")

    def _pruned(self, entry: JournalEntry, body: JsonObject) -> None:
        for item in body.objects("captures"):
            capture = item.text("capture")
            files = {_safe(one.text("path")): one.digest("sha256") for one in item.objects("removed")}
            place, day = item.text("deployment", ""), entry.at.date()
            held = next((one.id for one in self.holds.values() if one.covers(capture, place, day)), "")
            self.pruned[capture] = PruneRecord(capture, body.text("rule"), files, entry.number, entry.at, held)

    def _trust(self, entry: JournalEntry, body: JsonObject) -> None:
        found = []
        for item in body.objects("authorities"):
            authority = Authority(
                item.text("id"),
                item.text("url"),
                item.text("owner"),
                item.text("roots"),
                item.texts("policies"),
                item.truth("practice"),
            )
            found.append((authority, authority.roots))
        self.trust.append(TrustStatement(entry.number, body.number("quorum"), tuple(found)))

    def removed(self) -> frozenset[str]:
        """Paths below `evidence/` of every artefact removed under a retention rule."""
        known = ((self.packages[one.capture], one) for one in self.pruned.values() if one.capture in self.packages)
        return frozenset(f"{record.home}/{path}" for record, one in known for path in one.files)

    def open_intents(self) -> list[IntentRecord]:
        """Intents that ended neither as a capture nor as a gap."""
        return [intent for intent in self.intents.values() if not self.outcomes.get(intent.id)]

    def package(self, capture: str) -> Package:
        """A package with the seal that the journal records. `KeyError` for an unknown capture."""
        record = self.packages[capture]
        tokens = self.tokens.get(record.manifest, [])
        quorum = max([record.quorum, *(token.quorum for token in tokens)])
        seal = seal_of(record.manifest_sha256, max(1, quorum), tokens)
        return Package(record.capture, record.deployment, f"evidence/{record.home}", record.manifest_sha256, seal)

    def unsealed(self) -> list[Package]:
        """The outbox: packages that wait for their quorum, oldest first."""
        found = (self.package(capture) for capture in self.packages)
        return [package for package in found if not package.seal.sealed]
