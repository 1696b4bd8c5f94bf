"""What is kept beside the index for quick answers, `db/targets.json`, held against its sources.

A cache that would not be used (of another program, of other bytes, damaged) says nothing and is passed over. One that
would be used must say what the files of `targets.yaml` say: `report` and `status` believe it. (`db/ledger.db` is held
against the journal by `custody`.)
"""

from __future__ import annotations

from auditor.errors import AuditorError
from auditor.targets import load_with_warnings, recall_estate
from auditor.workspace import Workspace

ESTATE = "targets.json"


def differing_caches(workspace: Workspace) -> list[tuple[str, bool]]:
    """The caches that would be used, by their paths, and whether each says the same as what it was made from."""
    try:
        kept = recall_estate(workspace.targets, workspace.db.with_name(ESTATE))
        return [] if kept is None else [(f"db/{ESTATE}", kept == load_with_warnings(workspace.targets))]
    except AuditorError:
        return []  # targets.yaml cannot be read: that is told elsewhere, and no cache is used


def forget_caches(workspace: Workspace) -> None:
    """Remove them; the next question that is worth it makes them anew."""
    workspace.db.with_name(ESTATE).unlink(missing_ok=True)
