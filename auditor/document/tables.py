"""Tables as grids of cells: HTML tables, ARIA tables and elements laid out as tables; the parts of a split one too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.document.texts import PageTexts

_ROW_ROLES = frozenset(("row",))
_CELL_ROLES = frozenset(("cell", "gridcell", "columnheader", "rowheader"))
MOST_ROWS = 65_534
"""What HTML allows a cell to span."""
_TABLE_ROLES = frozenset(("table", "grid", "treegrid"))


@dataclass(frozen=True, slots=True)
class CellPlace:
    """One cell in its grid."""

    node: int
    row: int
    column: int
    span: int
    header: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of a grid."""

    node: int
    cells: tuple[CellPlace, ...]
    head: bool
    """In a table head, or made of header cells alone."""
    carried: tuple[CellPlace, ...] = ()
    """Cells of rows above that reach down into this one."""

    def at(self, column: int) -> CellPlace | None:
        """The cell that covers a column."""
        if column < len(self.cells) and self.cells[column].column == column:
            return self.cells[column]
        return next((cell for cell in self.cells if cell.column <= column < cell.column + cell.span), None)

    def covering(self, column: int) -> CellPlace | None:
        """The cell that covers a column, be it one of a row above."""
        return self.at(column) or next((c for c in self.carried if c.column <= column < c.column + c.span), None)

    @property
    def width(self) -> int:
        """Columns, spans included."""
        return self.cells[-1].column + self.cells[-1].span if self.cells else 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    node: int
    rows: tuple[GridRow, ...]


@dataclass(slots=True)
class PageTables:
    """The tables of a page, made when they are asked for."""

    texts: PageTexts
    _grids: dict[int, Grid] = field(default_factory=dict)
    _all: list[int] | None = None

    def all(self) -> Iterator[Grid]:
        """Every table in document order, outer ones first."""
        if self._all is None:
            tree = self.texts.tree
            self._all = [
                node
                for node, name in enumerate(tree.names)
                if name == "table" or (tree.attributes[node] and name[0] != "#" and self._role(node) in _TABLE_ROLES)
            ]
        for node in self._all:
            yield self.grid(node)

    def cell_of(self, node: int) -> int | None:
        """The nearest cell that the node is or stands in."""
        for at in (node, *self.texts.tree.ancestors(node)):
            if self.is_cell(at):
                return at
        return None

    def is_cell(self, node: int) -> bool:
        """A cell by name, by role or by its layout."""
        tree = self.texts.tree
        if tree.names[node] in ("td", "th"):
            return True
        return self._role(node) in _CELL_ROLES or (
            tree.names[node][0] != "#" and tree.style(node, "display") == "table-cell"
        )

    def _role(self, node: int) -> str:
        return self.texts.tree.attrs(node).get("role", "") if self.texts.tree.attributes[node] else ""

    def is_row(self, node: int) -> bool:
        """A row by name, by role or by its layout."""
        tree = self.texts.tree
        return tree.names[node] == "tr" or self._role(node) in _ROW_ROLES or tree.style(node, "display") == "table-row"

    def place(self, cell: int) -> tuple[Grid, CellPlace] | None:
        """The grid of a cell and its place in it; None for a cell that stands in no row."""
        tree = self.texts.tree
        row = next((at for at in tree.ancestors(cell) if self.is_row(at)), None)
        if row is None:
            return None
        table = next((at for at in tree.ancestors(row) if self._is_table(at)), tree.parents[row])
        grid = self.grid(table)
        for line in grid.rows:
            for place in line.cells:
                if place.node == cell:
                    return grid, place
        return None

    def _is_table(self, node: int) -> bool:
        tree = self.texts.tree
        named = tree.names[node] == "table" or self._role(node) in _TABLE_ROLES
        return named or tree.style(node, "display") == "table"

    def grid(self, table: int) -> Grid:
        """The rows of a table, those of tables inside it left out."""
        if table not in self._grids:
            rows: list[GridRow] = []
            hanging: list[tuple[CellPlace, int]] = []
            section = -1
            for number, node in enumerate(self._rows(table)):
                # A cell reaches down no further than its row group (HTML §4.9.12.1).
                hanging = hanging if self.texts.tree.parents[node] == section else []
                section = self.texts.tree.parents[node]
                carried = tuple(cell for cell, _ in hanging)
                row = self._row(node, number, carried)
                hanging = [(cell, left - 1) for cell, left in hanging if left > 1]
                hanging += [(cell, down - 1) for cell in row.cells if (down := self._span(cell.node, "rowspan")) > 1]
                rows.append(row)
            self._grids[table] = Grid(table, tuple(rows))
        return self._grids[table]

    def _rows(self, table: int) -> list[int]:
        tree = self.texts.tree
        found, node, end = [], table + 1, tree.ends[table]
        while node < end:
            if self.is_row(node):
                found.append(node)
                node = tree.ends[node]
            elif tree.names[node] == "table" or self.is_cell(node):
                node = tree.ends[node]
            else:
                node += 1
        return found

    def _span(self, node: int, name: str) -> int:
        said = self.texts.tree.attrs(node).get(name, "1") if self.texts.tree.attributes[node] else "1"
        if not said.isascii() or not said.isdigit() or len(said) > 6:
            return 1
        return (MOST_ROWS if name == "rowspan" else 1) if int(said) == 0 else min(int(said), MOST_ROWS)

    def _row(self, row: int, number: int, carried: tuple[CellPlace, ...]) -> GridRow:
        tree = self.texts.tree
        nodes: list[int] = []
        node, end = row + 1, tree.ends[row]
        while node < end:
            if self.is_cell(node):
                nodes.append(node)
                node = tree.ends[node]
            else:
                node += 1
        cells, column = [], 0
        taken = {at for cell in carried for at in range(cell.column, cell.column + cell.span)}
        for node in nodes:
            while column in taken:
                column += 1
            width = min(self._span(node, "colspan"), 100)
            header = tree.names[node] == "th" or self._role(node) in ("columnheader", "rowheader")
            cells.append(CellPlace(node, number, column, width, header))
            column += width
        in_head = any(
            tree.names[at] == "thead" for at in (tree.parents[row], tree.parents[tree.parents[row]]) if at >= 0
        )
        head = in_head or (bool(cells) and all(cell.header for cell in cells))
        return GridRow(row, tuple(cells), head, carried)
