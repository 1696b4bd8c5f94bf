"""`auditor verify`: what stands held against what the evidence says, row by row."""

from __future__ import annotations

from auditor.clock import Clock, now
from auditor.custody import is_at_work
from auditor.errors import AuditorError, EvidenceIndexError
from auditor.index import Index
from auditor.model.evidence import CheckList
from auditor.workflow.standing.standing import StandingWorkspace
from auditor.workspace import Workspace

CHECK = "index.standing"
SUBJECT = "db/auditor.db"
MOST_TOLD = 100
"""Rows that are named one by one."""


def check_standing(workspace: Workspace, *, clock: Clock = now) -> CheckList:
    """Check `index.standing`: nothing where nothing is kept. What is marked to be judged again is not compared,
    nor what the index lacks."""
    answers = CheckList()
    if not workspace.db.exists():
        return answers
    busy = " (the workspace is in use)" if is_at_work(workspace.root) else ""
    try:
        index = Index.open_to_read(workspace.db)
    except EvidenceIndexError:
        return answers  # told by `index.form`
    try:
        with index:
            if index.standing.head() is None:
                return answers
            found = StandingWorkspace(workspace, index, clock).compare()
    except AuditorError as error:
        answers.unchecked(CHECK, SUBJECT, str(error).splitlines()[0])
        return answers
    if not found.kept:
        return answers
    for row, how in found.differing[:MOST_TOLD]:
        told = f"{how}; the evidence stands, run: auditor rebuild{busy}"
        (answers.unchecked if busy else answers.failed)(CHECK, row, told)
    more = len(found.differing) - MOST_TOLD
    if more > 0:
        told = f"{more} further rows say other than the evidence; run: auditor rebuild{busy}"
        (answers.unchecked if busy else answers.failed)(CHECK, SUBJECT, told)
    for name in found.unrecorded[:MOST_TOLD]:
        told = f"the index has not recorded what the journal says of it: not compared; run: auditor rebuild{busy}"
        answers.unchecked(CHECK, f"deployment {name}", told)
    if len(found.unrecorded) > MOST_TOLD:
        told = f"{len(found.unrecorded) - MOST_TOLD} further deployments are not recorded: not compared{busy}"
        answers.unchecked(CHECK, SUBJECT, told)
    if found.outstanding:
        answers.notice(
            f"Of what stands in db/auditor.db, {found.outstanding} deployments, contracts and groups are marked to be "
            "judged again; they were not compared."
        )
    if found.agreeing and not found.differing and not found.unrecorded:
        answers.passed(CHECK, SUBJECT, f"{found.agreeing} rows say what the evidence says")
    return answers
