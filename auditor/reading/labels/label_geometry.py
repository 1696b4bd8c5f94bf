"""From a label to its value by the boxes of the layout alone: the second of the two readings of a value's place.

The tree says which element holds the value; the eye takes the nearest number beside, under or over the label. Where
nothing but blank stands between the two boxes both agree; else a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from auditor.document.dom.tree import Rect
from auditor.document.page import StoredPage
from auditor.model.notes import Note, make_note
from auditor.model.reading.readings import Box

BY_STRUCTURE: Final = frozenset(("card", "definition", "row", "column"))
"""Rules that lead from one element to another. What stands in one run with its label needs no second reading."""
_IN_TABLE: Final = {"row": ("right", "left"), "column": ("below", "above")}
"""In a table other cells may stand between: its rows and columns lead on."""
_SAYS: Final = re.compile(r"[^\W_]")
_SLACK: Final = 3.0
"""CSS pixels by which boxes of letters may overlap."""


def why_apart(page: StoredPage, label: tuple[int, int], value: Box | None, rule: str) -> Note | None:
    """Why the boxes do not lead from the label to the value; None where they do."""
    texts = page.texts
    one = texts.box(tuple(texts.nodes[slice(*label)]))
    if one is None or value is None:
        return None
    other = (float(value.x), float(value.y), float(value.w), float(value.h))
    way = _way(one, other)
    if way is None:
        return make_note("place.not_in_line")
    if rule in _IN_TABLE:
        return None if way in _IN_TABLE[rule] else make_note("place.not_in_line")
    between = next(_between(page, label, one, other, way), None)
    return make_note("place.between", text=f"{between[:60]!r}") if between is not None else None


def _way(label: Rect, value: Rect) -> str | None:
    """In which direction the value stands from the label; None where it stands in none."""
    shared = min(label[1] + label[3], value[1] + value[3]) - max(label[1], value[1])
    if shared > 0.3 * min(label[3], value[3]):
        if value[0] >= label[0] + label[2] - _SLACK:
            return "right"
        return "left" if value[0] + value[2] <= label[0] + _SLACK else None
    return "below" if value[1] > label[1] else "above"


def _between(page: StoredPage, label: tuple[int, int], one: Rect, other: Rect, way: str) -> Iterator[str]:
    """Texts with letters or figures in the blank between two boxes."""
    gap = _gap(one, other, way)
    if gap is None:
        return
    texts = page.texts
    for piece, node in enumerate(texts.nodes):
        if label[0] <= piece < label[1] or not _SAYS.search(texts.strings[piece]):
            continue
        box = page.tree.box(node)
        if box is not None and _meets(box, gap) and texts.sight.why_hidden(node) is None:
            yield texts.strings[piece].strip()


def _gap(one: Rect, other: Rect, way: str) -> Rect | None:
    """The blank between two boxes: as wide or high as what both share."""
    if way in ("right", "left"):
        left, right = (one, other) if way == "right" else (other, one)
        top, bottom = max(one[1], other[1]), min(one[1] + one[3], other[1] + other[3])
        start, end = left[0] + left[2] + _SLACK, right[0] - _SLACK
    else:
        high, low = (one, other) if way == "below" else (other, one)
        start, end = max(one[0], other[0]), min(one[0] + one[2], other[0] + other[2])
        top, bottom = high[1] + high[3] + _SLACK, low[1] - _SLACK
    return (start, top, end - start, bottom - top) if end > start and bottom > top else None


def _meets(box: Rect, gap: Rect) -> bool:
    across = min(box[0] + box[2], gap[0] + gap[2]) - max(box[0], gap[0])
    down = min(box[1] + box[3], gap[1] + gap[3]) - max(box[1], gap[1])
    return across > 1 and down > 1
