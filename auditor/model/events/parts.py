"""What stands inside several events: files, tokens, planned slots. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from auditor.model.events.codecs import Sha256, is_digest
from auditor.model.events.records import JournalEvent, JournalRecord, absent, read_record
from auditor.model.evidence import TokenStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest(JournalRecord):
    """A file by its path and what it held."""

    path: str
    """POSIX path below `evidence/`; of an artefact, below its package."""
    sha256: Sha256
    """Digest of its bytes."""

    @classmethod
    def read(cls, body: object) -> Self:
        """As any record is read; by hand, because a journal names five files for each capture."""
        if type(body) is dict and len(body) == 2:
            path, sha256 = body.get("path"), body.get("sha256")
            if type(path) is str and is_digest(sha256):
                return cls(path=path, sha256=sha256)
        return read_record(cls, body)


SECOND = "@"
"""Between deployment and vantage in the id of a second party's slot; no id has it."""


def second_vantage(slot: str) -> str:
    """The vantage of a second party's slot; empty for any other. Pure."""
    return slot.partition(SECOND)[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlot(JournalRecord):
    """One visit that a run plans."""

    slot: str
    """Its id within the run."""
    deployment: str
    """Id of the deployment to be visited."""
    party_key: str | None = absent("the visit is no second party's")
    """Verifier key of the second party that is to make the visit, by `targets.yaml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCapture(JournalRecord):
    """One of two captures of a slot by two parties."""

    capture: str
    """Id of the capture."""
    manifest_sha256: Sha256
    """Digest of its manifest."""
    party_key: str
    """Verifier key of the party that signed it; empty for the workspace's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer(JournalRecord):
    """What one timestamp authority answered about one digest, and what the answer is worth."""

    authority: str
    """Id of the authority."""
    owner: str
    """Its legal owner; a quorum counts owners."""
    status: TokenStatus
    """`verified`, `refused` (an answer that does not verify), `absent` (no answer)."""
    why: str
    """The check that failed, in one sentence; empty where verified."""
    verified_by: str
    """Libraries that verified it, with their versions; empty unless verified."""
    gen_time: datetime | None
    """The token's own time; null where there is no token."""
    accuracy_ms: int | None
    """The token's stated accuracy in milliseconds; null where it states none, which is not 0."""
    policy: str
    """OID of the policy that the token names."""
    serial: str
    """Serial number of the token, hexadecimal."""
    signer: str
    """Subject and SHA-256 fingerprint of the signer's certificate."""
    signer_since: datetime | None
    """Begin of the signer certificate's validity; null where no chain was built."""
    signer_until: datetime | None
    """Earliest end of validity in the signer's chain; null where no chain was built."""
    practice: bool
    """True for a practice authority, which proves nothing."""
    notes: tuple[str, ...]
    """Remarks on a verified token."""
    asked_at: datetime
    """When the request was sent, by the local clock."""
    request: str
    """Path of the kept request below `evidence/`; empty where no answer came."""
    response: str
    """Path of the kept response below `evidence/`; empty where no answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEvent(JournalEvent):
    """An event that files small things with it: each is flushed to the disk before the line is written."""

    files: tuple[FileDigest, ...] = ()
    """Files put in place with this line, sorted by path; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedEvent(PlacedEvent):
    """An event by which authorities were asked to timestamp one thing."""

    subject: FileDigest
    """The stamped file."""
    quorum: int
    """Different owners whose tokens must verify."""
    tokens: tuple[TokenAnswer, ...]
    """The answers, one for each authority that was asked."""
