"""The one quantity of a role that the count fields of a metric give, with what it rests on; or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Basis, DescribedPlace
from auditor.model.reading.reading_checks import ReadingCertainty
from auditor.model.reading.readings import FieldReading, Quantity
from auditor.model.targets.contracts import UNLIMITED, Unlimited
from auditor.model.targets.deployments import CountRole
from auditor.reconciliation.observations.capture_view import CaptureView
from auditor.reconciliation.observations.reasons import AMBIGUOUS, CONFLICT, MISSING, gap_note, without_value

STATEMENT_OF_ROLE: Mapping[CountRole, str] = MappingProxyType({"used": "displayed", "cap": "cap"})
"""Roles whose statement has another name than the role."""


@dataclass(frozen=True, slots=True)
class CountedQuantity:
    """What the fields say of one role."""

    quantity: Quantity | None = None
    basis: Basis | None = None
    """Where the quantity stands."""
    certainty: ReadingCertainty = "certain"
    """Of the quantity, as its four checks come out."""
    why: Note | None = None
    """Why there is no quantity although a field should give it."""
    doubts: tuple[Note, ...] = ()
    """Why the quantity needs review."""
    place: DescribedPlace | None = None
    """Where the quantity was read."""

    @property
    def value(self) -> int | None:
        return None if self.quantity is None else self.quantity.value

    @property
    def limit(self) -> int | Unlimited | None:
        """The quantity as a cap."""
        if self.quantity is None:
            return None
        return UNLIMITED if self.quantity.kind == "unlimited" else self.quantity.value

    @property
    def certain(self) -> bool:
        """False where there is a quantity whose reading needs review."""
        return self.quantity is None or self.certainty == "certain"


def counted_quantity(seen: CaptureView, fields: Sequence[FieldReading], role: CountRole) -> CountedQuantity:
    """The one quantity of a role. Fields that disagree, or of which one cannot be read, give none."""
    found: list[tuple[Quantity, FieldReading]] = []
    why: Note | None = None
    for field in (field for field in fields if _plays(seen, field, role)):
        reason = _reason(seen, field, role)
        quantity = field.quantity(role)
        if reason is not None:
            why = reason
        elif quantity is not None:
            found.append((quantity, field))
    if not found or why is not None:
        return CountedQuantity(why=why)
    if len({(quantity.kind, quantity.value) for quantity, _ in found}) > 1:
        several = len({seen.page_of(field) for _, field in found}) > 1
        said = [f"{seen.page_of(field)}: {one.raw}" if several else one.raw for one, field in found]
        return CountedQuantity(why=gap_note(CONFLICT, quote_text("; ".join(said))))
    quantity, field = found[0]
    sure = all(each.certainty_of(one) == "certain" for one, each in found)
    candidate = field.candidates[0]
    basis = seen.basis(candidate.raw, candidate.locator, candidate)
    doubts = dict.fromkeys(doubt for one, each in found for doubt in each.checks_of(one).doubts)
    place = None if field.place is None else DescribedPlace(seen.page_of(field), field.field, field.place)
    return CountedQuantity(
        quantity,
        basis,
        "certain" if sure else "needs_review",
        doubts=() if sure else tuple(doubts),
        place=place,
    )


def raw_text(fields: Iterable[FieldReading], role: CountRole) -> str:
    """The text that gave no number, so that a report can show it."""
    for field in fields:
        for quantity in field.quantities:
            if quantity.role == role:
                return quantity.raw
    return ""


def _plays(seen: CaptureView, field: FieldReading, role: CountRole) -> bool:
    spec = seen.spec(field)
    return (
        any(quantity.role == role for quantity in field.quantities)
        or (spec is not None and (spec.role == role or role in spec.order))
        or (spec is None and not field.quantities and field.field == role)
    )


def _reason(seen: CaptureView, field: FieldReading, role: CountRole) -> Note | None:
    """Why a field gives no number of a role; None where it gives one."""
    if field.status != "read":
        return without_value(field, field.status)
    quantity = field.quantity(role)
    if quantity is None:
        return gap_note(CONFLICT, make_note("observation.several_numbers", role=role))
    if not field.candidates:
        return gap_note(MISSING, make_note("observation.no_place"))
    if field.candidates[0].locator.view not in seen.observed:
        return gap_note(MISSING, make_note("observation.view_not_observed", view=field.candidates[0].locator.view))
    usable = {"exact"} if role != "cap" else {"exact", "unlimited", "at_most"}
    if quantity.kind not in usable or (quantity.kind != "unlimited" and quantity.value is None):
        reads = make_note("observation.not_one_number", text=f"{quantity.raw!r}", kind=quantity.kind)
        return gap_note(AMBIGUOUS, reads)
    return None
