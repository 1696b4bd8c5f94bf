"""Extracts observations from a reading: one per metric, and an `Unobserved` for each metric without one.

`displayed` and `cap` are set only from a view that ended `observed` and a field that was read as one exact number (for
a cap also `unlimited` or an upper bound). Everything else is a reason in `unreadable`. `listed` is the number of rows
on the list as displayed, all kinds; which rows do not count is a question of contract and decision, asked later. Where
no page is described as stating the number, `Observation.counted` takes the complete list; a number that a page is
described as stating and that was not read is never replaced by a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from auditor.model.captures import Capture, View
from auditor.model.contracts import UNLIMITED, Metric, Unlimited
from auditor.model.deployments import CountRole, PageSpec
from auditor.model.estate import Estate
from auditor.model.findings import Basis, Observation, Unobserved
from auditor.model.readings import Candidate, FieldReading, Quantity, Reading
from auditor.reconciliation.observations.capture_view import CaptureView
from auditor.reconciliation.observations.lists import counting_pages, listed_rows, note_missing_count

FIELD_BY_ROLE: Mapping[CountRole, str] = MappingProxyType({"used": "displayed", "cap": "cap"})


def observe(
    reading: Reading,
    capture: Capture,
    *,
    sealed: bool,
    estate: Estate,
    pages: Mapping[str, PageSpec] | None = None,
    digests: Mapping[str, str] | None = None,
    sealed_at: datetime | None = None,
) -> tuple[tuple[Observation, ...], tuple[Unobserved, ...]]:
    """The observations of one capture, one per metric that its pages count, and its views that gave no number.

    `pages` defaults to the estate's, `digests` (artefact path to SHA-256) to the capture's own artefacts. A capture
    without any observed view gives no observation. Raises `ReadingError` where a text rests on an artefact that the
    capture does not list.
    """
    seen = CaptureView(
        reading,
        capture,
        estate.pages if pages is None else pages,
        {found.path: found.sha256 for found in capture.artefacts} if digests is None else digests,
        () if capture.deployment not in estate.deployments else estate.deployments[capture.deployment].pages,
    )
    missed = tuple(_missed(capture, view) for view in capture.views if view.outcome != "observed")
    if not seen.observed:
        return (), missed or (_nothing(capture),)
    deployment = estate.deployments.get(capture.deployment)
    product = None if deployment is None else estate.products.get(deployment.product)
    metrics = () if product is None else product.metrics
    identity = _identity(seen, sealed_at)
    observations = []
    for number, metric in enumerate(metrics):
        found = _observation(seen, metric, first=number == 0, identity=identity, sealed=sealed)
        if found is not None:
            observations.append(found)
    return tuple(observations), (*missed, *_without_number(seen, observations))


def _missed(capture: Capture, view: View) -> Unobserved:
    at = view.captured_at or capture.ended_at
    return Unobserved(capture.deployment, view.page, view.outcome, view.why or view.outcome, at, capture.id)


def _nothing(capture: Capture) -> Unobserved:
    failed = next((step for step in capture.steps if not step.ok), None)
    why = f"{failed.name}: {failed.detail}" if failed else "the visit brought back no view"
    return Unobserved(capture.deployment, "", "error", why, capture.ended_at, capture.id)


def _without_number(seen: CaptureView, observations: Iterable[Observation]) -> tuple[Unobserved, ...]:
    """Views that ended as observed and still gave no count of use; views that did not are told as what they are."""
    missed = []
    failed = {view.page for view in seen.capture.views if view.outcome != "observed"}
    for found in observations:
        why = found.unreadable.get("displayed") or found.unreadable.get("listed")
        pages = counting_pages(seen, found)
        if found.counted is None and why is not None and not failed & set(pages):
            page = pages[0] if pages else next((view.page for view in seen.observed.values()), "")
            missed.append(Unobserved(found.deployment, page, "no_number", why, found.captured_at, found.capture))
    return tuple(missed)


def _absent(seen: CaptureView, field: FieldReading) -> bool:
    """Whether a field that need not be there is not there: no gap."""
    spec = seen.spec(field.field)
    return field.status == "missing" and spec is not None and not spec.required


def _metric_of(seen: CaptureView, field: FieldReading, first: str) -> str:
    spec = seen.spec(field.field)
    return field.metric or (spec.metric if spec is not None and spec.metric else first)


def _observation(
    seen: CaptureView, metric: Metric, *, first: bool, identity: Mapping[str, str], sealed: bool
) -> Observation | None:
    main = metric.id if first else ""
    fields = [
        field
        for field in seen.reading.fields
        if field.kind == "count" and _metric_of(seen, field, main) == metric.id and not _absent(seen, field)
    ]
    listing = next((found for found in seen.reading.listings if found.metric == metric.id), None)
    if not fields and listing is None:
        return None
    basis: dict[str, Basis] = {}
    unreadable: dict[str, str] = {}
    used, cap = _count(seen, fields, "used", basis, unreadable), _count(seen, fields, "cap", basis, unreadable)
    texts = dict(identity)
    for role in ("remaining", "peak", "over"):
        other = _count(seen, fields, role, basis, {})
        if other is not None and other.value is not None:
            texts[role] = str(other.value)
    rows, listed, complete = listed_rows(seen, listing, basis, unreadable)
    if used is None and "displayed" not in unreadable:
        note_missing_count(seen, metric.id, main, listing, unreadable)
    if first:
        basis |= _text_basis(seen)
        unreadable |= _text_gaps(seen)
        _accounts(seen, metric.id, texts, basis)
    return Observation(
        deployment=seen.capture.deployment,
        metric=metric.id,
        capture=seen.capture.id,
        captured_at=_moment(seen, basis),
        sealed=sealed,
        displayed=None if used is None else used.value,
        displayed_raw="" if used is None else used.raw,
        cap=_cap(cap),
        cap_raw=_raw(fields, "cap") if cap is None else cap.raw,
        listed=listed,
        listed_complete=complete,
        basis=MappingProxyType(basis),
        identity=MappingProxyType(texts),
        rows=rows,
        certain=all(found is None or found.certainty == "certain" for found in (used, cap)),
        unreadable=MappingProxyType(unreadable),
        state=seen.capture.state,
    )


def _moment(seen: CaptureView, basis: Mapping[str, Basis]) -> datetime:
    named = [basis[key].captured_at for key in ("displayed", "cap", "listed") if key in basis]
    moments = [moment for moment in named if moment is not None]
    moments += [view.captured_at for view in seen.observed.values() if view.captured_at is not None]
    return moments[0] if moments else seen.capture.ended_at


def _cap(quantity: Quantity | None) -> int | Unlimited | None:
    if quantity is None:
        return None
    return UNLIMITED if quantity.kind == "unlimited" else quantity.value


def _raw(fields: Iterable[FieldReading], role: CountRole) -> str:
    """The text that gave no number, so that a report can show it."""
    for field in fields:
        for quantity in field.quantities:
            if quantity.role == role:
                return quantity.raw
    return ""


def _plays(seen: CaptureView, field: FieldReading, role: CountRole) -> bool:
    spec = seen.spec(field.field)
    return (
        any(quantity.role == role for quantity in field.quantities)
        or (spec is not None and (spec.role == role or role in spec.order))
        or (spec is None and not field.quantities and field.field == role)
    )


def _count(
    seen: CaptureView, fields: list[FieldReading], role: CountRole, basis: dict[str, Basis], unreadable: dict[str, str]
) -> Quantity | None:
    """The one quantity of a role, with its basis noted; else None, with the reason noted."""
    name = FIELD_BY_ROLE.get(role, role)
    found: list[tuple[Quantity, Candidate]] = []
    for field in (field for field in fields if _plays(seen, field, role)):
        reason = _reason(seen, field, role)
        quantity = field.quantity(role)
        if reason:
            unreadable[name] = reason
        elif quantity is not None:
            found.append((quantity, field.candidates[0]))
    if not found or name in unreadable:
        return None
    if len({(quantity.kind, quantity.value) for quantity, _ in found}) > 1:
        unreadable[name] = "conflict: " + "; ".join(quantity.raw for quantity, _ in found)
        return None
    quantity, candidate = found[0]
    basis[name] = seen.basis(candidate.raw, candidate.locator, candidate)
    return quantity


def _reason(seen: CaptureView, field: FieldReading, role: CountRole) -> str:
    if field.status != "read":
        return f"{field.status}: {field.why or field.field}"
    quantity = field.quantity(role)
    if quantity is None:
        return f"conflict: the text gives none or several numbers for {role}"
    if not field.candidates:
        return "missing: the reading names no place on the page"
    if field.candidates[0].locator.view not in seen.observed:
        return f"missing: the view {field.candidates[0].locator.view} did not end as observed"
    usable = {"exact"} if role != "cap" else {"exact", "unlimited", "at_most"}
    if quantity.kind not in usable or (quantity.kind != "unlimited" and quantity.value is None):
        return f"ambiguous: the text {quantity.raw!r} reads as {quantity.kind}, not as one number"
    return ""


def _readable(seen: CaptureView) -> Iterable[FieldReading]:
    for field in seen.reading.fields:
        shown = bool(field.candidates) and field.candidates[0].locator.view in seen.observed
        if field.kind != "count" and field.status == "read" and shown:
            yield field


def _identity(seen: CaptureView, sealed_at: datetime | None) -> Mapping[str, str]:
    texts = dict(seen.capture.facts)
    view = next(iter(seen.observed.values()))
    texts["host"] = urlsplit(view.final_url or view.url).netloc
    if "date" in seen.capture.facts:
        texts["server_date"] = seen.capture.facts["date"]
    if sealed_at is not None:
        texts["sealed_at"] = sealed_at.isoformat()
    for field in _readable(seen):
        if field.kind == "date" and field.dates is not None:
            one = len(field.dates.candidates) == 1
            texts[field.field] = field.dates.candidates[0].isoformat() if one else field.dates.raw
        else:
            texts[field.field] = field.text or field.candidates[0].raw
    return texts


def _text_basis(seen: CaptureView) -> dict[str, Basis]:
    return {
        field.field: seen.basis(field.candidates[0].raw, field.candidates[0].locator, field.candidates[0])
        for field in _readable(seen)
    }


def _text_gaps(seen: CaptureView) -> dict[str, str]:
    gaps = {}
    for field in seen.reading.fields:
        if field.kind != "count" and field.status != "read" and not _absent(seen, field):
            gaps[field.field] = f"{field.status}: {field.why or field.field}"
        elif field.kind == "date" and field.dates is not None and len(field.dates.candidates) != 1:
            days = ", ".join(day.isoformat() for day in field.dates.candidates)
            gaps[field.field] = f"ambiguous: {field.dates.raw!r} may be {days or 'no date'}"
    return gaps


def _accounts(seen: CaptureView, metric: str, texts: dict[str, str], basis: dict[str, Basis]) -> None:
    """The earliest 添加时间 of an account on the page's other lists: a dated sign that the deployment existed."""
    dated = [
        (row.added_on.candidates[0], row)
        for listing in seen.reading.listings
        if listing.metric != metric
        for row in listing.rows
        if "login" in row.cells and row.added_on is not None and len(row.added_on.candidates) == 1
        if row.locator.view in seen.observed
    ]
    if dated:
        day, row = min(dated, key=lambda pair: pair[0])
        texts["accounts_from"] = day.isoformat()
        basis["accounts_from"] = seen.basis(" ".join(row.cells.values()), row.locator, row)
