"""What the steps of one visit do, and what a visit works with. Their order is in `audit.visit_one`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from types import MappingProxyType

from auditor import __version__
from auditor.capture import Browser, Machine, capture_deployment, examine_target
from auditor.custody import BrokenJournalError, PackageStage, StagedPackage, encode_manifest, entry_sha256
from auditor.errors import CaptureError, CredentialError, VaultError
from auditor.model.captures import Capture, KeptSignIn
from auditor.model.events import VisitIntended
from auditor.model.evidence import JournalEntry, Package
from auditor.model.ports import IndexedCapture
from auditor.model.targets.deployments import Deployment
from auditor.reading import SnapshotProbe
from auditor.workflow.audit.run_summary import VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_means import VisitMeans, VisitTools
from auditor.workflow.audit.visit_moment import begin_proofs
from auditor.workflow.entry.sign_ins import load_sign_in, store_sign_in
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")
LIBRARIES = ("playwright", "rfc3161-client", "cryptography", "beautifulsoup4", "lxml", "warcio")


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """A package as it is stored, and what the index is to keep of it."""

    package: Package
    record: IndexedCapture


@dataclass(frozen=True, slots=True)
class VisitPorts:
    """Everything that a visit of a run works with; who makes such visits supplies it."""

    instruments: Instruments
    browser: Browser
    machine: Machine
    """The circumstances of this machine; those of the target are examined with the visit."""
    left_site: Callable[[VisitSlot, Capture], Awaitable[None]]
    """Awaited once the deployment is no longer touched: its host may be visited again."""
    store: Callable[[VisitSlot, Callable[[], StoredVisit]], Awaitable[StoredVisit]]
    """Runs what hashes, writes and asks authorities where it keeps no other visit waiting."""
    record: Callable[[IndexedCapture], None]
    """Gives a capture to the index."""

    @property
    def means(self) -> VisitMeans:
        return self.instruments


VisitFunction = Callable[[VisitSlot, VisitPorts], Awaitable[VisitOutcome]]


def journal_intent(instruments: Instruments, slot: VisitSlot) -> JournalEntry:
    """Journal that a visit is about to happen, and on what basis. Raises `VaultError` where that cannot be stored."""
    said = intended_visit(slot)
    return instruments.custody.intent(
        said.intent,
        run=said.run,
        deployment=said.deployment,
        slot=said.slot,
        address=said.address,
        pages=said.pages,
        access=said.access,
    )


def intended_visit(slot: VisitSlot) -> VisitIntended:
    """What is journalled before a visit. Pure."""
    deployment = slot.deployment
    return VisitIntended(
        intent=slot.capture,
        run=slot.run,
        deployment=deployment.id,
        slot=slot.id,
        address=deployment.address,
        pages=tuple(deployment.pages),
        access=f"{deployment.access.kind}: {deployment.access.reference}",
    )


def open_stage(instruments: Instruments, slot: VisitSlot, intent: JournalEntry) -> StagedPackage:
    """A folder for the artefacts of a visit, each hashed when it is put there."""
    return instruments.custody.vault.stage(slot.deployment.id, slot.capture, intent.at)


async def visit_deployment(ports: VisitTools, slot: VisitSlot, intent: JournalEntry, stage: PackageStage) -> Capture:
    """Examine the target's circumstances and visit its pages; a visit that failed is a capture too.

    Raises `CaptureError` where no browser can be had, `VaultError` where nothing can be stored.
    """
    deployment, means = slot.deployment, ports.means
    circumstances = await examine_target(ports.machine, deployment, means.clock)
    proofs = begin_proofs(means, deployment, intent, stage, ports.browser.key_log)
    try:
        if proofs is not None:
            await asyncio.to_thread(proofs.begin)
        sign_in = await asyncio.to_thread(_sign_in_of, means, deployment)
        capture = await capture_deployment(
            ports.browser,
            deployment,
            [means.estate.pages[page] for page in deployment.pages],
            capture_id=slot.capture,
            run=slot.run,
            intent=slot.capture,
            stage=stage,
            eyes=SnapshotProbe(),
            credentials=means.credentials,
            circumstances=circumstances,
            clock=means.clock,
            sign_in=sign_in,
            renew=lambda kept: _renew_sign_in(means, kept),
        )
    except BaseException:  # a visit that is cancelled, too: packets would be recorded on, beside other visits
        if proofs is not None:
            proofs.abandon()
        raise
    if proofs is not None:
        await asyncio.to_thread(proofs.end, capture.facts.get("address", ""))
        capture = replace(
            capture, artefacts=(*capture.artefacts, *proofs.artefacts), ended_at=means.clock(),
            withheld=(*capture.withheld, *proofs.withheld),
        )  # fmt: skip
    # A visit begins with its intent: the package is named by that moment.
    return replace(capture, started_at=intent.at)


def _sign_in_of(means: VisitMeans, deployment: Deployment) -> KeptSignIn | None:
    """What a person's sign-in left; None where there is none, which the visit then tells."""
    if deployment.login is None or not deployment.login.by_person or means.sign_in_keys is None:
        return None
    try:
        return load_sign_in(means.workspace.root, means.sign_in_keys, deployment.id)
    except CredentialError as error:
        LOGGER.warning("kept sign-in: %s", error)
        return None


def _renew_sign_in(means: VisitMeans, kept: KeptSignIn) -> None:
    if means.sign_in_keys is None:
        return
    try:
        store_sign_in(means.workspace.root, means.sign_in_keys, kept)
    except CredentialError as error:
        LOGGER.warning("kept sign-in: %s", error)


def describe_capture(means: VisitMeans, capture: Capture, intent: JournalEntry) -> bytes:
    """The manifest: every artefact with its digest, the intent, the authorities to be asked, the software."""
    timestamping = means.estate.timestamping
    return encode_manifest(
        capture,
        intent_sha256=entry_sha256(intent),
        quorum=timestamping.quorum,
        authorities=timestamping.authorities,
        software=software_versions(),
    )


@cache
def software_versions() -> Mapping[str, str]:
    """Names and versions of what made a package; those that this process was started with."""
    return MappingProxyType({"auditor": __version__, **{name: version(name) for name in LIBRARIES}})


def ends_run(error: Exception) -> bool:
    """Whether no other visit would fare better: no browser can be had, the disk or the journal takes nothing more."""
    no_room = isinstance(error, VaultError) and isinstance(error.__cause__, OSError)
    return no_room or isinstance(error, CaptureError | BrokenJournalError)
