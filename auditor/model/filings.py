"""What is filed beside the visits: a sealed package about one subject that is no capture, such as a look-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from auditor.model.captures import Artefact
from auditor.model.evidence import Seal

Cabinet = Literal["hosting"]
"""What it is about. `hosting`: where something runs: look-ups of an address, and what a person looked up."""
CABINETS: tuple[Cabinet, ...] = ("hosting",)


@dataclass(frozen=True, slots=True)
class Filing:
    """One filed thing: what was asked or brought, about whom, and the bytes of it."""

    id: str
    cabinet: Cabinet
    subject: str
    """An address as a folder name, or the id of a deployment."""
    kind: str
    """`lookup`, `attachment`."""
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
    """POSIX path relative to the workspace: `evidence/hosting/<subject>/<utc>-<filing>`."""
    manifest_sha256: str
    seal: Seal
    at: datetime
    """When it was journalled."""
