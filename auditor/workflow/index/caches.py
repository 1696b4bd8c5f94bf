"""What is kept beside the index for quick answers, `db/journal.json` and `db/targets.json`, held against its sources.

A cache that would not be used (of another program, of other bytes, damaged) says nothing and is passed over. One that
would be used must say what the journal and the files of `targets.yaml` say: `report` and `status` believe it.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.custody import Journal
from auditor.errors import AuditorError
from auditor.targets import load_with_warnings, recall_estate
from auditor.workflow.journal_cache import recall_journal_summary, whole_journal_summary
from auditor.workspace import Workspace

JOURNAL_SUMMARY = "journal.json"
ESTATE = "targets.json"


def differing_caches(workspace: Workspace, journal: Journal) -> list[tuple[str, bool]]:
    """The caches that would be used, by their paths, and whether each says the same as what it was made from."""
    found = []
    for name, same in ((JOURNAL_SUMMARY, lambda: _summary(workspace, journal)), (ESTATE, lambda: _estate(workspace))):
        answer = _settled(same)
        if answer is not None:
            found.append((f"db/{name}", answer))
    return found


def forget_caches(workspace: Workspace) -> None:
    """Remove them; the next question that is worth it makes them anew."""
    for name in (JOURNAL_SUMMARY, ESTATE):
        workspace.db.with_name(name).unlink(missing_ok=True)


def _settled(same: Callable[[], bool | None]) -> bool | None:
    try:
        return same()
    except AuditorError:
        return None  # the journal or targets.yaml cannot be read: that is told elsewhere, and no cache is used


def _summary(workspace: Workspace, journal: Journal) -> bool | None:
    kept = recall_journal_summary(workspace)
    return None if kept is None else kept == whole_journal_summary(journal)


def _estate(workspace: Workspace) -> bool | None:
    kept = recall_estate(workspace.targets, workspace.db.with_name(ESTATE))
    return None if kept is None else kept == load_with_warnings(workspace.targets)
