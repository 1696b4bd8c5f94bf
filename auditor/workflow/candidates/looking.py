"""`auditor candidates look`: public front pages visited as evidence, and held against a product's fingerprint."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from auditor.comparison import (
    KnownLibraries,
    SystemFeatures,
    match_front_page,
)
from auditor.custody import SharingTerms, open_package
from auditor.errors import ConfigError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.candidates import FrontPageMatch, ProductCandidate, ProductFingerprint
from auditor.model.comparisons import Screen
from auditor.model.events import CandidateLooked, CandidateStamped
from auditor.model.evidence import Package
from auditor.model.notes import Note, make_note
from auditor.model.targets.deployments import AccessBasis, Deployment, PageSpec
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.audit import run_audit, visit_one
from auditor.workflow.audit.run_summary import VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import VisitPorts
from auditor.workflow.candidates.imported import LOOK_FORMAT, journalled_candidates
from auditor.workflow.candidates.product_fingerprint import read_fingerprint
from auditor.workflow.comparison.compare import stamp_placed
from auditor.workflow.comparison.libraries import known_lists
from auditor.workflow.comparison.systems import captured_system
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments, open_instruments
from auditor.workspace import Workspace

FRONT = "candidate-front"
"""Id of the page that a look asks for: no page of `targets.yaml` has it."""
FRONT_SCREEN = (Screen("front", "front page", FRONT, 1),)


@dataclass(frozen=True, slots=True)
class LookedCandidate:
    """An address with what its front page answered."""

    candidate: ProductCandidate
    match: FrontPageMatch
    sealed: bool


def look_at_candidates(
    workspace: Workspace,
    fingerprint: Path,
    progress: Callable[[], AbstractContextManager[Progress]],
    *,
    only: Sequence[str] = (),
    most: int = 100,
    again: bool = False,
    sandbox: bool | None = None,
) -> tuple[LookedCandidate, ...]:
    """Visit public front pages, at most so many, politely and without a login, and hold each against a fingerprint.

    Each visit is a capture like any other: its intent is journalled, its package sealed, its access basis a
    public page. Raises `ConfigError` where nothing is to be looked at.
    """
    product, data = read_fingerprint(fingerprint)
    with open_instruments(
        workspace, sandbox=sandbox, terms=SharingTerms("candidates look", ("looks",), serves=True)
    ) as instruments:
        known = {one.address: one for one in journalled_candidates(workspace, instruments.journal)}
        wanted = _wanted(known, only, again)[:most]
        if not wanted:
            raise ConfigError("no candidate is left to be looked at. Import some: auditor candidates import FILE")
        index_missing_captures(instruments)  # by `targets.yaml`, before a run that visits something else
        estate = _ad_hoc_estate(instruments.estate, product.product, wanted)
        visiting = replace(instruments, estate=estate)
        visit = partial(_look_at_one, instruments.estate)
        since = instruments.journal.size
        with progress() as advance:
            asyncio.run(run_audit(visiting, advance, visit=visit))
        libraries = known_lists(workspace.home).libraries
        return tuple(_judge(instruments, one, product, data, libraries, since) for one in wanted)


def _wanted(known: Mapping[str, ProductCandidate], only: Sequence[str], again: bool) -> list[ProductCandidate]:
    for address in only:
        if address not in known:
            raise ConfigError(f"{address}: not imported. There are {', '.join(list(known)[:6]) or 'none'}")
    return [one for one in known.values() if (one.address in only) or (not only and (again or not one.answer))]


def candidate_id(address: str) -> str:
    """The name under which a candidate's evidence lies, before it is a deployment."""
    return f"candidate-{hashlib.sha256(address.encode()).hexdigest()[:12]}"


def _ad_hoc_estate(estate: Estate, product: str, wanted: Sequence[ProductCandidate]) -> Estate:
    """What is visited: front pages alone, each with the access basis *public page*, without any login."""
    deployments = {
        candidate_id(one.address): Deployment(
            candidate_id(one.address), product, "public", one.address,
            AccessBasis("public_page", f"public front page; address from {one.source} sha256:{one.source_sha256}"),
            (FRONT,), found_by=one.source, checks_off=_checks_off(estate),
        )
        for one in wanted
    }  # fmt: skip
    pages = {FRONT: PageSpec(FRONT, path="")}
    return replace(estate, deployments=MappingProxyType(deployments), pages=MappingProxyType(pages))


def _checks_off(estate: Estate) -> Mapping[str, str]:
    """Circumstance checks of this machine that every deployment switches off, with the reason."""
    every = [one.checks_off for one in estate.deployments.values()]
    clock = [one["clock"] for one in every if "clock" in one]
    return MappingProxyType({"clock": clock[0]} if clock and len(clock) == len(every) else {})


async def _look_at_one(estate: Estate, slot: VisitSlot, ports: VisitPorts) -> VisitOutcome:
    """A visit like any other; the index records it by `targets.yaml`, as `rebuild` will."""
    return await visit_one(slot, ports, recorded_by=estate)


def _judge(
    instruments: Instruments,
    candidate: ProductCandidate,
    product: ProductFingerprint,
    fingerprint: bytes,
    libraries: KnownLibraries,
    since: int,
) -> LookedCandidate:
    """Hold what was stored against the fingerprint; journal, file and stamp the answer.

    `since`: journal line at which this look began: an older capture does not speak for a visit that stored nothing.
    """
    package = _newest(instruments, candidate_id(candidate.address), since)
    if package is None:
        return LookedCandidate(candidate, FrontPageMatch("not_told", make_note("candidate.not_observed"), ""), False)
    stored = open_package(instruments.workspace.root / package.path, package.manifest_sha256)
    system = captured_system("suspect", stored.capture, package, stored.load, FRONT_SCREEN)
    unseen: Note | None = system.record.missing.get("front")
    match = match_front_page(SystemFeatures(system, libraries), product, unseen)
    digest = canonical_json.sha256(fingerprint)
    plain = TypeAdapter(FrontPageMatch).dump_python(match, mode="json")
    body = {
        "format": LOOK_FORMAT,
        "address": candidate.address,
        "source": candidate.source,
        "source_sha256": candidate.source_sha256,
        "capture": package.capture,
        "package": package.path,
        "manifest_sha256": package.manifest_sha256,
        "fingerprint_sha256": digest,
        "match": plain,
    }
    text = canonical_json.encode(body)
    home = f"{layout.CANDIDATES}/{package.capture}"
    files = {f"{home}/match-{digest[:16]}.json": text}
    held = f"{layout.CANDIDATES}/fingerprints/{digest[:16]}.json"
    ledger = instruments.journal.ledger
    if ledger.file(held) is None:
        files[held] = fingerprint
    path = f"{home}/match-{digest[:16]}.json"
    if ledger.file(path) is None:
        instruments.custody.vault.place(
            files,
            CandidateLooked(
                address=candidate.address,
                product=product.product,
                answer=match.answer,
                version=match.version,
                fingerprint_sha256=digest,
            ),
        )
    seal = stamp_placed(instruments, partial(CandidateStamped, address=candidate.address), path, text)
    seen = replace(candidate, answer=match.answer, version=match.version, capture=package.capture)
    return LookedCandidate(seen, match, seal.sealed and package.seal.sealed)


def _newest(instruments: Instruments, deployment: str, since: int) -> Package | None:
    ledger = instruments.journal.ledger
    found = list(ledger.packages(deployment, since))
    return ledger.package_of(found[-1]) if found else None
