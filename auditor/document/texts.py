"""The texts of a page in reading order: runs of inline text that a block holds together, searchable by label."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from auditor.document import count_words
from auditor.document.dom.tree import PageTree, Rect
from auditor.document.dom.visibility import Visibility
from auditor.document.figure_joints import ELSEWHERE, TOUCHING, meet_as_figures, one_number, parting, touch_as_one
from auditor.document.normalisation import FOOTNOTE_MARKS, comparison_form
from auditor.document.text_runs import (
    LOOK_BACK,
    RunBreaks,
    keeps_lines,
    label_starts_at,
    raw_offset,
    shifted_text,
    squeezed_widths,
)
from auditor.errors import ReadingError
from auditor.model.notes import Note

MAX_PLACES = 10_000
"""Of one label on one page."""
_UNREAD = frozenset(("script", "style", "noscript", "template", "head", "title", "option", "optgroup", "datalist"))
_CONTROLS = frozenset(("input", "select", "textarea"))
_SHIFTING = frozenset(("sup", "sub", "bdo"))
_NO_BREAK = ("\u00a0", "\u202f", "\u2009", "\u2007")
_LOOSE = re.compile(
    r"[^\S\u00a0\u202f\u2007\u2009]+|[\u00a0\u202f\u2007\u2009](?![0-9])|(?<![0-9])[\u00a0\u202f\u2007\u2009]"
)
"""Spaces of any length; a no-break space between figures groups them and stays."""
_FIGURE = re.compile(r"[0-9]")
LEADERS = r"(?:\s*[.·…_]{3,})?"
"""Dots that lead from a label to its value."""
_VALUE_FOLLOWS = re.compile(
    rf"{LEADERS}\s*(?:[:：=]|[-+~≥≤约]?\s*[0-9]|"
    rf"[{FOOTNOTE_MARKS}?？ⓘ]+\s*(?:$|[:：])|[(（]\s*[0-9][0-9,. ]*\s*[)）]|(?:{count_words.UNLIMITED_INSIDE})|$)",
    re.IGNORECASE,
)
_LONGER_LABEL = re.compile(r"\s*[^\W\d_][^:：\n]{0,24}[:：]")


@dataclass(frozen=True, slots=True)
class LabelHit:
    """A place where a label stands, and where the text after it begins."""

    unit: int
    first: int
    """Index of the first text piece of the label."""
    after: int
    """Index of the piece in which the text after it begins."""
    offset: int
    """Characters of that piece that still belong to the label."""
    whole: bool
    """The label is all that its run of text says."""
    begin: int = 0
    """Characters of the first piece that stand before the label."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text of a stretch of the page, as far as the picture shows it."""

    text: str
    nodes: tuple[int, ...]
    """The text nodes it is made of."""
    hidden: str = ""
    """Text that stands there and is not shown."""
    why: Note | None = None
    struck: str = ""
    pieces: tuple[int, ...] = ()
    """The pieces it is made of: a text node of several lines has one for each."""


@dataclass(slots=True)
class PageTexts:
    """All texts of a page. Made once per page by `collect_texts`."""

    tree: PageTree
    sight: Visibility
    nodes: list[int] = field(default_factory=list)
    """Text-bearing nodes in document order."""
    strings: list[str] = field(default_factory=list)
    unit_of: list[int] = field(default_factory=list)
    units: list[tuple[int, int, int]] = field(default_factory=list)
    """First piece, end piece, block element."""
    controls: list[int] = field(default_factory=list)
    lines: dict[int, tuple[int, int]] = field(default_factory=dict)
    """From a piece that is one line of a text node to its place among the lines, and their number."""
    blob: str = ""
    starts: list[int] = field(default_factory=list)
    _ends: dict[int, list[int]] = field(default_factory=dict)
    """From a run's first piece to the places in its normalised text where its pieces end."""
    _widths: dict[int, array[int]] = field(default_factory=dict)

    def pieces(self, node: int) -> tuple[int, int]:
        """The range of text pieces inside an element."""
        return bisect_left(self.nodes, node), bisect_left(self.nodes, self.tree.ends[node])

    def raw(self, first: int, end: int) -> str:
        """The text of a range of pieces, seen or not."""
        parts: list[str] = []
        for piece in range(first, end):
            if parts and self.unit_of[piece] != self.unit_of[piece - 1]:
                parts.append(" ")
            parts.append(self.strings[piece])
        return " ".join("".join(parts).split())

    def holder(self, hit: LabelHit) -> int:
        """The smallest element that holds the label and nothing else."""
        tree = self.tree
        node = tree.parents[self.nodes[hit.first]]
        while self.pieces(node)[1] < hit.after + 1 and tree.parents[node] >= 0:
            node = tree.parents[node]
        return node

    def text(self, node: int) -> str:
        """Everything an element says, seen or not."""
        return self.raw(*self.pieces(node))

    def said(self, first: int, end: int, offset: int = 0) -> ShownText:
        """What a range of pieces says to the eye: hidden and struck-out pieces are named and left out.

        Figures of two lines or boxes are parted by a semicolon: a space may group the figures of one number.
        """
        shown: list[str] = []
        kept: list[int] = []
        pieces: list[int] = []
        hidden: list[str] = []
        struck: list[str] = []
        why: Note | None = None
        last = -1
        for piece in range(first, end):
            node = self.nodes[piece]
            text = self.strings[piece][offset:] if piece == first else self.strings[piece]
            if not text.strip():
                shown.append(" ")
                continue
            reason = self.sight.why_hidden(node)
            if reason is not None:
                hidden.append(text)
                why = why or reason
            elif self.sight.struck(node):
                struck.append(text)
                shown.append(" ")
            else:
                shown.append(self._gap(last, piece) + text)
                kept.append(node)
                pieces.append(piece)
                last = piece
        found = _LOOSE.sub(" ", "".join(shown)).replace(" ; ", "; ").strip()
        beside = " ".join(hidden).strip(), why, " ".join(struck).strip()
        return ShownText(found, tuple(dict.fromkeys(kept)), *beside, tuple(pieces))

    def _gap(self, before: int, piece: int) -> str:
        """A space where the picture shows one: pieces of different blocks, or set apart by more than a letter's gap."""
        if before < 0:
            return ""
        one, other = self.strings[before], self.strings[piece]
        if self.nodes[before] == self.nodes[piece]:
            return ELSEWHERE if meet_as_figures(one, other) else " "
        if meet_as_figures(one, other):
            return self._joint(before, piece)
        if not {self.nodes[before], self.nodes[piece]}.isdisjoint(self.controls):
            return " "
        left, right = self.tree.box(self.nodes[before]), self.tree.box(self.nodes[piece])
        if left is None or right is None:
            return " " if self.unit_of[before] != self.unit_of[piece] else ""
        level = abs(right[1] - left[1]) <= 0.6 * left[3]
        backwards = right[0] + right[2] <= left[0] + 1
        if level and backwards and _FIGURE.search(one + other) and not self._right_to_left(before, piece):
            return " ⇄ "
        apart = left[0] - right[0] - right[2] if backwards else right[0] - left[0] - left[2]
        return " " if apart > 0.35 * min(left[3], right[3]) or not level else ""

    def _right_to_left(self, before: int, piece: int) -> bool:
        """Whether both texts stand in one element that is written from right to left."""
        return all(self.reads_from_right(self.nodes[at]) for at in (before, piece))

    def reads_from_right(self, node: int) -> bool:
        """Whether the nearest element that names a direction says from right to left."""
        tree = self.tree
        for at in (node, *tree.ancestors(node)):
            said = tree.attrs(at).get("dir", "").lower() if tree.attributes[at] else ""
            if said in ("rtl", "ltr"):
                return said == "rtl"
        return False

    def box_of(self, said: ShownText) -> Rect | None:
        """The rectangle around a text that is said: of a line, where it is one of several of a text node."""
        parts = [self.lines.get(piece) for piece in said.pieces]
        box = self.box(said.nodes)
        if box is None or len(said.nodes) != 1 or not all(parts):
            return box
        places = [part[0] for part in parts if part is not None]
        height = box[3] / max(part[1] for part in parts if part is not None)
        return box[0], box[1] + min(places) * height, box[2], (max(places) - min(places) + 1) * height

    def _joint(self, before: int, piece: int) -> str:
        """Between two figures: nothing where they are of one number, else the sign that parts two."""
        first, second = self.nodes[before], self.nodes[piece]
        controlled = first in self.controls or second in self.controls
        if not controlled and one_number(self.tree, first, self.strings[before], second, self.strings[piece]):
            return ""
        if not controlled and touch_as_one(self.tree, first, self.strings[before], second, self.strings[piece]):
            return TOUCHING
        return parting(self.tree.box(first), self.tree.box(second))

    def box(self, nodes: tuple[int, ...]) -> Rect | None:
        """The rectangle around some texts, on the full-page screenshot."""
        boxes = [box for box in (self.sight.visible_box(node) for node in nodes) if box is not None]
        if not boxes or not self.tree.laid_out:
            return None
        x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
        return x, y, right - x, bottom - y

    def find(self, label: str) -> Iterator[LabelHit]:
        """Every place where the label stands by itself: exact after normalisation, never a part of a longer word.

        `ReadingError` where it stands in more places than a page of a product has: none of them can be told apart.
        """
        key = comparison_form(label).rstrip(":：")
        if key and self.blob.count(key) > MAX_PLACES:
            raise ReadingError(f"label {label[:40]!r} stands in more than {MAX_PLACES} places of the page")
        at = self.blob.find(key) if key else -1
        while at >= 0:
            unit = bisect_right(self.starts, at) - 1
            hit = self._hit(unit, at - self.starts[unit], len(key))
            if hit is not None:
                yield hit
            at = self.blob.find(key, at + 1)

    def stretches(self, key: str) -> Iterator[tuple[int, int]]:
        """Ranges of whole pieces that together say a squeezed text, over however many runs and blocks."""
        for match in re.finditer("\n?".join(map(re.escape, key)), self.blob):
            first, last = self._piece_at(match.start()), self._piece_at(match.end())
            if first is not None and last is not None and first < last:
                yield first, last

    def _piece_at(self, place: int) -> int | None:
        """The piece that begins at a place of the joined text, or would begin there after a run's end."""
        unit = bisect_right(self.starts, place) - 1
        first, end, _ = self.units[unit]
        at = self.starts[unit]
        for piece in range(first, end):
            if at >= place:
                return piece if at == place else None
            at += len(comparison_form(self.strings[piece]))
        return end if at == place else None

    def _hit(self, unit: int, start: int, length: int) -> LabelHit | None:
        first, end, _ = self.units[unit]
        begin, begin_offset = self._raw_place(first, end, start, closing=False)
        after, offset = self._raw_place(first, end, start + length, closing=True)
        if begin_offset and not label_starts_at(
            self.strings[begin], begin_offset, self.strings[after][offset : offset + LOOK_BACK]
        ):
            return None
        rest = self.strings[after][offset:]
        while not rest.strip() and after + 1 < end and not self.strings[after + 1].strip(f" {FOOTNOTE_MARKS}"):
            after, offset, rest = after + 1, len(self.strings[after + 1]), ""
        if rest.strip() and not _VALUE_FOLLOWS.match(rest):
            return None
        if not rest.strip(f" {FOOTNOTE_MARKS}"):
            offset, rest = len(self.strings[after]), ""
        if not rest.strip() and after + 1 < end and _LONGER_LABEL.match(self.raw(after + 1, end)):
            return None
        tail = rest + "".join(self.strings[after + 1 : end])
        whole = begin == first and not begin_offset and not tail.strip(f" :：?？ⓘ=\u00a0{FOOTNOTE_MARKS}")
        return LabelHit(unit, begin, after, offset, whole, begin_offset)

    def _raw_place(self, first: int, end: int, squeezed: int, *, closing: bool) -> tuple[int, int]:
        """From a place in a run's normalised text to a piece and a place in its raw text."""
        ends = self._ends.get(first)
        if ends is None:
            ends = self._ends[first] = list(
                accumulate(len(comparison_form(self.strings[piece])) for piece in range(first, end))
            )
        at = bisect_left(ends, squeezed) if closing else bisect_right(ends, squeezed)
        at = min(at, len(ends) - 1)
        piece = first + at
        widths = self._widths.get(piece)
        if widths is None:
            widths = self._widths[piece] = squeezed_widths(self.strings[piece])
        return piece, raw_offset(widths, squeezed - (ends[at - 1] if at else 0))


def collect_texts(tree: PageTree) -> PageTexts:
    """The texts of a page in one pass: text nodes and control values, run by run."""
    texts = PageTexts(tree, Visibility(tree))
    names, parents, said = tree.names, tree.parents, tree.texts
    blocks = RunBreaks(tree)
    nodes, strings, unit_of, units = texts.nodes, texts.strings, texts.unit_of, texts.units
    block_of = [0] * len(names)
    current, broken = -1, True
    shifted, until = "", 0
    lined = 0
    for node, name in enumerate(names):
        parent = parents[node]
        block = block_of[parent] if parent >= 0 else node
        if block == -2 or name in _UNREAD:
            block_of[node] = -2
            continue
        if name != "#text" and name not in _CONTROLS and name[0] != ":":
            if name in _SHIFTING and node >= until:
                shifted, until = name, tree.ends[node]
            if node >= lined and keeps_lines(tree, node):
                lined = tree.ends[node]
            if blocks.is_block(node, name):
                block, broken = node, True
            block_of[node] = block
            continue
        block_of[node] = block if name == "#text" or name[0] == ":" else -2
        if name in _CONTROLS:
            texts.controls.append(node)
        text = said.get(node)
        if text is None:
            continue
        if node < until:
            text = shifted_text(text, shifted)
        if text.isspace() or not text:
            if strings and block == current and not broken:
                strings[-1] += text if text in _NO_BREAK else " "
            continue
        if block != current or broken:
            units.append((len(nodes), 0, block))
            current, broken = block, False
        if node < lined and "\n" in text.strip():
            _add_lines(texts, node, text, block)
            broken = text.rstrip(" \t").endswith("\n")
            continue
        nodes.append(node)
        strings.append(text)
        unit_of.append(len(units) - 1)
        broken = broken or (node < lined and text.rstrip(" \t").endswith("\n"))
    _index(texts)
    return texts


def _add_lines(texts: PageTexts, node: int, text: str, block: int) -> None:
    """Each line of a text node as a piece and a run of its own; the first goes on with the run that stands open."""
    lines = text.removesuffix("\n").split("\n")
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if number and texts.unit_of and texts.unit_of[-1] == len(texts.units) - 1:
            texts.units.append((len(texts.nodes), 0, block))
        texts.lines[len(texts.nodes)] = (number, len(lines))
        texts.nodes.append(node)
        texts.strings.append(line)
        texts.unit_of.append(len(texts.units) - 1)


def _index(texts: PageTexts) -> None:
    """Close the runs and join their normalised texts into one string, so that a label is found by one search."""
    units = texts.units
    parts: list[str] = []
    place = 0
    known: dict[str, str] = {}
    for number, (first, _, block) in enumerate(units):
        end = units[number + 1][0] if number + 1 < len(units) else len(texts.nodes)
        units[number] = (first, end, block)
        joined = ""
        for text in texts.strings[first:end]:
            if text not in known:
                known[text] = comparison_form(text)
            joined += known[text]
        texts.starts.append(place)
        parts.append(joined)
        place += len(joined) + 1
    texts.blob = "\n".join(parts)
