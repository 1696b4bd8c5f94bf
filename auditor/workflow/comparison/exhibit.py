"""The exhibit (比对表) of a stored comparison, as HTML and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from auditor.bundle import PrintToPdf, deterministic_pdf
from auditor.model.comparisons import ScreenDecision
from auditor.model.targets.estate import Estate
from auditor.reporting import ExhibitInput, exhibit_html
from auditor.wording import Lang
from auditor.workflow.compared.results import StoredComparison, screen_decisions
from auditor.workflow.report.render import stored_file_loader
from auditor.workspace import Workspace


def exhibit_files(
    workspace: Workspace,
    stored: StoredComparison,
    estate: Estate,
    langs: Sequence[str],
    printer: PrintToPdf | None,
    until: datetime | None = None,
) -> dict[str, bytes]:
    """The exhibit by file names: HTML in each language, and PDF where there is a printer.

    `until`: what named persons said later is not in it.
    """
    decisions: Sequence[ScreenDecision] = screen_decisions(workspace, stored, until)
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
