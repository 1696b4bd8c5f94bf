"""Rows that the document does not hold yet: a list that builds its rows only while it is scrolled is not complete."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from auditor.document.page import StoredPage
from auditor.model.notes import Note, make_note

_SCROLLS = frozenset(("auto", "scroll", "overlay"))
_HEADS = 3
"""Rows of headers and totals that `aria-rowcount` may count beside the others."""
_HIGH = 5
"""A block higher than so many rows, and than the window, is none."""


def why_rows_missing(page: StoredPage, rows: Sequence[int]) -> Note | None:
    """What shows that there are more rows than the document holds; None where nothing does."""
    rows = _filled(page, [row for row in rows if page.texts.text(row)])
    if not rows:
        return None
    said = _said_count(page, rows[0])
    if said is not None and said > len(rows) + _HEADS:
        return make_note("list.row_count", stated=said, held=len(rows))
    missing = round(_blank(page, rows)) if page.tree.laid_out else 0
    if missing:
        return make_note("list.longer_than_rows", pixels=missing)
    return None


def _filled(page: StoredPage, rows: Sequence[int]) -> list[int]:
    """The rows without placeholders: a block many rows high that stands for rows not held, whatever it says."""
    heights = [box[3] if (box := page.tree.box(row)) is not None else 0.0 for row in rows]
    high = max(_HIGH * median(heights), page.tree.viewport or 0.0) if heights and page.tree.laid_out else 0.0
    return [row for row, height in zip(rows, heights, strict=True) if not high or height <= high]


def _said_count(page: StoredPage, row: int) -> int | None:
    """`aria-rowcount` of the grid around a row (WAI-ARIA 1.2); -1 there means that it is not known."""
    for at in page.tree.ancestors(row):
        said = page.tree.attrs(at).get("aria-rowcount", "") if page.tree.attributes[at] else ""
        if said:
            return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    return None


def _blank(page: StoredPage, rows: Sequence[int]) -> float:
    """The height that a scrolling box, or a list that scrolls with the window, keeps for rows it does not hold."""
    tree = page.tree
    scroller, inner = None, []
    for at in tree.ancestors(rows[0]):
        if tree.style(at, "overflow-y") in _SCROLLS:
            scroller = at
            break
        inner.append(at)
    if scroller is None or tree.names[scroller] in ("body", "html"):
        return _spaced(page, rows, inner)
    window = tree.box(scroller)
    lines = [box for row in rows if (box := tree.box(row)) is not None]
    around = [box for at in inner if (box := tree.box(at)) is not None]
    first, end = page.texts.pieces(scroller)
    said = [box for node in page.texts.nodes[first:end] if (box := tree.box(node)) is not None]
    if window is None or not lines or not around or not said:
        return 0.0
    top, bottom = min(box[1] for box in around), max(box[1] + box[3] for box in around)
    if bottom - top <= window[3]:
        return 0.0
    above = min(box[1] for box in (*said, *lines)) - top
    below = bottom - max(box[1] + box[3] for box in (*said, *lines))
    blank = max(above, 0.0) + max(below, 0.0)
    return blank if blank > 1.5 * median(box[3] for box in lines) else 0.0


def _spaced(page: StoredPage, rows: Sequence[int], inner: Sequence[int]) -> float:
    """The blank of a list longer than the window: of the boxes around its rows that hold no other text."""
    tree, own = page.tree, (page.texts.pieces(rows[0])[0], page.texts.pieces(rows[-1])[1])
    lines = [box for row in rows if (box := tree.box(row)) is not None]
    if not lines or not tree.viewport:
        return 0.0
    top, bottom = min(box[1] for box in lines), max(box[1] + box[3] for box in lines)
    around = (tree.box(at) for at in inner if page.texts.pieces(at) == own)
    blank = max((box[3] - (bottom - top) for box in around if box is not None and box[3] > tree.viewport), default=0.0)
    return blank if blank > 1.5 * median(box[3] for box in lines) else 0.0
