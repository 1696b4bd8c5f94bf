"""Events of comparisons and of candidates: declared, made, stamped; imported, looked at, adopted. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model.events.codecs import Sha256
from auditor.model.events.parts import PlacedEvent, StampedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDeclared(PlacedEvent):
    """What will be compared with what, and how, is fixed before it is done."""

    kind, action = "comparison", "declared"
    comparison: str
    """Name of the comparison."""
    reference: str
    """Id of the reference deployment."""
    suspect: str
    """Id of the deployment that is compared with it."""
    controls: tuple[str, ...]
    """Ids of the control deployments."""
    declaration_sha256: Sha256
    """Digest of the declaration, which is filed with this line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonMade(PlacedEvent):
    """A comparison was made from stored evidence; its result is filed with this line."""

    kind, action = "comparison", "made"
    comparison: str
    """Name of the comparison."""
    result: str
    """Id of the result."""
    suspect: str
    """Id of the deployment that was compared."""
    declaration_sha256: Sha256
    """Digest of the declaration it follows."""
    captures: tuple[str, ...]
    """Ids of the captures it rests on: reference, suspect, controls."""
    result_sha256: Sha256
    """Digest of `result.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonStamped(StampedEvent):
    """Authorities were asked to timestamp a comparison's manifest."""

    kind, action = "comparison", "stamped"
    result: str
    """Id of the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesImported(PlacedEvent):
    """Addresses at which the product may run were taken from a file; the file's digest is the source."""

    kind, action = "comparison", "candidates imported"
    source: str
    """Name of the file."""
    source_sha256: Sha256
    """Digest of the file."""
    addresses: int
    """Addresses taken."""
    refused: int
    """Entries that are no address of a public page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLooked(PlacedEvent):
    """A public front page was visited, and held against a product's fingerprint; both are filed with this line."""

    kind, action = "comparison", "candidate looked"
    address: str
    """Address that was visited."""
    product: str
    """Id of the product."""
    answer: str
    """`same`, `another` or `not_told`."""
    version: str
    """Version that the page shows; empty where it shows none."""
    fingerprint_sha256: Sha256
    """Digest of the product's fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStamped(StampedEvent):
    """Authorities were asked to timestamp what was seen of a candidate."""

    kind, action = "comparison", "candidate stamped"
    address: str
    """Address that was visited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAdopted(PlacedEvent):
    """A named person took a candidate into `targets.yaml` as a deployment."""

    kind, action = "comparison", "candidate adopted"
    address: str
    """Address of the candidate."""
    deployment: str
    """Id it has as a deployment."""
    by: str
    """Who adopted it."""
    found_by: str
    """Where it was found, as the deployment says it."""
