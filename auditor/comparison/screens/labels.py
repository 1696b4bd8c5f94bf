"""Labels and controls of a screen in reading order, data set aside. Pure.

What a screen says of itself (headings, field names, buttons, columns, menu entries) is a label; what it says of its
customer (rows of a list, values beside a label, figures) is data, which differs between any two customers and is set
aside on every side. Only what the picture shows is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from auditor.document.dom.tree import PageTree
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage, rounded
from auditor.model.reading.readings import Box

MAX_LABELS = 5_000
"""Labels of a screen that are compared; a page with more says nothing by them."""
MAX_OPTIONS = 12
"""Entries of a selection list that are labels; a longer list is data (branches, classes)."""
MAX_LABEL = 200
"""Characters of a label; a longer text is told apart by its beginning."""
_KIND = {
    "a": "link", "button": "button", "th": "column", "label": "field", "dt": "field", "legend": "heading",
    "caption": "heading", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
    "h6": "heading", "summary": "button", "td": "cell", "dd": "value",
}  # fmt: skip
_ROLE = {"button": "button", "link": "link", "tab": "link", "menuitem": "link", "columnheader": "column",
         "gridcell": "cell", "cell": "cell", "heading": "heading"}  # fmt: skip
_BUTTONS = frozenset(("submit", "button", "reset", "image"))
_CONTROLS = frozenset(("input", "select", "textarea"))
_NO_LETTER = re.compile(r"[\W\d_]*")
_EDGES = ":：*＊?？|·•>»›- "


@dataclass(frozen=True, slots=True)
class Label:
    """One label as the screen shows it."""

    kind: str
    text: str
    form: str
    """In the form labels are compared in."""
    box: Box | None
    place: str


@dataclass(slots=True)
class ScreenLabels:
    """The labels of a screen, and what was set aside."""

    labels: list[Label] = field(default_factory=list)
    data: Counter[str] = field(default_factory=Counter)
    """Kinds of data that were set aside: `row`, `value`, `figure`, `list`."""
    cut: bool = False
    """There are more than are looked at."""


def label_form(text: str) -> str:
    """A label in the form it is compared in: width, case, spaces and the marks around it are no difference."""
    return comparison_form(text[:MAX_LABEL]).strip(_EDGES)


@lru_cache(maxsize=64)
def _kept(page: _ById) -> ScreenLabels:
    return _collect(page.page)


@dataclass(frozen=True, slots=True, eq=False)
class _ById:
    page: StoredPage

    def __hash__(self) -> int:
        return id(self.page)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.page is self.page


def screen_labels(page: StoredPage) -> ScreenLabels:
    """The labels of a stored screen."""
    return _kept(_ById(page))


def _collect(page: StoredPage) -> ScreenLabels:
    found = ScreenLabels()
    tables = _DataCells(page.tree)
    for node, kind, text, nodes in _said(page):
        form = label_form(text)
        if not form:
            continue
        data = "figure" if _NO_LETTER.fullmatch(form) else tables.why_data(node, kind)
        if data:
            found.data[data] += 1
            continue
        if len(found.labels) >= MAX_LABELS:
            found.cut = True
            break
        box = rounded(page.texts.box(nodes) or page.tree.box(node)) if page.tree.laid_out else None
        found.labels.append(Label(kind, text[:MAX_LABEL], form, box, page.tree.path(node)))
    return found


def _said(page: StoredPage) -> Iterator[tuple[int, str, str, tuple[int, ...]]]:
    """Element, kind, text and text nodes of everything that is shown, in the order of the document."""
    tree, texts = page.tree, page.texts
    found: list[tuple[int, int, str, str, tuple[int, ...]]] = []
    for first, end, _ in texts.units:
        for start, stop, owner, kind in _runs(page, first, end):
            shown = texts.said(start, stop)
            if shown.text:
                found.append((texts.nodes[start], owner, kind, shown.text, shown.nodes))
    for node, name in enumerate(tree.names):
        if name in _CONTROLS and texts.sight.why_hidden(node) is None:
            attrs = tree.attrs(node)
            hints = [attrs[each] for each in ("placeholder", "aria-label") if attrs.get(each)]
            found += [(node, node, "hint", text, ()) for text in hints]
            if _is_button(tree, node) and attrs.get("value") and texts.pieces(node)[0] == texts.pieces(node)[1]:
                found.append((node, node, "button", attrs["value"], ()))
            if name == "select":
                options = [one for one in range(node + 1, tree.ends[node]) if tree.names[one] == "option"]
                for option in options if len(options) <= MAX_OPTIONS else ():
                    text = "".join(tree.texts.get(one, "") for one in range(option + 1, tree.ends[option])).strip()
                    if text:
                        found.append((option, node, "option", text, ()))
        elif name == "img" and tree.attrs(node).get("alt") and texts.sight.why_hidden(node) is None:
            found.append((node, node, "picture", tree.attrs(node)["alt"], ()))
    for _, owner, kind, text, nodes in sorted(found, key=lambda one: one[0]):
        yield owner, kind, text, nodes


def _runs(page: StoredPage, first: int, end: int) -> Iterator[tuple[int, int, int, str]]:
    """A run of text in parts: one for each link, button or control in it."""
    tree, texts = page.tree, page.texts
    start, owner, kind = first, -1, ""
    for piece in range(first, end):
        node, said = _owner(tree, texts.nodes[piece])
        if piece > first and node != owner:
            yield start, piece, owner, kind
            start = piece
        owner, kind = node, said
    if end > first:
        yield start, end, owner, kind


def _owner(tree: PageTree, node: int) -> tuple[int, str]:
    """The element that gives a text its kind."""
    name = tree.names[node]
    if name in _CONTROLS:
        return node, "button" if _is_button(tree, node) else "value"
    for depth, at in enumerate(tree.ancestors(node)):
        role = _ROLE.get(tree.attrs(at).get("role", ""))
        kind = role or _KIND.get(tree.names[at])
        if kind:
            return at, kind
        if depth > 12:
            break
    parent = tree.parents[node]
    return (parent if parent >= 0 else node), "text"


def _is_button(tree: PageTree, node: int) -> bool:
    return tree.names[node] == "input" and tree.attrs(node).get("type", "").lower() in _BUTTONS


@dataclass(slots=True)
class _DataCells:
    """Which cells of a page hold data: rows below a header, values beside a label, blocks that repeat."""

    tree: PageTree
    known: dict[int, dict[int, str]] = field(default_factory=dict)
    blocks: dict[int, bool] = field(default_factory=dict)

    def why_data(self, node: int, kind: str) -> str:
        if kind == "value":
            return "value"
        tree = self.tree
        cell, row, table = -1, -1, -1
        for at in (node, *tree.ancestors(node)):
            name, role = tree.names[at], tree.attrs(at).get("role", "")
            if cell < 0 and (name in ("td", "th") or role in ("cell", "gridcell", "columnheader", "rowheader")):
                cell = at
            elif cell >= 0 and row < 0 and (name == "tr" or role == "row"):
                row = at
            elif row >= 0 and (name == "table" or role in ("table", "grid", "treegrid")):
                table = at
                break
            elif cell < 0 and self._repeats(at):
                return "row"
        if table < 0 or tree.names[cell] == "th" or tree.attrs(cell).get("role") == "columnheader":
            return ""
        if table not in self.known:
            self.known[table] = self._rows(table)
        return self.known[table].get(row, "")

    def _rows(self, table: int) -> dict[int, str]:
        tree = self.tree
        rows = [one for one in range(table + 1, tree.ends[table])
                if tree.names[one] == "tr" or tree.attrs(one).get("role") == "row"]  # fmt: skip
        kinds = {row: [self._cell(cell) for cell in range(row + 1, tree.ends[row])] for row in rows}
        cells = {row: [one for one in found if one] for row, found in kinds.items()}
        header = any(len(found) > 1 and set(found) == {"th"} for found in cells.values())
        plain = Counter(len(found) for found in cells.values() if set(found) == {"td"})
        answers: dict[int, str] = {}
        for row, found in cells.items():
            if self._has_controls(row) and not header:
                continue
            if "th" in found and "td" in found:
                answers[row] = "value"
            elif set(found) == {"td"} and (header or (plain[len(found)] >= 4 and len(found) > 1)):
                answers[row] = "row"
        return answers

    def _cell(self, node: int) -> str:
        name, role = self.tree.names[node], self.tree.attrs(node).get("role", "")
        return (
            "th"
            if name == "th" or role == "columnheader"
            else "td"
            if name == "td" or role in ("cell", "gridcell")
            else ""
        )

    def _has_controls(self, node: int) -> bool:
        return any(self.tree.names[one] in ("input", "select", "textarea", "button", "label")
                   for one in range(node, self.tree.ends[node]))  # fmt: skip

    def _repeats(self, node: int) -> bool:
        """Whether a block is one of four or more brothers with the same inside of three texts and more: cards."""
        parent = self.tree.parents[node]
        if parent < 0 or self.tree.names[node] not in ("li", "div", "article", "section"):
            return False
        if node not in self.blocks:
            brothers = [one for one in self.tree.children(parent) if self.tree.names[one] == self.tree.names[node]]
            shapes = {one: self._shape(one) for one in brothers[:500]}
            many = Counter(shape for shape in shapes.values() if shape and shape.count("#text") >= 3)
            self.blocks.update((one, many.get(shape, 0) >= 4) for one, shape in shapes.items())
        return self.blocks.get(node, False)

    def _shape(self, node: int) -> str:
        end = self.tree.ends[node]
        if end - node > 60:
            return ""
        names = self.tree.names[node:end]
        return "" if {"input", "select", "textarea", "button", "ul"} & set(names) else " ".join(names)
