"""Extracts observations from a reading: one per metric, and an `Unobserved` for each metric without one.

`displayed` and `cap` are set only from a view that ended `observed` and a field that was read as one exact number (for
a cap also `unlimited` or an upper bound). Everything else is a reason in `unreadable`. `listed` is the number of rows
on the list as displayed, all kinds; which rows do not count is a question of contract and decision, asked later. Where
no page is described as stating the number, `Observation.counted` takes the complete list; a number that a page is
described as stating and that was not read is never replaced by a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from auditor.model.captures import Capture, View
from auditor.model.findings import Unobserved
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Basis, DescribedPlace, Observation
from auditor.model.reading.readings import FieldReading, Reading
from auditor.model.targets.contracts import Metric
from auditor.model.targets.deployments import CountRole, PageSpec
from auditor.model.targets.estate import Estate
from auditor.reconciliation.observations.capture_view import CaptureView
from auditor.reconciliation.observations.lists import ListedUnits, counting_pages, listed_units, missing_count
from auditor.reconciliation.observations.quantities import (
    STATEMENT_OF_ROLE,
    CountedQuantity,
    counted_quantity,
    raw_text,
)
from auditor.reconciliation.observations.speakers import (
    Statements,
    connection_facts,
    first_account,
    need_not_be_there,
    page_fields,
)

ROLES: tuple[CountRole, ...] = ("used", "cap", "remaining", "peak", "over")
"""The roles a count field may play, in the order in which a report cites them."""


def observe(
    reading: Reading,
    capture: Capture,
    *,
    sealed: bool,
    estate: Estate,
    pages: Mapping[str, PageSpec] | None = None,
    digests: Mapping[str, str] | None = None,
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
    capture_wide = _CaptureWide(connection_facts(seen), page_fields(seen), sealed)
    observations = []
    for number, metric in enumerate(metrics):
        found = _observation(seen, metric, capture_wide, first=number == 0)
        if found is not None:
            observations.append(found)
    return tuple(observations), (*missed, *_without_number(seen, observations))


def _missed(capture: Capture, view: View) -> Unobserved:
    at = view.captured_at or capture.ended_at
    why = quote_text(view.why or view.outcome)
    return Unobserved(capture.deployment, view.page, view.outcome, why, at, capture.id)


def _nothing(capture: Capture) -> Unobserved:
    failed = next((step for step in capture.steps if not step.ok), None)
    why = quote_text(f"{failed.name}: {failed.detail}") if failed else make_note("observation.no_view")
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


def _metric_of(seen: CaptureView, field: FieldReading, first: str) -> str:
    spec = seen.spec(field)
    return field.metric or (spec.metric if spec is not None and spec.metric else first)


@dataclass(frozen=True, slots=True)
class _CaptureWide:
    """What the observations of one capture have in common."""

    connection: Mapping[str, str]
    fields: Statements
    sealed: bool


def _observation(seen: CaptureView, metric: Metric, common: _CaptureWide, *, first: bool) -> Observation | None:
    main = metric.id if first else ""
    fields = [
        field
        for field in seen.reading.fields
        if field.kind == "count" and _metric_of(seen, field, main) == metric.id and not need_not_be_there(seen, field)
    ]
    listing = next((found for found in seen.reading.listings if found.metric == metric.id), None)
    if not fields and listing is None:
        return None
    counts = {role: counted_quantity(seen, fields, role) for role in ROLES}
    listed = listed_units(seen, listing)
    used, cap = counts["used"], counts["cap"]
    unreadable = _count_gaps(counts, listed)
    if used.quantity is None and used.why is None:
        missing = missing_count(seen, metric.id, main, listing)
        unreadable |= {name: why for name, why in missing.items() if name not in unreadable}
    account = first_account(seen, metric.id) if first else Statements({}, {}, {}, {})
    basis = _count_basis(counts, listed)
    if first:
        basis = {**basis, **common.fields.basis, **account.basis}
        unreadable = {**unreadable, **common.fields.unreadable}
    return Observation(
        deployment=seen.capture.deployment,
        metric=metric.id,
        capture=seen.capture.id,
        captured_at=_moment(seen, basis),
        sealed=common.sealed,
        displayed=used.value,
        displayed_raw="" if used.quantity is None else used.quantity.raw,
        cap=cap.limit,
        cap_raw=raw_text(fields, "cap") if cap.quantity is None else cap.quantity.raw,
        listed=listed.number,
        listed_complete=listed.complete,
        certain=used.certain and cap.certain,
        displayed_certain=used.certain,
        cap_certain=cap.certain,
        state=seen.capture.state,
        connection=common.connection,
        fields=common.fields.texts,
        derived=MappingProxyType({**_derived(counts), **account.texts}),
        unreadable=MappingProxyType(unreadable),
        doubts=MappingProxyType(_doubts(counts, listed)),
        places=MappingProxyType({**(common.fields.places if first else {}), **_places(counts)}),
        basis=MappingProxyType(basis),
        rows=listed.rows,
    )


def _count_gaps(counts: Mapping[CountRole, CountedQuantity], listed: ListedUnits) -> dict[str, Note]:
    """Why the statements that a position is counted by gave no number, those that did left out."""
    found = {STATEMENT_OF_ROLE[role]: counts[role].why for role in STATEMENT_OF_ROLE}
    found["listed"] = listed.why
    return {name: why for name, why in found.items() if why is not None}


def _doubts(counts: Mapping[CountRole, CountedQuantity], listed: ListedUnits) -> dict[str, Note]:
    """Why the statements that a position is counted by need review, and why the list is not complete."""
    of_role = {statement: counts[role].doubts for role, statement in STATEMENT_OF_ROLE.items()}
    found = {name: make_note("several", notes=notes) for name, notes in of_role.items() if notes}
    return found if listed.doubt is None else {**found, "listed": listed.doubt}


def _count_basis(counts: Mapping[CountRole, CountedQuantity], listed: ListedUnits) -> dict[str, Basis]:
    found = {STATEMENT_OF_ROLE.get(role, role): one.basis for role, one in counts.items()}
    found["listed"] = listed.basis
    return {name: basis for name, basis in found.items() if basis is not None}


def _places(counts: Mapping[CountRole, CountedQuantity]) -> Mapping[str, DescribedPlace]:
    found = {statement: counts[role].place for role, statement in STATEMENT_OF_ROLE.items()}
    return {statement: place for statement, place in found.items() if place is not None}


def _derived(counts: Mapping[CountRole, CountedQuantity]) -> Mapping[str, str]:
    """The other numbers of the count fields, by role."""
    others = {role: one.value for role, one in counts.items() if role not in STATEMENT_OF_ROLE}
    return {role: str(value) for role, value in others.items() if value is not None}


def _moment(seen: CaptureView, basis: Mapping[str, Basis]) -> datetime:
    """When the page with the number was captured: of what is displayed, else of the cap, else of the list."""
    named = [basis[key].captured_at for key in ("displayed", "cap", "listed") if key in basis]
    moments = [moment for moment in named if moment is not None]
    moments += [view.captured_at for view in seen.observed.values() if view.captured_at is not None]
    return moments[0] if moments else seen.capture.ended_at
