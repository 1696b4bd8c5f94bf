"""What is filed beside the visits: a sealed package about one subject that is no capture, such as a look-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from auditor.model.captures import Artefact
from auditor.model.evidence import Seal

Cabinet = Literal["hosting", "notices"]
"""What it is about. `hosting`: where something runs: look-ups of an address, and what a person looked up; `notices`:
letters to a host: drafts, what was sent, what came back."""
CABINETS: tuple[Cabinet, ...] = ("hosting", "notices")


@dataclass(frozen=True, slots=True)
class Filing:
    """One filed thing: what was asked or brought, about whom, and the bytes of it."""

    id: str
    cabinet: Cabinet
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    kind: str
    """`lookup`, `attachment`; of a notice `draft`, `sending`, `record`, `reply`."""
    started_at: datetime
    ended_at: datetime
    artefacts: tuple[Artefact, ...]
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Short facts: `address`, `deployments`, `by`."""


@dataclass(frozen=True, slots=True)
class FiledPackage:
    """A committed, read-only folder of one filing."""

    filing: str
    cabinet: Cabinet
    subject: str
    path: str
    """POSIX path relative to the workspace: `evidence/<cabinet>/<subject>/<utc>-<filing>`."""
    manifest_sha256: str
    seal: Seal
    at: datetime
    """When it was journalled."""
