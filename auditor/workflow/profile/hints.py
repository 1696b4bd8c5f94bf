"""Hints for `auditor profile`: what to do next, given what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.capture import WRITE_REFUSED
from auditor.errors import ConfigError
from auditor.model.notes import Note
from auditor.model.readings import ListingReading, Reading
from auditor.reading import LAST_PAGE_NOT_REACHED, NO_ELEMENT, NO_MATCH, ON_PAGE
from auditor.wording import english

_READING_METHODS = ("POST", "PUT")
"""Methods by which some pages ask only to read."""
_PLAIN_PATH = re.compile(r"/[^ ?#]+")
_MAY_READ = re.compile(r"session|refresh|token|graphql|search|quer(?:y|ies)|list|fetch|find|rpc|read", re.IGNORECASE)
"""Paths that may well be asked only to read; others, such as `/settings/store`, are not offered."""
_UNBUILT = frozenset({"list.longer_than_rows", "list.row_count", "list.perhaps_empty"})
"""Remarks that there are rows which the document does not hold."""


def refused_request_hint(warnings: Iterable[Note]) -> str:
    """How a page is described whose scripts were refused a request that may only read; empty where none was."""
    found = [(note.text("method"), note.text("path")) for note in warnings if note.code == WRITE_REFUSED]
    reading = [
        path if method == "POST" else f"{method} {path}"
        for method, path in found
        if method in _READING_METHODS and _PLAIN_PATH.fullmatch(path) and _MAY_READ.search(path)
    ]
    named = " ".join(f'--read-posts "{path}"' for path in reading[:3])
    return f"Where the page lacks something and these only read, or renew the session: {named}" if named else ""


def require_stated_fields(reading: Reading) -> None:
    """Raises `ConfigError` for a chosen field that the page does not state: a run would read nothing there."""
    for read in reading.fields:
        if read.status == "missing":
            unmatched = read.why is not None and read.why.code in (NO_MATCH, NO_ELEMENT)
            more = "; a pattern tells capitals apart, and reads what is displayed" if unmatched else ""
            raise ConfigError(f"{read.field}: {english(read.why)} on this page, so nothing was written{more}")


def listing_hint(listed: ListingReading) -> str:
    """What is still to be done for a list to be counted; empty where nothing is."""
    if listed.complete or not listed.rows:
        return ""
    remarks = [_of_page(remark) for remark in listed.remarks]
    unbuilt = next((remark for remark in remarks if remark.code in _UNBUILT), None)
    if unbuilt is not None and listed.stated_total is None:
        more = "Make the window taller (browser: {height: 3000}), or name a stated total"
        return f"; not counted: {english(unbuilt)}. {more}"
    if any(remark.code == LAST_PAGE_NOT_REACHED for remark in remarks):
        return "; further pages are visited by a run"
    if listed.stated_total is not None and unbuilt is not None:
        return "; rows are built only when it is scrolled: name that total with --used or --pattern 'used=([0-9,]+) …'"
    if listed.stated_total is not None:
        return "; no control that leads on was found: name it with --next CSS, or the total with --used or --pattern"
    return f"; not counted: {'; '.join(english(remark) for remark in listed.remarks)}"


def _of_page(remark: Note) -> Note:
    """A remark about one page of a list, without its page."""
    inner = remark.value("remark") if remark.code == ON_PAGE else None
    return inner if isinstance(inner, Note) else remark
