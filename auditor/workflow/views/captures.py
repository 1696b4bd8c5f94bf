"""`auditor captures`: what was captured, newest first, with its counts and, where it is not complete, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.custody import require_initialised
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.notes import Note
from auditor.model.reading.observations import Count
from auditor.model.reports import EvidenceRow
from auditor.workflow.incompleteness import view_reasons
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ListedCapture:
    """One capture with its counts."""

    row: EvidenceRow
    counts: tuple[Count, ...]
    reasons: tuple[Note, ...]
    """Why it is not complete."""


def list_captures(workspace: Workspace, deployment: str | None, limit: int) -> tuple[ListedCapture, ...]:
    """The newest captures, of one deployment or of all, at most `limit` of them. `ConfigError` for a deployment that
    was never captured."""
    require_initialised(workspace.root)
    with Index.open(workspace.db) as index:
        rows = index.newest_packages(limit, deployment)
        if deployment is not None and not rows:
            known = ", ".join(index.deployments()[:8]) or "none yet"
            raise ConfigError(f"{deployment}: no capture of a deployment of that name; captured: {known}")
        counts = _by_capture(index.counts_of([row.capture for row in rows]))
    return tuple(ListedCapture(row, tuple(counts.get(row.capture, ())), view_reasons(row.views)) for row in rows)


def _by_capture(counts: Iterable[Count]) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = {}
    for one in counts:
        found.setdefault(one.capture, []).append(one)
    return found
