"""One stored page with everything that is worked out about it once: texts, tables, selectors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.document.dom.css_selectors import CssSelectors
from auditor.document.dom.html import decode_body, parse_html
from auditor.document.dom.layout_snapshot import inflate, read_snapshot
from auditor.document.dom.tree import PageTree, Rect
from auditor.document.normalisation import comparison_form
from auditor.document.tables import PageTables
from auditor.document.texts import PageTexts, ShownText, collect_texts
from auditor.model.deployments import PageSpec
from auditor.model.readings import Box, Locator
from auditor.reading.labels import label_values
from auditor.reading.labels.vocabulary import labels_of


@dataclass(slots=True)
class StoredPage:
    """A page, ready to be asked."""

    tree: PageTree
    texts: PageTexts
    tables: PageTables
    selected: CssSelectors
    locator: label_values.LabelValueFinder
    view: str = ""
    artefact: str = ""
    document: object = None
    """The parsed JSON document, where the page is one."""
    named: dict[str, list[int]] | None = None
    """From title, `aria-label` or button value, in the form they are compared in, to elements; made when asked for."""
    pager: list[tuple[int, str]] | None = None
    """Runs of text that may belong to a pager; made when asked for."""
    others: dict[str, StoredPage] = field(default_factory=dict)
    """From artefact to the same page, or a frame of it, from its rendered DOM: opened for a second reading."""

    def where(self, node: int, label: str = "") -> Locator:
        """The place of a node for the record."""
        return Locator(self.view, self.artefact, self.tree.path(node), label)

    def box(self, said: ShownText, node: int) -> Box | None:
        """The rectangle of a text on the screenshot; of its element where it has no text."""
        return rounded(self.texts.box(said.nodes) or (self.tree.box(node) if self.tree.laid_out else None))


def rounded(box: Rect | None) -> Box | None:
    """Whole pixels that contain the rectangle."""
    if box is None:
        return None
    x, y = int(box[0] // 1), int(box[1] // 1)
    return Box(x, y, int(-(-(box[0] + box[2]) // 1)) - x, int(-(-(box[1] + box[3]) // 1)) - y)


def _page(tree: PageTree, spec: PageSpec | None, view: str, artefact: str) -> StoredPage:
    texts = collect_texts(tree)
    tables = PageTables(texts)
    stops = frozenset(comparison_form(label).rstrip(":：") for label in _labels(spec))
    return StoredPage(
        tree, texts, tables, CssSelectors(tree), label_values.LabelValueFinder(texts, tables, stops), view, artefact
    )


def _labels(spec: PageSpec | None) -> Iterable[str]:
    for one in spec.fields if spec else ():
        yield from labels_of(one)


def page_from_snapshot(data: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "") -> StoredPage:
    """A page from a stored layout snapshot, compressed or not; a JSON response is shown as one text by the browser."""
    return _pointed(_page(read_snapshot(inflate(data)), spec, view, artefact), spec)


def _pointed(page: StoredPage, spec: PageSpec | None) -> StoredPage:
    """The page with the JSON document that its one text is, where the specification has pointers."""
    if spec is not None and _points(spec):
        shown = page.texts.raw(0, len(page.texts.nodes))
        page.document = _json(shown if len(page.texts.units) == 1 else "")
    return page


def _points(spec: PageSpec) -> bool:
    listing = spec.listing is not None and spec.listing.pointer is not None
    return listing or any(one.pointer is not None for one in spec.fields)


def _json(text: str) -> object:
    """The parsed document, None where the text is not one."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def page_from_body(body: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "") -> StoredPage:
    """A page from stored HTML or JSON, without layout."""
    document = _json(decode_body(body).lstrip())
    if document is not None:
        page = _page(parse_html(b""), spec, view, artefact)
        page.document = document
        return page
    return _pointed(_page(parse_html(body), spec, view, artefact), spec)
