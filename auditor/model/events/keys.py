"""Events of keys and of whom a verifier believes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.model.events.codecs import Sha256
from auditor.model.events.parts import PlacedEvent
from auditor.model.events.records import JournalEvent, JournalRecord, absent
from auditor.model.evidence import Authority

RevocationKind = Literal["crl", "ocsp"]
"""`crl`: a revocation list; `ocsp`: an answer about one certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFile(JournalRecord):
    """A revocation list or an OCSP answer that was kept."""

    path: str
    """Path of the file below `evidence/`."""
    kind: RevocationKind
    """`crl`: a revocation list; `ocsp`: an answer about one certificate."""
    address: str
    """URL from which it was fetched."""
    issuer: Sha256
    """Fingerprint of the certificate that issued the one in question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPublished(PlacedEvent):
    """Public keys were copied to `evidence/trust/`."""

    kind, action = "key", "published"
    log: str
    """Public log key, a C2SP verifier key (Ed25519)."""
    box: str
    """Public key to which originals with secrets are encrypted (X25519), base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStated(PlacedEvent):
    """The timestamp authorities in force from here on, with their pinned certificates."""

    kind, action = "key", "trust"
    as_of: datetime
    """When the statement was made."""
    quorum: int
    """Different owners that a seal needs."""
    authorities: tuple[Authority, ...]
    """The authorities; `roots` is the path of the pinned certificates below `evidence/`."""
    statement: str
    """Path of the statement below `evidence/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationKept(PlacedEvent):
    """Revocation lists and OCSP answers of an authority's certificates were fetched and kept."""

    kind, action = "key", "revocation"
    authority: str
    """Id of the authority."""
    lists: tuple[RevocationFile, ...]
    """What was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(JournalEvent):
    """New keys are in force from the next line on."""

    kind, action = "key", "rotated"
    log: str
    """The new public log key, a C2SP verifier key; its name is the log's."""
    box: str
    """The new public key for originals with secrets, base64."""
    endorsed: str | None = absent("the key before was lost: the rotation vouches for itself alone")
    """A note over both new keys, signed by the key before."""
    why: str | None = absent("no reason was given")
    """The reason, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(JournalEvent):
    """An earlier log key counts no more from here on."""

    kind, action = "key", "revoked"
    key: str
    """The revoked key, a C2SP verifier key."""
    why: str
    """The reason, in one sentence."""
