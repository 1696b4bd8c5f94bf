"""What other rooms add to a bundle: the report, the claim's sums with their worksheet, the contract's documents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from auditor.bundle import BundledPackage, PrintToPdf, Selection, deterministic_pdf, layout
from auditor.claims import compute, damages_workbook, derivation_json, derivation_lines
from auditor.errors import ClaimError, IntegrityError
from auditor.model.claims import ClaimFile, ClaimResult
from auditor.model.reports import Report
from auditor.reporting import EXPORTERS, LANGS, ExportInput
from auditor.workflow.claim import with_claims
from auditor.workflow.report.render import stored_file_loader
from auditor.workflow.wiring import Instruments


def attachment_files(
    instruments: Instruments, whole: Report, report: Report, entries: Sequence[BundledPackage],
    print_to_pdf: PrintToPdf | None, *,
    hide: bool,
) -> dict[str, bytes]:  # fmt: skip
    """Files by their path in the bag. `hide`: something is redacted, so no report with rows and pictures goes out."""
    files = _claims(instruments, whole, report)
    if hide:
        return files
    inside = {entry.package.path: f"10-captures/{entry.home}/{layout.PACKAGE}" for entry in entries}
    rows = tuple(replace(row, path=inside[row.path]) for row in report.evidence if row.path in inside)
    narrowed = replace(report, evidence=rows)
    if _is_whole_claim(whole, report):
        claimed = with_claims(replace(narrowed, history=whole.history), instruments.estate, charts=True)
        narrowed = replace(narrowed, claims=claimed.claims)
    load = _loader_by_home(instruments, {path: original for original, path in inside.items()})
    for lang in LANGS:
        document = ExportInput(narrowed, load, lang, print_to_pdf, "../")
        for name, export in EXPORTERS.items():
            if name == "pdf" and print_to_pdf is None:
                continue
            folder = f"{layout.INDEX}/tables" if name == "csv" else layout.INDEX
            files |= {f"{folder}/{path}": _fixed_bytes(path, data) for path, data in export(document).items()}
    return files


def _fixed_bytes(name: str, data: bytes) -> bytes:
    """The same bytes for the same report: a PDF says when and by what it was printed."""
    return deterministic_pdf(data, Path(name).stem) if name.endswith(".pdf") else data


def _is_whole_claim(whole: Report, report: Report) -> bool:
    """Whether all deployments are part of the bundle: a claim rests on them together."""
    return not {one.deployment for one in whole.positions} - {one.deployment for one in report.positions}


def _loader_by_home(instruments: Instruments, originals: dict[str, str]) -> Callable[[str, str], bytes | None]:
    stored = stored_file_loader(instruments.workspace)
    return lambda package, artefact: stored(originals.get(package, package), artefact)


def _claims(instruments: Instruments, whole: Report, report: Report) -> dict[str, bytes]:
    """Every scenario of the claims section, where all of its deployments are part of the bundle."""
    file = instruments.estate.claims
    if not isinstance(file, ClaimFile) or not _is_whole_claim(whole, report):
        return {}
    results: list[ClaimResult] = []
    refused = []
    for scenario in file.scenarios.values():
        try:
            results.append(
                compute(
                    scenario,
                    file,
                    report.positions,
                    report.decisions,
                    report.key_dates,
                    instruments.estate,
                    whole.history,
                )
            )
        except ClaimError as error:
            refused.append(f"- {scenario.id}: not computed. {error}")
    files = {f"{layout.DAMAGES}/derivation.md": _derivations(results, refused)}
    files |= {f"{layout.DAMAGES}/results/{_safe(one.scenario.id)}.json": derivation_json(one) for one in results}
    if results:
        try:
            files[f"{layout.DAMAGES}/worksheet.xlsx"] = damages_workbook(results, file)
        except ClaimError as error:
            files[f"{layout.DAMAGES}/derivation.md"] += f"\nNo worksheet: {error}\n".encode()
    return files


def _derivations(results: Sequence[ClaimResult], refused: Sequence[str]) -> bytes:
    parts = ["# How each sum is reached\n", "Scenarios are arithmetic on stated assumptions.\n"]
    for result in results:
        parts.append(f"## {result.scenario.id}: {result.scenario.title}\n")
        lines = derivation_lines(result.derivations["awarded"]) if "awarded" in result.derivations else ()
        parts.append("```\n" + "\n".join(lines) + "\n```\n")
    if refused:
        parts.append("## Not computed\n\n" + "\n".join(refused) + "\n")
    return "\n".join(parts).encode()


def _safe(name: str) -> str:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name).strip("-")
    return plain or hashlib.sha256(name.encode()).hexdigest()[:12]


def contract_documents(instruments: Instruments, selection: Selection) -> dict[str, Path]:
    """Stored documents of the chosen contracts, each held against its recorded digest."""
    found = {}
    for name in selection.contracts:
        for document in instruments.estate.contracts[name].documents:
            source = instruments.workspace.home / document.file
            if not document.file or not source.is_file():
                continue
            digest = hashlib.sha256(source.read_bytes()).hexdigest()
            if document.sha256 and digest != document.sha256:
                raise IntegrityError(
                    f"{source}: expected SHA-256 {document.sha256} as targets.yaml says, found {digest}; not exported"
                )
            ending = "".join(
                letter for letter in source.suffix if letter.isascii() and (letter.isalnum() or letter == ".")
            )
            found[f"{layout.CONTRACT}/sources/{_safe(name)}-{_safe(document.id)}{ending}"] = source
    return found
