"""Filings: packages that are no visits, by the same rules: announced, staged, signed, journalled, renamed, read-only.

Staged first, then announced, then asked: whatever an interruption leaves has a folder in staging by which the next
start finds it, and ends as a package or as a gap. What stands in the journal about filings is read from their own lines
(`FilingState`); the state of the visits does not know them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.ledger.records import seal_of
from auditor.custody.packages.read_through import bring_package
from auditor.custody.packages.stage import PackageStage
from auditor.custody.packages.vault import Vault
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, evidence_paths, filing_manifest, manifest
from auditor.formats import evidence_layout as layout
from auditor.formats.filing_manifest import MAX_FILING, FilingManifest
from auditor.model.captures import Artefact
from auditor.model.events import (
    FileDigest,
    FilingAbandoned,
    FilingCommitted,
    FilingIntended,
    RecoveryNoted,
    line_name,
    parse_entry,
)
from auditor.model.evidence import JournalEntry, Seal
from auditor.model.filings import Cabinet, FiledPackage
from auditor.model.ports import EvidenceBatch

LOGGER = logging.getLogger("auditor.custody")
FILING_PREFIX = "filing-"
MAX_TOLD = 200


@dataclass(frozen=True, slots=True)
class FilingRecord:
    """A filing as its lines tell it."""

    intent: FilingIntended
    line_sha256: str
    """Of the line that announced it."""
    number: int
    """Of that line."""
    ends: tuple[int, ...] = ()
    """Numbers of the lines that ended it."""
    committed: FilingCommitted | None = None
    at: datetime | None = None
    """When it was committed."""

    @property
    def manifest(self) -> str:
        """Path of its manifest below `evidence/`; empty where it was not committed."""
        return f"{self.committed.package}/{manifest.NAME}" if self.committed is not None else ""


@dataclass
class FilingState:
    """What the journal says of filings: by id, in order."""

    records: dict[str, FilingRecord] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    """Ends of filings that were never announced, or that differ from what was."""

    @classmethod
    def of(cls, entries: Iterable[JournalEntry]) -> FilingState:
        """From the journal's entries; those of other kinds are passed over."""
        state = cls()
        for entry in entries:
            state.take(entry)
        return state

    def take(self, entry: JournalEntry) -> None:
        """Learn from one entry; one of another kind tells nothing."""
        if entry.kind != "filing":
            return
        event = parse_entry(entry)
        if isinstance(event, FilingIntended):
            if event.intent in self.records:
                self.strays.append(event.intent)
            else:
                self.records[event.intent] = FilingRecord(event, canonical_json.sha256(entry.line), entry.number)
            return
        assert isinstance(event, FilingCommitted | FilingAbandoned)  # noqa: S101 (the other shapes of the kind)
        known = self.records.get(event.intent)
        if known is None or (known.intent.cabinet, known.intent.subject) != (event.cabinet, event.subject):
            self.strays.append(event.intent)
            return
        committed = event if isinstance(event, FilingCommitted) else known.committed
        at = entry.at if isinstance(event, FilingCommitted) else known.at
        self.records[event.intent] = FilingRecord(
            known.intent, known.line_sha256, known.number, (*known.ends, entry.number), committed, at
        )

    def committed(self) -> list[FilingRecord]:
        """Those that are packages, in order."""
        return [one for one in self.records.values() if one.committed is not None]


def filing_home(cabinet: Cabinet, subject: str, filing: str, started_at: datetime) -> str:
    """`<cabinet>/<subject>/<utc>-<filing>`."""
    return f"{cabinet}/{subject}/{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{filing}"


def filed_packages(journal: Journal) -> list[FiledPackage]:
    """Every committed filing with its seal as the journal records it, in order."""
    return [_filed(journal, one) for one in FilingState.of(journal.entries(kinds=("filing",))).committed()]


def waiting_filings(journal: Journal) -> list[FiledPackage]:
    """The committed filings that wait for their quorum, in order; no other is read."""
    found = []
    for number in journal.ledger.waiting_filings():
        entry = journal.entry(number)
        made = parse_entry(entry)
        if not isinstance(made, FilingCommitted):
            raise IntegrityError(f"{line_name(entry)}: commits no filing, as db/ledger.db says; remove that file")
        found.append(_package(journal, made, entry.at))
    return found


def _filed(journal: Journal, record: FilingRecord) -> FiledPackage:
    made = record.committed
    assert made is not None and record.at is not None  # noqa: S101 (asked of committed ones alone)
    return _package(journal, made, record.at)


def _package(journal: Journal, made: FilingCommitted, at: datetime) -> FiledPackage:
    tokens = journal.ledger.tokens(f"{made.package}/{manifest.NAME}")
    quorum = max([1, made.quorum, *(token.quorum for token in tokens)])
    seal = seal_of(made.manifest_sha256, quorum, tokens)
    return FiledPackage(
        made.intent, made.cabinet, made.subject, layout.in_evidence(made.package), made.manifest_sha256, seal, at
    )


def describe_filing(root: Path, package: FiledPackage) -> FilingManifest:
    """What the manifest of a filing of the workspace `root` says; `IntegrityError` where it is not the recorded one."""
    folder = root / package.path
    if folder.is_symlink():
        raise IntegrityError(f"{folder}: a link where a filing is expected; not followed")
    bring_package(folder)
    data = durable.read(folder / manifest.NAME, MAX_FILING)
    if canonical_json.sha256(data) != package.manifest_sha256:
        raise IntegrityError(f"{folder}: its manifest differs from the journal's; run `auditor verify`")
    return filing_manifest.decode_filing(data, f"{folder.name}/{manifest.NAME}")


def open_filing(root: Path, package: FiledPackage) -> tuple[FilingManifest, Mapping[str, bytes]]:
    """A filing of the workspace `root` with its bytes by path; `IntegrityError` where they are not what is recorded."""
    folder, described = root / package.path, describe_filing(root, package)
    files: dict[str, bytes] = {}
    for artefact in described.filing.artefacts:
        files[artefact.path] = durable.read(folder / artefact.path, artefact.size)
        if canonical_json.sha256(files[artefact.path]) != artefact.sha256:
            raise IntegrityError(f"{folder / artefact.path}: its bytes differ from the manifest; run `auditor verify`")
    return described, files


class StagedFiling:
    """One filing under way; a `Stage`."""

    def __init__(self, vault: Vault, cabinet: Cabinet, subject: str, filing: str, about: str) -> None:
        """Stages a folder, then journals what is about to be done. `VaultError` where nothing can be stored."""
        for text, what in ((subject, "subject"), (filing, "filing")):
            evidence_paths.require(text, what)
            if "/" in text:
                raise VaultError(f"{what} {text!r}: one name, not a path; choose another")
        self._vault, self.cabinet, self.subject, self.id = vault, cabinet, subject, filing
        self._batch = vault.store.stage(f"{FILING_PREFIX}{filing}")
        self._batch.flush()
        self.intent = vault.journal.record(FilingIntended(intent=filing, cabinet=cabinet, subject=subject, about=about))
        self.started_at = self.intent.at
        self._files = PackageStage(self._batch, cabinet, filing, self.started_at, lambda: vault.journal.ring.box)

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        """What was put so far, in order."""
        return self._files.artefacts

    @property
    def intent_sha256(self) -> str:
        """Of the journal line that announced it."""
        return canonical_json.sha256(self.intent.line)

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        return self._files.put(path, data, media_type=media_type, made_by=made_by, sealed=sealed)

    def commit(self, data: bytes) -> FiledPackage:
        """Make the package of a manifest's bytes: flushed, signed, journalled, renamed into place, read-only."""
        described = filing_manifest.decode_filing(data)
        filing = described.filing
        if (filing.id, filing.cabinet, filing.subject) != (self.id, self.cabinet, self.subject):
            raise IntegrityError(
                f"manifest: describes {filing.cabinet}/{filing.subject}/{filing.id}, not what was staged"
            )
        if sorted(filing.artefacts, key=lambda one: one.path) != sorted(self.artefacts, key=lambda one: one.path):
            raise IntegrityError(
                f"manifest of {self.id}: lists other artefacts than were put; describe what was staged"
            )
        self._batch.flush()
        seal = self._vault.sign_staged(self.id, self.id, data)
        self._batch.write(manifest.NAME, data)
        self._batch.flush()
        committed = commit_event(described, data)
        entry = self._vault.journal.record(committed)
        self._batch.publish_package(committed.package)
        seal.discard()
        LOGGER.info("filing committed: filing=%s path=%s", self.id, committed.package)
        digest = committed.manifest_sha256
        return FiledPackage(
            self.id, self.cabinet, self.subject, layout.in_evidence(committed.package), digest,
            Seal(digest, (), described.quorum), entry.at,
        )  # fmt: skip

    def abandon(self, why: str) -> None:
        """Give up: nothing is kept, and a gap says why."""
        self._vault.journal.record(FilingAbandoned(intent=self.id, cabinet=self.cabinet, subject=self.subject, why=why))
        self._batch.discard()


def commit_event(described: FilingManifest, data: bytes) -> FilingCommitted:
    """The event that makes a filing evidence."""
    filing = described.filing
    return FilingCommitted(
        intent=filing.id,
        cabinet=filing.cabinet,
        subject=filing.subject,
        package=filing_home(filing.cabinet, filing.subject, filing.id, filing.started_at),
        manifest_sha256=canonical_json.sha256(data),
        manifest_bytes=len(data),
        artefacts=len(filing.artefacts),
        quorum=described.quorum,
    )


def recover_filing(vault: Vault, state: FilingState, batch: EvidenceBatch) -> list[str]:
    """What an interruption left of one filing is put in place, committed, or dropped with a gap; what was done."""
    name = batch.name.removeprefix(FILING_PREFIX)
    record = state.records.get(name)
    if record is None:
        batch.discard()
        return []
    described, data = _whole(batch)
    whole = described is not None and described.filing.id == name
    if record.committed is not None:
        if vault.store.exists(record.committed.package):
            return _dropped(vault, batch, record, "is in place already; something else was staged under its name")
        if not whole or canonical_json.sha256(data) != record.committed.manifest_sha256:
            raise IntegrityError(f"{batch.name}: journalled, but its staged bytes differ; keep them and ask for help")
        batch.publish_package(record.committed.package)
        return [_note(vault, f"filing {name} was journalled and is put in place")]
    if whole and described is not None and not record.ends and vault.is_signed(name, name, data):
        batch.flush()
        made = commit_event(described, data)
        vault.journal.record(made)
        batch.publish_package(made.package)
        return [_note(vault, f"filing {name} was whole and is committed")]
    return _dropped(vault, batch, record, "was interrupted before it was whole")


def _dropped(vault: Vault, batch: EvidenceBatch, record: FilingRecord, why: str) -> list[str]:
    """The staged files are told by their digests and dropped; what has no end yet becomes a gap."""
    kept = [FileDigest(path=path, sha256=batch.digest(path)[0]) for path in batch.files() if not path.endswith("/")]
    what = f"filing {record.intent.intent} {why}; {len(kept)} staged files are dropped"
    vault.journal.record(RecoveryNoted(what=what, dropped=tuple(kept[:MAX_TOLD]) or None))
    if not record.ends:
        said = record.intent
        vault.journal.record(
            FilingAbandoned(
                intent=said.intent, cabinet=said.cabinet, subject=said.subject,
                why="interrupted before it was kept",
            )
        )  # fmt: skip
    batch.discard()
    return [what]


def _note(vault: Vault, what: str) -> str:
    vault.journal.record(RecoveryNoted(what=what))
    return what


def _whole(batch: EvidenceBatch) -> tuple[FilingManifest | None, bytes]:
    """The manifest of a batch that holds exactly what it lists; None for anything less."""
    try:
        data = batch.read(manifest.NAME, MAX_FILING)
        described = filing_manifest.decode_filing(data)
        listed = {a.path: (a.sha256, a.size) for a in described.filing.artefacts}
        held = {path: batch.digest(path) for path in batch.files() if path != manifest.NAME and not path.endswith("/")}
    except IntegrityError:
        return None, b""
    return (described, data) if held == listed else (None, b"")
