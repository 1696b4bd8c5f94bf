"""A draft held against the laws it is sent under, and against what was captured since: every answer is journalled."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.custody import open_filing
from auditor.errors import ConfigError
from auditor.model.events import CheckedProfile, NoticeChecked
from auditor.model.notices import NoticeDraft, NoticePoint, RegimeCheck
from auditor.notices import LetterSurroundings, check_points, check_regime, notice_regimes
from auditor.workflow.notices.ledger import NoticeLedger, read_ledgers
from auditor.workflow.notices.sightings import sighted_service
from auditor.workflow.wiring import Instruments


@dataclass(frozen=True, slots=True)
class NoticeCheckup:
    """What a check found."""

    draft: NoticeDraft
    regimes: tuple[RegimeCheck, ...]
    points: tuple[NoticePoint, ...]

    @property
    def qualified(self) -> bool:
        """Under every law and every reading."""
        return all(answer.qualified for one in self.regimes for answer in one.answers)

    @property
    def failed(self) -> bool:
        return not self.qualified or any(one.verdict == "failed" for one in self.points)

    @property
    def unchecked(self) -> bool:
        return any(one.verdict == "not_checked" for one in self.points)


def check_notice(instruments: Instruments, notice: str) -> NoticeCheckup:
    """Check the newest draft of a notice. `ConfigError` where there is none, or it names no law."""
    ledgers = read_ledgers(instruments.workspace.root, instruments.journal)
    draft = require_draft(ledgers.get(notice, NoticeLedger(notice)))
    if not draft.contents.law:
        raise ConfigError(
            f"{notice}: no law to check it under; give law: under the notice or its host, and draft again"
        )
    found = NoticeCheckup(draft, held_against_laws(draft, ledgers), _points(instruments, draft, ledgers))
    answers = tuple(
        CheckedProfile(regime=one.regime, profile=one.profile, qualified=one.qualified, missing=tuple(one.missing))
        for regime in found.regimes
        for one in regime.answers
    )
    failed = tuple(one.name for one in found.points if one.verdict != "passed")
    instruments.journal.record(
        NoticeChecked(notice=notice, draft=draft.id, sha256=draft.sha256, answers=answers, failed=failed)
    )
    return found


def require_draft(ledger: NoticeLedger) -> NoticeDraft:
    """The newest draft; `ConfigError` where there is none."""
    if ledger.draft is None:
        raise ConfigError(f"{ledger.notice}: no draft on record. Run: auditor notice draft {ledger.notice}")
    return ledger.draft


def held_against_laws(draft: NoticeDraft, ledgers: dict[str, NoticeLedger]) -> tuple[RegimeCheck, ...]:
    """Every law of the draft; letters that went out before, about the same thing to the same host, beside it."""
    earlier = [
        one.states
        for ledger in ledgers.values()
        if ledger.notice != draft.contents.notice
        for one in ledger.drafts
        if (one.contents.deployment, one.contents.host) == (draft.contents.deployment, draft.contents.host)
        and one.at < draft.at
        and any(sent.draft == one.id and sent.outcome == "accepted" for sent in ledger.deliveries)
    ]
    regimes = notice_regimes()
    return tuple(check_regime(regimes[law], draft.states, earlier) for law in draft.contents.law)


def _points(instruments: Instruments, draft: NoticeDraft, ledgers: dict[str, NoticeLedger]) -> tuple[NoticePoint, ...]:
    letter = draft.contents
    package = next(one for one in ledgers[letter.notice].packages.values() if one.filing == draft.id)
    files = open_filing(instruments.workspace.root, package)[1]
    deployment = instruments.estate.deployments.get(letter.deployment)
    return check_points(
        letter,
        LetterSurroundings(
            as_of=instruments.clock(),
            freshness_days=instruments.estate.notices.freshness_days,
            status=deployment.legal_status if deployment is not None else "",
            newest=next(iter(reversed(sighted_service(instruments, letter.deployment))), None),
            restored_by=restored_before(draft, ledgers),
            bytes=len(files[draft.approvable]),
        ),
    )


def restored_before(draft: NoticeDraft, ledgers: dict[str, NoticeLedger]) -> str:
    """The earlier notice about the same thing to the same host that a counter-statement answered; else empty."""
    for ledger in ledgers.values():
        other = ledger.draft
        if other is None or ledger.notice == draft.contents.notice:
            continue
        same = (other.contents.deployment, other.contents.host) == (draft.contents.deployment, draft.contents.host)
        if same and any(one.kind == "counter_statement" and one.at <= draft.at for one in ledger.replies):
            return ledger.notice
    return ""
