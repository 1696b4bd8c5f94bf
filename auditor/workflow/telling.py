"""Step 10: the report in every format, and the present state in a few lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.clock import Clock, now
from auditor.custody import Health, Journal, Ledger, exists, expiring
from auditor.custody.sealing import healths
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.reports import Report
from auditor.reporting import EXPORTERS, Document, Lang
from auditor.settings import Workspace
from auditor.workflow.judging import compose
from auditor.workflow.opening import read_targets


def report_of(workspace: Workspace, *, as_of: datetime | None = None, clock: Clock = now) -> Report:
    """The report of a workspace, read beside whoever may be writing it."""
    estate, _ = read_targets(workspace)
    require_begun(workspace)
    with Index.open(workspace.db) as index:
        journal = Journal.open(workspace.root)
        return compose(estate, index, journal, as_of or clock(), str(workspace.root.resolve().name))


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


def rendered(report: Report, workspace: Workspace, format_: str, lang: Lang, *, base: str = "") -> dict[str, bytes]:
    """The report in one format: file names and bytes. `base` leads from where they will lie to the workspace."""
    document = Document(report, loader(workspace), lang, base=base)
    return dict(EXPORTERS[format_](document))


def written(report: Report, workspace: Workspace, format_: str, lang: Lang, output: Path) -> list[Path]:
    """Write the report in one format; the files written. One file goes to `output`; several go into it as a folder."""
    files = rendered(report, workspace, format_, lang, base=_base(workspace, output))
    if len(files) == 1:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(next(iter(files.values())))
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    return [output / name for name in files]


def _base(workspace: Workspace, output: Path) -> str:
    """What leads from the written file to the workspace, so that links to evidence work."""
    here, there = output.resolve().parent, workspace.root.resolve()
    return "" if here == there else there.as_uri() + "/"


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


__all__ = ["Status", "loader", "rendered", "report_of", "require_begun", "status_of", "written"]
