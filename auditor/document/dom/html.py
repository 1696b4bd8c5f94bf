"""Stored HTML to a `PageTree` without layout: for pages fetched without a browser, and for the second reading."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

from auditor.document.body_text import decode_body
from auditor.document.dom.tree import PageDocument, PageTree

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Signs that HTML parsers drop or replace, and that lxml refuses in a name."""

LARGEST = 50_000_000
"""Bytes of HTML that are read."""

_BLIND = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NO_VALUE = frozenset(
    ("hidden", "password", "checkbox", "radio", "submit", "button", "reset", "image", "file", "color")
)


def parse_html(body: bytes, charset: str = "") -> PageTree:
    """The page as a tree without boxes. Never raises for bad HTML; an empty body gives an empty page."""
    tree = PageTree()
    text = _CONTROL.sub("\ufffd", decode_body(body[:LARGEST], charset))
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = None
    _add(tree, "#document", -1)
    if root is not None:
        _walk(tree, root)
    tree.pieces.append(PageDocument(0, len(tree.names), 0, -1))
    tree.close()
    return tree


def _add(tree: PageTree, name: str, parent: int) -> int:
    tree.names.append(name)
    tree.parents.append(parent)
    tree.attributes.append(())
    return len(tree.names) - 1


def _text(tree: PageTree, text: str | None, parent: int) -> None:
    if text:
        node = _add(tree, "#text", parent)
        tree.texts[node] = text if len(text) < 2 or not text.isspace() else " "


def _walk(tree: PageTree, root: etree._Element) -> None:
    """Elements and texts in document order, without recursion."""
    at = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            at = tree.parents[at]
            _text(tree, element.tail, at)
            continue
        name = str(element.tag).lower()
        if name == "template" and "shadowrootmode" in element.attrib:
            name = "shadow-root"
        at = _add(tree, name, at)
        if element.attrib:
            tree.attributes[at] = dict(element.attrib)
        if name == "input":
            value = element.get("value", "").strip()
            if value and element.get("type", "text").lower() not in _NO_VALUE:
                tree.texts[at] = value
        elif name == "select":
            marked = element.xpath("(.//option[@selected])[last()]") or element.xpath("(.//option)[1]")
            chosen = marked[0].xpath("string()") if marked else ""
            tree.texts[at] = " ".join(str(chosen).split())
        _text(tree, element.text, at)


def is_hidden_by_markup(tree: PageTree, node: int) -> bool:
    """Whether the markup itself hides the node: `hidden`, `display: none`, a closed `details` or `dialog`."""
    previous = node
    for at in (node, *tree.ancestors(node)):
        attrs = tree.attributes[at]
        name = tree.names[at]
        if isinstance(attrs, dict) and ("hidden" in attrs or _BLIND.search(attrs.get("style", ""))):
            return True
        if name == "dialog" and "open" not in tree.attrs(at):
            return True
        if name == "details" and "open" not in tree.attrs(at) and tree.names[previous] != "summary":
            return True
        previous = at
    return False
