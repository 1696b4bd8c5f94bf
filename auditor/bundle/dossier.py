"""What a bundle is made from: values that the corridor gathers from the other rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from auditor.formats import evidence_layout as layout
from auditor.model.captures import Capture
from auditor.model.evidence import JournalEntry, Package
from auditor.model.filings import FiledPackage
from auditor.model.reading.readings import Reading
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate

PrintToPdf = Callable[[bytes], bytes]
"""An HTML page in, a PDF out: the capture room's printer."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is handed over: every visit to these deployments announced in the period, and nothing else.

    A choice of findings or contracts is turned into deployments first, so that no visit to one of them is left out.
    """

    deployments: tuple[str, ...]
    contracts: tuple[str, ...]
    findings: tuple[str, ...]
    """Fingerprints that were asked for; empty where all of the deployments'."""
    since: datetime | None
    until: datetime | None
    """Not included itself."""
    as_of: datetime
    """Journal lines after this moment are not part of the bundle."""

    def covers(self, deployment: str, at: datetime) -> bool:
        within = (self.since is None or at >= self.since) and (self.until is None or at < self.until)
        return deployment in self.deployments and within and at <= self.as_of


@dataclass(frozen=True, slots=True)
class BundledPackage:
    """One package to hand over."""

    number: int
    """Exhibit number: its place among all captures of the journal, counted from 1. It never changes."""
    package: Package
    folder: Path
    placed: Mapping[str, str]
    """Requests and responses of the authorities beside the manifest: path within the package to SHA-256."""
    intent_line: int
    capture_line: int
    seal_lines: tuple[int, ...]
    pruned: str = ""
    """Where its artefacts are no more: under which rule, and by which journal line. Manifest and seals are there."""

    @property
    def home(self) -> str:
        """`<deployment>/<utc>-<capture>`."""
        return layout.from_evidence(self.package.path)


@dataclass(frozen=True, slots=True)
class LoadedPackage:
    """A package read back, one at a time."""

    manifest: bytes
    capture: Capture
    reading: Reading | None
    load: Callable[[str], bytes]
    """The bytes of an artefact by its path; `IntegrityError` where they are not what the manifest says."""
    quorum: int
    owners: Mapping[str, str]
    """Authority to owner, as the manifest names them."""


@dataclass(frozen=True, slots=True)
class BundledFiling:
    """One filing to hand over: a look-up of an address, what a person looked up, a part of a notice."""

    package: FiledPackage
    kind: str
    """`lookup`, `attachment`; of a notice `draft`, `sending`, `record`, `reply`."""
    started_at: datetime
    ended_at: datetime
    folder: Path
    placed: Mapping[str, str]
    """Requests and responses of the authorities beside the manifest: path within the package to SHA-256."""
    artefacts: Mapping[str, str]
    """Path within the package to SHA-256."""
    intent_line: int
    commit_line: int
    seal_lines: tuple[int, ...]

    @property
    def home(self) -> str:
        """`<subject>/<utc>-<filing>`, in the folder of its cabinet."""
        return layout.from_evidence(self.package.path).partition("/")[2]


@dataclass(frozen=True, slots=True)
class CheckpointedLog:
    """The journal as far as a checkpoint covers it."""

    origin: str
    size: int
    checkpoint: bytes
    checkpoint_files: Mapping[str, bytes]
    """Its timestamp requests and responses, by file name."""
    leaves: Iterable[bytes]
    entries: Callable[[], Iterator[JournalEntry]]
    """The entries in order, from the disk, one in memory at a time."""
    earlier: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Earlier checkpoints by file name."""
    quorum: int = 1
    owners: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class BundledTrust:
    """Copies for convenience: whoever checks must have them from elsewhere."""

    keys: tuple[str, ...]
    """Log keys in C2SP form, oldest first."""
    roots: Mapping[str, bytes]
    """Authority to the PEM of its pinned certificates."""
    owners: Mapping[str, str]
    practice: frozenset[str] = frozenset()
    revocation: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Kept lists (CRL) and answers (OCSP) of the authorities, by file name."""


@dataclass(frozen=True, slots=True)
class Proceeding:
    """Where the bundle goes, and the legal basis where data taken or stored in China goes abroad."""

    jurisdiction: str = ""
    """ISO 3166-1 code; empty where no proceeding is named."""
    legal_basis: str = ""
    answered_by: str = ""
    taken_in: tuple[str, ...] = ()
    """Where captures were taken or are stored, as far as it is on record."""


RedactionKind = Literal["text", "region", "artefact"]


@dataclass(frozen=True, slots=True)
class Redaction:
    """Something removed in derivatives: a text, a rectangle of a picture, or a whole artefact."""

    subject: str
    """Deployment or capture id; `*` for all."""
    kind: RedactionKind
    what: str
    """The text; `<view>:x,y,w,h` in CSS pixels; or the artefact's path."""
    reason: str
    by: str
    at: datetime
    decision: str

    def concerns(self, capture: Capture) -> bool:
        return self.subject in {"*", capture.id, capture.deployment}


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that goes into one bundle."""

    name: str
    case: str
    software: str
    selection: Selection
    estate: Estate
    report: Report
    """Narrowed to the selection."""
    entries: Sequence[BundledPackage]
    open: Callable[[BundledPackage], LoadedPackage]
    log: CheckpointedLog
    trust: BundledTrust
    extra: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Files of other rooms by path in the bag: worksheet, derivations, the report."""
    documents: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    """Stored contract documents by path in the bag."""
    proceeding: Proceeding = Proceeding()
    redactions: tuple[Redaction, ...] = ()
    print_to_pdf: PrintToPdf | None = None
    """None writes no PDF."""
    filings: tuple[BundledFiling, ...] = ()
    """Every filing about a subject of this bundle, in journal order."""
    subjects: frozenset[str] = frozenset()
    """Names of the folders under which these filings lie: every line about them is shown."""
