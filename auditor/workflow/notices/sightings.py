"""Whether a service runs, capture by capture, as the index has it."""

from __future__ import annotations

from datetime import datetime

from auditor.hosting import parse_address
from auditor.model.notices import SightedService
from auditor.model.ports import EvidenceIndex
from auditor.workflow.wiring import Instruments


def sighted_service(instruments: Instruments, deployment: str) -> tuple[SightedService, ...]:
    """Every capture of a deployment, oldest first."""
    return indexed_sightings(instruments.index, deployment, instruments.clock())


def indexed_sightings(index: EvidenceIndex, deployment: str, as_of: datetime) -> tuple[SightedService, ...]:
    """The same from an index that is read, as of a moment."""
    counts = {one.capture: one for one in index.counts(deployment, as_of)}
    found = []
    for row in index.packages_at(deployment):
        if row.captured_at > as_of:
            continue
        count = counts.get(row.capture)
        said = parse_address(count.connection.get("address", "")).address if count is not None else None
        running = any(view.outcome == "observed" for view in row.views)
        displayed = count.displayed if count is not None else None
        found.append(SightedService(row.capture, row.captured_at, running, displayed, (str(said),) if said else ()))
    return tuple(found)
