"""Every question of the pages by one name, bound to the scope of one desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from auditor.clock import local_day
from auditor.errors import IntegrityError, NotShownError
from auditor.model.captures import Artefact
from auditor.model.events import ComparisonMade
from auditor.model.evidence import Verification
from auditor.model.findings import Finding
from auditor.model.reports import EvidenceRow, Report
from auditor.reporting import Lang, as_json, table_csv, table_xlsx
from auditor.workflow.compared.results import stored_comparisons
from auditor.workflow.desk.reads import (
    assistant,
    captures,
    claims,
    contracts,
    custody,
    deployments,
    findings,
    health,
    overview,
    search,
)
from auditor.workflow.desk.reads.contracts import ContractRead, ContractRow
from auditor.workflow.desk.reads.custody import BundleRow
from auditor.workflow.desk.reads.lists import ListAnswer
from auditor.workflow.desk.reads.standing import Standing, StandingCache

if TYPE_CHECKING:
    from auditor.workflow.desk.desk import Desk

ListForm = Literal["csv", "xlsx", "json"]
LIST_MEDIA_TYPES: Mapping[ListForm, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class DeskReads:
    """Answers about the scope of one desk, all of them for one line of the journal."""

    def __init__(self, desk: Desk, standings: StandingCache) -> None:
        self._desk = desk
        self._standings = standings

    @cached_property
    def standing(self) -> Standing:
        """How the scope stands; the line that every page names."""
        return self._standings.of(self._desk.scope)

    @property
    def today(self) -> date:
        return local_day(self._desk.at, self._desk.estate.timezone)

    def overview(self, asked: Mapping[str, str]) -> overview.Overview:
        """Who is over, by how much, since when."""
        return overview.read_overview(self.standing, asked)

    def inbox(self, asked: Mapping[str, str]) -> findings.Inbox:
        """The queue of findings, and the one that is looked at."""
        return findings.read_inbox(self.standing, asked)

    def finding(self, fingerprint: str) -> Finding:
        """`NotShownError` where there is none in the scope."""
        found = self.standing.findings.get(fingerprint)
        if found is None:
            raise NotShownError("there is no such finding here")
        return found

    def same_rule(self, finding: Finding) -> list[str]:
        """Fingerprints of the open findings of the same rule, as many as are decided at once."""
        same = [
            one.fingerprint
            for one in self.standing.report.findings
            if one.rule == finding.rule and findings.queue_of(one) in ("open", "review")
        ]
        return same[: findings.BULK]

    def comparisons(self) -> list[tuple[ComparisonMade, datetime]]:
        """Comparisons of systems of the scope, newest first."""
        known = self._desk.estate.deployments
        made = stored_comparisons(self._desk.workspace)
        return [one for one in reversed(made) if self.standing.whole or one[0].suspect in known]

    def deployment(self, name: str, asked: Mapping[str, str]) -> deployments.DeploymentRead:
        """One deployment; `NotShownError` where there is none in the scope."""
        self._desk.deployment(name)
        found = deployments.read_deployment(self.standing, name, asked)
        if found is None:
            raise NotShownError("there is no such deployment here")
        return found

    def capture(self, name: str) -> EvidenceRow:
        """The row of a capture; `NotShownError` where there is none in the scope."""
        row = self.standing.evidence.get(name)
        if row is None or not self._desk.shows(row.deployment, row.captured_at):
            raise NotShownError("there is no such capture here")
        return row

    def capture_page(self, name: str, asked: Mapping[str, str]) -> captures.CaptureRead:
        """One capture as it is looked at."""
        return captures.read_capture_page(self._desk.workspace, self.standing, self.capture(name), asked)

    def compared(self, one: str, other: str, asked: Mapping[str, str]) -> captures.CapturePair:
        """Two captures side by side."""
        rows = (self.capture(one), self.capture(other))
        return captures.compare_captures(self._desk.workspace, self.standing, rows, asked)

    def verified(self, name: str) -> Verification:
        """One package, checked again now."""
        return captures.verify_capture(self._desk.workspace, self.capture(name))

    def artefact(self, capture: str, path: str) -> tuple[Artefact, bytes]:
        """A stored file that the manifest lists; `NotShownError` for any other path."""
        row = self.capture(capture)
        try:
            return captures.stored_artefact(self._desk.workspace, row, path)
        except IntegrityError as error:
            listed = {name for view in row.views for name in view.artefacts.values()}
            if path in listed:
                raise
            raise NotShownError("there is no such file in this capture") from error

    def package_files(self, capture: str) -> Iterator[tuple[str, bytes]]:
        """Every file of a package that may leave."""
        return captures.package_files(self._desk.workspace, self.capture(capture))

    def contracts(self, asked: Mapping[str, str]) -> ListAnswer[ContractRow]:
        """The ledger of contracts."""
        return contracts.read_contracts(self.standing, asked, self.today)

    def contract(self, name: str, known_on: date | None) -> ContractRead:
        """One contract, as it was known on a day where one is given."""
        found = self._desk.contract(name)
        return contracts.read_contract(self._desk.workspace, self.standing, found, known_on, self.today)

    def claims(self, lang: Lang, scenario: str, settings: Sequence[str]) -> claims.ClaimsRead:
        """The scenarios side by side."""
        return claims.read_claims(self.standing, lang, scenario, settings)

    def claims_workbook(self) -> bytes:
        """The worksheet of all scenarios."""
        return claims.claims_workbook(self.standing)

    def custody(self) -> custody.CustodyRead:
        """How the evidence is kept and proved."""
        return custody.read_custody(self._desk.workspace, self._desk.estate)

    def bundles(self) -> tuple[BundleRow, ...]:
        """Bundles that are about the scope alone."""
        rows, scope = custody.read_bundles(self._desk.workspace, self.standing), self._desk.scope
        return tuple(
            row
            for row in rows
            if (scope.since is None or (row.event.since is not None and row.event.since >= scope.since))
            and (scope.until is None or (row.event.until or row.event.as_of) <= scope.until)
        )

    def bundle(self, name: str) -> BundleRow:
        """One of them; `NotShownError` for any other name."""
        found = next((one for one in self.bundles() if one.name == name), None)
        if found is None:
            raise NotShownError("there is no such bundle here")
        return found

    def bundle_bytes(self, name: str) -> bytes:
        """The zip of a bundle; `NotShownError` where it is not here any more."""
        path = custody.bundle_path(self._desk.workspace, self.bundle(name).name)
        if not path.is_file() or path.is_symlink():
            raise NotShownError("this bundle is not kept here any more")
        return path.read_bytes()

    def health(self) -> health.HealthRead:
        """The signs of life; with names only for whoever sees everything."""
        named = self.standing if self._desk.may("read") else None
        return health.read_health(self._desk.workspace, named, lambda: self._desk.at)

    def search(self, text: str) -> tuple[search.SearchHit, ...]:
        """What matches, in the scope."""
        return search.find_matches(self._desk.workspace, self.standing, text)

    def assistant(
        self, capture: str, view: str, asked: tuple[int, int] | None, number: int, role: str
    ) -> assistant.AssistantRead:
        """The profile assistant on a stored capture."""
        row = self.capture(capture)
        shown = self.capture_page(capture, {"view": view}).shown
        others = [one for one in self.standing.captures.get(row.deployment, []) if one.capture != capture]
        return assistant.read_assistant(
            self._desk.workspace, self._desk.estate, [row, *others], (shown.view.id, shown.width, shown.height),
            asked, number, role,
        )  # fmt: skip

    def table(
        self, name: Literal["positions", "findings"], form: ListForm, lang: Lang, asked: Mapping[str, str]
    ) -> bytes:
        """A list as a file: the rows of the same query, written by the exporters of the report."""
        made = overview.overview_report if name == "positions" else findings.findings_report
        report: Report = made(self.standing, asked)
        if form == "json":
            return as_json(report)
        return (table_csv if form == "csv" else table_xlsx)(report, name, lang)
