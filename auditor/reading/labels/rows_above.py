"""A row of values above the row of their labels: the value that stands over a label. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.document.tables import Grid, GridRow
from auditor.document.texts import PageTexts

FEWEST: int = 2
"""Values side by side that make a row: one above a label is a card."""


def cell_above(texts: PageTexts, grid: Grid, row: int, column: int, fits: Callable[[str], bool]) -> int | None:
    """The cell over a label, where the first row of a table has values alone and this, the second, labels alone."""
    if row != 1 or len(grid.rows) != FEWEST:
        return None
    values, labels = grid.rows[0], grid.rows[1]
    above = values.at(column)
    if above is None or not _paired(texts, _nodes(values), _nodes(labels), fits):
        return None
    return above.node


def element_above(texts: PageTexts, label: int, fits: Callable[[str], bool]) -> int | None:
    """The element over a label, where its row of labels follows a row of as many values."""
    tree = texts.tree
    at = label
    for _ in range(3):
        row = tree.parents[at]
        if row < 0:
            return None
        labels = _with_text(texts, row)
        if len(labels) >= FEWEST and at in labels:
            beside = list(tree.children(tree.parents[row])) if tree.parents[row] >= 0 else []
            rows = [node for node in beside if _with_text(texts, node)]
            place = rows.index(row) if row in rows else 0
            values = _with_text(texts, rows[place - 1]) if place else []
            if not _paired(texts, values, labels, fits):
                return None
            above = values[labels.index(at)]
            return above if _over(texts, above, at) else None
        at = row
    return None


def _nodes(row: GridRow) -> list[int]:
    return [cell.node for cell in row.cells]


def _with_text(texts: PageTexts, node: int) -> list[int]:
    return [child for child in texts.tree.children(node) if texts.tree.names[child][0] != "#" and texts.text(child)]


def _paired(texts: PageTexts, values: Sequence[int], labels: Sequence[int], fits: Callable[[str], bool]) -> bool:
    """Whether one row has values alone, and the other as many labels alone."""
    if len(values) != len(labels) or len(values) < FEWEST:
        return False
    return all(fits(texts.text(node)) for node in values) and not any(fits(texts.text(node)) for node in labels)


def _over(texts: PageTexts, value: int, label: int) -> bool:
    """Whether the value is drawn above the label; without a layout the order of the document says so."""
    one, other = (texts.box(tuple(texts.nodes[slice(*texts.pieces(node))])) for node in (value, label))
    if one is None or other is None:
        return not texts.tree.laid_out
    shared = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return shared > 0 and one[1] + one[3] <= other[1] + other[3] / 2
