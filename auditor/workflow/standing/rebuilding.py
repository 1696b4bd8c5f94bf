"""`auditor rebuild`: everything judged anew, with what an earlier index remembers and no evidence says again."""

from __future__ import annotations

import logging
from functools import partial

from auditor.clock import Clock, now
from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.model.targets.estate import Estate
from auditor.workflow.standing.refreshing import on_record
from auditor.workflow.standing.standing import StandingWorkspace
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")


def keep_standing(workspace: Workspace, fresh: Index, estate: Estate, *, clock: Clock = now) -> None:
    """Judge everything into an index made anew. Trends, and when a finding was seen first, are carried over from the
    index that is there, where it can still be read."""
    if workspace.db.exists():
        try:
            with Index.open_to_read(workspace.db) as before, fresh.standing.transaction():
                fresh.standing.remember(before.standing)
                fresh.listed.remember(before.listed, partial(on_record, estate))
        except EvidenceIndexError:
            LOGGER.info("rebuild: the index that is there cannot be read, and nothing is carried over from it")
    StandingWorkspace(workspace, fresh, clock, estate).refresh()
