"""Events of what people decide, and of evidence that is held or removed under a rule. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.model.events.codecs import Sha256
from auditor.model.events.records import JournalEvent, JournalRecord, absent
from auditor.model.findings import Decision, KeyDate
from auditor.model.targets.estate import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedFile(JournalRecord):
    """An artefact that was removed."""

    path: str
    """Path below its package."""
    sha256: Sha256
    """Digest of its bytes, as in the manifest."""
    size: int
    """Its size in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedCapture(JournalRecord):
    """What was removed of one capture; its manifest and timestamps stay."""

    capture: str
    """Id of the capture."""
    deployment: str
    """Id of its deployment."""
    package: str
    """Folder of the package below `evidence/`."""
    manifest_sha256: Sha256
    """Digest of the manifest."""
    removed: tuple[RemovedFile, ...]
    """Every artefact, in the order of the manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade(JournalEvent):
    """A named person decided something. Never edited, only superseded by a later line."""

    kind = "decision"
    decision: Decision
    """What was decided, by whom, why, on what evidence."""
    account: str | None = absent("unless it was decided on a page")
    """Id of the account that was signed in."""
    seen_line: int | None = absent("unless it was decided on a page")
    """The journal line that the page was of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDateRecorded(JournalEvent):
    """A key date: termination, notice, judgment, undertaking."""

    kind = "event"
    event: KeyDate
    """The date and the document that shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsImported(JournalEvent):
    """A table of another system was taken into `targets.yaml` and its includes."""

    kind, action = "records", "imported"
    records: Literal["contracts", "deployments"]
    """What its rows are."""
    source: str
    """Name of the file."""
    source_sha256: Sha256
    """Digest of the file."""
    mapping_sha256: Sha256 | None
    """Digest of the mapping by which it was read; null where its columns have the names of the fields."""
    added: int
    """Records that are new."""
    changed: int
    """Records of which a field is otherwise."""
    unchanged: int
    """Records that were there as they are."""
    gone: int
    """Records of the files that the table has no more; they stay."""
    refused: int
    """Rows that are no record; what was known of them stays."""
    left_out: int
    """Rows that the mapping leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsTakenUp(JournalEvent):
    """Litigation holds, as a pruning first met them; from here on removing what they cover fails `auditor verify`."""

    kind, action = "prune", "holds"
    holds: tuple[Hold, ...]
    """The holds that are new or differ from what was journalled before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactsRemoved(JournalEvent):
    """Artefacts of old captures are removed under a retention rule, after this line."""

    kind, action = "prune", "removed"
    rule: str
    """The rule, in one sentence."""
    captures: tuple[PrunedCapture, ...]
    """What is removed, at most 200 captures a line."""
