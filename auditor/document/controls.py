"""Elements to act on: found by selector or by what they say to the eye."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.document.dom.visibility import is_out_of_reach
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.model.captures import ElementTarget

_NAMED = frozenset(("input", "button", "a", "li", "span", "i", "div"))
_OFF = re.compile(r"(?:^|[-_ ])(?:disabled|is-disabled|disable|inactive)(?:$|[-_ ])", re.IGNORECASE)


def describe_target(page: StoredPage, node: int) -> ElementTarget:
    """The element in the words of the capture."""
    tree = page.tree
    backend = tree.backend[node] if node < len(tree.backend) else 0
    return ElementTarget(backend, tree.path(node), page.texts.text(node)[:80], tree.piece_of(node).frame)


def is_visible(page: StoredPage, node: int) -> bool:
    """Whether a visitor can see the element, scrolling included; one under a dialog cannot be acted on."""
    return not is_out_of_reach(page.texts.sight.why_hidden(node))


def is_enabled(page: StoredPage, node: int) -> bool:
    """Whether the element, and what holds it, is not switched off."""
    tree = page.tree
    for depth, at in enumerate((node, *tree.ancestors(node))):
        attrs = tree.attrs(at)
        if "disabled" in attrs or attrs.get("aria-disabled") == "true" or _OFF.search(attrs.get("class", "")):
            return False
        if depth == 2 or tree.names[at] in ("ul", "ol", "nav", "table", "form", "body"):
            return True
    return True


def find_by_selector(page: StoredPage, selector: str) -> int | None:
    """The first element that matches and can be seen."""
    return next((node for node in page.selected.select(selector) if is_visible(page, node)), None)


def find_by_text(page: StoredPage, text: str) -> int | None:
    """The element with exactly that text that is nearest to the eye; a control is preferred to the text in it.

    Where no element says just that, one whose text holds it as whole pieces: a name beside a picture or a badge.
    """
    for nodes in (elements_with_text(page, text), _among_others(page, text)):
        found = [node for node in nodes if is_visible(page, node)]
        if found:
            return max(found, key=lambda node: (page.tree.order.get(node, 0), -node))
    return None


def elements_with_text(page: StoredPage, text: str) -> Iterator[int]:
    """Every element whose whole text, value, title or aria-label is the given one."""
    key = comparison_form(text)
    if not key:
        return
    for first, end in page.texts.stretches(key):
        yield from (clickable_around(page, node) for node in _holding(page, first, end))
    for node in _named(page).get(key, ()):
        yield clickable_around(page, node)


def _holding(page: StoredPage, first: int, end: int) -> Iterator[int]:
    """The smallest element that holds some pieces of text, where it holds nothing else."""
    tree, texts = page.tree, page.texts
    node = tree.parents[texts.nodes[first]]
    while texts.pieces(node)[1] < end and tree.parents[node] >= 0:
        node = tree.parents[node]
    if texts.pieces(node) == (first, end):
        yield node


def _among_others(page: StoredPage, text: str) -> Iterator[int]:
    """Controls in which the text stands as whole pieces, beside others."""
    tree, texts = page.tree, page.texts
    key = comparison_form(text)
    for first, end in texts.stretches(key) if key else ():
        node = clickable_around(page, tree.parents[texts.nodes[first]])
        if is_clickable(page, node) and texts.pieces(node)[1] >= end:
            yield node


def _named(page: StoredPage) -> dict[str, list[int]]:
    """Elements that say by an attribute what they do."""
    if page.named is None:
        tree = page.tree
        found: dict[str, list[int]] = {}
        for node, name in enumerate(tree.names):
            if name in _NAMED and tree.attributes[node]:
                attrs = tree.attrs(node)
                button = name == "input" and attrs.get("type") in ("submit", "button")
                said = {
                    comparison_form(attrs.get(each, ""))
                    for each in ("aria-label", "title", *(("value",) if button else ()))
                }
                for text in said - {""}:
                    found.setdefault(text, []).append(node)
        page.named = found
    return page.named


def clickable_around(page: StoredPage, node: int) -> int:
    """The link, button or clickable element around a text; the element itself where there is none near."""
    tree = page.tree
    for depth, at in enumerate((node, *tree.ancestors(node))):
        if depth > 3 or tree.names[at] in ("body", "form", "table", "ul"):
            break
        if is_clickable(page, at):
            return at
    return node


def is_clickable(page: StoredPage, node: int) -> bool:
    """Whether an element is there to be clicked."""
    tree = page.tree
    name = tree.names[node]
    if name in ("button", "input", "summary", "label"):
        return True
    attrs = tree.attrs(node)
    if name == "a":
        return "href" in attrs or "onclick" in attrs or node in tree.clickable
    return attrs.get("role") in ("button", "link", "tab") or node in tree.clickable or "onclick" in attrs
