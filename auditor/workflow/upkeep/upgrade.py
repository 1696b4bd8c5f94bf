"""The workspace of an earlier version brought into the present layout."""

from __future__ import annotations

from auditor.clock import Clock, now
from auditor.custody import JournalUpgrade, upgrade_workspace
from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.workflow.wiring import key_passphrase
from auditor.workspace import Workspace

__all__ = ["JournalUpgrade", "bring_index_along", "upgrade_layout"]


def upgrade_layout(workspace: Workspace, *, clock: Clock = now) -> JournalUpgrade:
    """Bring the journal into segments and tiles; does nothing where that was done. Raises as `upgrade_workspace`."""
    return upgrade_workspace(workspace.root, passphrase=key_passphrase(), at=clock)


def bring_index_along(workspace: Workspace) -> bool:
    """Whether the index, where there is one, has its present form now; False where it is to be made again."""
    try:
        if workspace.db.exists():
            Index.open(workspace.db).close()
    except EvidenceIndexError:
        return False
    return True
