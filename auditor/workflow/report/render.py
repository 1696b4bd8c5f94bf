"""Step 10 of an audit: the report of a workspace, in every format."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from auditor.clock import Clock, now
from auditor.custody import Journal, bring_package, os_errors_as_vault_error, require_initialised
from auditor.formats.evidence_layout import CABINETS, COMPARISONS
from auditor.gc_pause import collection_paused
from auditor.index import Index
from auditor.model.evidence import Check
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.reporting import EXPORTERS, ExportInput, Lang, PrintToPdf, print_changes, print_summary
from auditor.workflow.compared.records import comparison_records
from auditor.workflow.hosting.records import recorded_hosting
from auditor.workflow.notices.records import notice_records, receipt_dates
from auditor.workflow.report.compose import compose_report
from auditor.workflow.report.customer import customer_report, customer_selection
from auditor.workflow.report.window import WindowedIndex
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class WorkspaceReportRequest:
    """What a report is to be of."""

    as_of: datetime | None = None
    """The moment it is of; None: now."""
    known_on: date | None = None
    """Contract facts, decisions and events are those known by the end of that day."""
    since: datetime | None = None
    """The moment that changes are told from; None: the close of the run before the newest one."""
    checks: Sequence[Check] = ()
    """Results of a verification, which rules may cite."""
    history_limit: int | None = None
    """Whole series of counts are included, largest over-use first, up to so many counts; None: all of them. A file
    with claims includes all, since a claim rests on them."""
    contracts: tuple[str, ...] = ()
    """The report is about these contracts and `deployments` alone, and names nobody else; all where both are empty."""
    deployments: tuple[str, ...] = ()
    captured_from: datetime | None = None
    """As if nothing had been captured or decided before that moment, and without what is known of hosts and notices;
    None: all of it. For a report about contracts or deployments."""


def workspace_report(
    workspace: Workspace,
    request: WorkspaceReportRequest | None = None,
    *,
    clock: Clock = now,
    estate: Estate | None = None,
) -> Report:
    """The report of a workspace, read beside whoever may be writing it. `estate`: where it was read already."""
    request = request or WorkspaceReportRequest()
    estate = estate or read_targets_cached(workspace)
    require_initialised(workspace.root)
    as_of, name = request.as_of or clock(), str(workspace.home.resolve().name)
    with Index.open(workspace.db) as index:
        journal = Journal.open(workspace.root)
        receipts = receipt_dates(workspace.root, journal, as_of, estate.timezone)
        if request.contracts or request.deployments:
            report = customer_report(
                estate,
                index,
                journal,
                name,
                customer_selection(estate, request.contracts, request.deployments, as_of),
                known_on=request.known_on,
                since=request.since,
                checks=request.checks,
                receipts=receipts,
                captured_from=request.captured_from,
            )
        else:
            report = compose_report(
                estate,
                index,
                journal,
                as_of,
                name,
                known_on=request.known_on,
                since=request.since,
                checks=request.checks,
                told=None if estate.claims is not None else request.history_limit,
                receipts=receipts,
            )
        if not any((workspace.evidence / name).is_dir() for name in (*CABINETS, COMPARISONS)):
            return report
        told = [one for name, one in estate.deployments.items() if name in report.addresses]
        comparisons = comparison_records(workspace, journal, as_of, [one.id for one in told])
        if request.captured_from is not None:  # a record of hosts or notices is one of all that was ever looked up
            window = WindowedIndex(index, request.captured_from)
            return replace(report, comparisons=tuple(one for one in comparisons if window.holds(one.captures)))
        return replace(
            report,
            hosting=recorded_hosting(workspace.root, journal, told, as_of),
            notices=notice_records(workspace.root, journal, index, estate, as_of, [one.id for one in told]),
            comparisons=comparisons,
        )


def stored_file_loader(workspace: Workspace) -> Callable[[str, str], bytes | None]:
    """Stored bytes for a report, by package path and artefact path: see `reporting.StoredFileLoader`."""

    def load(package: str, artefact: str) -> bytes | None:
        path = workspace.root / package / artefact
        if not path.resolve().is_relative_to(workspace.evidence.resolve()):
            return None
        with os_errors_as_vault_error(path):
            bring_package(workspace.root / package)
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    return load


@collection_paused()
def render_report(
    report: Report,
    workspace: Workspace,
    format_: str,
    lang: Lang,
    *,
    base: str = "",
    print_to_pdf: PrintToPdf | None = None,
) -> dict[str, bytes]:
    """The report in one format: file names and bytes. `base` leads from where they will lie to the workspace."""
    document = ExportInput(report, stored_file_loader(workspace), lang, print_to_pdf, base)
    return dict(EXPORTERS[format_](document))


def write_report(
    report: Report,
    workspace: Workspace,
    format_: str,
    lang: Lang,
    output: Path,
    *,
    print_to_pdf: PrintToPdf | None = None,
) -> list[Path]:
    """Write the report in one format; the files written. One file goes to `output`; several go into it as a folder."""
    several = format_ == "csv"
    base = relative_base(workspace, output if several else output.parent)
    files = render_report(report, workspace, format_, lang, base=base, print_to_pdf=print_to_pdf)
    if len(files) == 1:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(next(iter(files.values())))
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    return [output / name for name in files]


def relative_base(workspace: Workspace, folder: Path) -> str:
    """The relative address that leads from a folder to the workspace, so that links to evidence work, and go on
    working where both are moved together; a file address where no relative path leads there (another drive)."""
    here, there = folder.resolve(), workspace.root.resolve()
    try:
        way = Path(os.path.relpath(there, here)).as_posix()
    except ValueError:
        return there.as_uri() + "/"
    return "" if way == "." else quote(way) + "/"


__all__ = [
    "Lang",
    "PrintToPdf",
    "WorkspaceReportRequest",
    "print_changes",
    "print_summary",
    "relative_base",
    "render_report",
    "stored_file_loader",
    "workspace_report",
    "write_report",
]
