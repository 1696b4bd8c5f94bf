"""The whole index made again from the evidence."""

from __future__ import annotations

from pathlib import Path

from auditor.custody import Journal, stored_packages
from auditor.errors import EvidenceIndexError
from auditor.index import Index
from auditor.model.targets.estate import Estate
from auditor.workflow.index.caches import forget_caches
from auditor.workflow.index.record import batches, index_record
from auditor.workflow.progress import Progress
from auditor.workflow.standing.rebuilding import keep_standing
from auditor.workspace import Workspace


def rebuild_index(workspace: Workspace, estate: Estate, progress: Progress) -> int:
    """Make the index anew from the evidence; the number of captures. The old file is replaced only when done, and what
    is kept beside it for quick answers is removed. `EvidenceIndexError` where it cannot be written."""
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
        keep_standing(workspace, index, estate)
    _remove(workspace.db)
    try:
        fresh.replace(workspace.db)
        forget_caches(workspace)
    except OSError as error:
        raise _cannot_be_written(workspace.db, error) from None
    return done


def _remove(database: Path) -> None:
    for name in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        try:
            name.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_be_written(name, error) from None


def _cannot_be_written(path: Path, error: OSError) -> EvidenceIndexError:
    return EvidenceIndexError(
        f"{path}: the index cannot be replaced ({error.strerror}). Make it a file that can be written"
    )
