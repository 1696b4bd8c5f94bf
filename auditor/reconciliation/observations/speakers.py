"""Who says what: the connection as the auditor saw it, the page's own fields, and what follows from its lists.

Each gives a map of its own. A text of the page that bears the name of something counted never stands for it: `check`
refuses such names, and here they are left out of what counts rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Basis, DescribedPlace, reserved_field_name
from auditor.model.reading.readings import FieldReading
from auditor.reconciliation.observations.capture_view import CaptureView
from auditor.reconciliation.observations.reasons import AMBIGUOUS, CONFLICT, gap_note, without_value


@dataclass(frozen=True, slots=True)
class Statements:
    """Texts by name, what they rest on, and what gave none."""

    texts: Mapping[str, str]
    basis: Mapping[str, Basis]
    unreadable: Mapping[str, Note]
    places: Mapping[str, DescribedPlace]


def connection_facts(seen: CaptureView) -> Mapping[str, str]:
    """What the capture recorded of its connection, the host whose address was in the browser, and the server's time.
    The page has no part in it."""
    facts = dict(seen.capture.facts)
    view = next(iter(seen.observed.values()))
    facts["host"] = urlsplit(view.final_url or view.url).netloc
    if "date" in seen.capture.facts:
        facts["server_date"] = seen.capture.facts["date"]
    return MappingProxyType(facts)


def page_fields(seen: CaptureView) -> Statements:
    """The text and date fields of the observed views, as the page claims them."""
    texts: dict[str, str] = {}
    basis: dict[str, Basis] = {}
    places: dict[str, DescribedPlace] = {}
    disagree = _disagreements(seen)
    for field in _readable(seen):
        if field.field in texts or field.field in disagree:
            continue
        texts[field.field] = _text(field)
        if field.place is not None:
            places[field.field] = DescribedPlace(seen.page_of(field), field.field, field.place)
        if not reserved_field_name(field.field, field.kind):
            basis[field.field] = seen.basis(field.candidates[0].raw, field.candidates[0].locator, field.candidates[0])
    return Statements(MappingProxyType(texts), basis, {**dict(_gaps(seen)), **disagree}, places)


def _disagreements(seen: CaptureView) -> Mapping[str, Note]:
    """The texts and dates that two pages state differently: none of them is chosen."""
    said: dict[str, list[tuple[str, str]]] = {}
    for field in _readable(seen):
        said.setdefault(field.field, []).append((seen.page_of(field), _text(field)))
    return {
        name: gap_note(CONFLICT, quote_text("; ".join(f"{page}: {text}" for page, text in texts)))
        for name, texts in said.items()
        if len({"".join(text.split()).casefold() for _, text in texts}) > 1
    }


def first_account(seen: CaptureView, metric: str) -> Statements:
    """The earliest 添加时间 of an account on the page's other lists: a dated sign that the deployment existed."""
    dated = [
        (row.added_on.candidates[0], row)
        for listing in seen.reading.listings
        if listing.metric != metric
        for row in listing.rows
        if "login" in row.cells and row.added_on is not None and len(row.added_on.candidates) == 1
        if row.locator.view in seen.observed
    ]
    if not dated:
        return Statements({}, {}, {}, {})
    day, row = min(dated, key=lambda pair: pair[0])
    basis = seen.basis(" ".join(row.cells.values()), row.locator, row)
    return Statements({"accounts_from": day.isoformat()}, {"accounts_from": basis}, {}, {})


def need_not_be_there(seen: CaptureView, field: FieldReading) -> bool:
    """Whether a field that need not be there is not there: no gap."""
    spec = seen.spec(field)
    return field.status == "missing" and spec is not None and not spec.required


def _readable(seen: CaptureView) -> Iterator[FieldReading]:
    for field in seen.reading.fields:
        shown = bool(field.candidates) and field.candidates[0].locator.view in seen.observed
        if field.kind != "count" and field.status == "read" and shown:
            yield field


def _text(field: FieldReading) -> str:
    if field.kind == "date" and field.dates is not None:
        one = len(field.dates.candidates) == 1
        return field.dates.candidates[0].isoformat() if one else field.dates.raw
    return field.text or field.candidates[0].raw


def _gaps(seen: CaptureView) -> Iterator[tuple[str, Note]]:
    for field in seen.reading.fields:
        if reserved_field_name(field.field, field.kind):
            continue
        if field.kind != "count" and field.status != "read" and not need_not_be_there(seen, field):
            yield field.field, without_value(field, field.status)
        elif field.kind == "date" and field.dates is not None and len(field.dates.candidates) != 1:
            days = ", ".join(day.isoformat() for day in field.dates.candidates)
            may_be = quote_text(days) if days else make_note("observation.no_date")
            reads = make_note("observation.ambiguous_date", text=f"{field.dates.raw!r}", days=may_be)
            yield field.field, gap_note(AMBIGUOUS, reads)
