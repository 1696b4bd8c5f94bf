"""Approved by the digest of exactly the bytes that go out, or withdrawn: by a named person, with a reason."""

from __future__ import annotations

from auditor.custody import open_filing
from auditor.errors import ConfigError, IntegrityError
from auditor.model.findings import Decision
from auditor.workflow.decisions import journal_decision
from auditor.workflow.notices.checking import require_draft
from auditor.workflow.notices.ledger import NoticeLedger, read_ledger
from auditor.workflow.wiring import Instruments


def approve_notice(instruments: Instruments, notice: str, *, by: str, why: str) -> tuple[Decision, bool]:
    """Record a person's approval of the newest draft; and whether enough people have approved it now.

    Raises `ConfigError` without name or reason, without a draft, for one that was withdrawn, and where the same person
    approves again although two are asked for.
    """
    ledger = _named(instruments, notice, by, why)
    draft = require_draft(ledger)
    if ledger.withdrawn is not None:
        raise ConfigError(f"{notice}: withdrawn by {ledger.withdrawn.by}; draft it anew to go on")
    try:
        open_filing(instruments.workspace.root, ledger.packages[draft.id])
    except IntegrityError as error:
        raise ConfigError(f"{notice}: not approved, its bytes are not those that were drafted: {error}") from None
    before = ledger.approvals(draft.sha256)
    if any(one.by.strip().casefold() == by.strip().casefold() for one in before):
        raise ConfigError(f"{notice}: {by} approved these bytes already")
    made = Decision("", "notice_approved", instruments.clock(), by, why, notice, (draft.id,), text=draft.sha256)
    decision = journal_decision(instruments.journal, made)
    return decision, len(before) + 1 >= needed_approvals(instruments)


def needed_approvals(instruments: Instruments) -> int:
    """How many different people must approve."""
    return 2 if instruments.estate.notices.four_eyes else 1


def withdraw_notice(instruments: Instruments, notice: str, *, by: str, why: str) -> Decision:
    """Record that a notice is withdrawn: no draft of it that exists now is sent. What was sent stays on record."""
    ledger = _named(instruments, notice, by, why)
    draft = require_draft(ledger)
    made = Decision("", "notice_withdrawn", instruments.clock(), by, why, notice, (draft.id,), text=draft.sha256)
    return journal_decision(instruments.journal, made)


def _named(instruments: Instruments, notice: str, by: str, why: str) -> NoticeLedger:
    if not by.strip() or not why.strip():
        raise ConfigError("who decides and why are needed: --by NAME --why TEXT")
    return read_ledger(instruments.workspace.root, instruments.journal, notice)
