"""A metric's list: its rows, and whether they may be compared where no page states a number."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.model.deployments import PageSpec
from auditor.model.findings import Basis, Observation
from auditor.model.readings import ListedRow, ListingReading
from auditor.reconciliation.observations.capture_view import CaptureView


def listed_rows(
    seen: CaptureView, listing: ListingReading | None, basis: dict[str, Basis], unreadable: dict[str, str]
) -> tuple[tuple[Mapping[str, str], ...], int | None, bool]:
    """The rows, their number, and whether the list was read to its end; None with the reason noted where a page of it
    was not observed."""
    if listing is None:
        return (), None, False
    views = {row.locator.view for row in listing.rows}
    if not views <= set(seen.observed):
        unreadable["listed"] = "missing: a page of the list did not end as observed"
        return (), None, False
    if listing.rows:
        row = listing.rows[0]
        basis["listed"] = seen.basis(" ".join(row.cells.values()), row.locator, row)
    elif not listing.complete:
        unreadable["listed"] = "missing: " + ("; ".join(listing.remarks) or "the list was not found")
        return (), None, False
    return tuple(MappingProxyType(_cells(row)) for row in listing.rows), len(listing.rows), listing.complete


def _cells(row: ListedRow) -> dict[str, str]:
    cells = dict(row.cells)
    if row.added_on is not None and len(row.added_on.candidates) == 1:
        cells["added_on"] = row.added_on.candidates[0].isoformat()
    return cells


def note_missing_count(
    seen: CaptureView, metric: str, main: str, listing: ListingReading | None, unreadable: dict[str, str]
) -> None:
    """Why there is no number where no field gave one: its page was not observed, or the list alone is not complete."""
    failed = {view.page for view in seen.capture.views if view.outcome != "observed"}
    visited = {view.page for view in seen.capture.views}
    unseen = sorted(failed | (set(seen.described) - visited))
    page = next((name for name in unseen if name in seen.pages and _states(seen.pages[name], metric, main)), None)
    if page is not None:
        unreadable["displayed"] = f"missing: the page {page}, which states it, did not end as observed"
    elif listing is not None and not listing.complete and "listed" not in unreadable:
        unreadable["listed"] = "incomplete: " + ("; ".join(listing.remarks) or "the end of the list was not reached")


def _states(page: PageSpec, metric: str, main: str) -> bool:
    return any(
        spec.kind == "count" and (spec.metric or main) == metric and "used" in (spec.role or "used", *spec.order)
        for spec in page.fields
    )


def counting_pages(seen: CaptureView, found: Observation) -> list[str]:
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
