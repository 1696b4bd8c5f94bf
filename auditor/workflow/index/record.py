"""From a package's stored bytes to the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from auditor.custody import Journal, JournalState, PackageRecord, open_package, stream_packages
from auditor.errors import AwayError, CustodyError, EvidenceIndexError, ReadingError
from auditor.index import Index, IndexedCapture
from auditor.model.captures import Capture
from auditor.model.evidence import Package
from auditor.model.findings import Unobserved
from auditor.model.notes import Note, quote_text
from auditor.model.ports import EvidenceIndex
from auditor.model.reading.readings import Reading
from auditor.model.reports import EvidenceRow
from auditor.model.targets.estate import Estate
from auditor.reading import SecondEye, read_capture
from auditor.reconciliation import observe
from auditor.workflow.index.stored_warnings import warning_notes
from auditor.workflow.wiring import Instruments
from auditor.workspace import Workspace

Item = TypeVar("Item")

AGAIN = 16
"""Of the packages that could not be read, how many are tried again at a time."""
BATCH = 100
"""Captures that one transaction of the index takes."""
TRAFFIC = "traffic.warc.gz"
"""The archive of a visit's requests and answers in its package."""


def index_record(root: Path, estate: Estate, package: Package, eye: SecondEye | None = None) -> IndexedCapture:
    """Read a committed package from its stored bytes; everything that the index keeps of it.

    `eye`: with what was recognised at earlier visits; without one, every picture is looked at anew.
    A package whose bytes cannot be read gives no number: its record says why, and the evidence stays.
    """
    stored = open_package(root / package.path, package.manifest_sha256)
    capture = stored.capture
    warnings = warning_notes(capture, stored.load)
    try:
        reading = _read(estate, capture, stored.load, eye)
        observations, missed = observe(
            reading,
            capture,
            sealed=package.seal.sealed,
            estate=estate,
            digests={artefact.path: artefact.sha256 for artefact in capture.artefacts},
        )
        return IndexedCapture(capture.run, _row(package, capture, warnings), reading, observations, missed)
    except (ReadingError, ArithmeticError, LookupError, RecursionError, ValueError) as error:
        # Whatever a page can make of its own reading: the evidence is kept, and says that it gave no number.
        why = str(error) if isinstance(error, ReadingError) else f"{type(error).__name__}: {error}"
        unread = Unobserved(
            capture.deployment, capture.views[0].page if capture.views else "", "error", quote_text(why),
            capture.started_at, capture.id,
        )  # fmt: skip
        return IndexedCapture(capture.run, _row(package, capture, warnings), None, (), (unread,))


def record_or_why(root: Path, estate: Estate, package: Package, eye: SecondEye | None = None) -> IndexedCapture | str:
    """As `index_record`; a sentence for a package that cannot be read. `AwayError` where it cannot be had now."""
    try:
        return index_record(root, estate, package, eye)
    except AwayError:
        raise
    except CustodyError as error:
        return f"capture {package.capture} cannot be read and is in no report: {error}"


def noted_unreadable(workspace: Workspace) -> tuple[str, ...]:
    """Packages that the index lacks because they could not be read when that was tried last, one sentence each."""
    if workspace.db.exists():
        with suppress(EvidenceIndexError), Index.open_to_read(workspace.db) as index:  # whoever needs it is told
            return tuple(index.unread().values())
    return ()


def read_stored_package(root: Path, estate: Estate, package: Package) -> Reading:
    """What the present profile reads from stored evidence."""
    stored = open_package(root / package.path, package.manifest_sha256)
    return _read(estate, stored.capture, stored.load)


def _read(estate: Estate, capture: Capture, load: Callable[[str], bytes], eye: SecondEye | None = None) -> Reading:
    traffic = next((one.path for one in capture.artefacts if one.path == TRAFFIC), None)
    return read_capture(
        capture.views, estate.pages, load, capture=capture.id, deployment=capture.deployment, eye=eye, traffic=traffic,
        media_types=capture.media_types,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class IndexCatchUp:
    """What was recorded that an interruption had left out of the index."""

    changed: int
    """Captures added, or sealed since."""
    unreadable: tuple[str, ...]
    """Packages that cannot be read, one sentence each: they stay as they are, `auditor verify` says more."""


def index_missing_captures(instruments: Instruments) -> IndexCatchUp:
    """Record what the journal says since the line up to which the index followed it: what an interruption left out.

    A package that cannot be read keeps nobody from the others: it is noted, and tried again.
    """
    journal, since = instruments.journal, instruments.index.followed()
    changed = list(journal.ledger.packages_changed(since))
    return record_changed(instruments.index, journal, instruments.workspace, instruments.estate, changed)


def record_changed(
    index: EvidenceIndex,
    journal: Journal,
    workspace: Workspace,
    estate: Estate,
    changed: Iterable[PackageRecord],
    eye: SecondEye | None = None,
) -> IndexCatchUp:
    """As `index_missing_captures`, of packages that changed since the line up to which the index followed.

    `AwayError` where they are brought and cannot be had now: nothing is noted of these then.
    """
    ledger, since, known = journal.ledger, index.followed(), index.unread()
    pruned = (capture for capture, _, _ in ledger.pruned_in(since))
    index.remove([one for one in pruned if one in known or index.package(one) is not None])
    again = {one: ledger.package_record(one) for one in islice(known, AGAIN)}
    tried = chain(filter(None, again.values()), (one for one in changed if one.capture not in again))
    sealed, added, unread = list[str](), 0, dict[str, str]()
    for package in stream_packages(workspace.evidence, _not_recorded(index, ledger, tried, sealed)):
        found = record_or_why(workspace.root, estate, package, eye)
        if isinstance(found, str):
            unread[package.capture] = found
        else:
            index.record([found])
            added += 1
    index.note_unread(unread)
    index.follow(journal.size)
    return IndexCatchUp(added + len(sealed), tuple(index.unread().values()))


def _not_recorded(
    index: EvidenceIndex, ledger: JournalState, changed: Iterable[PackageRecord], sealed: list[str]
) -> Iterator[Package]:
    """Packages that the index lacks; of those that it has, what their timestamps say is recorded on the way."""
    for record in changed:
        if ledger.is_pruned(record.capture):
            continue
        package, row = ledger.package_of(record), index.package(record.capture)
        if row is None:
            yield package
        elif row.seal != package.seal:
            index.seal(package.capture, package.seal)
            sealed.append(package.capture)


def _row(package: Package, capture: Capture, warnings: tuple[Note, ...]) -> EvidenceRow:
    return EvidenceRow(
        capture.id,
        capture.deployment,
        package.path,
        capture.state,
        capture.started_at,
        package.manifest_sha256,
        package.seal,
        capture.views,
        warnings,
    )


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in order, so many at a time as one transaction takes."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def displayed_counts(workspace: Workspace, deployment: str) -> frozenset[int]:
    """The counts that a deployment's pages ever displayed, by the index; none where there is no index yet."""
    if not workspace.db.exists():
        return frozenset()
    with Index.open(workspace.db) as index:
        return frozenset(seen.displayed for seen in index.observations(deployment) if isinstance(seen.displayed, int))
