"""The whole index made again from the evidence."""

from __future__ import annotations

from pathlib import Path

from auditor.custody import Journal, stored_packages
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.workflow.index.record import batches, index_record
from auditor.workflow.progress import Progress
from auditor.workspace import Workspace


def rebuild_index(workspace: Workspace, estate: Estate, progress: Progress) -> int:
    """Make the index anew from the evidence; the number of captures. The old file is replaced only when done."""
    fresh = workspace.db.with_name("rebuilding.db")
    _remove(fresh)
    journal = Journal.open(workspace.root)
    total = journal.ledger.standing.captures - journal.ledger.pruned_count()[0]
    done = 0
    with Index.open(fresh) as index:
        for batch in batches(stored_packages(workspace.root, journal)):
            index.record([index_record(workspace.root, estate, package) for package in batch])
            done += len(batch)
            progress(done, total, batch[-1].deployment)
        index.follow(journal.size)
    _remove(workspace.db)
    fresh.replace(workspace.db)
    return done


def _remove(database: Path) -> None:
    for name in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        name.unlink(missing_ok=True)
