"""What a visit asks while a page is open: the answers of `auditor.model.captures.Eyes`, from stored bytes alone.

The bytes are a layout snapshot, or, for a page of method `http`, the body of its response: HTML or JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from auditor.document import controls
from auditor.document.damage import refuse_damage
from auditor.document.dom.layout_snapshot import is_snapshot
from auditor.document.dom.visibility import is_never_seen
from auditor.document.page import StoredPage
from auditor.document.statements import page_says_list_empty, says
from auditor.model.captures import ElementTarget, Readiness, ReadyState
from auditor.model.notes import make_note
from auditor.model.reading.readings import FieldReading
from auditor.model.targets.deployments import Condition, ListingSpec, Login, PageSpec
from auditor.reading.fields.code_form import find_code_form
from auditor.reading.fields.field import DRAWN_VALUE, is_loading, is_placeholder, read_field
from auditor.reading.fields.login_form import find_login_form
from auditor.reading.labels.readable_page import ReadablePage, open_body, open_snapshot
from auditor.reading.lists.next_page import find_next_page_control
from auditor.reading.lists.rows import PageOfList, read_list_page
from auditor.wording import english


class SnapshotProbe:
    """Reads the page as it stands; touches nothing, remembers only the snapshot it was asked about last."""

    def __init__(self) -> None:
        self._last: tuple[bytes, PageSpec | None, ReadablePage] | None = None

    @refuse_damage
    def ready(self, page: PageSpec, snapshot: bytes, url: str) -> Readiness:
        """Whether the page's required fields and list can be read now."""
        open_page = self._open(snapshot, page)
        logged_out = self._logged_out(page, open_page, url)
        if logged_out is not None:
            return logged_out
        if page.ready is not None and not self._holds(page.ready, open_page.stored, url):
            return Readiness("waiting", "the page's ready condition does not hold yet")
        readings = [read_field(open_page, field, page) for field in page.fields]
        required = [read for read, field in zip(readings, page.fields, strict=True) if field.required]
        listed = None
        if page.listing is not None:
            listed = read_list_page(open_page.stored, page.listing, page.locale, more=False)
        fingerprint = _fingerprint(readings, listed)
        for verdict in (
            *(_of_field(read) for read in required),
            _of_list(open_page.stored, listed, page.listing),
        ):
            if verdict is not None:
                return Readiness(verdict[0], verdict[1], fingerprint)
        return Readiness("ready", "", fingerprint)

    @refuse_damage
    def holds(self, condition: Condition, snapshot: bytes, url: str) -> bool:
        """Whether every part of a declared condition holds."""
        return self._holds(condition, self._open(snapshot, None).stored, url)

    @refuse_damage
    def texts(self, snapshot: bytes) -> str:
        """Everything that the page says to the eye, in one normalised text; empty for a page without text."""
        page = self._open(snapshot, None).stored
        why = page.texts.sight.why_hidden
        shown = (node for node in page.texts.nodes if not is_never_seen(why(node)))
        return "\n".join(page.tree.texts[node] for node in shown)

    @refuse_damage
    def find(self, snapshot: bytes, *, selector: str | None = None, text: str | None = None) -> ElementTarget | None:
        """The element with that selector or exactly that text that a visitor can see and reach."""
        page = self._open(snapshot, None).stored
        node = controls.find_by_selector(page, selector) if selector else None
        if text and not selector:
            node = controls.find_by_text(page, text)
        return controls.describe_target(page, node) if node is not None else None

    @refuse_damage
    def login_form(
        self, login: Login, snapshot: bytes
    ) -> tuple[ElementTarget | None, ElementTarget | None, ElementTarget | None]:
        """User name field, password field and submit control, as far as they are shown."""
        return find_login_form(self._open(snapshot, None).stored, login)

    @refuse_damage
    def code_form(self, login: Login, snapshot: bytes) -> tuple[tuple[ElementTarget, ...], ElementTarget | None]:
        """The fields for a one-time code and the control that sends it, as far as they are shown."""
        return find_code_form(self._open(snapshot, None).stored, login)

    @refuse_damage
    def next_page(self, listing: ListingSpec, snapshot: bytes) -> ElementTarget | None:
        """The control that leads to the next page of a list; None on the last."""
        page = self._open(snapshot, None).stored
        node = find_next_page_control(page, listing)
        return controls.describe_target(page, node) if node is not None else None

    def _open(self, snapshot: bytes, spec: PageSpec | None) -> ReadablePage:
        last = self._last
        if last is None or last[0] is not snapshot or last[1] is not spec:
            plain = spec.method == "http" if spec is not None else not is_snapshot(snapshot)
            opened = open_body(snapshot, spec) if plain else open_snapshot(snapshot, spec)
            last = (snapshot, spec, opened)
            self._last = last
        return last[2]

    def _logged_out(self, spec: PageSpec, readable: ReadablePage, url: str) -> Readiness | None:
        """A login page where the page was expected: a password field, and the page's own condition or values absent."""
        page = readable.stored
        asked = any(controls.describe_target(page, node) for node in password_fields(page))
        if spec.logged_in is not None:
            if self._holds(spec.logged_in, page, url):
                return None
            if asked:
                return Readiness("not_logged_in", "a login form stands where the page was expected")
            return Readiness("waiting", "the condition that shows a logged-in page does not hold yet")
        if not asked or not spec.fields:
            return None
        states = {read_field(readable, field, spec).status for field in spec.fields if field.required}
        if states and states <= {"missing"}:
            return Readiness("not_logged_in", "a login form stands where the page was expected")
        return None

    def _holds(self, condition: Condition, page: StoredPage, url: str) -> bool:
        if condition.url_contains is not None and condition.url_contains not in url:
            return False
        if condition.text is not None and not says(page, condition.text):
            return False
        if condition.no_text is not None and says(page, condition.no_text):
            return False
        return condition.selector is None or controls.find_by_selector(page, condition.selector) is not None


def password_fields(page: StoredPage) -> Iterator[int]:
    """Password fields that a visitor can see."""
    tree = page.tree
    for node in page.texts.controls:
        if tree.attrs(node).get("type", "").lower() == "password" and controls.is_visible(page, node):
            yield node


WAITS_FOR_VALUE = frozenset({"field.no_value", "field.no_value_under"})
"""The label stands there and its value does not yet."""


def _of_field(read: FieldReading) -> tuple[ReadyState, str] | None:
    why = f"{read.field}: {english(read.why)}"
    if read.status == "missing":
        return ("no_value" if read.why is not None and read.why.code in WAITS_FOR_VALUE else "label_missing", why)
    if read.status == "not_shown":
        return ("obscured", why)
    if read.status == "unreadable":
        raw = read.candidates[0].raw if read.candidates else ""
        if read.why is not None and read.why.value("why") == DRAWN_VALUE:
            return ("unreadable", why)
        if is_loading(raw):
            return ("waiting", why)
        if not raw or is_placeholder(raw):
            return ("no_value", why)
    return None


def _of_list(page: StoredPage, listed: PageOfList | None, spec: ListingSpec | None) -> tuple[ReadyState, str] | None:
    if listed is None or listed.rows or listed.total == 0:
        return None
    if not listed.found and spec is not None and not spec.required:
        return None
    if not listed.found:
        return ("label_missing", english(listed.remarks[0] if listed.remarks else make_note("list.no_columns")))
    if page_says_list_empty(page):
        return None
    return ("no_value", "the list has no rows")


def _fingerprint(readings: list[FieldReading], listed: PageOfList | None) -> str:
    digest = hashlib.sha256()
    for read in readings:
        for candidate in read.candidates:
            digest.update(f"{read.field}\x1f{candidate.raw}\x1f{candidate.shown}\x1e".encode("utf-8", "replace"))
    for row in listed.rows if listed else ():
        digest.update("\x1f".join(row.cells.values()).encode("utf-8", "replace"))
    digest.update(str(listed.total if listed else None).encode())
    return digest.hexdigest()
