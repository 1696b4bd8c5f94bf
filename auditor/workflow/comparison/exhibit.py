"""`auditor compare exhibit`: the comparison table of a stored comparison, as HTML and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

from auditor.bundle import deterministic_pdf
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.model.comparisons import ScreenDecision
from auditor.model.estate import Estate
from auditor.reporting import ExhibitInput, exhibit_html
from auditor.wording import LANGS, Lang
from auditor.workflow.bundle.pdf import PrintToPdf, pdf_printer
from auditor.workflow.comparison.results import StoredComparison, load_comparison, screen_decisions
from auditor.workflow.report.render import stored_file_loader
from auditor.workflow.wiring import read_targets
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


def exhibit_files(
    workspace: Workspace,
    stored: StoredComparison,
    estate: Estate,
    langs: Sequence[str],
    printer: PrintToPdf | None,
) -> dict[str, bytes]:
    """The exhibit by file names: HTML in each language, and PDF where there is a printer."""
    decisions: Sequence[ScreenDecision] = screen_decisions(workspace, stored)
    names = {one.id: one.name or one.id for one in estate.deployments.values()}
    given = ExhibitInput(stored.id, stored.result, decisions, names, stored_file_loader(workspace))
    files: dict[str, bytes] = {}
    for lang in langs:
        page = exhibit_html(given, cast("Lang", lang))
        name = f"comparison-{stored.id}.{lang}"
        files[f"{name}.html"] = page
        if printer is not None:
            files[f"{name}.pdf"] = deterministic_pdf(printer(page), name)
    return files
