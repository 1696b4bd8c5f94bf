"""Acts at a desk. Each is journalled and flushed before it returns: an answer that was sent is on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, cast

from auditor.custody import Journal
from auditor.errors import ConfigError, NotShownError, SecondPersonError
from auditor.model.events import (
    AccessRefused,
    CommentMade,
    DecisionMade,
    DismissalProposed,
    EvidenceHandedOut,
    WorkRequested,
    parse_entry,
)
from auditor.model.findings import Decision
from auditor.workflow.confirm import DecisionBasis, RowExclusions, confirm_count, confirm_finding
from auditor.workflow.desk.office import Office
from auditor.workflow.report.render import WorkspaceReportRequest

if TYPE_CHECKING:
    from auditor.workflow.desk.desk import Desk

HandedOut = Literal["artefact", "package", "bundle", "list", "report", "worksheet"]
Work = Literal["run", "bundle", "verify", "report", "notice_draft", "profile", "claim"]
Dismissal = Literal["dismissed", "suppress"]
RefusalCode = Literal["permission", "scope", "step_up", "four_eyes"]
WORK_NEEDS: Mapping[Work, Literal["runs", "bundles", "verify", "export", "edit", "claims"]] = {
    "run": "runs",
    "bundle": "bundles",
    "verify": "verify",
    "report": "export",
    "notice_draft": "edit",
    "profile": "edit",
    "claim": "claims",
}
LONGEST_TEXT = 4_000


class DeskActs:
    """What the person of one desk does. `VaultError` where another process holds the workspace: nothing is done."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self._desk = desk
        self._office = office

    def decide_finding(
        self,
        fingerprint: str,
        state: str,
        *,
        reason: str,
        until: date | None = None,
        evidence: Sequence[str] = (),
        seen_line: int | None = None,
    ) -> Decision:
        """As `auditor confirm finding`. `seen_line`: the journal line that the page was of. `NotShownError` for a
        finding that is not of the scope; with four eyes, a high finding is dismissed once a second person agrees."""
        self._desk.require("decide")
        # A rule that speaks of several deployments speaks again only where all of them are looked at.
        named = self._of_fingerprint(fingerprint) | set(self._desk.reads.finding(fingerprint).others)
        if self._office.rules.four_eyes and state in ("dismissed", "suppress"):
            self._require_second_person(fingerprint, cast("Dismissal", state), _text(reason, "a reason"))
        with self._office.journal.turn():
            return confirm_finding(
                self._office.workspace,
                fingerprint,
                state,
                until,
                self._basis(reason, evidence, seen_line),
                WorkspaceReportRequest(history_limit=0, deployments=tuple(sorted(named))),
            )

    def confirm_count(
        self,
        deployment: str,
        value: int,
        *,
        reason: str,
        metric: str = "",
        by_code: Mapping[str, str] | None = None,
        by_kind: Mapping[str, str] | None = None,
        evidence: Sequence[str] = (),
        seen_line: int | None = None,
    ) -> Decision:
        """As `auditor confirm count`: rows left out by code or kind, each with its reason."""
        self._desk.require("decide")
        self._desk.deployment(deployment)
        for capture in evidence:
            self._desk.reads.capture(capture)
        exclusions = RowExclusions(dict(by_code or {}), dict(by_kind or {}))
        with self._office.journal.turn():
            return confirm_count(
                self._office.workspace,
                deployment,
                value,
                self._basis(reason, evidence, seen_line),
                metric=metric,
                exclusions=exclusions,
            )

    def comment(self, subject: str, text: str) -> int:
        """A remark on a deployment, a capture or a finding of the scope. The number of its journal line."""
        self._desk.require("comment")
        if subject not in self._desk.estate.deployments:
            if "/" in subject:
                self._of_fingerprint(subject)
            else:
                self._desk.reads.capture(subject)
        person = self._desk.who.person
        return self._office.journal.record(
            CommentMade(person=person.id, name=person.name, subject=subject, text=_text(text, "a remark"))
        )

    def hand_out(self, what: HandedOut, name: str, form: str, sha256: str | None = None) -> int:
        """Before bytes leave as a file: `name` is capture id and path, bundle, or the question that a list answers."""
        self._desk.require("export" if what in ("list", "report", "worksheet") else "download")
        return self._office.journal.record(
            EvidenceHandedOut(
                person=self._desk.who.person.id, what=what, name=name[:LONGEST_TEXT], form=form, sha256=sha256
            )
        )

    def request_work(self, what: Work, about: Collection[str] = ()) -> int:
        """Before a run, a bundle, a verification or a report begins. `about`: deployments or contracts of the scope."""
        self._desk.require(WORK_NEEDS[what])
        for name in about:
            if name not in self._desk.estate.contracts:
                self._desk.deployment(name)
        return self._office.journal.record(
            WorkRequested(person=self._desk.who.person.id, what=what, about=tuple(about)[:400])
        )

    def refused(self, why: RefusalCode, route: str) -> None:
        """Something was asked for and is not given. `TooManyTriesError` where this session was refused too often."""
        who = self._desk.who
        self._office.refusals.take(who.session, self._office.clock())
        self._office.journal.record(AccessRefused(person=who.person.id, why=why, what=route, network=who.network))

    def _require_second_person(self, fingerprint: str, state: Dismissal, reason: str) -> None:
        """`SecondPersonError` where nobody else proposed it since the finding was last decided: it is proposed now."""
        if self._desk.reads.finding(fingerprint).severity != "high":
            return
        person, proposed = self._desk.who.person, ""
        for event in self._office.journal.read(lambda journal: _about(journal, fingerprint)):
            if isinstance(event, DecisionMade):
                proposed = ""
            elif event.state == state:
                proposed = event.person
        if proposed in ("", person.id):
            self._office.journal.record(
                DismissalProposed(person=person.id, name=person.name, subject=fingerprint, state=state, reason=reason)
            )
            raise SecondPersonError("recorded as a proposal: it counts once a second person decides the same")

    def _basis(self, reason: str, evidence: Sequence[str], seen_line: int | None) -> DecisionBasis:
        person = self._desk.who.person
        return DecisionBasis(person.name, _text(reason, "a reason"), tuple(evidence), person.id, seen_line)

    def _of_fingerprint(self, fingerprint: str) -> set[str]:
        """The deployments of the scope that a fingerprint names; `NotShownError` where it names none."""
        estate = self._desk.estate
        named = set(fingerprint.split("/"))
        found = named & set(estate.deployments)
        contracts = named & set(estate.contracts)
        for contract in contracts if not found else ():
            found |= {one.deployment for one in estate.contracts[contract].authorised} & set(estate.deployments)
        if not found:
            raise NotShownError("there is no such finding here")
        return found


def _about(journal: Journal, fingerprint: str) -> list[DecisionMade | DismissalProposed]:
    """What was proposed and decided of a finding, in order."""
    events = (parse_entry(entry) for entry in journal.entries(kinds=("access", "decision")))
    return [
        event
        for event in events
        if (isinstance(event, DismissalProposed) and event.subject == fingerprint)
        or (isinstance(event, DecisionMade) and event.decision.subject == fingerprint)
    ]


def _text(typed: str, what: str) -> str:
    found = typed.strip()
    if not found or len(found) > LONGEST_TEXT:
        raise ConfigError(f"{what} of 1 to {LONGEST_TEXT:,} characters is needed")
    return found
