"""Pruning: artefacts of old captures are removed under a rule, after the journal has named every one by its digest.

The manifest, which lists every artefact with its digest, and its timestamps stay where they are: that a capture was
made, what it held and when it was sealed can still be verified. The journal line comes first and the removal after it,
so an interruption leaves artefacts that a line says are gone; the next start removes them (`finish_pruning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.custody.journal.ledger.records import PackageRecord, PruneRecord
from auditor.custody.packages.vault import Vault
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, manifest
from auditor.formats import evidence_layout as layout
from auditor.model.events import ArtefactsRemoved, PrunedCapture, RemovedFile
from auditor.model.evidence import Removal

PRUNING = "pruning"
"""The lease of whoever removes what prunings named, where several processes may."""
MOST_BYTES, MOST_FILES = 40_000, 100
"""Of digests that one journal line names, and of files of one capture in it."""


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was pruned in all."""

    captures: int
    files: int
    """That were there, and are gone; `bytes`: of these captures."""
    bytes: int
    kept: tuple[str, ...] = ()
    """What the store has of the others all the same, and why, a sentence each."""


def prune(vault: Vault, captures: Sequence[str], rule: str) -> PruneResult:
    """Remove the artefacts of these captures under a rule, journalled first.

    Which captures may go is decided by who calls; here only what can never go is refused: `VaultError` for a capture
    that is unknown, not sealed, or pruned before, `IntegrityError` where its manifest is not the journal's.
    """
    done, size = Removal(), 0
    for listed in _portions(_listed(vault, capture) for capture in captures):
        removed, bytes_removed = _journal_and_remove(vault, rule, listed)
        done, size = done + removed, size + bytes_removed
    return PruneResult(len(captures), done.files, size, done.kept)


def finish_pruning(vault: Vault) -> int:
    """Finish what an interruption left of the last pruning: its lines, where a capture takes several, and the removal.
    The number of files that are gone by it.

    Only the last captures named can have been interrupted: the next are named after their removal.
    """
    ledger, removed = vault.journal.ledger, 0
    for capture, _, rule in list(ledger.pruned_in(ledger.last_pruning())):
        record, gone = ledger.package_record(capture), ledger.prune_record(capture)
        if record is None or gone is None:
            continue
        if gone.files and len(gone.files) % MOST_FILES == 0:
            _name_the_rest(vault, record, gone, rule)
        removed += _remove(vault, capture).files
    return removed


def _name_the_rest(vault: Vault, record: PackageRecord, gone: PruneRecord, rule: str) -> None:
    """The lines of a capture that takes several, where an interruption left some out; `verify` tells a manifest that
    cannot be read."""
    try:
        whole = _of_manifest(vault, record)
    except IntegrityError:
        return
    rest = tuple(one for one in whole.removed if one.path not in gone.files)
    for listed in _portions([replace(whole, removed=rest)]) if rest else ():
        _journal_and_remove(vault, rule, listed)


def _journal_and_remove(vault: Vault, rule: str, listed: Sequence[PrunedCapture]) -> tuple[Removal, int]:
    """Journal and remove; what came of it, and the bytes of those of which nothing was kept."""
    vault.journal.record(ArtefactsRemoved(rule=rule, captures=tuple(listed)))
    done, size = Removal(), 0
    for one in listed:
        removed = _remove(vault, one.capture)
        done, size = done + removed, size + (0 if removed.kept else sum(file.size for file in one.removed))
    return done, size


def _portions(listed: Iterable[PrunedCapture]) -> Iterator[list[PrunedCapture]]:
    """So many at a time as one journal line can name; a capture of very many files takes several."""
    portion, size = list[PrunedCapture](), 0
    for one in listed:
        for start in range(0, max(1, len(one.removed)), MOST_FILES):
            part = replace(one, removed=one.removed[start : start + MOST_FILES])
            more = len(canonical_json.encode(part.body()))
            if portion and size + more > MOST_BYTES:
                yield portion
                portion, size = [], 0
            portion.append(part)
            size += more
    if portion:
        yield portion


def _listed(vault: Vault, capture: str) -> PrunedCapture:
    """What is to be said of one capture; refused where it may never go."""
    ledger = vault.journal.ledger
    record = ledger.package_record(capture)
    if record is None or ledger.is_pruned(capture) or not ledger.package_of(record).seal.sealed:
        raise VaultError(f"capture {capture}: unknown, not sealed or pruned before; such a capture is never pruned")
    return _of_manifest(vault, record)


def _of_manifest(vault: Vault, record: PackageRecord) -> PrunedCapture:
    """What the journal says of one capture: its manifest's digest, and every artefact by path and digest."""
    data = vault.store.read(f"{record.home}/{manifest.NAME}", manifest.MAX_MANIFEST, record.version)
    if (found := canonical_json.sha256(data)) != record.manifest_sha256:
        raise IntegrityError(
            f"{layout.in_evidence(record.home)}: its manifest differs from the journal's; expected "
            f"{record.manifest_sha256}, found {found}"
        )
    artefacts = manifest.decode_manifest(data, f"{record.home}/{manifest.NAME}").capture.artefacts
    return PrunedCapture(
        capture=record.capture,
        deployment=record.deployment,
        package=record.home,
        manifest_sha256=record.manifest_sha256,
        removed=tuple(RemovedFile(path=one.path, sha256=one.sha256, size=one.size) for one in artefacts),
    )


def _remove(vault: Vault, capture: str) -> Removal:
    """Remove the artefacts that its lines name."""
    ledger = vault.journal.ledger
    record, gone = ledger.package_record(capture), ledger.prune_record(capture)
    if record is None or gone is None:
        return Removal()
    return vault.store.remove(record.home, list(gone.files), record.version)
