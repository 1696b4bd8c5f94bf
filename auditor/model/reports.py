"""The one value every report is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from auditor.model.captures import View
from auditor.model.evidence import Seal
from auditor.model.findings import Decision, Finding, KeyDate, Observation, Position, Unobserved


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One package in the evidence index of a report."""

    capture: str
    deployment: str
    path: str
    state: str
    captured_at: datetime
    manifest_sha256: str
    seal: Seal
    views: tuple[View, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is told: positions and findings as of a moment, and everything they rest on."""

    as_of: datetime
    workspace: str
    software: str
    notice: str
    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    unobserved: tuple[Unobserved, ...]
    history: tuple[Observation, ...]
    evidence: tuple[EvidenceRow, ...]
    decisions: tuple[Decision, ...] = ()
    key_dates: tuple[KeyDate, ...] = ()
    assumptions: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Display names of deployments, contracts, parties and metrics, by id."""
    addresses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Address of each deployment, by id."""
    timezone: str = "UTC"
    """IANA name of the zone whose whole days a report shows, as the contracts count them; moments are shown in UTC."""
