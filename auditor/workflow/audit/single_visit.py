"""One deployment's part of an audit: intent, visit, package, seal, reading."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from types import MappingProxyType

from auditor import __version__
from auditor.capture import Browser, Machine, capture_deployment, examine_target
from auditor.custody import StagedPackage, encode_manifest, entry_sha256
from auditor.index import IndexedCapture
from auditor.model.captures import Capture
from auditor.model.deployments import Deployment
from auditor.model.evidence import JournalEntry, Package
from auditor.reading import SnapshotProbe
from auditor.workflow.index.record import index_record
from auditor.workflow.wiring import Instruments

LIBRARIES = ("playwright", "rfc3161-client", "cryptography", "beautifulsoup4", "lxml", "warcio")


@dataclass(frozen=True, slots=True)
class VisitSlot:
    """One planned visit."""

    run: str
    id: str
    deployment: Deployment

    @property
    def capture(self) -> str:
        """Made from run and slot, so that a slot cannot be captured twice."""
        return "c-" + hashlib.sha256(f"{self.run}/{self.id}".encode()).hexdigest()[:12]


async def capture_slot(
    instruments: Instruments, slot: VisitSlot, browser: Browser, machine: Machine
) -> tuple[StagedPackage, Capture, JournalEntry]:
    """Steps 3 and 4: journal the intent, visit, and put what was seen on the stage.

    Raises `CaptureError` where no browser can be had, `VaultError` where nothing can be stored.
    """
    deployment = slot.deployment
    intent = await asyncio.to_thread(
        instruments.custody.intent,
        slot.capture,
        run=slot.run,
        deployment=deployment.id,
        slot=slot.id,
        address=deployment.address,
        pages=list(deployment.pages),
        access=f"{deployment.access.kind}: {deployment.access.reference}",
    )
    staging = await asyncio.to_thread(instruments.custody.vault.stage, deployment.id, slot.capture, intent.at)
    circumstances = await examine_target(machine, deployment, instruments.clock)
    capture = await capture_deployment(
        browser,
        deployment,
        [instruments.estate.pages[page] for page in deployment.pages],
        capture_id=slot.capture,
        run=slot.run,
        intent=slot.capture,
        stage=staging,
        eyes=SnapshotProbe(),
        credentials=os.environ.get,
        circumstances=circumstances,
        clock=instruments.clock,
    )
    # A visit begins with its intent: the package is named by that moment.
    return staging, replace(capture, started_at=intent.at), intent


def commit_capture(
    instruments: Instruments, staging: StagedPackage, capture: Capture, intent: JournalEntry
) -> tuple[IndexedCapture, Package]:
    """Steps 4 to 7: describe, commit write-once, seal, and read from the stored bytes."""
    manifest = encode_manifest(
        capture,
        intent_sha256=entry_sha256(intent),
        quorum=instruments.estate.timestamping.quorum,
        authorities=instruments.estate.timestamping.authorities,
        software=software_versions(),
    )
    package = instruments.sealer.seal(staging.commit(manifest))
    return index_record(instruments.workspace.root, instruments.estate, package), package


@cache
def software_versions() -> Mapping[str, str]:
    """Names and versions of what made a package; those that this process was started with."""
    return MappingProxyType({"auditor": __version__, **{name: version(name) for name in LIBRARIES}})
