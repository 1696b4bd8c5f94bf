"""What the lines of the journal say of one package, token, checkpoint, refusal or pruning: values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.clock import parse_timestamp
from auditor.errors import IntegrityError
from auditor.formats import evidence_paths
from auditor.model.events import FileDigest, TokenAnswer
from auditor.model.evidence import JournalEntry, Seal, TokenVerdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    version: str
    """Of its object in a store; empty where its line names none."""
    number: int
    at: datetime
    ordinal: int
    """Which capture of the journal it is, counted from 1."""

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> PackageRecord:
        """Of `tables.PACKAGE_COLUMNS`."""
        return cls(*(*row[:-2], parse_timestamp(row[-2]), row[-1]))

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

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> CheckpointRecord:
        """Of `tables.CHECKPOINT_COLUMNS`."""
        return cls(*(*row[:-2], parse_timestamp(row[-2]), row[-1]))


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


def removable_path(path: str) -> str:
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


def microseconds(moment: datetime) -> int:
    """A moment as the tables hold it: since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
