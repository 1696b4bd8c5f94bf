"""Acts at a desk. Each is journalled and flushed before it returns: an answer that was sent is on record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, cast, get_args

from auditor.custody import Journal
from auditor.errors import ChangedSinceError, ConfigError, NotShownError, SecondPersonError
from auditor.model.events import (
    AccessRefused,
    CommentMade,
    DecisionMade,
    DismissalProposed,
    EvidenceHandedOut,
    WorkRequested,
    parse_entry,
)
from auditor.model.findings import Decision, Finding
from auditor.people import BundleLink
from auditor.workflow.confirm import DecisionBasis, RowExclusions, confirm_count, decide_found, require_decidable
from auditor.workflow.desk.office import Office
from auditor.workflow.desk.reads.findings import digest_shown, resting_captures

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
NAMED_IN_A_LINE = 400


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
        seen: str,
        reason: str,
        until: date | None = None,
        evidence: Sequence[str] = (),
        seen_line: int | None = None,
    ) -> Decision:
        """One finding; as `decide_findings`."""
        (made,) = self.decide_findings(
            {fingerprint: seen}, state, reason=reason, until=until, evidence=evidence, seen_line=seen_line
        )
        return made

    def decide_findings(
        self,
        seen: Mapping[str, str],
        state: str,
        *,
        reason: str,
        until: date | None = None,
        evidence: Sequence[str] | None = None,
        seen_line: int | None = None,
        told: Callable[[Decision], object] = lambda _made: None,
    ) -> list[Decision]:
        """As `auditor confirm finding`, each by its own line and with the number that it has in this scope.

        `seen`: by fingerprint, the digest of each finding as it was shown. `evidence`: captures; None: those that each
        finding rests on. `seen_line`: the journal line that the page was of. `told`: is given each once it is recorded.

        `NotShownError` for a finding, or a capture named as evidence, that is not of the scope. `ChangedSinceError`
        where one says something else by now: nothing is recorded then. With four eyes, a high finding is dismissed once
        a second person agrees to the same: until then it is proposed, and `SecondPersonError` is raised at the end.
        """
        self._desk.require("decide")
        said = _text(reason, "a reason")
        for capture in evidence or ():
            self._desk.reads.capture(capture)
        made: list[Decision] = []
        with self._office.journal.turn():  # nobody decides on a page between the look and the line
            found = [self._as_seen(name, digest, alone=len(seen) == 1) for name, digest in seen.items()]
            for one in found:
                require_decidable(one, state, until)
                for capture in resting_captures(one) if evidence is None else ():
                    self._desk.reads.capture(capture)
            proposed = self._to_be_proposed(found, state)
            for one in found:
                if one.fingerprint in proposed:
                    self._propose(one, cast("Dismissal", state), said)
                    continue
                basis = self._basis(said, resting_captures(one) if evidence is None else evidence, seen_line)
                made.append(decide_found(self._office.workspace, one, state, until, basis))
                told(made[-1])
        if proposed:
            raise SecondPersonError("recorded as a proposal: it counts once a second person decides the same")
        return made

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
                self._require_finding(subject)
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

    def share_bundle(self, bundle: str, recipient: str, days: str) -> tuple[BundleLink, str]:
        """A link by which whoever holds it takes a bundle of the scope, until it ends; its secret is shown once."""
        self._desk.require("bundles")
        row = self._desk.reads.bundle(bundle)
        if row.size is None:
            raise NotShownError("this bundle is not kept here any more")
        return self._office.shared.share((row.name, row.event.zip_sha256), recipient, days, self._desk.who.person)

    def end_share(self, name: str) -> None:
        """Take a link to a bundle of the scope back."""
        self._desk.require("bundles")
        if name not in {one.id for one in self._desk.reads.shared()}:
            raise NotShownError("there is no such link here")
        self._office.shared.end(name, self._desk.who.person.id)

    def request_work(self, what: Work, about: Collection[str] = ()) -> int:
        """Before a run, a bundle, a verification or a report begins. `about`: deployments or contracts of the scope;
        many of them take several lines."""
        self._desk.require(WORK_NEEDS[what])
        for name in about:
            if name not in self._desk.estate.contracts:
                self._desk.deployment(name)
        names, person = tuple(about), self._desk.who.person.id
        parts = [names[first : first + NAMED_IN_A_LINE] for first in range(0, len(names), NAMED_IN_A_LINE)] or [()]
        return self._office.journal.record(*(WorkRequested(person=person, what=what, about=part) for part in parts))

    def refused(self, why: RefusalCode, route: str) -> None:
        """Something was asked for and is not given. `TooManyTriesError` where this session was refused too often."""
        who = self._desk.who
        self._office.refusals.take(who.session, self._office.clock())
        self._office.journal.record(AccessRefused(person=who.person.id, why=why, what=route, network=who.network))

    def _as_seen(self, fingerprint: str, digest: str, *, alone: bool) -> Finding:
        """The finding as it stands now, where it is what was looked at."""
        found = self._desk.reads.standing.finding(fingerprint)
        if found is None or found.baseline == "absent":
            if alone:
                raise NotShownError("there is no such finding here")
            raise ChangedSinceError(fingerprint)
        if digest_shown(found) != digest:
            raise ChangedSinceError(fingerprint)
        return found

    def _to_be_proposed(self, found: Sequence[Finding], state: str) -> frozenset[str]:
        """With four eyes, the high ones of them that nobody else has proposed to dismiss as they stand, since they
        were last decided."""
        high = {one.fingerprint: one for one in found if one.severity == "high"}
        if not self._office.rules.four_eyes or state not in get_args(Dismissal) or not high:
            return frozenset()
        told = self._office.journal.read(lambda journal: _proposed(journal, frozenset(high)))
        me = self._desk.who.person.id
        agreed = {
            name
            for name, one in high.items()
            if name in told
            and told[name].person != me
            and (told[name].state, told[name].finding_sha256) == (state, digest_shown(one))
        }
        return frozenset(high.keys() - agreed)

    def _propose(self, one: Finding, state: Dismissal, reason: str) -> None:
        person = self._desk.who.person
        self._office.journal.record(
            DismissalProposed(
                person=person.id, name=person.name, subject=one.fingerprint, state=state, reason=reason,
                finding_sha256=digest_shown(one),
            )
        )  # fmt: skip

    def _basis(self, reason: str, evidence: Sequence[str], seen_line: int | None) -> DecisionBasis:
        person = self._desk.who.person
        return DecisionBasis(person.name, _text(reason, "a reason"), tuple(evidence), person.id, seen_line)

    def _require_finding(self, fingerprint: str) -> None:
        """`NotShownError` where it names no deployment of the scope, and is none that stands there."""
        if not set(fingerprint.split("/")) & self._desk.estate.deployments.keys():
            self._desk.reads.finding(fingerprint)


def _proposed(journal: Journal, fingerprints: Collection[str]) -> Mapping[str, DismissalProposed]:
    """By finding, what was proposed last of it and not decided since."""
    found: dict[str, DismissalProposed] = {}
    for entry in journal.entries(kinds=("access", "decision")):
        event = parse_entry(entry)
        if isinstance(event, DismissalProposed) and event.subject in fingerprints:
            found[event.subject] = event
        elif isinstance(event, DecisionMade):
            found.pop(event.decision.subject, None)
    return found


def _text(typed: str, what: str) -> str:
    found = typed.strip()
    if not found or len(found) > LONGEST_TEXT:
        raise ConfigError(f"{what} of 1 to {LONGEST_TEXT:,} characters is needed")
    return found
