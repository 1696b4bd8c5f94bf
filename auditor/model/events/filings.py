"""Events of what is filed beside the visits: announced, committed or given up, and stamped. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model.events.codecs import Sha256
from auditor.model.events.parts import StampedEvent
from auditor.model.events.records import JournalEvent
from auditor.model.filings import Cabinet


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingIntended(JournalEvent):
    """Something is about to be asked or filed about a subject; journalled before the first question."""

    kind, action = "filing", "intended"
    intent: str
    """Id of the filing."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    about: str
    """What is about to be done, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingCommitted(JournalEvent):
    """A filing is evidence: its folder is flushed and gets its name after this line."""

    kind, action = "filing", "committed"
    intent: str
    """Id of the filing, as it was announced."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    package: str
    """Folder of the package below `evidence/`."""
    manifest_sha256: Sha256
    """Digest of the package's `manifest.json`."""
    manifest_bytes: int
    """Size of the manifest in bytes."""
    artefacts: int
    """Number of artefacts that the manifest lists."""
    quorum: int
    """Different owners whose tokens must verify before the package counts as sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingAbandoned(JournalEvent):
    """What was announced ended without a package, and why."""

    kind, action = "filing", "gap"
    intent: str
    """Id of the filing."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    why: str
    """The reason, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingStamped(StampedEvent):
    """Authorities were asked to timestamp a filing's manifest."""

    kind, action = "seal", "filing"
    filing: str
    """Id of the filing."""
