"""Step 10: the report in every format, and the present state in a few lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from auditor.clock import Clock, now
from auditor.custody import Journal
from auditor.garbage import collection_paused
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.model.evidence import Check
from auditor.model.reports import Report
from auditor.reporting import EXPORTERS, Document, Lang, PrintToPdf
from auditor.settings import Workspace
from auditor.workflow.docketing import recall_docket
from auditor.workflow.judging import compose
from auditor.workflow.opening import recall_targets, require_begun


def report_of(
    workspace: Workspace,
    *,
    as_of: datetime | None = None,
    known_on: date | None = None,
    checks: Sequence[Check] = (),
    told: int | None = None,
    clock: Clock = now,
    estate: Estate | None = None,
    recalled: bool = False,
) -> Report:
    """The report of a workspace, read beside whoever may be writing it. The options are those of `compose`.

    `estate`: where it was read already. `recalled`: for a question that makes no evidence, of the journal what is kept
    of it may be used (see `docketing`)."""
    estate = estate or recall_targets(workspace)
    require_begun(workspace)
    with Index.open(workspace.db) as index:
        return compose(
            estate,
            index,
            recall_docket(workspace) if recalled else Journal.open(workspace.root),
            as_of or clock(),
            str(workspace.root.resolve().name),
            known_on=known_on,
            checks=checks,
            told=None if estate.claims is not None else told,
        )


def loader(workspace: Workspace) -> Callable[[str, str], bytes | None]:
    """Stored bytes for a report: by package path and artefact path; None where they cannot be had."""

    def load(package: str, artefact: str) -> bytes | None:
        path = workspace.root / package / artefact
        if not path.resolve().is_relative_to(workspace.evidence.resolve()):
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    return load


@collection_paused()
def rendered(
    report: Report,
    workspace: Workspace,
    format_: str,
    lang: Lang,
    *,
    base: str = "",
    print_to_pdf: PrintToPdf | None = None,
) -> dict[str, bytes]:
    """The report in one format: file names and bytes. `base` leads from where they will lie to the workspace."""
    document = Document(report, loader(workspace), lang, print_to_pdf, base)
    return dict(EXPORTERS[format_](document))


def written(
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
    base = base_of(workspace, output if several else output.parent)
    files = rendered(report, workspace, format_, lang, base=base, print_to_pdf=print_to_pdf)
    if len(files) == 1:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(next(iter(files.values())))
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    return [output / name for name in files]


def base_of(workspace: Workspace, folder: Path) -> str:
    """The relative address that leads from a folder to the workspace, so that links to evidence work, and go on
    working where both are moved together; a file address where no relative path leads there (another drive)."""
    here, there = folder.resolve(), workspace.root.resolve()
    try:
        way = Path(os.path.relpath(there, here)).as_posix()
    except ValueError:
        return there.as_uri() + "/"
    return "" if way == "." else quote(way) + "/"


__all__ = ["base_of", "loader", "rendered", "report_of", "require_begun", "written"]
