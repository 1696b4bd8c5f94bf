"""One capture as a person looks at it: each value with its mark on the picture, its checks, digests and seal."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.model.captures import Artefact, View
from auditor.model.notes import Note
from auditor.model.reading.readings import FieldReading, ListingReading, Quantity, Reading
from auditor.model.reports import EvidenceRow
from auditor.reporting.exporters.pages import render_page
from auditor.reporting.images.crops import CropRefused
from auditor.reporting.images.marked_screenshot import MarkedBox, mark_screenshot
from auditor.reporting.translations import Translations, load_translations
from auditor.wording import Lang

MOST_ROWS = 200
"""Rows of a list that a page shows; the others are counted."""


@dataclass(frozen=True, slots=True)
class ShownCapture:
    """One capture, whole: what was kept, what was read of it, and what proves it."""

    row: EvidenceRow
    reading: Reading | None
    artefacts: tuple[Artefact, ...]
    reasons: tuple[Note, ...]
    """Why it is not complete."""
    run: str
    ended_at: datetime
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value that was read, or why there is none."""

    mark: str
    """The number beside its rectangle on the picture; empty where it has none."""
    view: str
    field: str
    value: str
    raw: str
    certainty: str
    why: str


def shown_values(shown: ShownCapture, lang: Lang) -> tuple[ShownValue, ...]:
    """Every field and list of the reading, in its order, with the marks of the picture."""
    say = load_translations(lang)
    if shown.reading is None:
        return ()
    found: list[ShownValue] = []
    marks = _marks(shown.reading)
    for field in shown.reading.fields:
        found += _values(field, marks.get(id(field), ""), say)
    found += [_list(one, say) for one in shown.reading.listings]
    return tuple(found)


def _marks(reading: Reading) -> dict[int, str]:
    """The number of each field whose place is known, as `marked_pictures` writes it."""
    placed = [one for one in reading.fields if one.candidates and one.candidates[0].box is not None]
    return {id(one): str(number) for number, one in enumerate(placed, start=1)}


def _values(field: FieldReading, mark: str, say: Translations) -> Iterator[ShownValue]:
    place = field.candidates[0] if field.candidates else None
    view, raw = ("", "") if place is None else (place.locator.view, place.raw)
    if field.status != "read":
        status = say(f"reading.{field.status}")
        yield ShownValue(mark, view, field.field, status, raw, say("certainty.needs_review"), say.note(field.why))
        return
    for quantity in field.quantities:
        doubts = field.checks_of(quantity).doubts
        certainty = say(f"certainty.{field.certainty_of(quantity)}")
        why = say("word.list_separator").join(map(say.note, doubts))
        yield ShownValue(mark, view, f"{field.field}: {quantity.role}", _number(quantity, say), raw, certainty, why)
    if not field.quantities:
        value = field.text if field.dates is None else " / ".join(day.isoformat() for day in field.dates.candidates)
        yield ShownValue(mark, view, field.field, value, raw, "", say.note(field.why))


def _number(quantity: Quantity, say: Translations) -> str:
    if quantity.kind == "unlimited":
        return say("word.unlimited")
    if quantity.value is None:
        return "–"
    return f"{quantity.value:,}" if quantity.kind == "exact" else f"{quantity.value:,} ({quantity.kind})"


def _list(one: ListingReading, say: Translations) -> ShownValue:
    state = say("reading.list_complete" if one.complete else "reading.list_not_complete")
    value = say("reading.rows", rows=f"{len(one.rows):,}", pages=f"{one.pages:,}")
    why = "" if one.complete else say("word.list_separator").join(map(say.note, one.remarks))
    return ShownValue("", one.page, one.listing, value, "", state, why)


def marked_pictures(shown: ShownCapture, pictures: Mapping[str, bytes]) -> tuple[tuple[View, bytes | None], ...]:
    """Each view with its screenshot and the marks of the values read there; None where no picture can be shown.

    `pictures`: by view id, the stored screenshot, checked against the manifest.
    """
    marks: dict[str, list[MarkedBox]] = {}
    if shown.reading is not None:
        numbers = _marks(shown.reading)
        for field in shown.reading.fields:
            place = field.candidates[0] if field.candidates else None
            if place is not None and place.box is not None:
                mark = MarkedBox(numbers[id(field)], place.box, field.kind)
                marks.setdefault(place.locator.view, []).append(mark)
    return tuple((view, _marked(pictures.get(view.id), marks.get(view.id, []), view)) for view in shown.row.views)


def _marked(png: bytes | None, marks: list[MarkedBox], view: View) -> bytes | None:
    if png is None:
        return None
    try:
        return mark_screenshot(png, marks, view.scale)
    except CropRefused:
        return None


def as_capture_page(shown: ShownCapture, pictures: Mapping[str, bytes], lang: Lang) -> bytes:
    """The capture as one HTML page that loads nothing: pictures with marks, readings, digests, seal."""
    say = load_translations(lang)
    views = [
        (view, None if png is None else base64.b64encode(png).decode())
        for view, png in marked_pictures(shown, pictures)
    ]
    listings = () if shown.reading is None else shown.reading.listings
    return render_page(
        "capture.html",
        say,
        shown=shown,
        values=shown_values(shown, lang),
        views=views,
        lists=[(one, one.rows[:MOST_ROWS], max(0, len(one.rows) - MOST_ROWS)) for one in listings if one.rows],
    )
