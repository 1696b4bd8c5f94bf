"""The proofs of one visit, and the timestamp that its handshake is made over: over the intent, before any page."""

from __future__ import annotations

from pathlib import Path

from auditor.clock import timestamp
from auditor.custody import StagedPackage, entry_sha256, request_timestamps
from auditor.hosting import StampedMoment, VisitProofPlan, VisitProofs
from auditor.model.evidence import JournalEntry
from auditor.model.targets.deployments import Deployment
from auditor.workflow.wiring import Instruments

MOST_ASKED = 3


def begin_proofs(
    instruments: Instruments, deployment: Deployment, intent: JournalEntry, stage: StagedPackage, key_log: Path | None
) -> VisitProofs | None:
    """What `targets.yaml` asks a visit to keep beside its pages; None where it asks for nothing."""
    sources = instruments.estate.hosting
    if not sources.visits.any or deployment.id not in instruments.estate.deployments:
        return None  # of a candidate nothing but its front page is asked for
    plan = VisitProofPlan(
        deployment.id,
        deployment.address,
        sources,
        instruments.workspace.targets.parent,
        proxied=deployment.ways.proxy is not None,
        client_certificate=deployment.ways.certificate is not None,
        key_log=key_log,
    )
    return VisitProofs(plan, stage, instruments.clock, lambda: _moment(instruments, intent))


def _moment(instruments: Instruments, intent: JournalEntry) -> StampedMoment | None:
    """The first verified timestamp over the digest of the intent; None where no authority gives one."""
    data = bytes.fromhex(entry_sha256(intent))
    for answer in request_timestamps(data, instruments.sealer.authorities[:MOST_ASKED], at=instruments.clock):
        at = answer.verdict.gen_time
        if answer.verdict.status == "verified" and at is not None:
            return StampedMoment(data, answer.request, answer.response, answer.verdict.authority, timestamp(at))
    return None
