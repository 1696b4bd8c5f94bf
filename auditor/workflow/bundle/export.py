"""Exports a bundle: the selection is verified, written with its proofs, signed, timestamped and journalled."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from auditor.bundle import FinishedBag, PrintToPdf, build_bag, layout, zip_bag
from auditor.custody import name_portions, verify_workspace
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.formats import canonical_json
from auditor.model.events import BundleExported, ExportContinued, ExportStamped
from auditor.model.evidence import Package, Seal
from auditor.model.filings import FiledPackage
from auditor.workflow.bundle.selection import BundleRequest, BundleScope, build_dossier, determine_cutoff, select_scope
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments

EXPORTS = "journal/exports"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export left behind."""

    bag: Path
    zip: Path
    seal: Path
    """Folder beside the bag: its signature once more, with timestamps."""
    tags_sha256: str
    zip_sha256: str
    captures: int
    files: int
    as_of: datetime
    stamped: bool
    """Whether the quorum of authorities stamped the bag's signature."""


def export_bundle(
    instruments: Instruments,
    request: BundleRequest,
    output: Path,
    progress: Progress,
    print_to_pdf: PrintToPdf | None = None,
) -> ExportResult:
    """Export what is wanted into the folder `output`, as a bag and as its zip.

    The same selection as of the same moment gives the same bytes; the timestamps over them, which differ, lie beside.
    Raises `ConfigError` for a selection that is empty, unknown or needs a legal basis; `IntegrityError` where anything
    to be cited does not verify or is not sealed; `VaultError` where nothing can be written.
    """
    index_missing_captures(instruments)
    # 1. The moment, the checkpoint that covers it, and what is chosen. May it leave?
    cutoff = determine_cutoff(instruments, request)
    scope = select_scope(instruments, request, cutoff)
    # 2. Nothing is cited that does not verify.
    _require_verified(instruments, [*(one.package for one in scope.entries), *(one.package for one in scope.filings)])
    # 3. The bag, and its zip.
    dossier = build_dossier(instruments, request, cutoff, scope, print_to_pdf)
    folder = output / dossier.name
    _require_free_names(folder)
    try:
        made = build_bag(dossier, folder, lambda text: instruments.custody.keys.sign(text), progress)
        packed = zip_bag(folder, folder.with_name(f"{folder.name}.zip"))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # 4. The export is an event; its signature is timestamped, and the tokens go beside the bag.
    seal = _journal_export(instruments, made, packed, scope)
    seal_folder = _write_seal_folder(instruments, made, cutoff.covering.size, folder.with_name(f"{folder.name}.seal"))
    return ExportResult(
        folder, folder.with_name(f"{folder.name}.zip"), seal_folder, made.tags_sha256, packed, made.captures,
        made.files, dossier.selection.as_of, seal.sealed,
    )  # fmt: skip


def _require_verified(instruments: Instruments, packages: list[Package | FiledPackage]) -> None:
    waiting = [package.path for package in packages if not package.seal.sealed]
    if waiting:
        raise IntegrityError(
            f"{waiting[0]}: not sealed by the quorum ({len(waiting)} such packages); a bundle cites sealed"
            " evidence alone. Run the auditor again so that the authorities are asked, or narrow the period"
        )
    found = verify_workspace(
        instruments.workspace.root, [instruments.workspace.root / package.path for package in packages]
    )
    wrong = [check for check in found.checks if check.verdict != "passed"]
    if wrong or found.verdict != "passed":
        first = wrong[0]
        raise IntegrityError(
            f"{first.subject}: {first.name} {first.verdict}: {first.detail}; nothing was exported. Run: auditor verify"
        )


def _require_free_names(folder: Path) -> None:
    for path in (folder, folder.with_name(f"{folder.name}.zip"), folder.with_name(f"{folder.name}.seal")):
        if path.exists():
            raise ConfigError(f"{path}: exists already; a bundle is written once. Remove it or give another --output")


def _path_of(made: FinishedBag) -> str:
    return f"{EXPORTS}/{made.folder.name}-{made.tags_sha256[:16]}.note"


def _journal_export(instruments: Instruments, made: FinishedBag, packed: str, scope: BundleScope) -> Seal:
    """The `export` event names the bag by digest. The same bag exported again is another event over the same note."""
    path, note = _path_of(made), (made.folder / layout.NOTE).read_bytes()
    known = (instruments.workspace.evidence / path).exists()
    chosen, proceeding = scope.selection, scope.proceeding
    event = BundleExported(
        case=scope.case,
        as_of=chosen.as_of,
        since=chosen.since,
        until=chosen.until,
        deployments=tuple(sorted(chosen.deployments)),
        contracts=tuple(sorted(chosen.contracts)),
        findings=tuple(sorted(chosen.findings)),
        proceeding=proceeding.jurisdiction,
        legal_basis=proceeding.legal_basis,
        answered_by=proceeding.answered_by,
        taken_or_stored_in=tuple(proceeding.taken_in),
        bundle=made.folder.name,
        tags_sha256=made.tags_sha256,
        zip_sha256=packed,
        captures=made.captures,
        note=path,
    )
    event, more = _parted(event)
    entry = instruments.custody.vault.place({} if known else {path: note}, event)
    for one in more:
        instruments.journal.record(one)
    digest = canonical_json.sha256(note)
    recorded = instruments.journal.ledger.tokens(path)
    verified = tuple(record.verdict for record in recorded if record.verdict.status == "verified")
    seal = Seal(digest, verified, instruments.sealer.quorum)
    if seal.sealed:
        return seal
    stamped = partial(ExportStamped, bundle=made.folder.name, at=entry.at)
    return instruments.sealer.stamp(stamped, path, note, seal, entry.at)


def _parted(event: BundleExported) -> tuple[BundleExported, list[ExportContinued]]:
    """The event, and the lines that name what it cannot: of very many deployments, contracts or findings."""
    listed = {name: getattr(event, name) for name in ("deployments", "contracts", "findings")}
    if len(name_portions([name for names in listed.values() for name in names])) == 1:
        return event, []
    none: dict[str, tuple[str, ...]] = dict.fromkeys(listed, ())
    more = [
        ExportContinued(bundle=event.bundle, **{**none, name: part})
        for name, names in listed.items()
        for part in name_portions(names)
        if part
    ]
    return replace(event, deployments=(), contracts=(), findings=()), more


def _write_seal_folder(instruments: Instruments, made: FinishedBag, size: int, folder: Path) -> Path:
    """Copies of the signature, of its verified tokens, and of what witnesses signed of the checkpoint by now."""
    path = _path_of(made)
    try:
        folder.mkdir()
        shutil.copyfile(made.folder / layout.NOTE, folder / layout.NOTE)
        for record in instruments.journal.ledger.tokens(path):
            if record.verdict.status == "verified":
                for kept, ending in ((record.request, "tsq"), (record.response, "tsr")):
                    name = f"{layout.NOTE}.{record.verdict.authority}.{ending}"
                    shutil.copyfile(instruments.workspace.evidence / kept, folder / name)
        for signed in instruments.journal.ledger.cosignatures():
            if signed.size == size:
                shutil.copyfile(instruments.workspace.evidence / signed.path, folder / Path(signed.path).name)
    except OSError as error:
        raise VaultError(f"{folder}: cannot be written: {error.strerror}; the bag itself is complete") from error
    return folder
