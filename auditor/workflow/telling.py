"""Step 10: the report in every format, and the present state in a few lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from auditor.clock import Clock, now
from auditor.custody import Health, Journal, Ledger, exists, expiring
from auditor.custody.sealing import healths
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.evidence import Check
from auditor.model.reports import Report
from auditor.reporting import EXPORTERS, Document, Lang, PrintToPdf
from auditor.settings import Workspace
from auditor.workflow.judging import compose
from auditor.workflow.opening import read_targets


def report_of(
    workspace: Workspace,
    *,
    as_of: datetime | None = None,
    known_on: date | None = None,
    checks: Sequence[Check] = (),
    clock: Clock = now,
) -> Report:
    """The report of a workspace, read beside whoever may be writing it. The options are those of `compose`."""
    estate, _ = read_targets(workspace)
    require_begun(workspace)
    with Index.open(workspace.db) as index:
        return compose(
            estate,
            index,
            Journal.open(workspace.root),
            as_of or clock(),
            str(workspace.root.resolve().name),
            known_on=known_on,
            checks=checks,
        )


def require_begun(workspace: Workspace) -> None:
    """`ConfigError` where there is no workspace yet."""
    if not exists(workspace.root):
        raise ConfigError(f"{workspace.root}: no evidence here yet. Run: auditor init, then auditor run")


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


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand, for `auditor status`."""

    deployments: int
    captures: int
    last_capture: datetime | None
    never_captured: tuple[str, ...]
    unsealed: tuple[str, ...]
    open_intents: tuple[str, ...]
    authorities: dict[str, Health]
    warnings: tuple[str, ...]


def status_of(workspace: Workspace, clock: Clock = now) -> Status:
    """The state of a workspace, from journal and index, without the lock."""
    estate, _ = read_targets(workspace)
    require_begun(workspace)
    journal = Journal.open(workspace.root)
    ledger = Ledger.of(journal.entries())
    with Index.open(workspace.db) as index:
        latest = index.latest()
    health = healths(ledger)
    visited = [one.id for one in estate.deployments.values() if one.pages]
    return Status(
        deployments=len(visited),
        captures=len(ledger.packages),
        last_capture=max((row.captured_at for row in latest.values()), default=None),
        never_captured=tuple(name for name in visited if name not in latest),
        unsealed=tuple(package.capture for package in ledger.unsealed()),
        open_intents=tuple(intent.id for intent in ledger.open_intents()),
        authorities=health,
        warnings=tuple(expiring(health, clock())),
    )


__all__ = ["Status", "base_of", "loader", "rendered", "report_of", "require_begun", "status_of", "written"]
