"""A metric's list: its rows, and whether they may be compared where no page states a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Basis, Count
from auditor.model.reading.readings import ListedRow, ListingReading
from auditor.model.targets.deployments import PageSpec
from auditor.reconciliation.observations.capture_view import CaptureView
from auditor.reconciliation.observations.reasons import INCOMPLETE, MISSING, gap_note


@dataclass(frozen=True, slots=True)
class ListedUnits:
    """What a metric's list gives to an observation."""

    rows: tuple[Mapping[str, str], ...] = ()
    number: int | None = None
    """Rows; None where there is no list, or it was not observed, with the reason in `why`."""
    complete: bool = False
    basis: Basis | None = None
    why: Note | None = None
    doubt: Note | None = None
    """Why a list that has rows is not complete."""


def listed_units(seen: CaptureView, listing: ListingReading | None) -> ListedUnits:
    """The rows of a list, their number, and whether the list was read to its end."""
    if listing is None:
        return ListedUnits()
    if lacks_optional(listing):
        return ListedUnits()
    if not {row.locator.view for row in listing.rows} <= set(seen.observed):
        return ListedUnits(why=gap_note(MISSING, make_note("observation.list_page_not_observed")))
    if not listing.rows and not listing.complete:
        return ListedUnits(why=gap_note(MISSING, _remarks(listing, make_note("observation.list_not_found"))))
    first = listing.rows[0] if listing.rows else None
    return ListedUnits(
        rows=tuple(MappingProxyType(_cells(row)) for row in listing.rows),
        number=len(listing.rows),
        complete=listing.complete,
        basis=None if first is None else seen.basis(" ".join(first.cells.values()), first.locator, first),
        doubt=None if listing.complete else _remarks(listing, make_note("observation.list_not_ended")),
    )


def lacks_optional(listing: ListingReading) -> bool:
    """Whether the page lacks a list that it may lack."""
    return any(remark.code == "list.absent_allowed" for remark in listing.remarks)


def _remarks(listing: ListingReading, otherwise: Note) -> Note:
    """All that was remarked of a list, as one note."""
    return make_note("several", notes=listing.remarks) if listing.remarks else otherwise


def _cells(row: ListedRow) -> dict[str, str]:
    cells = dict(row.cells)
    if row.added_on is not None and len(row.added_on.candidates) == 1:
        cells["added_on"] = row.added_on.candidates[0].isoformat()
    return cells


def missing_count(seen: CaptureView, metric: str, main: str, listing: ListingReading | None) -> Mapping[str, Note]:
    """Why there is no number where no field gave one, by statement: its page was not observed, or the list alone is
    not complete."""
    failed = {view.page for view in seen.capture.views if view.outcome != "observed"}
    visited = {view.page for view in seen.capture.views}
    unseen = sorted(failed | (set(seen.described) - visited))
    page = next((name for name in unseen if name in seen.pages and _states(seen.pages[name], metric, main)), None)
    if page is not None:
        return {"displayed": gap_note(MISSING, make_note("observation.page_not_observed", page=page))}
    if listing is not None and not listing.complete:
        return {"listed": gap_note(INCOMPLETE, _remarks(listing, make_note("observation.list_not_ended")))}
    return {}


def _states(page: PageSpec, metric: str, main: str) -> bool:
    return any(
        spec.kind == "count" and (spec.metric or main) == metric and "used" in (spec.role or "used", *spec.order)
        for spec in page.fields
    )


def counting_pages(seen: CaptureView, found: Count) -> list[str]:
    """The visited pages that should have given the number: those that state it, else those that list it."""
    by_list = "displayed" not in found.unreadable
    chosen = []
    for view in seen.capture.views:
        page = seen.pages.get(view.page)
        if page is None:
            continue
        stated = any(spec.kind == "count" and spec.metric in (None, found.metric) for spec in page.fields)
        listed = page.listing is not None and page.listing.metric == found.metric
        if listed if by_list else stated:
            chosen.append(view.page)
    return chosen
