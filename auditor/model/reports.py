"""The one value every report is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from auditor.model.captures import View
from auditor.model.claims import ClaimResult
from auditor.model.comparisons import ComparisonRecord
from auditor.model.evidence import Seal
from auditor.model.findings import Decision, Finding, KeyDate, Position, PositionChange, Unobserved
from auditor.model.hosting import HostingRecord
from auditor.model.notes import Note
from auditor.model.notices import NoticeRecord
from auditor.model.reading.observations import Observation


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
    warnings: tuple[Note, ...] = ()

    @property
    def handles(self) -> tuple[str, ...]:
        """What it is looked up by: its id, with `c-` and without, and the digest of its manifest."""
        return self.capture, self.capture.removeprefix("c-"), self.manifest_sha256


@dataclass(frozen=True, slots=True)
class PartyCapture:
    """One of two captures of a slot by two parties."""

    capture: str
    party: str
    """Id of the other party; empty for the workspace's own."""
    key: str
    """Verifier key of who signed it: the party's over its manifest, or the log's."""
    manifest_sha256: str
    captured_at: datetime
    counted: Mapping[str, int]
    """By metric, the number that counts; a metric without a number is not in it."""


@dataclass(frozen=True, slots=True)
class SeenByTwo:
    """A deployment that two parties captured in one run; the journal named both digests before either was stamped."""

    deployment: str
    run: str
    line: int
    """The journal line that names both."""
    captures: tuple[PartyCapture, ...]

    @property
    def compared(self) -> bool:
        """Whether one of the two has a number at all."""
        return any(one.counted for one in self.captures)

    @property
    def differing(self) -> tuple[str, ...]:
        """Metrics of which the two have different numbers, or one alone has a number."""
        metrics = sorted({metric for one in self.captures for metric in one.counted})
        return tuple(metric for metric in metrics if len({one.counted.get(metric) for one in self.captures}) > 1)


SecondSlotEnd = Literal["gap", "no_party", "other_key", "not_signed"]
"""`gap`: without a capture; else with one that names no party, another key than the plan, or a key whose signature does
not verify."""


@dataclass(frozen=True, slots=True)
class SecondVisitMissing:
    """A visit that a second party was to make in a run, and that is not there: its slot ended otherwise."""

    deployment: str
    run: str
    vantage: str
    at: datetime
    """When the slot ended."""
    how: SecondSlotEnd
    line: int
    """The journal line that ended it."""


@dataclass(frozen=True, slots=True)
class ReportedClaim:
    """One scenario as a report tells it."""

    scenario: str
    title: str
    result: ClaimResult | None
    """None where it cannot be computed from what is recorded."""
    refused: str = ""
    """Why it cannot, in one line that says what to do."""
    document: bytes = b""
    """Its figures with their derivations as JSON, the same that `auditor claim --export` writes."""
    chart: bytes = b""
    """Award against multiplier as SVG; empty where there is nothing to draw."""


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
    assumptions: tuple[Note, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Display names of deployments, contracts, parties and metrics, by id."""
    addresses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Address of each deployment, by id."""
    customers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Who owes under a contract: from its id to the id of its counterparty."""
    timezone: str = "UTC"
    """IANA name of the zone whose whole days a report shows, as the contracts count them; moments are shown in UTC."""
    known_on: date | None = None
    """Contract facts and decisions are those known on this day; None for all that is known."""
    figures: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Units of deployments that no contract covers, by both counting rules: `all_displayed`, `all_confirmed`,
    `excess_displayed`, `excess_confirmed` (over the reference's cap). Empty where there are none."""
    since: datetime | None = None
    """The earlier moment that `changes` and the baseline of findings compare with; None where there is none."""
    changes: tuple[PositionChange, ...] = ()
    """What positions say otherwise than then."""
    sums: tuple[Note, ...] = ()
    """How the total value is made, one line for each part."""
    claims: tuple[ReportedClaim, ...] = ()
    hosting: tuple[HostingRecord, ...] = ()
    """Where deployments run, as far as a look-up, an attachment or a decision is on record."""
    notices: tuple[NoticeRecord, ...] = ()
    """Notices to hosts: how far each came, what shows its receipt, what follows from it."""
    seen_by_two: tuple[SeenByTwo, ...] = ()
    """Captures of the report that a second party made too."""
    second_missing: tuple[SecondVisitMissing, ...] = ()
    """Visits that a second party was to make, and that are not there."""
    comparisons: tuple[ComparisonRecord, ...] = ()
    """Comparisons of two systems of this report: S101 to S109, beside controls, without a score."""
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"history": 0, "evidence": 0}))
    """How many counts of `history` and packages of `evidence` a long report leaves out; nothing else is left out."""
