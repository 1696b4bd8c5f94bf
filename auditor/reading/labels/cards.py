"""Values beside their labels without a table: cards, grids of tiles, a number above or below what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from auditor.document.dom.visibility import is_never_seen
from auditor.document.normalisation import comparison_form
from auditor.document.tables import PageTables
from auditor.document.texts import LabelHit, PageTexts
from auditor.model.notes import Note, make_note
from auditor.reading.labels.vocabulary import FAMILY_OF
from auditor.reading.numbers.context import context_effect
from auditor.reading.numbers.sentences import remove_role_words

_OWN_LABEL = re.compile(r"[^\W\d_][^:：\n]{0,30}[:：]")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary"))
_PICTURES = frozenset(("img", "canvas", "svg", "object", "video"))

ValueTest = Callable[[str], bool]
"""Whether a text could be a value of the kind that is sought."""


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """A stretch of the page that could be the value of a label."""

    first: int
    end: int
    offset: int
    """Characters of the first piece that belong to the label."""
    length: int | None
    """Characters of the text that belong to the value, where another label follows in the same run."""
    label: str
    """The label as written."""
    node: int
    """The element that holds the value."""
    rule: str
    picture: bool = False
    """A picture stands where the value should: digits drawn in an image are not text."""
    doubt: Note | None = None
    """Why another label may own the value."""


@dataclass(slots=True)
class CardFinder:
    """Finds the other half of a card on one page."""

    texts: PageTexts
    tables: PageTables
    stops: frozenset[str] = frozenset()
    """Labels of the page's other fields, in the form they are compared in: none of them is a value."""
    _kids: dict[int, list[int]] = field(default_factory=dict)

    def card(self, hit: LabelHit, block: int, fits: ValueTest, written: str) -> Iterator[ValuePlace]:
        """The other half of a card: the sibling after the label, or before it where values stand first."""
        tree, texts = self.texts.tree, self.texts
        own = hit.first, hit.after + 1
        at = block if self._range(block) == own else texts.nodes[hit.first]
        for _ in range(4):
            while tree.parents[at] >= 0 and self._range(tree.parents[at]) == own and not self.drawn(tree.parents[at]):
                at = tree.parents[at]
            parent = tree.parents[at]
            if parent < 0 or tree.names[at] in ("body", "#document"):
                return
            kids = self._with_text(parent)
            seen = [kid for kid in kids if kid == at or self._seen(kid)]
            chosen = self._beside(seen, at, fits) or self._beside(kids, at, fits)
            if chosen is not None:
                node, end = chosen
                first, last = texts.pieces(node)
                doubt = self._owned(end, last) if end < last else None
                yield ValuePlace(first, min(last, end), 0, None, written, node, "card", first == last, doubt)
                return
            at, own = parent, self._range(parent)
            if own[1] - own[0] > 14 or self.tables.is_row(parent):
                return

    def _owned(self, end: int, last: int) -> Note | None:
        """Why the text after a value may be its own label: `6` above `Open tickets` is not what stands beside it."""
        following = self.texts.raw(end, last)
        if (
            not following[:1].isalpha()
            or re.search("[0-9]", following)
            or context_effect(remove_role_words(following)) == "plain"
        ):
            return None
        return make_note("count.owned", text=f"{following[:40]!r}")

    def _seen(self, node: int) -> bool:
        first, end = self.texts.pieces(node)
        reasons = [self.texts.sight.why_hidden(piece) for piece in self.texts.nodes[first:end]]
        return not reasons or not all(is_never_seen(reason) for reason in reasons)

    def _with_text(self, parent: int) -> list[int]:
        if parent not in self._kids:
            tree = self.texts.tree
            kept = []
            for child in tree.children(parent):
                first, end = self.texts.pieces(child)
                pictured = first == end and tree.names[child][0] != "#" and self.drawn(child)
                if pictured or (first < end and self.texts.raw(first, end)):
                    kept.append(child)
            self._kids[parent] = kept
        return self._kids[parent]

    def _beside(self, kids: list[int], at: int, fits: ValueTest) -> tuple[int, int] | None:
        """The sibling that holds the value, and the piece at which it ends; None where no sibling could."""
        if at not in kids:
            return None
        index = kids.index(at)
        after = kids[index + 1] if index + 1 < len(kids) else None
        before = kids[index - 1] if index else None
        values_first = len(kids) > 1 and index % 2 == 1 and self._value_end(kids[0], fits) is not None
        for node in (before, after) if values_first else (after, before):
            if node is not None:
                end = self._value_end(node, fits)
                if end is not None and not (node is after and self._between(kids, index, fits)):
                    return node, end
        return None

    def _between(self, kids: list[int], index: int, fits: ValueTest) -> bool:
        """Whether the value after a label stands before another one that has none: either may own it."""
        if index + 2 >= len(kids) or self._value_end(kids[index + 2], fits) is not None:
            return False
        other = comparison_form(self.texts.text(kids[index + 2])).rstrip(":：")
        alone = index + 3 >= len(kids) or self._value_end(kids[index + 3], fits) is None
        return alone and (other in self.stops or other in FAMILY_OF)

    def _value_end(self, node: int, fits: ValueTest) -> int | None:
        """The piece at which the value ends, where the element's whole text or its first run could be one."""
        texts = self.texts
        first, end = texts.pieces(node)
        if first == end:
            return end if self.drawn(node) else None
        if texts.tree.names[node] in _HEADINGS and not fits(texts.raw(first, end)):
            return None
        if self._labelled(texts.raw(first, end)):
            return None
        close = texts.units[texts.unit_of[first]][1]
        if close < end and fits(texts.raw(first, close)) and self._apart(first, close, end):
            return close
        return end if fits(texts.raw(first, end)) else None

    def _labelled(self, text: str) -> bool:
        """Whether a text is a label, or brings one of its own: then its number belongs to that one."""
        bare = comparison_form(text)
        if bare.rstrip(":：") in self.stops or _OWN_LABEL.match(text):
            return True
        return any(bare[:length] in FAMILY_OF or bare[:length] in self.stops for length in range(2, min(len(bare), 32)))

    def _apart(self, first: int, close: int, end: int) -> bool:
        """Whether the first run of an element stands by itself: another line follows, which is no further digit."""
        texts = self.texts
        following = texts.raw(close, texts.units[texts.unit_of[close]][1])
        if texts.unit_of[end - 1] - texts.unit_of[first] > 3 or not re.search(r"[^\W\d_]", following):
            return False
        box, other = texts.box((texts.nodes[first],)), texts.box((texts.nodes[close],))
        return box is None or other is None or other[1] >= box[1] + box[3] / 2

    def drawn(self, node: int) -> bool:
        """Whether a picture is laid out in the element: its digits, if any, are not text."""
        tree = self.texts.tree
        return any(tree.names[at] in _PICTURES and at in tree.bounds for at in range(node, tree.ends[node]))

    def _range(self, node: int) -> tuple[int, int]:
        return self.texts.pieces(node)
