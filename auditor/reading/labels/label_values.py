"""From a label to the places that could hold its value: beside it, under it, above it, in its cell's row or column.

Every rule gives places; none chooses between different values. A label is matched exactly after normalisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.document.normalisation import FOOTNOTE_MARKS, comparison_form
from auditor.document.tables import CellPlace, Grid
from auditor.document.texts import LEADERS, LabelHit
from auditor.model.notes import make_note
from auditor.reading.labels.cards import FIGURE_ALONE, CardFinder, ValuePlace, ValueTest
from auditor.reading.labels.rows_above import cell_above, element_above
from auditor.reading.labels.vocabulary import FAMILY_OF

_NEXT_LABEL = re.compile(r"(?:[\s,，;；|、/]+)(?=[^\s:：,，;；|、/0-9][^:：,，;；|、/0-9\n]{0,24}[:：])")
_SIGN_ALONE = re.compile(r"[:：=?？!ⓘℹ\ufe0f🛈❓▸▶›»→\ue000-\uf8ff\s]+|i|help|info", re.IGNORECASE)
_LONGEST_SIGN = 6
_ICON = 32
"""CSS pixels that an icon between label and value is wide or high at most; a larger picture may be the value."""
_COUNTED = frozenset(("used", "cap", "remaining", "peak", "over"))
_LEAD = re.compile(r"[\s•·*▪◦‣–—-]*(?P<n>[0-9](?:[0-9.,'’ \u00a0\u202f]*[0-9])?)\s*")
"""Before a label: a number and nothing else, apart from the sign of a list."""
_OWN_NUMBER = re.compile(r"[•·|,;/\s-]*[0-9][0-9.,'’\u00a0\u202f]*\s+[^\W\d_]{2}")
"""After a label: a number with a label of its own after it."""
_MARK = re.compile(r"[(（\[【#№]?\s*[0-9]{1,4}\s*[)）\]】.]?")
_SURE_MARK = re.compile(
    r"[(（\[【]\s*(?:[0-9]|(?:19|20)[0-9]{2})\s*[)）\]】]|[0-9]{1,2}[)）]|[#№]\s*[0-9]{1,3}|(?:19|20)[0-9]{2}"
)
"""What counts nothing where a value stands beside it: `(1)`, `2)`, `#3`, `2026`, `(2026)`."""
_FIGURES = re.compile(r"[0-9][0-9.,'’ \u00a0\u202f]*[^\W\d_]{0,12}")


@dataclass(slots=True)
class LabelValueFinder(CardFinder):
    """Finds values by label on one page."""

    def values(
        self, label: str, fits: ValueTest, context: str | None = None, role: str | None = None
    ) -> Iterator[ValuePlace]:
        """Every place that the label points to. `role`: of the count that is sought, which a column may name."""
        for hit in self.texts.find(label):
            if context and not self._under(hit, context) and not self._row_has(hit, context):
                continue
            for place in self._of_hit(hit, fits, context, role):
                yield replace(place, label_at=(hit.first, hit.after + 1))
        yield from self._named_controls(label)

    def _of_hit(self, hit: LabelHit, fits: ValueTest, context: str | None, role: str | None) -> Iterator[ValuePlace]:
        texts = self.texts
        written = texts.raw(hit.first, hit.after) + texts.strings[hit.after][: hit.offset]
        _, end, block = texts.units[hit.unit]
        tail = (texts.strings[hit.after][hit.offset :] + texts.raw(hit.after + 1, end)).strip(
            f" :：=?？ⓘ\u00a0{FOOTNOTE_MARKS}"
        )
        before = self._number_before(hit, tail, written, block)
        if before is not None:
            yield before
            return
        if tail and not self._before_label(hit, end):
            own = self._beside_mark(hit, tail, fits, context, role, written)
            if own:
                yield from own
            else:
                yield self._in_run(hit, end, written.strip(), block)
            return
        yield from self._structured(hit, fits, context, role, written.strip(" :："))

    def _number_before(self, hit: LabelHit, tail: str, written: str, block: int) -> ValuePlace | None:
        """`34 accounts in use`: the number in one text with its label, and before it."""
        text = self.texts.strings[hit.first]
        found = _LEAD.fullmatch(text[: hit.begin])
        rest = self.texts.strings[hit.after][hit.offset :]
        parted = text[hit.begin : hit.begin + 1].isspace() or text[: hit.begin][-1:].isspace()
        if found is None or not parted or hit.after != hit.first or rest.strip(f" .。{FOOTNOTE_MARKS}"):
            return None
        if tail and not _OWN_NUMBER.match(tail):
            return None
        number = " ".join(found.group("n").split(" ")).strip()
        return ValuePlace(
            hit.first, hit.first + 1, found.start("n"), len(number), written.strip(), block, "number before"
        )

    def _beside_mark(
        self, hit: LabelHit, tail: str, fits: ValueTest, context: str | None, role: str | None, written: str
    ) -> list[ValuePlace]:
        """The place that the structure gives, where what follows the label in its run is a mark of the label: a
        footnote, a year, an ordinal, the count of a heading. Empty where it is the value itself."""
        said = self.texts.strings[hit.after][hit.offset :].lstrip()
        drawn = self.texts.nodes[hit.after + 1 : self.texts.units[hit.unit][1]]
        controlled = not set(drawn).isdisjoint(self.texts.controls)
        if said[:1] in (":", "：", "=") or controlled or not _MARK.fullmatch(tail):
            return []
        found = list(self._structured(hit, fits, context, role, written.strip(" :："), marked=True))
        sure = _SURE_MARK.fullmatch(tail) is not None
        kept: list[ValuePlace] = []
        _, end, _ = self.texts.units[hit.unit]
        for place in found:
            if hit.first <= place.first < end:
                continue
            value = self.texts.raw(place.first, place.end)
            number = bool(re.match(r"[^\w]*[0-9]", value)) and fits(value)
            if not number and not sure:
                continue
            open_place = None if sure else make_note("place.figure_in_label", text=f"{tail!r}")
            kept.append(replace(place, misplaced=place.misplaced or open_place))
        return kept

    def _before_label(self, hit: LabelHit, end: int) -> bool:
        """Whether another label follows at once: this one's value stands elsewhere."""
        texts = self.texts
        if texts.strings[hit.after][hit.offset :].strip() or hit.after + 1 >= end:
            return False
        return comparison_form(texts.strings[hit.after + 1]).rstrip(":：") in self.stops

    def _in_run(self, hit: LabelHit, end: int, written: str, block: int) -> ValuePlace:
        """`label: value`, and a value in sibling elements of the same run, up to the next label of the run."""
        texts, tree = self.texts, self.texts.tree
        stop, rule = end, "label: value"
        link = next((at for at in tree.ancestors(texts.nodes[hit.first]) if tree.names[at] in ("a", "button")), None)
        if link is not None and block < link:
            inside = self._range(link)[1]
            stop, rule = (min(stop, inside), rule) if inside > hit.after + 1 else (stop, "beside")
        for piece in range(hit.after + 1, stop):
            bare = comparison_form(texts.strings[piece]).rstrip(":：")
            if bare in self.stops or bare in FAMILY_OF:
                stop = piece
                break
        lead = re.match(rf"{LEADERS}[\s:：=?？ⓘ{FOOTNOTE_MARKS}]*", texts.strings[hit.after][hit.offset :])
        offset = hit.offset + (lead.end() if lead else 0)
        first = hit.after
        while offset >= len(texts.strings[first]) and first + 1 < stop:
            lead = re.match(r"[\s:：=]*", texts.strings[first + 1])
            first, offset = first + 1, lead.end() if lead else 0
        text = " ".join((texts.strings[first][offset:] + "".join(texts.strings[first + 1 : stop])).split())
        following = _NEXT_LABEL.search(text)
        length = following.start() if following else None
        return ValuePlace(first, stop, offset, length, written, block, rule)

    def _structured(
        self, hit: LabelHit, fits: ValueTest, context: str | None, role: str | None, written: str, *,
        marked: bool = False,
    ) -> Iterator[ValuePlace]:  # fmt: skip
        """The value stands in another element: a cell, a definition, a control, a card's other half.

        `marked`: the label's run goes on after it, with what belongs to the label.
        """
        if marked:
            hit = replace(hit, after=self.texts.units[hit.unit][1] - 1, offset=0)
        block = self.texts.holder(hit)
        cell = self.tables.cell_of(block)
        if cell is not None and self._range(cell) == (hit.first, hit.after + 1):
            found = list(self._in_table(cell, fits, context, role, written))
            if found or self._of_other_roles(cell, role):
                yield from found
                return
        if self.texts.tree.names[block] == "dt" or self.texts.tree.names[self.texts.tree.parents[block]] == "dt":
            found = list(self._definitions(block, written))
            if found:
                yield from found
                return
        control = self._controlled(block)
        if control is not None:
            yield self._place(control, written, "form control")
            return
        above = element_above(self.texts, block, fits)
        if above is not None:
            yield self._place(above, written, "row above")
            return
        found = list(self.card(hit, block, fits, written))
        yield from found if cell is None else self._against_table(hit, cell, found, fits, context, role, written)

    def _against_table(
        self, hit: LabelHit, cell: int, found: list[ValuePlace], fits: ValueTest, context: str | None,
        role: str | None, written: str,
    ) -> list[ValuePlace]:  # fmt: skip
        """What stands beside a label in its own cell, held against where the table leads: a figure before a header is
        a badge or a step where its row or column has a value, or room for one; a person looks. A number that is drawn
        clearly bigger than its label is a card's."""
        first, end = self._range(cell)
        inside = [place for place in found if first <= place.first and place.end <= end and self._figure(place)]
        if not inside or self._bigger(inside[0].node, self.texts.nodes[hit.first]):
            return found
        led = [place for place in self._in_table(cell, fits, context, role, written) if self._one_run(place)]
        values = [place for place in led if fits(self.texts.raw(place.first, place.end))]
        if not values and all(place.first < place.end for place in led):
            return found
        return [
            replace(place, misplaced=place.misplaced or make_note("place.either_side")) for place in values or inside
        ]

    def _figure(self, place: ValuePlace) -> bool:
        return FIGURE_ALONE.fullmatch(self.texts.raw(place.first, place.end)) is not None

    def _one_run(self, place: ValuePlace) -> bool:
        """Whether a place is no card with a label of its own: all of it is one run of text, or it is blank."""
        return len(set(self.texts.unit_of[place.first : place.end])) < 2

    def _place(self, node: int, written: str, rule: str, *, picture: bool = False) -> ValuePlace:
        if self.texts.tree.names[node] in ("input", "select", "textarea"):
            first, end = self.texts.pieces(node)
            return ValuePlace(first, max(end, first), 0, None, written, node, rule)
        first, end = self.texts.pieces(node)
        return ValuePlace(first, end, 0, None, written, node, rule, picture or (first == end and self.drawn(node)))

    def _in_table(
        self, cell: int, fits: ValueTest, context: str | None, role: str | None, written: str
    ) -> Iterator[ValuePlace]:
        found = self.tables.place(cell)
        if found is None:
            return
        grid, place = found
        row = grid.rows[place.row]
        right = next(
            (c for c in row.cells if c.column >= place.column + place.span and not self._only_sign(c.node)), None
        )
        columns = range(place.column, place.column + place.span)
        below = [line.at(column) for line in grid.rows[place.row + 1 :] if not line.head for column in columns]
        beneath = list(dict.fromkeys(c for c in below if c is not None))
        under = beneath or self._split_body(grid, place, row.head)
        if self._is_column_header(grid, place, right, under, fits):
            chosen = [c for c in under if not context or self._row_says(grid, c, context) or len(under) == 1]
            for target in chosen:
                if self.texts.text(target.node) or self.drawn(target.node) or len(chosen) == 1:
                    yield self._place(target.node, written, "column")
        elif not under and (above := cell_above(self.texts, grid, place.row, place.column, fits)) is not None:
            yield self._place(above, written, "row above")
        elif right is not None and not self._is_stop(right.node):
            for target in self._row_values(grid, place, right, fits, context, role):
                yield self._place(target.node, written, "row")

    def _only_sign(self, node: int) -> bool:
        """Whether a cell between a label and its value says nothing: a colon, a mark of help, a small icon."""
        text = self.texts.text(node)
        if text:
            return len(text) <= _LONGEST_SIGN and _SIGN_ALONE.fullmatch(text) is not None
        tree = self.texts.tree
        drawn = [at for at in range(node, tree.ends[node]) if tree.names[at] in ("svg", "img", "canvas")]
        boxes = [tree.box(at) for at in drawn]
        return bool(boxes) and all(box is not None and max(box[2], box[3]) <= _ICON for box in boxes)

    def _row_values(
        self, grid: Grid, place: CellPlace, right: CellPlace, fits: ValueTest, context: str | None, role: str | None
    ) -> list[CellPlace]:
        """The cell beside the label; with it all further figures of the row, of which the context names a column.

        Where the columns are headed by what they count, the one of the role is meant, whatever stands in it.
        """
        headed = {} if context else self._headed(grid, place, right.column)
        if role is not None and role in headed:
            return [headed[role]]
        if role is not None and _COUNTED & headed.keys():
            others = [cell.node for name, cell in headed.items() if name in _COUNTED]
            return [] if right.node in others else [right]
        found: list[CellPlace] = []
        for cell in grid.rows[place.row].cells:
            if cell.column >= right.column and not fits("words alone"):
                if not _FIGURES.fullmatch(self.texts.text(cell.node)):
                    break
                found.append(cell)
        if context:
            heads = [cell for row in grid.rows[: place.row] for cell in row.cells if self._says(cell, context)]
            found = [cell for cell in found if any(head.column == cell.column for head in heads)] or found
        return found or [right]

    def _of_other_roles(self, cell: int, role: str | None) -> bool:
        """Whether the columns of a label's row count other things alone than the role that is sought."""
        found = self.tables.place(cell)
        if found is None or role is None:
            return False
        grid, place = found
        headed = self._headed(grid, place, place.column + place.span)
        return bool(_COUNTED & headed.keys()) and role not in headed

    def _headed(self, grid: Grid, place: CellPlace, after: int) -> dict[str, CellPlace]:
        """From the families that the nearest row of headers names to the cells of the label's row under them, from a
        column on."""
        row = grid.rows[place.row]
        for above in reversed(grid.rows[: place.row]):
            if not above.head:
                continue
            found: dict[str, CellPlace] = {}
            for head in above.cells:
                family = FAMILY_OF.get(comparison_form(self.texts.text(head.node)).rstrip(":："))
                cell = row.at(head.column)
                if family is not None and cell is not None and cell.column >= after:
                    found.setdefault(family, cell)
            return found
        return {}

    def _says(self, cell: CellPlace, text: str) -> bool:
        return comparison_form(self.texts.text(cell.node)) == comparison_form(text)

    def _is_column_header(
        self, grid: Grid, place: CellPlace, right: CellPlace | None, under: Sequence[CellPlace], fits: ValueTest
    ) -> bool:
        if not under:
            return False
        row = grid.rows[place.row]
        aside = right is not None and not self._is_stop(right.node) and fits(self.texts.text(right.node))
        beneath = any(fits(self.texts.text(cell.node)) and not self._is_stop(cell.node) for cell in under)
        if row.head:
            return beneath or not aside
        if place.header and right is not None and not right.header:
            return False
        return beneath and not aside

    def _is_stop(self, node: int) -> bool:
        return comparison_form(self.texts.text(node)).rstrip(":：") in self.stops

    def _split_body(self, grid: Grid, place: CellPlace, head: bool) -> list[CellPlace]:
        """Component libraries keep a table's head and its body in two tables of the same width."""
        if not head:
            return []
        width = grid.rows[place.row].width
        for other in self.tables.all():
            if other.node > grid.node and other.rows and other.rows[0].width == width and not other.rows[0].head:
                found = [row.at(place.column) for row in other.rows]
                return [cell for cell in found if cell is not None]
        return []

    def _row_says(self, grid: Grid, cell: CellPlace, context: str) -> bool:
        row = next((line for line in grid.rows if any(c.node == cell.node for c in line.cells)), None)
        return row is not None and any(
            comparison_form(self.texts.text(c.node)) == comparison_form(context) for c in row.cells
        )

    def _row_has(self, hit: LabelHit, context: str) -> bool:
        """Whether the context names a row of the label's own table: `分馆` before the numbers under 已用."""
        cell = self.tables.cell_of(self.texts.holder(hit))
        found = self.tables.place(cell) if cell is not None else None
        if found is None:
            return False
        key = comparison_form(context)
        return any(comparison_form(self.texts.text(c.node)) == key for row in found[0].rows for c in row.cells)

    def _definitions(self, block: int, written: str) -> Iterator[ValuePlace]:
        tree = self.texts.tree
        term = block if tree.names[block] == "dt" else tree.parents[block]
        for sibling in tree.children(tree.parents[term]):
            if sibling <= term:
                continue
            if tree.names[sibling] == "dt":
                return
            if tree.names[sibling] == "dd":
                yield self._place(sibling, written, "definition")

    def _controlled(self, block: int) -> int | None:
        """The control that a `label` element names or holds."""
        tree = self.texts.tree
        label = next((at for at in (block, *tree.ancestors(block)) if tree.names[at] == "label"), None)
        if label is None:
            return None
        inside = [c for c in self.texts.controls if label < c < tree.ends[label] and self._readable(c)]
        if inside:
            return inside[0]
        named = tree.attrs(label).get("for")
        piece = tree.piece_of(label)
        for control in self.texts.controls:
            if named and piece.start <= control < piece.end and tree.attrs(control).get("id") == named:
                return control if self._readable(control) else None
        return None

    def _readable(self, control: int) -> bool:
        kind = self.texts.tree.attrs(control).get("type", "text").lower()
        return kind not in ("hidden", "password", "checkbox", "radio", "submit", "button", "reset", "image", "file")

    def _named_controls(self, label: str) -> Iterator[ValuePlace]:
        """Controls that carry the label in `aria-label` alone."""
        key = comparison_form(label)
        for control in self.texts.controls:
            named = self.texts.tree.attrs(control).get("aria-label")
            if named and comparison_form(named).rstrip(":：") == key and self._readable(control):
                yield self._place(control, named, "aria-label")

    def _under(self, hit: LabelHit, context: str) -> bool:
        """Whether the context heads the part of the page that the label stands in, with no like heading between."""
        tree, texts = self.texts.tree, self.texts
        label = texts.nodes[hit.first]
        for head in texts.find(context):
            start = texts.nodes[head.first]
            block = texts.units[head.unit][2]
            if start >= label:
                continue
            kind = tree.names[block], tree.attrs(block).get("class", ""), sum(1 for _ in tree.ancestors(block))
            between = (
                node
                for node in range(tree.ends[block], label)
                if tree.names[node] == kind[0]
                and tree.attrs(node).get("class", "") == kind[1]
                and not node < label < tree.ends[node]
                and texts.text(node)
            )
            if not any(sum(1 for _ in tree.ancestors(node)) == kind[2] for node in between):
                return True
        return False
