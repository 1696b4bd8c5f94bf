"""Events of timestamps and of the log's checkpoints. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.model.events.codecs import Sha256
from auditor.model.events.parts import FileDigest, PlacedEvent, StampedEvent
from auditor.model.events.records import JournalEvent, absent


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageStamped(StampedEvent):
    """Authorities were asked to timestamp a package's manifest."""

    kind = "seal"
    capture: str
    """Id of the capture."""
    deployment: str | None = absent("test workspaces")
    """Id of its deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalListed(PlacedEvent):
    """A list of older tokens, or of everything kept, to be timestamped anew."""

    kind, action = "seal", "renewal"
    algorithm: str
    """Hash of the digests in the list: `sha256` for tokens, `sha512` for everything."""
    renewal: str
    """Path of the list below `evidence/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalStamped(StampedEvent):
    """Authorities were asked to timestamp a renewal's list."""

    kind, action = "seal", "renewal stamped"
    renewal: str
    """Path of the list below `evidence/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSigned(PlacedEvent):
    """The log's Merkle root was signed."""

    kind, action = "checkpoint", "made"
    size: int
    """Number of journal lines that it covers."""
    root: str
    """Merkle root of these lines (RFC 6962), base64."""
    subject: FileDigest
    """The file of the checkpoint."""
    why: str
    """What it was made for, in a few words."""
    fold: str | None = absent("an earlier version made it")
    """Path below `evidence/` of what stood open at these lines; its digest is among `files`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointStamped(StampedEvent):
    """Authorities were asked to timestamp a checkpoint."""

    kind, action = "checkpoint", "stamped"
    size: int
    """Number of journal lines that the checkpoint covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointCosigned(PlacedEvent):
    """A witness outside signed a checkpoint."""

    kind, action = "checkpoint", "cosigned"
    size: int
    """Number of journal lines that the checkpoint covers."""
    witness: str
    """The witness's verifier key (C2SP cosignature key)."""
    cosigned_at: int
    """The witness's own time, seconds since 1970-01-01 UTC."""
    cosignature: str
    """Path of the cosignature below `evidence/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRefused(JournalEvent):
    """A witness outside was shown a checkpoint and refused to sign it."""

    kind, action = "checkpoint", "refused"
    size: int
    """Number of journal lines that the checkpoint covers."""
    witness: str
    """The witness's verifier key (C2SP cosignature key)."""
    status: int
    """HTTP status of its last answer: 409 it has seen more of this log, 422 this does not continue what it has seen."""
    seen: int | None = absent("it named no size")
    """Lines of this log that it says it has seen."""
    said: str
    """Its answer, at most 120 printable characters."""

    @property
    def contradicts(self) -> bool:
        """Whether the witness holds another log under this name; else it does not know the log, or not its key."""
        return self.status in (409, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleExported(PlacedEvent):
    """A bundle was handed over."""

    kind = "export"
    case: str
    """Name of the matter."""
    as_of: datetime
    """The moment of the bundle: nothing later is in it."""
    since: datetime | None
    """Begin of the period; null from the beginning."""
    until: datetime | None
    """End of the period; null until the moment."""
    deployments: tuple[str, ...]
    """Ids of the deployments it is about, sorted."""
    contracts: tuple[str, ...]
    """Ids of the contracts it is about, sorted."""
    findings: tuple[str, ...]
    """Fingerprints of the findings asked for, sorted."""
    proceeding: str
    """ISO 3166-1 code of the country whose court it is for; empty where none is named."""
    legal_basis: str
    """Legal basis of the transfer; empty where none is needed."""
    answered_by: str
    """Who answers for that basis."""
    taken_or_stored_in: tuple[str, ...]
    """ISO 3166-1 codes of the countries where evidence was taken or is stored."""
    bundle: str
    """Name of the bag."""
    tags_sha256: Sha256
    """Digest of the bag's `tagmanifest-sha256.txt`, which names everything in it."""
    zip_sha256: Sha256
    """Digest of the bag's zip."""
    captures: int
    """Captures in the bag."""
    note: str
    """Path of the bag's signature below `evidence/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportContinued(JournalEvent):
    """What one line cannot name of a bundle that was handed over; the line before it names the bundle alone."""

    kind, action = "export", "continued"
    bundle: str
    """Name of the bag."""
    deployments: tuple[str, ...]
    """Ids of the deployments it is about."""
    contracts: tuple[str, ...]
    """Ids of the contracts it is about."""
    findings: tuple[str, ...]
    """Fingerprints of the findings asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStamped(StampedEvent):
    """Authorities were asked to timestamp a bag's signature."""

    kind, action = "export", "stamped"
    bundle: str
    """Name of the bag."""
    at: datetime
    """When the export was journalled."""
