"""Pruning: artefacts of old captures are removed under a rule, after the journal has named every one by its digest.

The manifest, which lists every artefact with its digest, and its timestamps stay where they are: that a capture was
made, what it held and when it was sealed can still be verified. The journal line comes first and the removal after it,
so an interruption leaves artefacts that a line says are gone; the next start removes them (`finish_pruning`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.custody.journal.state import PruneRecord
from auditor.custody.packages.vault import Vault
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, manifest
from auditor.formats import evidence_layout as layout
from auditor.model.events import ArtefactsRemoved, PrunedCapture, RemovedFile

AT_ONCE = 200
"""Captures that one journal line names."""


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was removed in all."""

    captures: int
    files: int
    bytes: int


def prune(vault: Vault, captures: Sequence[str], rule: str) -> PruneResult:
    """Remove the artefacts of these captures under a rule, journalled first.

    Which captures may go is decided by who calls; here only what can never go is refused: `VaultError` for a capture
    that is unknown, not sealed, or pruned before, `IntegrityError` where its manifest is not the journal's.
    """
    files = size = 0
    for start in range(0, len(captures), AT_ONCE):
        batch = captures[start : start + AT_ONCE]
        listed = [_listed(vault, capture) for capture in batch]
        vault.journal.record(ArtefactsRemoved(rule=rule, captures=tuple(listed)))
        for capture in batch:
            files += _remove(vault, vault.journal.ledger.pruned[capture])
        size += sum(file.size for one in listed for file in one.removed)
    return PruneResult(len(captures), files, size)


def finish_pruning(vault: Vault) -> int:
    """Remove what an interruption left of captures whose pruning is journalled; the number of files."""
    ledger = vault.journal.ledger
    return sum(_remove(vault, record) for record in ledger.pruned.values() if record.capture in ledger.packages)


def _listed(vault: Vault, capture: str) -> PrunedCapture:
    """What the journal says of one capture: its manifest's digest, and every artefact by path and digest."""
    ledger = vault.journal.ledger
    record = ledger.packages.get(capture)
    if record is None or capture in ledger.pruned or not ledger.package(capture).seal.sealed:
        raise VaultError(f"capture {capture}: unknown, not sealed or pruned before; such a capture is never pruned")
    data = vault.store.read(f"{record.home}/{manifest.NAME}", manifest.MAX_MANIFEST)
    if (found := canonical_json.sha256(data)) != record.manifest_sha256:
        raise IntegrityError(
            f"{layout.in_evidence(record.home)}: its manifest differs from the journal's; expected "
            f"{record.manifest_sha256}, found {found}"
        )
    artefacts = manifest.decode_manifest(data, f"{record.home}/{manifest.NAME}").capture.artefacts
    return PrunedCapture(
        capture=capture,
        deployment=record.deployment,
        package=record.home,
        manifest_sha256=record.manifest_sha256,
        removed=tuple(RemovedFile(path=one.path, sha256=one.sha256, size=one.size) for one in artefacts),
    )


def _remove(vault: Vault, record: PruneRecord) -> int:
    """Remove the artefacts that the line names; how many were still there."""
    return vault.store.remove(vault.journal.ledger.packages[record.capture].home, list(record.files))
