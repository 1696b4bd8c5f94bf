"""Verifying timestamps again, at their own time, from the bytes that were kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from auditor.custody.files import durable
from auditor.custody.journal.ledger.records import TokenRecord
from auditor.custody.timestamps import token_checks, trust_anchors
from auditor.custody.timestamps.messages import MAX_RESPONSE
from auditor.custody.timestamps.token_checks import TimeWindow
from auditor.custody.verification.trust import TrustResolver
from auditor.errors import IntegrityError, TimestampError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import CheckList

QuorumState = Literal["holds", "waits", "broken"]


def check_tokens(
    evidence: Path, records: Sequence[TokenRecord], trust: TrustResolver, digest: Callable[[str], bytes],
    quorum: int, finished_at: datetime | None, checks: CheckList,
) -> QuorumState:  # fmt: skip
    """Judge the tokens of one stamped thing: does the quorum of owners hold, still wait, or is it broken?"""
    if not records:
        return "waits"
    subject, before = layout.in_evidence(records[0].subject), checks.failures()
    owners: dict[str, str] = {}
    signers: dict[str, str] = {}
    for record in records:
        if record.verdict.status != "verified":
            continue
        if record.subject_sha256 != digest("sha256").hex():
            checks.failed(
                "token.subject", layout.in_evidence(record.response), f"journalled for another {record.subject}"
            )
            continue
        signer = _check(evidence, record, trust, digest, finished_at, checks)
        owner = _owner(record, trust)
        if signer is None or not owner:
            continue
        if signers.setdefault(signer, owner) != owner:
            why = f"certificates of one issuer stamped for {signers[signer]} and for {owner}: not two owners"
            checks.failed("seal.owners", layout.in_evidence(record.response), why)
            continue
        owners[owner] = record.verdict.authority
        if record.verdict.practice:
            checks.notice(
                f"{record.verdict.authority} is a PRACTICE authority: its timestamps prove nothing to anybody else."
            )
    quorum = max(1, quorum, max(record.quorum for record in records))
    if len(owners) >= quorum:
        checks.passed(
            "seal.quorum", subject, f"{len(owners)} owners of {quorum} asked for: {', '.join(sorted(owners))}"
        )
        return "holds"
    return "broken" if checks.failures() > before else "waits"


def _owner(record: TokenRecord, trust: TrustResolver) -> str:
    statement = trust.statement(record.verdict.authority, record.number)
    if statement is None:
        return ""
    return next(a.owner for a, _ in statement.authorities if a.id == record.verdict.authority)


def _check(
    evidence: Path,
    record: TokenRecord,
    trust: TrustResolver,
    digest: Callable[[str], bytes],
    finished_at: datetime | None,
    checks: CheckList,
) -> str | None:
    """Who signed it (`trust_anchors.signer_identity`), where the token holds."""
    subject = layout.in_evidence(record.response)
    try:
        pinned = trust.pinned(record.verdict.authority, record.number)
    except (TimestampError, IntegrityError) as error:
        checks.failed("token.trust", subject, str(error))
        return None
    try:
        request = _kept(evidence, record.request, trust)
        response = _kept(evidence, record.response, trust)
    except IntegrityError as error:
        checks.failed("token.digest", subject, str(error))
        return None
    earliest = max(finished_at, record.asked_at) if finished_at else record.asked_at
    found = token_checks.check_token(digest, request, response, pinned, TimeWindow(earliest, record.journalled_at))
    if found.check == token_checks.NOT_MADE:
        checks.unchecked(found.check, subject, found.verdict.why)
        return None
    if found.check:
        checks.failed(found.check, subject, found.verdict.why)
        return None
    try:
        void = trust.withdrawals().void(found.chain, found.verdict.gen_time or record.asked_at)
    except IntegrityError as error:
        void = str(error)
    if void:
        checks.failed("token.revoked", subject, void)
        return None
    same = ("owner", "gen_time", "accuracy_ms", "policy", "serial", "signer", "practice")
    differing = [name for name in same if getattr(found.verdict, name) != getattr(record.verdict, name)]
    if differing:
        checks.failed("token.record", subject, f"the journal tells another {', '.join(differing)} than the token")
        return None
    checks.passed(
        "token.verified", subject, f"{found.verdict.gen_time:%Y-%m-%d %H:%M:%S}Z by {found.verdict.verified_by}"
    )
    checks.count("tokens")
    return trust_anchors.signer_identity(found.chain)


def _kept(evidence: Path, path: str, trust: TrustResolver) -> bytes:
    data = durable.read(evidence / path, MAX_RESPONSE)
    expected = trust.ledger.file(path)
    if expected is None or canonical_json.sha256(data) != expected:
        raise IntegrityError(f"{path}: its bytes differ from the journal's record")
    return data
