"""CSS selectors over a `PageTree`, by soupsieve: shadow trees included, each frame its own root."""

from __future__ import annotations

from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError, SoupSieve
from soupsieve import compile as compile_selector

from auditor.document.dom.tree import PageDocument, PageTree
from auditor.errors import ReadingError


class CssSelectors:
    """Answers selectors about one page; the element tree is made at the first question."""

    def __init__(self, tree: PageTree) -> None:
        self._tree = tree
        self._soups: list[tuple[BeautifulSoup, dict[int, int]]] | None = None

    def select(self, selector: str) -> Sequence[int]:
        """The elements that match, in document order. `ReadingError` for a selector that is not CSS."""
        compiled = require_selector(selector)
        if self._soups is None:
            self._soups = [_soup(self._tree, piece) for piece in self._tree.pieces]
        return [known[id(tag)] for soup, known in self._soups for tag in compiled.select(soup)]


def require_selector(selector: str) -> SoupSieve:
    """The selector, compiled. `ReadingError` for one that is not CSS."""
    try:
        return compile_selector(selector)
    except (SelectorSyntaxError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ReadingError(f"selector {selector!r}: expected CSS, found a mistake ({reason}); correct it") from error


def _soup(tree: PageTree, piece: PageDocument) -> tuple[BeautifulSoup, dict[int, int]]:
    soup = BeautifulSoup("", "html.parser")
    made: dict[int, Tag] = {}
    known: dict[int, int] = {}
    for node in range(piece.start, piece.end):
        name = tree.names[node]
        parent = made.get(tree.parents[node], soup)
        if name == "#text":
            text = tree.texts.get(node)
            if text:
                parent.append(text)
        elif name[0] not in "#:":
            attrs: dict[str, str | list[str]] = dict(tree.attrs(node))
            if isinstance(attrs.get("class"), str):
                attrs["class"] = str(attrs["class"]).split()
            tag = Tag(soup, soup.builder, name, attrs=attrs)  # type: ignore[arg-type]
            parent.append(tag)
            made[node] = tag
            known[id(tag)] = node
    return soup, known
