"""The proofs of one visit, and the timestamp that its handshake is made over: over the intent, before any page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from auditor.clock import timestamp
from auditor.custody import PackageStage, entry_sha256, request_first_timestamp
from auditor.formats.web_origins import host_of
from auditor.hosting import StampedMoment, VisitProofPlan, VisitProofs
from auditor.model.evidence import JournalEntry
from auditor.model.targets.deployments import Deployment
from auditor.workflow.audit.visit_means import VisitMeans

MOST_ASKED = 3


def begin_proofs(
    means: VisitMeans, deployment: Deployment, intent: JournalEntry, stage: PackageStage, key_log: Path | None
) -> VisitProofs | None:
    """What `targets.yaml` asks a visit to keep beside its pages; None where it asks for nothing."""
    sources = means.estate.hosting
    if not sources.visits.any or deployment.id not in means.estate.deployments:
        return None  # of a candidate nothing but its front page is asked for
    plan = VisitProofPlan(
        deployment.id,
        deployment.address,
        sources,
        means.workspace.targets.parent,
        proxied=deployment.ways.proxy is not None,
        client_certificate=_shown_a_certificate(host_of(deployment.address), means.estate.deployments.values()),
        key_log=key_log,
    )
    return VisitProofs(plan, stage, means.clock, lambda: _moment(means, intent))


def _shown_a_certificate(host: str, deployments: Iterable[Deployment]) -> bool:
    """Whether any deployment shows a client certificate to a host: a simultaneous visit of it is in the record too."""
    return any(
        one.ways.certificate is not None and host in map(host_of, (one.address, *one.origins)) for one in deployments
    )


def _moment(means: VisitMeans, intent: JournalEntry) -> StampedMoment | None:
    """The first verified timestamp over the digest of the intent that comes; None where no authority gives one."""
    data = bytes.fromhex(entry_sha256(intent))
    answer = request_first_timestamp(data, means.authorities[:MOST_ASKED], at=means.clock)
    if answer is None or answer.verdict.gen_time is None:
        return None
    at = timestamp(answer.verdict.gen_time)
    said = answer.verdict
    return StampedMoment(data, answer.request, answer.response, said.authority, said.practice, at)
