"""What answers lists of positions and findings whole, in every order that pages offer: the port of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from auditor.model.findings import Finding
from auditor.model.standing import (
    Combination,
    ContractCounts,
    FindingListQuery,
    ListedFinding,
    ListedPosition,
    PositionListQuery,
    StandingPage,
    WeekChange,
)


class ListReader(Protocol):
    """Questions about everything that stands, as it was judged last; none judges and none opens evidence.

    A row that something has touched since says so (`outstanding`). `EvidenceIndexError` where the index cannot be
    asked, or a row is not what it was when it was judged. Used by one thread at a time.
    """

    def revision(self) -> int:
        """Another number whenever anything of what stands was written."""
        ...

    def listed_positions(self, query: PositionListQuery, moment: datetime) -> StandingPage[ListedPosition]:
        """Positions, a page at a time. `ValueError` for an `after` that is none of this order's."""
        ...

    def listed_findings(self, query: FindingListQuery, moment: datetime) -> StandingPage[ListedFinding]:
        """Findings, a page at a time. `ValueError` for an `after` that is none of this order's."""
        ...

    def listed_finding(self, fingerprint: str) -> Finding | None:
        """One finding; None where there is none."""
        ...

    def gone_finding(self, fingerprint: str, gone_from: str) -> Finding | None:
        """One that stands no more and stood until a day or later, as it stood last; None where there is none."""
        ...

    def gone(self, gone_from: str) -> int:
        """How many findings stand no more that stood until a day or later."""
        ...

    def held_until(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were held at a moment or before, also where their rows are being made anew."""
        ...

    def held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were first held after a moment."""
        ...

    def positions_together(self, query: PositionListQuery) -> Sequence[Combination]:
        """How often which status, product, vantage, metric, seal and certainty occur together in what the query
        leaves."""
        ...

    def findings_together(self, query: FindingListQuery) -> Sequence[Combination]:
        """How often which queue, severity, certainty, rule, side and life occur together in what the query leaves."""
        ...

    def position_contracts(self, query: PositionListQuery, most: int) -> Sequence[tuple[str, int]]:
        """The contracts with the most of these positions, and how many each has."""
        ...

    def finding_deployments(self, query: FindingListQuery, most: int) -> Sequence[tuple[str, int]]:
        """The deployments with the most of these findings, and how many each has."""
        ...

    def contract_counts(self, moment: datetime) -> Mapping[str, ContractCounts]:
        """By contract, how many deployments compared with it were captured, are over by record, and are outstanding."""
        ...

    def missed(self) -> int:
        """Deployments of which something was not observed lately."""
        ...

    def weeks(self) -> Sequence[WeekChange]:
        """How the sums of the trend change from week to week, oldest first."""
        ...

    def fingerprints_of(
        self, rules: Sequence[str], contracts: Sequence[str], deployments: Sequence[str], most: int
    ) -> Sequence[str]:
        """Fingerprints of findings of one of these rules, contracts or deployments."""
        ...

    def fingerprints_from(self, beginning: str, most: int) -> Sequence[str]:
        """Fingerprints of findings that begin so."""
        ...

    def fingerprints(self, text: str, most: int) -> Sequence[str]:
        """Fingerprints of findings that hold a text, whatever the case."""
        ...
