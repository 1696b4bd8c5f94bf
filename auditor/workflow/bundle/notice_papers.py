"""Certificates of delivery and timelines of notices: written to a folder, and put into bundles."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

from auditor.bundle import Selection, layout
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.workflow.bundle.filings import bundled_notices
from auditor.workflow.bundle.pdf import pdf_printer
from auditor.workflow.notices.papers import record_papers
from auditor.workflow.notices.records import notice_records_of
from auditor.workflow.wiring import Instruments, read_targets_cached
from auditor.workspace import Workspace


def write_record_papers(
    workspace: Workspace, notice: str, day: date | None, output: Path, *, pdf: bool = True, sandbox: bool = True
) -> list[Path]:
    """Write the papers of one notice, or of every one, below `output`, a folder for each; the paths written.

    Raises `ConfigError` for a notice that nothing is on record about, or a folder that cannot be written.
    """
    records = notice_records_of(workspace, notice, day)
    browser = read_targets_cached(workspace).browser
    written = []
    with ExitStack() as stack:
        settings = replace(browser, sandbox=sandbox and browser.sandbox)
        printer = stack.enter_context(pdf_printer(settings, now)) if pdf else None
        for record in records:
            for name, data in record_papers(record, print_paper=printer):
                target = output / record.notice / name
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)
                except OSError as error:
                    raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
                written.append(target)
    return written


def bundled_papers(instruments: Instruments, selection: Selection) -> dict[str, bytes]:
    """The papers of the selection's notices as DOCX, by path in the bag; of those that were handed over or recorded."""
    return {
        f"{layout.PAPERS}/notices/{record.notice}.{name}": data
        for record in bundled_notices(instruments, selection)
        if record.deliveries
        for name, data in record_papers(record)
    }
