"""Stored evidence read again with the present profile, beside what was recorded when it was captured."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from auditor.clock import now
from auditor.custody import Journal, JournalState, require_initialised
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.evidence import Package
from auditor.model.notes import Note
from auditor.model.reading.reading_checks import ReadingCheck, ReadingChecks
from auditor.model.reading.readings import FieldReading, ListingReading, Quantity, Reading
from auditor.model.targets.deployments import CountRole
from auditor.reconciliation import ConfirmedPlaces, decisions_in_force
from auditor.wording import counted_text, english
from auditor.workflow.decisions import read_decisions
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
    reading: Reading
    """What is read now, held against what named persons confirmed of its pages."""
    confirmed: frozenset[str]
    """`page/field` of each field that stands where it was confirmed."""
    roles: Mapping[str, CountRole]
    """`page/field` of each described count to the role it is described in."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why a number needs review, a field gave nothing or a list is not complete, one sentence for each."""
        return tuple(reading_doubts(self.reading))

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
    places = ConfirmedPlaces(
        decisions_in_force(read_decisions(Journal.open(workspace.root).entries(kinds=("decision",))), now())
    )
    new = held_reading(read_stored_package(workspace.root, estate, package), places)
    with Index.open(workspace.db) as index:
        old = index.reading(package.capture)
    before = _said(old) if old is not None else {}
    after = _said(new)
    names = [*after, *(name for name in before if name not in after)]
    rows = tuple(ReadingComparison(name, before.get(name, "-"), after.get(name, "-")) for name in names)
    old_reader = old.reader if old else "nothing"
    confirmed = frozenset(
        name
        for one in new.fields
        if one.place is not None
        and places.place(name := f"{one.page}/{one.field}") is not None
        and places.change(name, one.place) is None
    )
    roles = {
        f"{page.id}/{field.id}": field.role for page in estate.pages.values() for field in page.fields if field.role
    }
    return RereadCapture(package.capture, package.deployment, old_reader, new.reader, rows, new, confirmed, roles)


def held_reading(reading: Reading, places: ConfirmedPlaces) -> Reading:
    """The reading, each field that stands elsewhere than confirmed as one that needs review."""
    return replace(reading, fields=tuple(_held(one, places) for one in reading.fields))


def _held(one: FieldReading, places: ConfirmedPlaces) -> FieldReading:
    why = None if one.place is None else places.change(f"{one.page}/{one.field}", one.place)
    return one if why is None else replace(one, checks=one.checks.lowered("in_place", ReadingCheck("failed", why)))


def _package(workspace: Workspace, named: str) -> Package:
    ledger = Journal.open(workspace.root).ledger
    record = ledger.kept(named) or ledger.kept(_capture_in(workspace, ledger, Path(named)))
    if record is not None:
        return ledger.package_of(record)
    latest = ", ".join(reversed([one.capture for one in islice(ledger.newest_first(), 3)]))
    raise ConfigError(f"{named}: no capture or package of this workspace; the newest are {latest or 'none'}")


def _capture_in(workspace: Workspace, ledger: JournalState, folder: Path) -> str:
    """The id of the capture whose package lies there; empty where none does."""
    place = workspace.place_in_evidence(folder)
    record = ledger.package_at(place) if place else None
    return "" if record is None else record.capture


def _said(reading: Reading) -> dict[str, str]:
    """Everything a reading says, one line per field and list."""
    said: dict[str, str] = {}
    for field in reading.fields:
        other = f" on {field.candidates[0].locator.view}" if field.field in said and field.candidates else ""
        said[field.field + other] = field_reading_text(field)
    for listing in reading.listings:
        said[f"list {listing.listing}"] = _counted(listing)
    return said


def reading_doubts(reading: Reading) -> Iterator[str]:
    """What of a reading is not certain, and why."""
    for field in reading.fields:
        if field.status != "read":
            yield f"{field.field}: {field.status}: {english(field.why)}"
        for quantity in field.quantities if field.status == "read" else ():
            doubts = field.checks_of(quantity).doubts
            if doubts:
                yield f"{field.field} {quantity.raw}: needs review: {'; '.join(map(english, doubts))}"
    for one in reading.listings:
        if not one.complete:
            why = "; ".join(map(english, one.remarks)) or "its end was not reached"
            yield f"list {one.listing}: not complete: {why}"


def _counted(listing: ListingReading) -> str:
    total = f", {listing.stated_total} stated" if listing.stated_total is not None else ""
    reasons = "; ".join(map(english, listing.remarks))
    why = f": {reasons}" if reasons else ""
    whole = "complete" if listing.complete else f"not complete{why}"
    rows, pages = counted_text(len(listing.rows), "row", "rows"), counted_text(listing.pages, "page", "pages")
    return f"{rows} on {pages}{total}, {whole}"


def field_answers(
    reading: Reading, confirmed: Container[str] = (), roles: Mapping[str, CountRole] = MappingProxyType({})
) -> Iterator[dict[str, object]]:
    """Each count of a reading for machines, one for each role that a field states; a field without one is unknown.

    `roles`: of the described counts, by `page/field`. The other count of a pair goes by its own role as its name, where
    no field is described so: `34 of 20` under `used` gives `used` and `cap`.
    """
    described = {field.field for field in reading.fields}
    for field in reading.fields:
        path = f"{field.page}/{field.field}"
        if field.kind != "count":
            continue
        stated = field.quantities if field.status == "read" else ()
        for quantity in stated:
            other = quantity.role not in (roles.get(path, field.field), *described)
            name = quantity.role if other else field.field
            yield _stated(field, quantity, name, path in confirmed)
        if not stated:
            yield {**_common(field, field.checks, path in confirmed), "role": None, "kind": "unknown", "value": None,
                   "certainty": "needs_review", "raw": field.candidates[0].raw if field.candidates else None,
                   "why": english(field.why)}  # fmt: skip


def _stated(field: FieldReading, quantity: Quantity, name: str, confirmed: bool) -> dict[str, object]:
    checks = field.checks_of(quantity)
    return {
        **_common(field, checks, confirmed),
        "field": name,
        "stated_in": field.field,
        "role": quantity.role,
        "kind": quantity.kind,
        "value": quantity.value,
        "certainty": field.certainty_of(quantity),
        "raw": quantity.raw,
        "why": "; ".join(map(english, checks.doubts)),
    }


def _common(field: FieldReading, checks: ReadingChecks, confirmed: bool) -> dict[str, object]:
    seen = field.seen
    return {
        "field": field.field,
        "confirmed": confirmed,
        "checks": {name: check.answer for name, check in checks},
        "check_codes": {name: check.why.code if check.why else None for name, check in checks},
        "seen": None if seen is None else seen.text,
        "agree": None if seen is None else seen.agree,
        "seen_by": None if seen is None else {"engine": seen.engine, "models": seen.models, "crop": seen.crop,
                                              "score": seen.score},
    }  # fmt: skip


def list_answers(reading: Reading) -> Iterator[dict[str, object]]:
    """Each list of a reading for machines; one that is not complete is a lower bound, and says why."""
    for one in reading.listings:
        why = "" if one.complete else "; ".join(map(english, one.remarks))
        yield {"page": one.page, "list": one.listing, "metric": one.metric, "rows": len(one.rows),
               "complete": one.complete, "why": why,
               "codes": [] if one.complete else list(dict.fromkeys(map(_code, one.remarks)))}  # fmt: skip


def _code(remark: Note) -> str:
    """The code of a remark, without the page it is about."""
    inner = remark.value("remark")
    return inner.code if isinstance(inner, Note) else remark.code
