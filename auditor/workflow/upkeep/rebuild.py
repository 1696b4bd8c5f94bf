"""The whole index made again from the evidence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from auditor.custody import Journal, forget_tables, stored_packages, stream_packages
from auditor.errors import EvidenceIndexError
from auditor.index import Index, IndexedCapture
from auditor.model.evidence import Package
from auditor.model.targets.estate import Estate
from auditor.workflow.index.caches import forget_caches
from auditor.workflow.index.record import batches, record_or_why
from auditor.workflow.progress import Progress
from auditor.workflow.standing.rebuilding import keep_standing
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")


class RebuiltIndex(NamedTuple):
    """What was made."""

    captures: int
    """How many it has."""
    unreadable: tuple[str, ...]
    """Packages that cannot be read, one sentence each: it lacks them, and they are tried again."""


def rebuild_index(
    workspace: Workspace, estate: Estate, progress: Progress, told: Callable[[str], None] = LOGGER.warning
) -> RebuiltIndex:
    """Make the index anew from the evidence, past what cannot be read. The old file is replaced only when done, and
    what is kept beside it for quick answers is removed, but for the journal's tables where another process has them in
    use. `told` gets that. `EvidenceIndexError` where it cannot be written."""
    fresh = workspace.db.with_name("rebuilding.db")
    _remove(fresh)
    if not forget_tables(workspace.root):
        told("db/ledger.db is in use by another process and is left as it is: run it again when that has ended")
    journal = Journal.open(workspace.root, afresh=True)
    total = journal.ledger.standing.captures - journal.ledger.pruned_count()[0]
    done, unread = 0, dict[str, str]()
    with Index.open(fresh) as index:
        for batch in batches(_recorded(workspace, journal, estate, unread)):
            index.record([record for record, _ in batch])
            done += len(batch)
            progress(done + len(unread), total, batch[-1][1].deployment)
        index.note_unread(unread)
        index.follow(journal.size)
        keep_standing(workspace, index, estate)
    _remove(workspace.db)
    try:
        fresh.replace(workspace.db)
        forget_caches(workspace)
    except OSError as error:
        raise _cannot_be_written(workspace.db, error) from None
    return RebuiltIndex(done, tuple(unread.values()))


def _recorded(
    workspace: Workspace, journal: Journal, estate: Estate, unread: dict[str, str]
) -> Iterator[tuple[IndexedCapture, Package]]:
    """Each package read from its stored bytes; where they lie elsewhere, the next ones come meanwhile. Why one cannot
    be read is put into `unread`."""
    for package in stream_packages(workspace.evidence, stored_packages(workspace.root, journal)):
        found = record_or_why(workspace.root, estate, package)
        if isinstance(found, str):
            unread[package.capture] = found
        else:
            yield found, package


def _remove(database: Path) -> None:
    for name in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        try:
            name.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_be_written(name, error) from None


def _cannot_be_written(path: Path, error: OSError) -> EvidenceIndexError:
    if not path.parent.is_dir():
        return EvidenceIndexError(f"{path.parent}: is no folder. Take it away and run: auditor rebuild")
    return EvidenceIndexError(
        f"{path}: the index cannot be replaced ({error.strerror}). Make it a file that can be written"
    )
