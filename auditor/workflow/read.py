"""Stored evidence read again with the present profile, beside what was recorded when it was captured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.custody import Journal, require_initialised, stored_packages
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.evidence import Package
from auditor.model.readings import ListingReading, Reading
from auditor.workflow.index.record import read_stored_package
from auditor.workflow.profile.page_entry import field_reading_text
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReadingComparison:
    """One thing that was read, then and now, in words."""

    what: str
    old: str
    new: str

    @property
    def same(self) -> bool:
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class RereadCapture:
    """A capture with both of its readings."""

    capture: str
    deployment: str
    old_reader: str
    new_reader: str
    rows: tuple[ReadingComparison, ...]

    @property
    def same(self) -> bool:
        """Whether everything reads as it did."""
        return all(row.same for row in self.rows)


def reread_package(workspace: Workspace, named: str) -> RereadCapture:
    """Read a package again and compare. Raises `ConfigError` where no package is so named.

    The stored bytes are checked against the journal's digest as they are read; `IntegrityError` where they differ.
    """
    estate, _ = read_targets(workspace)
    require_initialised(workspace.root)
    package = _package(workspace, named)
    new = read_stored_package(workspace.root, estate, package)
    with Index.open(workspace.db) as index:
        old = index.reading(package.capture)
    before = _said(old) if old is not None else {}
    after = _said(new)
    names = [*after, *(name for name in before if name not in after)]
    rows = tuple(ReadingComparison(name, before.get(name, "-"), after.get(name, "-")) for name in names)
    return RereadCapture(package.capture, package.deployment, old.reader if old else "nothing", new.reader, rows)


def _package(workspace: Workspace, named: str) -> Package:
    found = list(stored_packages(workspace.root, Journal.open(workspace.root)))
    path = Path(named)
    for package in found:
        if package.capture == named or (workspace.root / package.path).resolve() == path.resolve():
            return package
    latest = ", ".join(package.capture for package in found[-3:])
    raise ConfigError(f"{named}: no capture or package of this workspace; the newest are {latest or 'none'}")


def _said(reading: Reading) -> dict[str, str]:
    """Everything a reading says, one line per field and list."""
    said: dict[str, str] = {}
    for field in reading.fields:
        other = f" on {field.candidates[0].locator.view}" if field.field in said and field.candidates else ""
        said[field.field + other] = field_reading_text(field)
    for listing in reading.listings:
        said[f"list {listing.listing}"] = _counted(listing)
    return said


def _counted(listing: ListingReading) -> str:
    total = f", {listing.stated_total} stated" if listing.stated_total is not None else ""
    whole = "complete" if listing.complete else "not complete"
    return f"{len(listing.rows)} rows on {listing.pages} pages{total}, {whole}"
