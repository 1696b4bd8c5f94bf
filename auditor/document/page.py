"""One stored page with everything that is worked out about it once: texts, tables, selectors."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.document.body_text import decode_body
from auditor.document.dom.css_selectors import CssSelectors
from auditor.document.dom.html import parse_html
from auditor.document.dom.layout_snapshot import inflate, read_snapshot
from auditor.document.dom.tree import PageTree, Rect
from auditor.document.json_pointers import TwinKeyError, parse_json
from auditor.document.tables import PageTables
from auditor.document.texts import PageTexts, ShownText, collect_texts
from auditor.model.reading.readings import Box, Locator
from auditor.model.targets.deployments import PageSpec


@dataclass(slots=True)
class StoredPage:
    """A page with its texts and tables, which everything that reads it shares."""

    tree: PageTree
    texts: PageTexts
    tables: PageTables
    selected: CssSelectors
    view: str = ""
    artefact: str = ""
    document: object = None
    """The parsed JSON document, where the page is one that says the same to whoever reads it."""
    twin_keys: bool = False
    """Whether it is a JSON document in which a key stands twice in one object."""
    named: dict[str, list[int]] | None = None
    """From title, `aria-label` or button value, in the form they are compared in, to elements; made when asked for."""
    pager: list[tuple[int, str]] | None = None
    """Runs of text that may belong to a pager; made when asked for."""

    def where(self, node: int, label: str = "") -> Locator:
        """The place of a node for the record."""
        return Locator(self.view, self.artefact, self.tree.path(node), label)

    def box(self, said: ShownText, node: int) -> Box | None:
        """The rectangle of a text on the screenshot; of its element where it has no text."""
        return rounded(self.texts.box_of(said) or (self.tree.box(node) if self.tree.laid_out else None))


def rounded(box: Rect | None) -> Box | None:
    """Whole pixels that contain the rectangle."""
    if box is None:
        return None
    x, y = int(box[0] // 1), int(box[1] // 1)
    return Box(x, y, int(-(-(box[0] + box[2]) // 1)) - x, int(-(-(box[1] + box[3]) // 1)) - y)


def _page(tree: PageTree, view: str, artefact: str) -> StoredPage:
    texts = collect_texts(tree)
    return StoredPage(tree, texts, PageTables(texts), CssSelectors(tree), view, artefact)


def page_from_snapshot(data: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "") -> StoredPage:
    """A page from a stored layout snapshot, compressed or not; a JSON response is shown as one text by the browser."""
    return _pointed(_page(read_snapshot(inflate(data)), view, artefact), spec)


def _pointed(page: StoredPage, spec: PageSpec | None) -> StoredPage:
    """The page with the JSON document that its one text is, where the specification has pointers."""
    if spec is not None and _points(spec):
        shown = page.texts.raw(0, len(page.texts.nodes))
        page.document, page.twin_keys = _json(shown if len(set(page.texts.nodes)) == 1 else "")
    return page


def _points(spec: PageSpec) -> bool:
    listing = spec.listing is not None and spec.listing.pointer is not None
    return listing or any(one.pointer is not None for one in spec.fields)


def _json(text: str) -> tuple[object, bool]:
    """The parsed document, None where the text is not one; and whether that is so for a key that stands twice."""
    if text[:1] not in ("{", "["):
        return None, False
    try:
        return parse_json(text), False
    except TwinKeyError:
        return None, True
    except (ValueError, RecursionError):
        return None, False


def page_from_body(
    body: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "", charset: str = ""
) -> StoredPage:
    """A page from stored HTML or JSON, without layout; `charset`: what the header of the response said."""
    document, _ = _json(decode_body(body, charset).lstrip())
    if document is not None:
        page = _page(parse_html(b""), view, artefact)
        page.document = document
        return page
    return _pointed(_page(parse_html(body, charset), view, artefact), spec)
