"""When the run before the newest one closed: the moment that a report compares with. The end of the journal is read."""

from __future__ import annotations

from datetime import datetime

from auditor.custody import Journal


def closed_before(journal: Journal, moment: datetime, since: datetime | None = None) -> datetime | None:
    """When the run before the newest one closed, of those that closed by a moment, and not before `since`.

    None where there were not two.
    """
    closed = 0
    for entry in journal.newest(("run.closed",)):
        if entry.at <= moment and (since is None or entry.at >= since):
            closed += 1
        if closed == 2:
            return entry.at
    return None
