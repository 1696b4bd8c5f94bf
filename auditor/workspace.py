"""The workspace: where its parts lie. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.formats import evidence_layout as layout


def home_of(root: Path) -> Path:
    """The folder that a person calls the workspace, of the one that holds its evidence, or the journal of its acts."""
    if (root / layout.REPLICA_MARK).exists():
        return root.parents[layout.REPLICA.count("/")]
    return root.parent if root.name == layout.ACTING and (root.parent / layout.MOVED).exists() else root


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one auditor: configuration, evidence, index."""

    root: Path
    """What holds `evidence/`."""
    folder: Path | None = None
    """What holds everything else, where that is another: of a workspace that moved, whose evidence is a replica."""

    @property
    def moved(self) -> bool:
        """Whether its evidence is a replica of what a fleet has: what is decided is appended there."""
        return self.folder is not None

    @property
    def home(self) -> Path:
        """The folder that a person calls the workspace: `targets.yaml`, keys, index; what is written lands there."""
        return self.root if self.folder is None else self.folder

    def place_in_evidence(self, path: Path) -> str:
        """A path as it is below `evidence/`, by the folder of the workspace or of its replica; empty where it is
        elsewhere."""
        here = path.resolve()
        for evidence in (self.evidence.resolve(), self.home.resolve() / layout.EVIDENCE):
            if here.is_relative_to(evidence):
                return here.relative_to(evidence).as_posix()
        return ""

    @property
    def targets(self) -> Path:
        """`targets.yaml`: what was licensed, where to look."""
        return self.home / "targets.yaml"

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
        return self.home / layout.KEYS

    @property
    def acting(self) -> Path:
        """What acts stage where the evidence is in a fleet: the store may not have it yet. Never thrown away."""
        return self.home / layout.ACTING

    @property
    def db(self) -> Path:
        """The index, which `auditor rebuild` recreates from evidence."""
        return self.home / layout.DATABASE

    @property
    def people(self) -> Path:
        """Accounts of the pages and their secrets: neither evidence nor index; backed up with the keys."""
        return self.home / "people" / "people.db"

    @property
    def sessions(self) -> Path:
        """Who is signed in; may be thrown away."""
        return self.db.with_name("sessions.db")

    @property
    def bundles(self) -> Path:
        """Where bundles are written, and taken from, where nobody names another folder."""
        return self.home / "bundles"

    @property
    def views(self) -> Path:
        """The log of pages that were looked at; its root is journalled."""
        return self.home / "access" / "views.jsonl"
