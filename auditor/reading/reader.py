"""One capture's stored bytes to one `Reading`: fields, lists, and how a second reading of other bytes agreed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from auditor.document.body_text import as_browsers_show, charset_of
from auditor.document.damage import DAMAGE
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.errors import ReadingError
from auditor.model.captures import View
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.reading_checks import ReadingCheck
from auditor.model.reading.readings import FieldReading, ListingReading, Reading
from auditor.model.targets.deployments import FieldSpec, ListingSpec, PageSpec
from auditor.reading.fields.field import read_field
from auditor.reading.labels.readable_page import ReadablePage, labels_of_page, open_body, open_snapshot
from auditor.reading.lists.json_answers import JsonAnswers
from auditor.reading.lists.merge import merge_pages
from auditor.reading.lists.next_page import find_next_page_control
from auditor.reading.lists.pager import stated_page_numbers
from auditor.reading.lists.rows import PageOfList, read_list_page, with_neighbourhood
from auditor.reading.second_eye import SecondEye, ViewPictures, check_drawn, denies

READER_VERSION: Final = "auditor.reading/2"
"""Name and version of this reader; goes into every `Reading`."""

LoadArtefact = Callable[[str], bytes]
"""Gives the bytes of an artefact by its path in the package."""

_READABLE: Final = ("observed", "tls_invalid")


def read_capture(
    views: Sequence[View],
    pages: Mapping[str, PageSpec],
    load: LoadArtefact,
    *,
    capture: str,
    deployment: str,
    eye: SecondEye | None = None,
    media_types: Mapping[str, str] = MappingProxyType({}),
    traffic: str | None = None,
) -> Reading:
    """What the stored bytes of one visit say.

    `traffic` is the path of the visit's archive of requests and answers, for what they say of lists.

    `eye` is the second eye, with what it remembers; without one, pictures are recognised anew by the shared engine.

    `media_types`: from artefact path to the type it was served with, which may name its charset.

    Views of one page are taken in order of their number; a field is read from the page's first view. A field of one id
    on several pages gives a reading of each page that it was read on; where it was read on none, that of the first.
    Views that were not observed give fields `missing` with the outcome as the reason. Raises `ReadingError` where
    stored bytes cannot be read again.
    """
    try:
        return _read(
            views, pages, load, capture, deployment, eye or SecondEye(), JsonAnswers(load, traffic), media_types
        )
    except DAMAGE as error:
        raise ReadingError(f"capture {capture}: expected stored pages, found {error!r}; verify its package") from error


def _read(
    views: Sequence[View],
    pages: Mapping[str, PageSpec],
    load: LoadArtefact,
    capture: str,
    deployment: str,
    eye: SecondEye,
    answers: JsonAnswers,
    media_types: Mapping[str, str],
) -> Reading:
    fields: dict[str, list[FieldReading]] = {}
    listings: list[ListingReading] = []
    order = list(dict.fromkeys(view.page for view in views if view.page in pages))
    for page_id in order:
        spec = pages[page_id]
        own = sorted((view for view in views if view.page == page_id), key=lambda view: view.number)
        opened = {view.number: page for view in own if (page := open_view(view, spec, load, media_types))}
        pictures = ViewPictures(own[0], load)
        for field in spec.fields:
            read = replace(_field(own, opened, field, spec, load), page=page_id)
            if read.status == "read" and read.kind == "count":
                read = _checked(read, field, opened[own[0].number], pictures, eye)
            same = [one for one in (*fields.get(field.id, ()), read) if one.status == "read"]
            fields[field.id] = same or fields.get(field.id, [read])
        if spec.listing is not None:
            listings.append(replace(_listing(own, opened, spec.listing, spec, answers), page=page_id))
    return Reading(
        capture, deployment, READER_VERSION, tuple(one for same in fields.values() for one in same), tuple(listings)
    )


def open_view(
    view: View, spec: PageSpec, load: LoadArtefact, media_types: Mapping[str, str] = MappingProxyType({})
) -> ReadablePage | None:
    """The stored page of a view, from its layout snapshot where there is one, else from its body; None where nothing
    readable was kept."""
    if view.outcome not in _READABLE:
        return None
    path = view.artefacts.get("snapshot")
    if path:
        return open_snapshot(load(path), spec, view=view.id, artefact=path)
    path = view.artefacts.get("body") or view.artefacts.get("dom")
    if not path:
        return None
    served_as = media_types.get(path, "")
    body = as_browsers_show(load(path), served_as)
    return open_body(body, spec, view=view.id, artefact=path, charset=charset_of(served_as))


def _field(
    views: Sequence[View], opened: Mapping[int, ReadablePage], spec: FieldSpec, whole: PageSpec, load: LoadArtefact
) -> FieldReading:
    first = views[0]
    page = opened.get(first.number)
    if page is None:
        why = make_note("field.page_not_observed", outcome=first.outcome)
        if first.why:
            why = make_note("field.page_not_observed_because", outcome=first.outcome, why=quote_text(first.why))
        return FieldReading(spec.id, spec.kind, "missing", (), metric=spec.metric, why=why)
    source = page
    body = first.artefacts.get("body")
    if spec.pointer is not None and page.stored.document is None and body:
        source = open_body(load(body), whole, view=first.id, artefact=body)
    read = read_field(source, spec, whole)
    if not page.stored.tree.laid_out or source is not page:
        return read
    return second_reading(read, spec, whole, lambda kind: _rendered(page, first, whole, load, kind))


def _checked(
    read: FieldReading, spec: FieldSpec, page: ReadablePage, pictures: ViewPictures, eye: SecondEye
) -> FieldReading:
    """The reading with the answers of the picture and of the visit."""
    if spec.pointer is not None:
        drawn, seen = ReadingCheck("not_applicable", make_note("drawn.data")), None
        if read.checks.in_place.holds:
            named = ReadingCheck("passed", make_note("place.pointer"))
            read = replace(read, checks=replace(read.checks, in_place=named))
    else:
        drawn, seen = check_drawn(read.candidates[0], pictures, eye)
        if not page.stored.tree.laid_out:
            alone = ReadingCheck("not_checked", make_note("place.no_layout"))
            read = replace(read, checks=read.checks.lowered("in_place", alone))
        if denies(drawn, seen, read.candidates[0]):
            read = replace(read, status="not_shown", why=drawn.why)
    return replace(read, seen=seen, checks=replace(read.checks, drawn=drawn, at_rest=at_rest(pictures.view)))


def at_rest(view: View) -> ReadingCheck:
    """Whether the view's bytes were taken from a page at rest: kept still, arrived whole, and asked for nothing more.

    A view without the first two is not `observed`, and no value is read from it.
    """
    if view.rest == "pending":
        return ReadingCheck("failed", make_note("rest.pending"))
    if "snapshot" not in view.artefacts:
        return ReadingCheck("passed", make_note("rest.whole"))
    if view.rest == "reached":
        return ReadingCheck("passed", make_note("rest.settled"))
    return ReadingCheck("not_checked", make_note("rest.not_recorded"))


def _rendered(page: ReadablePage, view: View, spec: PageSpec, load: LoadArtefact, kind: str) -> ReadablePage | None:
    """The rendered DOM of the page or of one of its frames, where the package holds it."""
    path = view.artefacts.get(kind)
    if path and path not in page.documents:
        page.documents[path] = open_body(load(path), spec, view=view.id, artefact=path)
    return page.documents[path] if path else None


def second_reading(
    read: FieldReading, spec: FieldSpec, whole: PageSpec, other: Callable[[str], ReadablePage | None]
) -> FieldReading:
    """The same field from the rendered DOM of the document it stands in, other bytes written by another means.

    `other` gives that document by the kind of its artefact: `dom`, or `dom-frame-n` for a value inside a frame; shadow
    trees stand in it. A difference lowers certainty, and so does a second reading that cannot be had.
    """
    if read.status != "read" or not read.candidates:
        return read
    frame = re.match(r"frame\[([0-9]+)\]", read.candidates[0].locator.node)
    document = other(f"dom-frame-{frame.group(1)}" if frame else "dom")
    if document is None:
        alone = make_note("second.no_frame_kept") if frame else make_note("second.none_kept")
        return _doubted(read, ReadingCheck("not_checked", alone))
    again = read_field(document, spec, whole)
    ours, theirs = _bare(read.candidates[0].raw), {_bare(candidate.raw) for candidate in again.candidates}
    if ours in theirs or (_digits(ours) and any(_digits(ours) == _digits(text) for text in theirs)):
        return replace(read, agreement=make_note("second.agrees"))
    seen = "; ".join(sorted(repr(candidate.raw) for candidate in again.candidates[:4]))
    other_text = make_note("second.differs", texts=seen) if seen else make_note("second.absent")
    return _doubted(read, ReadingCheck("failed", other_text))


def _doubted(read: FieldReading, check: ReadingCheck) -> FieldReading:
    return replace(read, agreement=check.why, checks=read.checks.lowered("in_place", check))


def _bare(text: str) -> str:
    return comparison_form(text)


def _digits(text: str) -> str:
    return " ".join(re.findall(r"[0-9]+", text))


def _listing(
    views: Sequence[View],
    opened: Mapping[int, ReadablePage],
    listing: ListingSpec,
    spec: PageSpec,
    answers: JsonAnswers,
) -> ListingReading:
    parts: list[tuple[int, PageOfList]] = []
    gaps: list[Note] = []
    expected = 1
    for view in views:
        page = opened.get(view.number)
        if view.number != expected:
            gaps.append(make_note("list.page_not_captured", page=expected))
        expected = view.number + 1
        if page is None:
            gaps.append(make_note("list.page_not_observed", page=view.number, outcome=view.outcome))
            continue
        more = listing.pointer is None and _leads_on(page.stored, listing)
        part = read_list_page(page.stored, listing, spec.locale, more=more)
        part = with_neighbourhood(page.stored, part, view.number, labels_of_page(spec))
        told = answers.beside(part.rows, until=view.captured_at, heads_alone=listing.pointer is not None)
        part = replace(part, beside=part.beside.with_more(told))
        parts.append((view.number, part))
    return merge_pages(listing, parts, gaps)


def _leads_on(page: StoredPage, listing: ListingSpec) -> bool:
    """Whether there is a next page: by what the pager says, or by a control that leads there, found or not."""
    at, of = stated_page_numbers(page)
    if at is not None and of is not None and at < of:
        return True
    return find_next_page_control(page, listing) is not None
