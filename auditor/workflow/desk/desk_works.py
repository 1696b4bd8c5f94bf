"""What the person of one desk has done by a child process, journalled before it begins, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.custody import Journal
from auditor.errors import ConfigError, NotAllowedError, NotShownError
from auditor.formats.foreign_text import visible_lines
from auditor.model.events import CaptureCommitted, GapRecorded, RunPlanned, parse_entry
from auditor.model.people import EVERYBODY
from auditor.wording import Lang
from auditor.workflow.desk.office import Office
from auditor.workflow.desk.proposals import ProposedPage
from auditor.workflow.desk.saved_views import SavedView
from auditor.workflow.desk.works import OneWork
from auditor.workflow.replica.place import moved_place

if TYPE_CHECKING:
    from auditor.workflow.desk.desk import Desk
    from auditor.workflow.desk.reads.assistant import TriedRule

_VISITS = ("plan", "capture", "gap")
LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class WorkState:
    """How far a work is, as the journal tells it."""

    work: OneWork
    planned: int
    done: int
    line: int
    """Number of the last journal line about this work."""
    last: str
    """Kind of that line; empty where there is none yet."""


class DeskWorks:
    """Runs, bundles and verifications of the scope of one desk."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self._desk = desk
        self._office = office

    def start_run(self, deployments: Sequence[str]) -> OneWork:
        """Visit these deployments, or all of the scope where none is named."""
        estate = self._desk.estate
        chosen = [self._desk.deployment(name).id for name in deployments]
        if not chosen and not self._desk.scope.everybody:
            chosen = [one.id for one in estate.deployments.values() if one.pages]
            if not chosen:
                raise ConfigError("a run: no deployment here has a page to visit")
        only = [word for name in chosen for word in ("--only", name)]
        visits_here = moved_place(self._desk.workspace.home) is None  # else a fleet's workers do
        sandbox = ["--no-sandbox"] if visits_here and not estate.browser.sandbox else []
        self._desk.acts.request_work("run", chosen)
        return self._begin("run", ["run", *only, *sandbox], chosen)

    def make_bundle(self, asked: Mapping[str, str], contracts: Sequence[str], deployments: Sequence[str]) -> OneWork:
        """A bundle of contracts or deployments of the scope; `asked`: case, proceeding, legal basis, since, until."""
        chosen = [self._desk.contract(name).id for name in contracts]
        named = [self._desk.deployment(name).id for name in deployments]
        if not chosen and not named:
            raise ConfigError("a bundle: choose a contract or deployments")
        words = [word for name in chosen for word in ("--contract", name)]
        words += [word for name in named for word in ("--deployment", name)]
        for key, option in (
            ("case", "--case"), ("proceeding", "--proceeding"), ("legal_basis", "--legal-basis"),
            ("since", "--since"), ("until", "--until"),
        ):  # fmt: skip
            text = asked.get(key, "").strip()
            if text:
                words += [option, _word(text)]
        if asked.get("legal_basis", "").strip():
            words += ["--answered-by", self._desk.who.person.name]
        if not asked.get("pdf"):
            words.append("--no-pdf")
        elif not self._desk.estate.browser.sandbox:
            words.append("--no-sandbox")
        self._desk.acts.request_work("bundle", [*chosen, *named])
        return self._begin("bundle", ["bundle", *words], [*chosen, *named])

    def verify_everything(self) -> OneWork:
        """The whole workspace checked again; for whoever sees all of it."""
        if not self._desk.scope.everybody:
            raise NotAllowedError("verifying everything needs a scope that is everything")
        self._desk.acts.request_work("verify")
        return self._begin("verify", ["verify"], [])

    def draft_notice(self, notice: str) -> OneWork:
        """A letter to a host, drafted from sealed captures. It is never sent from here."""
        about = self._notice_requested(notice)
        return self._begin("notice_draft", ["notice", "draft", notice, "--no-pdf"], about)

    def check_notice(self, notice: str, lang: Lang) -> OneWork:
        """The newest draft held against its laws again, told in that language."""
        about = self._notice_requested(notice)
        return self._begin("notice_check", ["notice", "check", notice, "--lang", lang], about)

    def _notice_requested(self, notice: str) -> list[str]:
        """What a notice is about; that work on it was asked for is journalled."""
        spec = self._desk.estate.notices.items.get(notice)
        if spec is None:
            raise NotShownError("there is no such notice here")
        about = [self._desk.deployment(spec.deployment).id]
        self._desk.acts.request_work("notice_draft", about)
        return about

    def end(self, name: str) -> None:
        """Ask one's own work to end."""
        self.named(name)
        self._office.works.end(name)

    def named(self, name: str) -> OneWork:
        """A work that this person began; `NotShownError` for any other."""
        found = self._office.works.named(name)
        if found is None or not self._is_own(found):
            raise NotShownError("there is no such work here")
        return found

    def own(self) -> tuple[OneWork, ...]:
        """What this person began, newest first."""
        return tuple(one for one in self._office.works.every() if self._is_own(one))

    def _is_own(self, work: OneWork) -> bool:
        """Whether this person began it, and it is about what the scope holds now; without a name it is about all."""
        if work.person != self._desk.who.person.id:
            return False
        known = self._desk.estate.deployments.keys() | self._desk.estate.contracts.keys()
        return self._desk.scope.everybody or (bool(work.about) and known >= set(work.about))

    def state(self, name: str) -> WorkState:
        """How far a work is: visits of what it is about, while it was under way, as the journal tells them."""
        work = self.named(name)
        about = frozenset(work.about)
        planned, done, line, last = 0, 0, work.from_line, ""
        journal = Journal.open(self._desk.workspace.root)
        try:
            for entry in journal.entries(start=work.from_line, kinds=_VISITS):
                if work.ended_at is not None and entry.at > work.ended_at:
                    break
                before = planned, done
                match parse_entry(entry):
                    case RunPlanned(slots=slots):
                        planned += sum(not about or one.deployment in about for one in slots)
                    case CaptureCommitted(deployment=deployment):
                        done += not about or deployment in about
                    case GapRecorded(deployment=deployment, slots=slots):
                        named = [one.deployment for one in slots] if slots else [deployment]
                        done += sum(not about or one in about for one in named)
                if (planned, done) != before:
                    line, last = entry.number + 1, entry.kind
        finally:
            journal.close()
        return WorkState(work, planned, done, line, last)

    def proposals(self) -> tuple[ProposedPage, ...]:
        """Descriptions of pages that wait for a manager, of the scope."""
        return tuple(one for one in self._office.proposals.waiting() if one.deployment in self._desk.estate.deployments)

    def propose_page(self, deployment: str, page: str, rule: TriedRule, capture: str) -> ProposedPage:
        """Propose where a page states a number; a manager accepts it."""
        self._desk.require("decide")
        self._desk.deployment(deployment)
        self._desk.reads.capture(capture)
        return self._office.proposals.propose(
            deployment,
            page,
            (rule.field, dict(rule.value), rule.entry),
            by=self._desk.who.person.name,
            capture=capture,
            at=self._desk.at,
        )

    def accept_page(self, name: str) -> ProposedPage:
        """Write a proposed entry into `targets.yaml`."""
        found = self._proposal(name)
        whole = self._office.estates.of(EVERYBODY).deployments.values()
        if any(found.page in one.pages and one.id not in self._desk.estate.deployments for one in whole):
            raise NotAllowedError("the page is described for others too; a manager who sees everybody accepts it")
        self._desk.acts.request_work("profile", [found.deployment])
        return self._office.proposals.accept(name)

    def decline_page(self, name: str) -> None:
        """Keep a proposal no longer."""
        found = self._proposal(name)
        self._desk.acts.request_work("profile", [found.deployment])
        self._office.proposals.decline(name)

    def _proposal(self, name: str) -> ProposedPage:
        found = next((one for one in self.proposals() if one.id == name), None)
        if found is None:
            raise NotShownError("there is no such proposal here")
        return found

    def saved_views(self) -> tuple[SavedView, ...]:
        """Lists that the person keeps by name."""
        return self._office.saved.of(self._desk.who.person.id)

    def keep_view(self, name: str, address: str) -> None:
        """Keep a list by name."""
        self._office.saved.keep(self._desk.who.person.id, name, address)

    def forget_view(self, name: str) -> None:
        """Keep it no longer."""
        self._office.saved.forget(self._desk.who.person.id, name)

    def said(self, work: OneWork) -> str:
        """What the command said, for whoever sees everything: a command speaks of the whole workspace."""
        return visible_lines(work.said) if self._desk.scope.everybody else ""

    def _begin(self, kind: str, words: Sequence[str], about: Sequence[str]) -> OneWork:
        journal = Journal.open(self._desk.workspace.root)
        line = journal.size
        journal.close()
        return self._office.works.begin(
            kind,  # type: ignore[arg-type]
            words, person=self._desk.who.person.id, about=about, from_line=line,
        )  # fmt: skip


def _word(text: str) -> str:
    """A typed value as the value of an option: never another option."""
    if text.startswith("-") or len(text) > LONGEST_WORD or not text.isprintable():
        raise ConfigError(f"{text[:40]!r}: expected up to {LONGEST_WORD} printable characters that begin with no dash")
    return text
