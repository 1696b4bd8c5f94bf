"""What stored bytes say: quantities, fields and lists, each with its raw text, place and rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from auditor.model.notes import Note, make_note
from auditor.model.reading.reading_checks import UNCHECKED, ReadingCertainty, ReadingCheck, ReadingChecks
from auditor.model.targets.deployments import CountRole, FieldKind

PLACE_ELEMENTS = 3
"""How many elements around a value tell where it stands: what lies further out differs between deployments."""
_INDEX = re.compile(r"\[[0-9]+\]")
_NUMBER = re.compile(r"\d(?:[\d.,'\u2019\u00a0\u202f ]*\d)?")

QuantityKind = Literal["exact", "unlimited", "at_least", "at_most", "approximate", "unknown"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, or its declared absence, as a page states it. Unlimited is a kind, never a number."""

    role: CountRole
    kind: QuantityKind
    value: int | None
    """None for `unlimited` and `unknown`."""
    raw: str
    """The text as it stood on the page."""
    rule: str
    """Name of the rule that read it."""
    certainty: ReadingCertainty
    """What its words alone leave open: one part of the check `meant`. How sure the reading is, its field computes."""
    unit: str | None = None
    qualifiers: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the full-page screenshot, in CSS pixels from its top left corner."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Locator:
    """Where in the stored bytes a text stands."""

    view: str
    artefact: str
    """Path of the artefact it was read from."""
    node: str
    """A path through the document: frames, shadow roots and elements: `frame[1]/html/body/table[2]/tr[3]/td[2]`."""
    label: str = ""
    """The label that matched, as written on the page."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that could be the value of a field."""

    raw: str
    locator: Locator
    box: Box | None
    shown: bool
    """Whether the screenshot shows it: not hidden, covered, clipped or off the picture."""
    why_not_shown: Note | None = None
    written: str = ""
    """Everything that the layout has inside `box`, of which `raw` may be a part."""


@dataclass(frozen=True, slots=True)
class SeenText:
    """What was recognised in the stored picture at a value's place, from its pixels alone."""

    text: str
    """Lines parted by line breaks, wide gaps by tabs; empty where nothing is seen."""
    agree: bool | None
    """Whether it states the same counts as the layout; None where it says nothing legible."""
    box: Box | None
    """Around what is seen, CSS pixels on the screenshot."""
    score: float | None
    """The least score of a word, 0 to 1; None where nothing is seen."""
    engine: str
    models: str
    """SHA-256 of the engine's models."""
    crop: str
    """SHA-256 of the pixels that were looked at."""


@dataclass(frozen=True, slots=True)
class StatedPlace:
    """Where a page states a value, in terms that are the same at every deployment of the page."""

    label: str
    """The label beside it, as written; empty where none leads to it (a selector, a pointer)."""
    relation: str
    """How the label or the description leads to it: `beside`, `card`, `selector`, `pointer` …"""
    elements: str
    """Names of the innermost elements around it, outermost first: `table/tr/td`."""
    shape: str
    """Its text with each number as `#`: `# / # seats`. Empty where none is compared: *unlimited*, a text, a date."""
    unit: str
    """The unit words beside its number; empty where there are none."""


FieldStatus = Literal["read", "missing", "conflict", "not_shown", "unreadable"]


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date as written. One candidate is a reading; several are an ambiguity that nobody here resolves."""

    raw: str
    candidates: tuple[date, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field of a page: none and several are answers."""

    field: str
    kind: FieldKind
    status: FieldStatus
    candidates: tuple[Candidate, ...]
    """Every place found; the first is the one read where `status` is `read`."""
    text: str = ""
    """For text fields: the value."""
    quantities: tuple[Quantity, ...] = ()
    dates: DateReading | None = None
    metric: str | None = None
    rule: str = ""
    why: Note | None = None
    """For any status but `read`; for a date that was read, that it is ambiguous."""
    agreement: Note | None = None
    """How a second, independent reading agreed or not: `second.agrees` …; None where there was none to make."""
    found_by: str = ""
    """How its place was found: `selector`, `pattern`, `card`, `beside` …; `rule` names it too."""
    checks: ReadingChecks = UNCHECKED
    """Of the place and of the words around it; `checks_of` adds what the words of one quantity leave open."""
    seen: SeenText | None = None
    """What the picture says at the place of the first candidate; None where nothing was looked at."""
    page: str = ""
    """Id of the page whose description it belongs to."""

    def checks_of(self, quantity: Quantity) -> ReadingChecks:
        """The four checks of one of its quantities."""
        if quantity.certainty == "certain":
            return self.checks
        why = quantity.qualifiers[-1] if quantity.qualifiers else make_note("meant.doubtful", rule=quantity.rule)
        return self.checks.lowered("meant", ReadingCheck("failed", why))

    def certainty_of(self, quantity: Quantity) -> ReadingCertainty:
        """Certain where the field was read and all four checks of the quantity hold."""
        return self.checks_of(quantity).certainty if self.status == "read" else "needs_review"

    @property
    def place(self) -> StatedPlace | None:
        """Where it was read; None where it was not."""
        if self.status != "read" or not self.candidates:
            return None
        first = self.candidates[0]
        shapeless = self.kind != "count" or any(quantity.kind == "unlimited" for quantity in self.quantities)
        return StatedPlace(
            label=first.locator.label,
            relation=self.found_by,
            elements="/".join(_INDEX.sub("", first.locator.node).split("/")[-PLACE_ELEMENTS:]),
            shape="" if shapeless else " ".join(_NUMBER.sub("#", first.raw).split()),
            unit=next((quantity.unit for quantity in self.quantities if quantity.unit), ""),
        )

    def quantity(self, role: CountRole) -> Quantity | None:
        """The quantity of that role, where exactly one was read."""
        found = [quantity for quantity in self.quantities if quantity.role == role]
        return found[0] if len(found) == 1 and self.status == "read" else None


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a list, as displayed."""

    cells: Mapping[str, str]
    """From column id (`code`, `name`, `kind`, `added_on`, `login`) to the text."""
    locator: Locator
    box: Box | None
    added_on: DateReading | None = None


@dataclass(frozen=True, slots=True)
class ListingReading:
    """A list counted row by row over all its pages."""

    listing: str
    metric: str
    rows: tuple[ListedRow, ...]
    pages: int
    """Pages captured."""
    stated_total: int | None
    """The total the pager states (`共34条`), where it does."""
    complete: bool
    """True only where the last page was reached and nothing shifted while it was paged."""
    remarks: tuple[Note, ...] = ()
    duplicates: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Codes used by several bodies, with the names."""
    page: str = ""
    """Id of the page that lists them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one capture, by one version of the reader with one version of the profile."""

    capture: str
    deployment: str
    reader: str
    """Name and version of the reader."""
    fields: tuple[FieldReading, ...]
    listings: tuple[ListingReading, ...]

    def field(self, name: str) -> FieldReading | None:
        """The field of that name, or None where the page specification has none."""
        return next((reading for reading in self.fields if reading.field == name), None)
