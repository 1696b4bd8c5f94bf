"""Every question of the pages by one name, bound to the scope of one desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from typing import IO, TYPE_CHECKING, Literal

from auditor import __version__
from auditor.clock import local_day, timestamp
from auditor.errors import IntegrityError, NotShownError
from auditor.model.captures import Artefact
from auditor.model.events import ComparisonMade
from auditor.model.evidence import Verification
from auditor.model.findings import Finding, Position
from auditor.model.reports import EvidenceRow
from auditor.people import BundleLink, BundleLinks
from auditor.reporting import Lang, ListHead, write_list_csv, write_list_json, write_list_xlsx
from auditor.workflow.access.outgoing import OutgoingFile, open_outgoing, pack_outgoing, write_outgoing
from auditor.workflow.compared.results import stored_comparisons
from auditor.workflow.desk.reads import (
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
from auditor.workflow.desk.reads.overview import OverRow
from auditor.workflow.desk.reads.standing import ListName, ScopeStanding, journal_marks

if TYPE_CHECKING:
    from auditor.workflow.desk.desk import Desk
    from auditor.workflow.desk.reads.assistant import AssistantRead
    from auditor.workflow.desk.standings.scope_standings import ScopeStandings

ListForm = Literal["csv", "xlsx", "json"]
LIST_MEDIA_TYPES: Mapping[ListForm, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class DeskReads:
    """Answers about the scope of one desk, all of them for one line of the journal."""

    def __init__(self, desk: Desk, standings: ScopeStandings, links: BundleLinks) -> None:
        self._desk = desk
        self._standings = standings
        self._links = links

    @cached_property
    def standing(self) -> ScopeStanding:
        """How the scope stands; the line that every page names."""
        return self._standings.of(self._desk.scope)

    def mark(self) -> object:
        """What changes whenever a line, a file of the targets or the day does."""
        return journal_marks(self._desk.workspace, self._desk.estate, self._desk.now())

    def added_since(self, line: int) -> int:
        """Lines that were added from one on."""
        return custody.lines_after(self._desk.workspace, line)

    @property
    def today(self) -> date:
        return local_day(self._desk.at, self._desk.estate.timezone)

    def overview(self, asked: Mapping[str, str]) -> overview.Overview:
        """Who is over, by how much, since when."""
        return self.standing.overview(asked)

    def positions(self, asked: Mapping[str, str]) -> ListAnswer[OverRow]:
        """The list of the overview alone."""
        return self.standing.positions(asked)

    def queue(self, asked: Mapping[str, str]) -> ListAnswer[Finding]:
        """The list of the inbox alone."""
        return self.standing.queue(self._since_visit(asked))

    def inbox(self, asked: Mapping[str, str]) -> findings.Inbox:
        """The queue of findings, and the one that is looked at."""
        found, last = self.standing.inbox(self._since_visit(asked)), self._desk.who.last_visit
        if last is None:
            return found
        names = [one.fingerprint for one in found.list.rows] + (
            [found.chosen.finding.fingerprint] if found.chosen else []
        )
        return replace(found, fresh=self.standing.held_after(names, last))

    def _since_visit(self, asked: Mapping[str, str]) -> Mapping[str, str]:
        """What is asked for, with the moment that `new` means: that of the last visit; all is new to who never came."""
        if not asked.get("new"):
            return asked
        last = self._desk.who.last_visit
        return {**asked, "new": "" if last is None else timestamp(last)}

    def finding(self, fingerprint: str) -> Finding:
        """`NotShownError` where there is none in the scope."""
        found = self.standing.finding(fingerprint)
        if found is None:
            raise NotShownError("there is no such finding here")
        return found

    def comparisons(self) -> list[tuple[ComparisonMade, datetime]]:
        """Comparisons of systems of the scope, newest first; of a case with a time, those that rest on its captures."""
        known, scope, told = self._desk.estate.deployments, self._desk.scope, self.standing.evidence
        made = [
            one
            for one in reversed(stored_comparisons(self._desk.workspace))
            if self.standing.whole or one[0].suspect in known
        ]
        if scope.since is None and scope.until is None:
            return made
        return [one for one in made if any(name in told for name in one[0].captures)]

    def deployment(self, name: str, asked: Mapping[str, str]) -> deployments.DeploymentRead:
        """One deployment; `NotShownError` where there is none in the scope."""
        self._desk.deployment(name)
        found = deployments.read_deployment(self.standing.opened(name), name, asked)
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

    def package_zip(self, capture: str) -> OutgoingFile:
        """Every file of a package that may leave, in a zip."""
        workspace = self._desk.workspace
        return pack_outgoing(workspace.root, captures.package_files(workspace, self.capture(capture)))

    def contracts(self, asked: Mapping[str, str]) -> ListAnswer[ContractRow]:
        """The ledger of contracts."""
        return contracts.read_contracts(self.standing, asked, self.today)

    def contract(self, name: str, known_on: date | None) -> ContractRead:
        """One contract, as it was known on a day where one is given."""
        found = self._desk.contract(name)
        begins = self._desk.scope.since
        return contracts.read_contract(self._desk.workspace, self.standing, found, known_on, self.today, begins)

    def claims(self, lang: Lang, scenario: str, settings: Sequence[str]) -> claims.ClaimsRead:
        """The scenarios side by side."""
        return claims.read_claims(self.standing.composed(), lang, scenario, settings)

    def claims_workbook(self) -> bytes:
        """The worksheet of all scenarios."""
        return claims.claims_workbook(self.standing.composed())

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

    def shared(self) -> tuple[BundleLink, ...]:
        """The links to bundles of the scope, newest first, for whoever makes bundles."""
        if not self._desk.may("bundles"):
            return ()
        names = {row.name for row in self.bundles()}
        return tuple(one for one in self._links.every() if one.bundle in names)

    def bundle_zip(self, name: str) -> OutgoingFile:
        """The zip of a bundle; `NotShownError` where it is not here any more."""
        return open_outgoing(custody.bundle_path(self._desk.workspace, self.bundle(name).name))

    def health(self) -> health.HealthRead:
        """The signs of life; with names only for whoever sees everything."""
        named = self.standing if self._desk.may("read") else None
        return health.read_health(self._desk.workspace, named, lambda: self._desk.at)

    def search(self, text: str) -> tuple[search.SearchHit, ...]:
        """What matches, in the scope."""
        return search.find_matches(self._desk.workspace, self.standing, text)

    def assistant(
        self, capture: str, view: str, asked: tuple[int, int] | None, number: int, role: str
    ) -> AssistantRead:
        """The profile assistant on a stored capture."""
        from auditor.workflow.desk.reads.assistant import read_assistant  # a browser's driver stands behind it

        row = self.capture(capture)
        shown = self.capture_page(capture, {"view": view}).shown
        seen = self.standing.opened(row.deployment).captures.get(row.deployment, [])
        others = [one for one in seen if one.capture != capture]
        return read_assistant(
            self._desk.workspace, self._desk.estate, [row, *others], (shown.view.id, shown.width, shown.height),
            asked, number, role,
        )  # fmt: skip

    def unsealed(self) -> Sequence[EvidenceRow]:
        """Packages that wait for their seal."""
        return self.standing.unsealed()

    def opened(self, name: str) -> tuple[Sequence[Position], Sequence[EvidenceRow], bool]:
        """The positions of a deployment, judged now, its packages, newest first, and whether the journal has one that
        is not recorded yet; `NotShownError` where there is none in the scope."""
        self._desk.deployment(name)
        found = self.standing.opened(name)
        return found.positions.get(name, ()), found.captures.get(name, ()), name in found.outstanding

    def table(self, name: ListName, form: ListForm, lang: Lang, asked: Mapping[str, str]) -> OutgoingFile:
        """A list as a file: the rows of the same query, written part by part."""
        folder, standing = self._desk.workspace.root, self.standing

        def write(to: IO[bytes]) -> None:
            found = standing.listed(name, self._since_visit(asked))
            parts = chain([next(found)], found)  # what the head says is of the moment of the rows
            head = ListHead(
                standing.report.as_of, standing.line, standing.behind, standing.outstanding, f"auditor {__version__}"
            )
            if form == "csv":
                write_list_csv(to, name, parts, lang)
            elif form == "xlsx":
                write_list_xlsx(to, name, parts, lang, folder)
            else:
                write_list_json(to, name, head, parts, folder)

        return write_outgoing(folder, write)
