"""Values beside their labels without a table: cards, grids of tiles, a number above or below what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

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
_MARKS = frozenset(("i", "svg", "img", "button", "a", "sup", "sub", "br", "hr", "input", "path", "use", "g", "circle"))
_NO_GROUND = "rgba(0, 0, 0, 0)"
FIGURE_ALONE = re.compile(r"[^\w(（]*[0-9][0-9.,'’ \u00a0\u202f]*")
"""A number and nothing else."""
_NUMBERING = re.compile(r"[(（]?[0-9]{1,3}[.)、．）]")
"""The number of a row or step: `3.`, `(3)`, `3)`."""
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
    label_at: tuple[int, int] | None = None
    """First and end piece of the label; None where it is no text."""
    misplaced: Note | None = None
    """Why the structure leaves open which place is meant."""


@dataclass(frozen=True, slots=True)
class SideOfLabel:
    """A sibling of a label that could hold its value."""

    node: int
    end: int
    """The piece at which the value ends."""
    ahead: bool = False
    """It stands before the label."""
    misplaced: Note | None = None
    open: bool = False
    """Nothing shows which of two labels the number belongs to: no value is taken."""


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
        start, nearer = at, None
        for _ in range(4):
            while tree.parents[at] >= 0 and self._range(tree.parents[at]) == own and not self.drawn(tree.parents[at]):
                at = tree.parents[at]
            parent = tree.parents[at]
            if parent < 0 or tree.names[at] in ("body", "#document"):
                break
            kids = self._with_text(parent)
            seen = [kid for kid in kids if kid == at or self._seen(kid)]
            chosen = self._beside(seen, at, fits) or self._beside(kids, at, fits)
            if chosen is not None and chosen.open:
                return
            if chosen is not None and nearer is not None:
                if self._figure_alone(chosen):
                    yield self._half(self._outweighing(nearer, chosen), written)
                    return
                break
            if chosen is not None:
                owned = self._of_another(at, chosen, hit) if at != start else ""
                if owned == "owned":
                    return
                if owned:
                    chosen = replace(chosen, misplaced=make_note("place.of_another"))
                if len(seen) != 2 or not self._figure_alone(chosen) or self._bigger(chosen.node, at):
                    yield self._half(chosen, written)
                    return
                nearer = chosen
            at, own = parent, self._range(parent)
            if own[1] - own[0] > 14 or self.tables.is_row(parent):
                break
        if nearer is not None:
            yield self._half(nearer, written)

    def _half(self, chosen: SideOfLabel, written: str) -> ValuePlace:
        first, last = self.texts.pieces(chosen.node)
        doubt = self._owned(chosen.end, last) if chosen.end < last else None
        return ValuePlace(
            first, min(last, chosen.end), 0, None, written, chosen.node, "card", first == last, doubt,
            misplaced=chosen.misplaced,
        )  # fmt: skip

    def _figure_alone(self, side: SideOfLabel) -> bool:
        """Whether a side says a number and nothing else."""
        first, end = self.texts.pieces(side.node)
        return end > first and end <= side.end and FIGURE_ALONE.fullmatch(self.texts.raw(first, end)) is not None

    def _outweighing(self, nearer: SideOfLabel, outer: SideOfLabel) -> SideOfLabel:
        """Of a number in one box with a label, and one beside that box: the outer one where the first is drawn as a
        badge or smaller; where nothing shows which is meant, a person looks."""
        if self._bigger(outer.node, nearer.node) or self._badge(nearer.node):
            return outer
        if self._bigger(nearer.node, outer.node):
            return nearer
        return replace(outer if nearer.ahead else nearer, misplaced=make_note("place.either_side"))

    def _badge(self, node: int) -> bool:
        """Whether an element is drawn on a ground of its own."""
        tree = self.texts.tree
        ground = tree.style(node, "background-color")
        return ground not in ("", _NO_GROUND) and ground != tree.style(tree.parents[node], "background-color")

    def _bigger(self, node: int, other: int) -> bool:
        """Whether the first text of one element is drawn clearly bigger than that of another."""
        one, two = self._font(node), self._font(other)
        return bool(one and two and one > 1.15 * two)

    def _font(self, node: int) -> float:
        tree = self.texts.tree
        first, end = self.texts.pieces(node)
        at = tree.parents[self.texts.nodes[first]] if first < end else node
        said = tree.style(at, "font-size").removesuffix("px")
        return float(said) if re.fullmatch(r"[0-9]*\.?[0-9]+", said) else 0.0

    def _of_another(self, at: int, chosen: SideOfLabel, hit: LabelHit) -> Literal["owned", "perhaps", ""]:
        """Whether what stands beside the label's whole box is a box of its own, with a label of its own: the value of
        the first box is blank, an error, or not there yet."""
        texts = self.texts
        first, last = texts.pieces(chosen.node)
        following = texts.raw(min(chosen.end, last), last)
        named = comparison_form(following).rstrip(":：")
        if named in self.stops or named in FAMILY_OF:
            return "owned"
        leading = texts.raw(first, min(chosen.end, last))
        if not self._made_alike(at, chosen.node):
            return ""
        worded = bool(re.search(r"[^\W\d_]{2}", following)) and not re.search("[0-9]", following)
        starts = bool(re.match(r"[^\W\d_]{2}", leading)) and bool(re.search("[0-9]", leading))
        if worded or starts:
            return "owned" if self._filled(at, hit, signs=True) else "perhaps"
        return "perhaps" if self._filled(at, hit, signs=False) else ""

    def _filled(self, at: int, hit: LabelHit, *, signs: bool) -> bool:
        """Whether a box holds anything beside its label: a text that is no value, an element where one would be.

        `signs`: icons count too, which may turn where a value will be.
        """
        tree, label = self.texts.tree, self.texts.nodes[hit.first]
        around = {label, *tree.ancestors(label)}
        for node in range(at + 1, tree.ends[at]):
            if node in around or tree.names[node][0] == ":":
                continue
            if node in tree.texts and re.search(r"[^\W_]", tree.texts[node]):
                return True
            if tree.names[node][0] != "#" and (signs or tree.names[node] not in _MARKS) and not self._has_text(node):
                return True
        return False

    def _has_text(self, node: int) -> bool:
        first, end = self.texts.pieces(node)
        return first < end

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

    def _beside(self, kids: list[int], at: int, fits: ValueTest) -> SideOfLabel | None:
        """The sibling that holds the value; None where no sibling could.

        Where both could, the place is open, unless the siblings are pairs or one of the two is drawn as the value.
        """
        if at not in kids:
            return None
        index = kids.index(at)
        before = self._side(kids[index - 1], fits, ahead=True) if index else None
        after = self._side(kids[index + 1], fits) if index + 1 < len(kids) else None
        if after is not None and self._between(kids, index, fits):
            after = None
        values_first = len(kids) > 1 and index % 2 == 1 and self._value_end(kids[0], fits) is not None
        if after is None and before is not None and not values_first and self._owned_before(kids, index):
            return None
        if before is None or after is None or not values_first:
            chosen = before or after if values_first else after or before
            if chosen is None or before is None or after is None or not self._ends_with_label(kids, index, fits):
                return chosen
            return replace(before, open=self._made_alike(kids[0], at), misplaced=make_note("place.either_side"))
        if self._bigger(after.node, before.node):
            return after
        if len(kids) % 2 == 0 or not self._figure_alone(after) or self._bigger(before.node, after.node):
            return before
        return replace(after, misplaced=make_note("place.either_side"))

    def _owned_before(self, kids: list[int], index: int) -> bool:
        """Whether the number before a label belongs to the label before it, which is made like this one."""
        return index >= 2 and self._made_alike(kids[index - 2], kids[index])

    def _made_alike(self, one: int, other: int) -> bool:
        """Whether two elements have one name and class."""
        tree = self.texts.tree
        return tree.names[one] == tree.names[other] and tree.attrs(one).get("class") == tree.attrs(other).get("class")

    def _ends_with_label(self, kids: list[int], index: int, fits: ValueTest) -> bool:
        """Whether labels and values alternate and a label ends them: values may stand before their labels."""
        rest = [self._value_end(kid, fits) is not None for kid in kids[index + 1 :]]
        return len(rest) % 2 == 0 and rest == [True, False] * (len(rest) // 2)

    def _side(self, node: int, fits: ValueTest, *, ahead: bool = False) -> SideOfLabel | None:
        first, end = self.texts.pieces(node)
        if _NUMBERING.fullmatch(self.texts.raw(first, end)):
            return None
        close = self._value_end(node, fits)
        return None if close is None else SideOfLabel(node, close, ahead)

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
