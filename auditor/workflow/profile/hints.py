"""Hints for `auditor profile`: what to do next, given what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from auditor.capture import WRITE_REFUSED
from auditor.document.dom.css_selectors import require_selector
from auditor.errors import ConfigError, ReadingError
from auditor.model.notes import Note
from auditor.model.reading.readings import ListingReading, Reading
from auditor.reading import LAST_PAGE_NOT_REACHED, NO_ELEMENT, NO_MATCH, ON_PAGE, PageRemarks, SurveyedPair
from auditor.wording import english
from auditor.workflow.profile.preview import PagePreview

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


def dialog_hints(remarks: PageRemarks) -> tuple[str, ...]:
    """One line for each dialog over the page, with the step that closes it."""
    said = []
    for one in remarks.dialogs:
        named = ", ".join(repr(text) for text in one.buttons) or "none that can be read"
        close = f': --step "dismiss={one.buttons[-1]}"' if one.buttons else ": give --step dismiss=CSS"
        said.append(f"a dialog lies over the page ({one.text[:60]!r}), its buttons: {named}{close}")
    return tuple(said)


def require_no_login_page(look: PagePreview, url: str) -> None:
    """Raises `ConfigError` where the visit was led to a login page instead of the page that was asked for."""
    if not look.remarks.asks_for_password or any(pair.kind == "count" for pair in look.survey.pairs):
        return
    asked, got = urlsplit(url), urlsplit(look.view.final_url or url)
    where = f"led to {look.view.final_url}, " if (asked.path, asked.query) != (got.path, got.query) else "shows "
    raise ConfigError(
        f"{url}: {where}a login page, so nothing was described; give --login ID of targets.yaml, or --login-path,"
        " --logged-in and the variables AUDITOR_USER and AUDITOR_PASSWORD"
    )


def exchanged_roles(choices: Iterable[tuple[str, str]], pairs: Sequence[tuple[int, SurveyedPair]]) -> tuple[str, ...]:
    """Fields whose label is known to mean another count: a used value under a cap's label, or the reverse."""
    said = []
    for name, where in choices:
        bare = " ".join(where.split()).casefold()
        role = next((role for role in ("used", "cap") if name == role or name.endswith(f"_{role}")), None)
        pair = next((pair for n, pair in pairs if str(n) == where or pair.label.casefold() == bare), None)
        if role and pair is not None and pair.family in ("used", "cap") and pair.family != role:
            said.append(f"{name}: {pair.label!r} usually labels what is {NAMED[pair.family]}")
    return tuple(said)


NAMED = {"used": "in use", "cap": "licensed at most"}


def require_usable(asked: Mapping[str, str], css: Iterable[str]) -> None:
    """Raises `ConfigError` for a pattern (by field) or a selector that could match nothing, before any visit."""
    for field, pattern in asked.items():
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise ConfigError(f"--pattern {field}={pattern}: no regular expression: {error}") from None
    for selector in css:
        try:
            require_selector(selector)
        except ReadingError as error:
            raise ConfigError(f"--selector {error}") from None


def require_stated_fields(reading: Reading, *, force: bool = False) -> None:
    """Raises `ConfigError` for a chosen field that the page does not state: a run would read nothing there. With
    `force`, one that stands there and gives no value is let be."""
    for read in reading.fields:
        if read.status not in ("read", "missing") and not force:
            raise ConfigError(
                f"{read.field}: {read.status}: {english(read.why)}, so nothing was written; choose another label or a"
                " --selector, or write it all the same with --force"
            )
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
