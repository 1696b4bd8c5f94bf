"""The index against the evidence: each package once, its digest, its seal, and what its stored bytes say.

The index is no evidence: whatever differs, the evidence stands and `auditor rebuild` makes the index anew. Nothing is
written here, and memory does not grow with the number of packages beyond their ids.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor import __version__
from auditor.custody import Journal, is_at_work, stored_packages, stream_packages
from auditor.errors import AuditorError, EvidenceIndexError
from auditor.index import Index
from auditor.model.events import RunOpened, TargetsListed, parse_entry
from auditor.model.evidence import CheckList, Package, Seal
from auditor.model.ports import EvidenceIndex
from auditor.model.targets.estate import Estate
from auditor.reading import READER_VERSION
from auditor.workflow.index.caches import differing_caches
from auditor.workflow.index.record import batches, index_record
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace

IndexRows = Mapping[str, list[tuple[object, ...]]]

_SOFTWARE = f"auditor {__version__}"
REBUILD_ADVICE = "run: auditor rebuild"
NO_INDEX_NOTICE = "There is no index here (db/auditor.db) to compare with the evidence. To make one: auditor rebuild"


@dataclass
class IndexComparison:
    """What the comparison found."""

    busy: bool = False
    """The workspace is in use: what differs may be under way."""
    answers: CheckList = field(default_factory=CheckList)

    def add(self, name: str, subject: str, detail: str, *, failed: bool = True) -> None:
        """A check that does not hold, or, where the workspace is in use or `failed` is false, that was not made."""
        told = detail + (" (the workspace is in use)" if self.busy else "")
        if failed and not self.busy:
            self.answers.failed(name, subject, told)
        else:
            self.answers.unchecked(name, subject, told)


def compare_index(workspace: Workspace, progress: Progress) -> IndexComparison:
    """Compare `db/auditor.db` with the journal and the packages. Checks `index.*`; a notice where there is no index."""
    found = IndexComparison(is_at_work(workspace.root))
    subject = "db/auditor.db"
    try:
        journal = Journal.open(workspace.root)
    except AuditorError:
        found.add("index.packages", subject, "the journal is broken: there is nothing to hold it against", failed=False)
        return found
    for cache, same in differing_caches(workspace, journal):
        if same:
            found.answers.passed("index.cache", cache, "as what it was made from")
        else:
            found.add("index.cache", cache, f"says other than the journal or targets.yaml; {REBUILD_ADVICE}")
    if not workspace.db.exists():
        found.answers.notice(NO_INDEX_NOTICE)
        return found
    try:
        with Index.open_to_read(workspace.db) as index:
            _compare(workspace, index, journal, found, progress)
    except EvidenceIndexError as error:
        found.add("index.form", subject, str(error))
    return found


@dataclass(frozen=True, slots=True)
class _Sides:
    """What is held against each other."""

    workspace: Workspace
    index: EvidenceIndex
    journal: Journal
    estate: Estate | None
    runs: Mapping[str, RunOpened]
    """By run, its opening: the software, and the digests of `targets.yaml` and its includes."""


def _compare(
    workspace: Workspace,
    index: Index,
    journal: Journal,
    found: IndexComparison,
    progress: Progress,
) -> None:
    ledger = journal.ledger
    kept = {one.capture for one in ledger.packages()} - {capture for capture, _, _ in ledger.pruned_in()}
    for capture in sorted(index.captures() - kept):
        why = "pruned by the journal" if ledger.is_pruned(capture) else "in no journal line"
        found.add("index.packages", f"capture {capture}", f"in the index, {why}; {REBUILD_ADVICE}")
    sides = _Sides(workspace, index, journal, _estate(workspace, found), _openings(journal))
    total, good = len(kept), 0
    with tempfile.TemporaryDirectory(prefix="auditor-index-") as scratch:
        for done, (package, again) in enumerate(_read_again(sides, Path(scratch)), 1):
            good += _one(sides, package, again, found)
            progress(done, total, package.deployment)
    if good or not total:
        found.answers.passed("index.packages", "db/auditor.db", f"{good} of {total} captures agree")


def _openings(journal: Journal) -> dict[str, RunOpened]:
    """Each run's opening, with every file of its targets."""
    opened: dict[str, RunOpened] = {}
    for event in map(parse_entry, journal.entries(kinds={"run.opened"})):
        match event:
            case RunOpened():
                opened[event.run] = event
            case TargetsListed() if event.run in opened:
                before = opened[event.run]
                opened[event.run] = replace(before, targets={**(before.targets or {}), **event.digests})
    return opened


def _estate(workspace: Workspace, found: IndexComparison) -> Estate | None:
    try:
        return read_targets(workspace)[0]
    except AuditorError as error:
        first = str(error).splitlines()[0]
        detail = f"readings were not compared: they need a targets.yaml that can be read ({first})"
        found.add("index.readings", "db/auditor.db", detail, failed=False)
        return None


def _read_again(sides: _Sides, scratch: Path) -> Iterator[tuple[Package, IndexRows | str]]:
    """Each package with the rows that the index should hold, or why that cannot be said."""
    for number, batch in enumerate(batches(_packages(sides))):
        path = scratch / f"{number}.db"
        with Index.open(path) as fresh:
            for package in batch:
                yield package, _again(sides, fresh, package)
        path.unlink()


def _packages(sides: _Sides) -> Iterator[Package]:
    return stream_packages(sides.workspace.evidence, stored_packages(sides.workspace.root, sides.journal))


def _again(sides: _Sides, fresh: EvidenceIndex, package: Package) -> IndexRows | str:
    if sides.estate is None:
        return ""
    try:
        fresh.record([index_record(sides.workspace.root, sides.estate, package)])
    except (AuditorError, OSError) as error:
        return f"its evidence cannot be read again: {error}"
    return fresh.rows_of(package.capture)


def _excuse(sides: _Sides, package: Package) -> str:
    """Why a differing reading may be right: made by another version or another targets.yaml. Empty where neither."""
    try:
        stored = sides.index.reading(package.capture)
    except ValueError:
        return ""
    if stored is not None and stored.reader != READER_VERSION:
        return f"read by {stored.reader}, now {READER_VERSION}"
    record = sides.journal.ledger.package_record(package.capture)
    before = sides.runs.get(record.run) if record is not None else None
    if before is None:
        return ""
    if before.software not in (None, _SOFTWARE):
        return f"made by {before.software}, now {_SOFTWARE}"
    then = before.targets
    if sides.estate is None or then is None or _digests(then) == _digests(sides.estate.sources):
        return ""
    return "targets.yaml has changed since"


def _digests(sources: Mapping[str, str]) -> list[str]:
    """Without the names: a workspace may lie elsewhere now."""
    return sorted(sources.values())


def _one(sides: _Sides, package: Package, again: IndexRows | str, found: IndexComparison) -> bool:
    subject = f"capture {package.capture}"
    try:
        row = sides.index.package(package.capture)
    except ValueError:
        found.add("index.form", subject, f"its row cannot be read; {REBUILD_ADVICE}")
        return False
    if row is None:
        found.add("index.packages", subject, f"in the journal, not in the index; {REBUILD_ADVICE}")
    elif row.manifest_sha256 != package.manifest_sha256:
        detail = (
            f"the index says manifest {row.manifest_sha256}, the journal {package.manifest_sha256}; {REBUILD_ADVICE}"
        )
        found.add("index.manifest", subject, detail)
    elif row.seal != package.seal:
        detail = (
            f"the index says {_state(row.seal)}, the journal {_state(package.seal)}, or other tokens; {REBUILD_ADVICE}"
        )
        found.add("index.seal", subject, detail)
    elif not isinstance(again, str):
        return _rows(sides, package, again, found)
    elif again:
        found.add("index.readings", subject, again, failed=False)
    return False


def _rows(sides: _Sides, package: Package, again: IndexRows, found: IndexComparison) -> bool:
    stored = sides.index.rows_of(package.capture)
    differing = [table for table in again if stored[table] != again[table]]
    if differing:
        excuse = _excuse(sides, package)
        why = f" ({excuse})" if excuse else ""
        detail = f"{', '.join(differing)}: the index says other than the stored bytes{why}; {REBUILD_ADVICE}"
        found.add("index.readings", f"capture {package.capture}", detail, failed=not excuse)
    return not differing


def _state(seal: Seal) -> str:
    return "sealed" if seal.sealed else "not sealed"
