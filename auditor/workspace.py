"""The workspace: where its parts lie. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.formats import evidence_layout as layout


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one auditor: configuration, evidence, index."""

    root: Path

    @property
    def targets(self) -> Path:
        """`targets.yaml`: what was licensed, where to look."""
        return self.root / "targets.yaml"

    @property
    def evidence(self) -> Path:
        """Packages, journal and trust: the truth."""
        return self.root / layout.EVIDENCE

    @property
    def journal(self) -> Path:
        """The append-only, hash-chained events."""
        return self.evidence / layout.JOURNAL

    @property
    def trust(self) -> Path:
        """Pinned certificates of the timestamp authorities, the log key, and their history."""
        return self.evidence / layout.TRUST

    @property
    def keys(self) -> Path:
        """Private keys of this workspace; never part of a bundle."""
        return self.root / layout.KEYS

    @property
    def db(self) -> Path:
        """The index, which `auditor rebuild` recreates from evidence."""
        return self.root / layout.DATABASE

    @property
    def people(self) -> Path:
        """Accounts of the pages and their secrets: neither evidence nor index; backed up with the keys."""
        return self.root / "people" / "people.db"

    @property
    def sessions(self) -> Path:
        """Who is signed in; may be thrown away."""
        return self.db.with_name("sessions.db")

    @property
    def views(self) -> Path:
        """The log of pages that were looked at; its root is journalled."""
        return self.root / "access" / "views.jsonl"
