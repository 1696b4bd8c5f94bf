"""What is kept beside the index for quick answers, `db/targets.json` and `db/schedules.json`, held against its sources.

A cache that would not be used (of another program, of other bytes, damaged) says nothing and is passed over. One that
would be used must say what the files of `targets.yaml` say, or the lines of the journal: `report`, `run` and `status`
believe it. (`db/ledger.db` is held against the journal by `custody`.)
"""

from __future__ import annotations

from itertools import takewhile

from auditor.custody import Journal
from auditor.errors import AuditorError
from auditor.planning import HISTORY_KINDS, ScheduleHistory
from auditor.targets import load_with_warnings, recall_estate
from auditor.workflow.memory.schedule_memory import FILE as SCHEDULES
from auditor.workflow.memory.schedule_memory import recall_history
from auditor.workspace import Workspace

ESTATE = "targets.json"


def differing_caches(workspace: Workspace, journal: Journal) -> list[tuple[str, bool]]:
    """The caches that would be used, by their paths, and whether each says the same as what it was made from.

    `journal`: the workspace's, or a copy of it that lies elsewhere.
    """
    return [*_estate(workspace), *_schedules(workspace, journal)]


def _estate(workspace: Workspace) -> list[tuple[str, bool]]:
    try:
        kept = recall_estate(workspace.targets, workspace.db.with_name(ESTATE))
        return [] if kept is None else [(f"db/{ESTATE}", kept == load_with_warnings(workspace.targets))]
    except AuditorError:
        return []  # targets.yaml cannot be read: that is told elsewhere, and no cache is used


def _schedules(workspace: Workspace, journal: Journal) -> list[tuple[str, bool]]:
    kept = recall_history(journal, workspace.db.with_name(SCHEDULES))
    if kept is None:
        return []
    history, size = kept
    try:
        lines = takewhile(lambda entry: entry.number < size, journal.entries(kinds=HISTORY_KINDS))
        return [(f"db/{SCHEDULES}", ScheduleHistory.of(lines) == history)]
    except AuditorError:
        return []  # the journal cannot be read: that is told elsewhere


def forget_caches(workspace: Workspace) -> None:
    """Remove them; the next question that is worth it makes them anew."""
    for name in (ESTATE, SCHEDULES):
        workspace.db.with_name(name).unlink(missing_ok=True)
