"""One page as a tree of parallel arrays, made from a stored layout snapshot or from stored HTML.

Nodes stand in document order and a subtree is the range `[node, ends[node])`; shadow trees stand flattened where they
are shown, and the documents of frames follow the document that holds them. Arrays rather than objects: a page of ten
thousand nodes is read in the time its parsing takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Rect = tuple[float, float, float, float]
"""x, y, width, height in CSS pixels on the full-page screenshot."""


@dataclass(slots=True)
class PageDocument:
    """What a document of the page needs to be placed and seen: its share of the arrays and its layout."""

    start: int
    end: int
    frame: int
    """0 for the page's own process, n for the nth out-of-process frame."""
    owner: int
    """Global index of the frame element that holds it; -1 for the page itself."""
    url: str = ""
    offset: tuple[float, float] = (0.0, 0.0)
    """From its own coordinates to those of the full-page screenshot."""
    window: Rect | None = None
    """The part of the screenshot it can paint on; None for the page itself."""


@dataclass(slots=True)
class PageTree:
    """A page: names, parents, texts and, where it was laid out, boxes, styles and paint orders."""

    names: list[str] = field(default_factory=list)
    """Lower-case element names, `#text`, `#document`, `::before`."""
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    """From text node, or form control, to what it displays."""
    attributes: list[Sequence[int] | Mapping[str, str]] = field(default_factory=list)
    backend: list[int] = field(default_factory=list)
    pieces: list[PageDocument] = field(default_factory=list)
    shadow: set[int] = field(default_factory=set)
    clickable: set[int] = field(default_factory=set)
    """Elements that react to a click, as far as the browser says."""
    strings: list[list[str]] = field(default_factory=list)
    """String tables, by process."""
    laid_out: bool = False
    bounds: dict[int, Rect] = field(default_factory=dict)
    """From node to box in its own document's coordinates; only nodes that were laid out."""
    styles: dict[int, Sequence[int]] = field(default_factory=dict)
    order: dict[int, int] = field(default_factory=dict)
    """From node to paint order; higher is nearer to the eye."""
    columns: dict[str, int] = field(default_factory=dict)
    """From style name to its place in `styles`."""
    width: float = 0.0
    height: float = 0.0
    viewport: float = 0.0
    """Height of the browser's window in CSS pixels; 0 where the layout does not tell it."""
    title: str = ""
    scrolled: tuple[float, float] = (0.0, 0.0)
    _attrs: dict[int, Mapping[str, str]] = field(default_factory=dict)
    _steps: dict[int, str] = field(default_factory=dict)

    def piece_of(self, node: int) -> PageDocument:
        """The document that holds a node; nested documents are few, so they are looked through."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        for piece in self.pieces:
            if piece.start <= node < piece.end:
                return piece
        raise IndexError(node)

    def attrs(self, node: int) -> Mapping[str, str]:
        """The attributes of an element; empty for anything else."""
        raw = self.attributes[node]
        if isinstance(raw, Mapping):
            return raw
        if not raw:
            return {}
        if node not in self._attrs:
            strings = self.strings[self.frame_of(node)]
            self._attrs[node] = {strings[raw[i]]: strings[raw[i + 1]] for i in range(0, len(raw) - 1, 2)}
        return self._attrs[node]

    def frame_of(self, node: int) -> int:
        """The process that the node's document lives in."""
        return 0 if len(self.strings) == 1 else self.piece_of(node).frame

    def style(self, node: int, name: str) -> str:
        """A computed style of a laid-out node; '' where it is not known."""
        row = self.styles.get(node)
        column = self.columns.get(name)
        if row is None or column is None or column >= len(row) or row[column] < 0:
            return ""
        return self.strings[self.frame_of(node)][row[column]]

    def children(self, node: int) -> Iterator[int]:
        """The children in document order."""
        child, end = node + 1, self.ends[node]
        while child < end:
            yield child
            child = self.ends[child]

    def ancestors(self, node: int) -> Iterator[int]:
        """From the parent up to the document."""
        node = self.parents[node]
        while node >= 0:
            yield node
            node = self.parents[node]

    def box(self, node: int) -> Rect | None:
        """The node's box on the full-page screenshot, not yet clipped."""
        own = self.bounds.get(node)
        if own is None:
            return None
        dx, dy = self.piece_of(node).offset
        return own[0] + dx, own[1] + dy, own[2], own[3]

    def path(self, node: int) -> str:
        """A path through the document for the record: `frame[1]/html/body/table[2]/tr[3]/td[2]`."""
        steps: list[str] = []
        at = node
        while at >= 0 and self.names[at] != "#document":
            steps.append(self._step(at))
            parent = self.parents[at]
            if at in self.shadow and parent not in self.shadow:
                steps.append("shadow")
            at = parent
        position = next(i for i, piece in enumerate(self.pieces) if piece.start <= node < piece.end)
        if position:
            steps.append(f"frame[{position}]")
        return "/".join(reversed(steps))

    def _step(self, node: int) -> str:
        """The node's name and, among several of that name, its number; worked out for all its siblings at once."""
        parent = self.parents[node]
        if parent < 0:
            return self.names[node]
        if node not in self._steps:
            alike: dict[str, list[int]] = {}
            for child in self.children(parent):
                alike.setdefault(self.names[child], []).append(child)
            for name, same in alike.items():
                shown = "text()" if name == "#text" else name
                numbered = len(same) > 1
                self._steps.update(
                    (child, f"{shown}[{number}]" if numbered else shown) for number, child in enumerate(same, start=1)
                )
        return self._steps[node]

    def close(self) -> None:
        """Fill `ends` from `parents`: children follow their parents, so one pass backwards is enough."""
        count = len(self.names)
        ends = [*range(1, count + 1)]
        parents = self.parents
        for node in range(count - 1, -1, -1):
            parent = parents[node]
            if parent >= 0 and ends[node] > ends[parent]:
                ends[parent] = ends[node]
        self.ends = ends


def intersection(a: Rect | None, b: Rect | None) -> Rect | None:
    """The common part; an absent one means no limit. An empty one has no width or height."""
    if a is None or b is None:
        return a or b
    x, y = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    return x, y, max(0.0, right - x), max(0.0, bottom - y)
