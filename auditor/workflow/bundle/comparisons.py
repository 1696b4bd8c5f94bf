"""`auditor compare exhibit`, and the comparisons of a bundle: each an evidence item with a number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from auditor.bundle import PrintToPdf, layout
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.model.events import ComparisonMade, parse_entry
from auditor.wording import LANGS
from auditor.workflow.bundle.pdf import pdf_printer
from auditor.workflow.compared.results import load_comparison
from auditor.workflow.comparison.exhibit import exhibit_files
from auditor.workflow.wiring import Instruments, read_targets
from auditor.workspace import Workspace


def write_exhibit(
    workspace: Workspace,
    comparison: str,
    langs: Sequence[str],
    output: Path,
    *,
    pdf: bool = True,
    sandbox: bool = True,
) -> list[Path]:
    """Write the exhibit into a folder; the paths written. `ConfigError` for a language that is not known."""
    unknown = [one for one in langs if one not in LANGS]
    if unknown or not langs:
        raise ConfigError(f"--lang {','.join(langs)}: expected {' or '.join(LANGS)}, or both with a comma")
    stored = load_comparison(workspace, comparison)
    estate, _ = read_targets(workspace)
    written = []
    with ExitStack() as stack:
        browser = replace(estate.browser, sandbox=sandbox and estate.browser.sandbox)
        printer = stack.enter_context(pdf_printer(browser, now)) if pdf else None
        for path, data in exhibit_files(workspace, stored, estate, langs, printer).items():
            target = output / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            except OSError as error:
                raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
            written.append(target)
    return written


def bundled_comparisons(
    instruments: Instruments, deployments: Sequence[str], as_of: datetime, print_to_pdf: PrintToPdf | None
) -> dict[str, bytes]:
    """Files of every comparison whose reference and suspect a bundle is about, by their path in the bag.

    The number of an item is the place of its line in the log, as that of every exhibit: it never changes. With each lie
    its result, declaration and manifest, whose digests stand in the log's line; the bag's own timestamps are over all.
    """
    chosen = frozenset(deployments)
    files: dict[str, bytes] = {}
    rows = ["number,comparison,result,suspect,reference,result_sha256,folder"]
    for entry in instruments.journal.entries(kinds={"comparison"}):
        made = parse_entry(entry)
        if not isinstance(made, ComparisonMade) or entry.at > as_of or made.suspect not in chosen:
            continue
        stored = load_comparison(instruments.workspace, made.result)
        if stored.result.declaration.reference not in chosen:
            continue
        folder = f"{layout.COMPARISONS}/exhibit-{entry.number:05d}"
        given = exhibit_files(instruments.workspace, stored, instruments.estate, LANGS, print_to_pdf, as_of)
        files |= {f"{folder}/{name}": data for name, data in given.items()}
        files |= {f"{folder}/{name}": data for name, data in stored.files.items()}
        reference = stored.result.declaration.reference
        cells = (
            f"{entry.number:05d}",
            made.comparison,
            made.result,
            made.suspect,
            reference,
            made.result_sha256,
            folder,
        )
        rows.append(",".join(cells))
    if len(rows) > 1:
        files[f"{layout.COMPARISONS}/comparisons.csv"] = ("\r\n".join(rows) + "\r\n").encode()
    return files
