"""What a page says in words about rows that are not among those it shows: totals, parts, ways to more.

Only texts beside the list are looked at, and none inside its rows. A number that counts what is licensed is no number
of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from auditor.document import count_words
from auditor.document.controls import clickable_around, is_clickable, is_enabled
from auditor.document.dom.visibility import is_never_seen
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.model.notes import Note, make_note
from auditor.reading.lists.list_words import RowText, row_text

UNITS_BEFORE: Final = 25
UNITS_AFTER: Final = 40
"""Runs of text before and after the rows that are taken to be about them."""
_LONGEST: Final = 200
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "figcaption"))
_BETWEEN: Final = re.compile(
    r"[0-9]\s*(?:[^\W\d_]{1,6}\s*)?[-‐-―~～〜－至到]\s*(?:第\s*)?[0-9]|[0-9]\s+[^\W\d_]{1,8}\s+[0-9]"
)
_BRACKETED: Final = re.compile(r"[(（\[【]\s*[0-9.,' ]+\s*[^\W\d_]{0,3}\s*[)）\]】]")
_BARE: Final = re.compile(r"[(（\[【]?\s*[0-9][0-9.,' ]*\s*[)）\]】]?")
_NEAR_HEAD: Final = 4
"""Runs before the rows among which a bare number belongs to a heading."""


@dataclass(frozen=True, slots=True)
class ListNeighbourhood:
    """Where the rows of a list stand on its page."""

    page: StoredPage
    rows: tuple[int, ...]
    """Elements of the rows that count, in document order."""
    labels: frozenset[str] = frozenset()
    """Labels of the page's fields, in the form they are compared in, letters alone: theirs are no numbers of rows."""

    def texts(self) -> Iterator[tuple[int, int, str]]:
        """Each run of text beside the rows that is seen: its place from the rows (before is negative), unit, text."""
        texts, own = self.page.texts, self._own()
        if not own:
            return
        first, last = own[0], own[-1]
        for unit in range(max(0, first - UNITS_BEFORE), min(len(texts.units), last + UNITS_AFTER + 1)):
            begin, end, _ = texts.units[unit]
            if unit in own or all(is_never_seen(texts.sight.why_hidden(node)) for node in texts.nodes[begin:end]):
                continue
            said = texts.raw(begin, end) if end - begin <= 40 else ""
            if 0 < len(said) <= _LONGEST:
                yield (unit - first if unit < first else max(1, unit - last)), unit, said

    def _own(self) -> list[int]:
        texts, found = self.page.texts, set()
        for row in self.rows:
            first, end = texts.pieces(row)
            found.update(texts.unit_of[first:end])
        return sorted(found)

    def labelled(self, text: str) -> bool:
        """Whether a run is the label of a field of the page, with or without its number."""
        return re.sub(r"[\W0-9]", "", comparison_form(text)) in self.labels


@dataclass(frozen=True, slots=True)
class MoreRows:
    """What stands beside the rows of one page of a list about rows that are not among them."""

    totals: tuple[tuple[int, str], ...] = ()
    """Numbers of all rows, with the text that says them."""
    more: tuple[Note, ...] = ()
    """That there are more rows than shown, whatever total is stated."""
    pages: tuple[Note, ...] = ()
    """That this is one page of several, as far as no total says otherwise."""
    highest: int | None = None
    """The highest page number that a link leads to, where the page shown is not known to be it."""

    def with_more(self, other: MoreRows) -> MoreRows:
        """Both together."""
        highest = max((one for one in (self.highest, other.highest) if one is not None), default=None)
        return MoreRows(self.totals + other.totals, self.more + other.more, self.pages + other.pages, highest)


NOTHING_BESIDE: Final = MoreRows()


def read_claims(around: ListNeighbourhood, number: int) -> MoreRows:
    """What is said beside the rows of the page of that number."""
    shown = len(around.rows)
    totals: list[tuple[int, str]] = []
    more: list[Note] = []
    pages: list[Note] = []
    for place, unit, raw in around.texts():
        said = row_text(raw)
        quoted = f"{raw[:80]!r}"
        ahead = _leads_to_more(around, unit, said)
        if said.says("part") and (said.numbers or len(raw) <= 120):
            more.append(make_note("list.part", text=quoted))
        elif ahead:
            more.append(make_note("list.more", text=quoted))
        elif place > 0 and comparison_form(raw).strip(".…") in count_words.LOADING:
            more.append(make_note("list.still_loading", text=quoted))
        ranged = _range_of(said, shown)
        if ranged is not None:
            start, total = ranged
            if total is None or said.says("open"):
                pages.append(make_note("list.open_end", text=quoted))
            elif total >= start + shown - 1:
                totals.append((total, quoted))
            continue
        if around.labelled(raw):
            continue
        page_of = _page_of(said, number, place)
        if page_of is not None:
            pages.append(make_note("list.page_of", text=quoted))
            continue
        total = _total_in(around, said, shown, place, unit)
        if total is not None:
            totals.append((total, quoted))
    return MoreRows(tuple(totals), tuple(more), tuple(pages))


def _leads_to_more(around: ListNeighbourhood, unit: int, said: RowText) -> bool:
    """Whether a run leads to further rows: words for it, or one word in a control; none that is switched off."""
    if len(said.folded) > 80 or not (said.says("more") or said.is_word("alone")):
        return False
    page, first = around.page, around.page.texts.units[unit][0]
    control = clickable_around(page, page.tree.parents[page.texts.nodes[first]])
    clicked = is_clickable(page, control)
    return is_enabled(page, control) if clicked else not said.is_word("alone")


def _range_of(said: RowText, shown: int) -> tuple[int, int | None] | None:
    """The first row shown and the number of all rows, where a run has the range of just the rows shown, as in
    `1-10 of 57`, `57件中 1～10件` or `57 kayıttan 1 - 10 arası`; None for the total where it names none."""
    numbers = said.numbers
    if len(numbers) not in (2, 3) or not _BETWEEN.search(said.folded) or shown < 1:
        return None
    pairs = ((0, 1, 2), (1, 2, 0)) if len(numbers) == 3 else ((0, 1, None),)
    for low, high, rest in pairs:
        a, b = numbers[low], numbers[high]
        if a >= 1 and b - a + 1 == shown and (shown > 1 or rest is not None):
            total = None if rest is None else numbers[rest]
            if total is None or total >= b:
                return a, total
    return None


def _page_of(said: RowText, number: int, place: int) -> tuple[int, int] | None:
    """`Page 1 of 6` in any language, and `1 / 6` alone below the rows, where this is page 1 and not the last."""
    if len(said.numbers) != 2:
        return None
    at, of = said.numbers
    bare = place > 0 and re.fullmatch(r"\s*[0-9]+\s*[/／|]\s*[0-9]+\s*", said.folded) is not None
    if at == number and of > at and (bare or (said.says("page") and len(said.folded) <= 60)):
        return at, of
    return None


def _total_in(around: ListNeighbourhood, said: RowText, shown: int, place: int, unit: int) -> int | None:
    """The number of all rows that a run names; None where it names none."""
    numbers, short = said.numbers, len(said.folded) <= 80
    if not numbers or not short or len(numbers) > 2:
        return None
    bare = said.says("licence")
    if len(numbers) == 2:
        shows = said.says("showing") or (said.says("units") and not bare)
        if shows and said.says("of") and shown in numbers and max(numbers) >= shown:
            return max(numbers)
        return None
    if bare:
        return None
    (number,) = numbers
    words = said.spaced.replace("#", " ").split()
    if said.says("total") and (len(words) <= 6 or said.says("units")):
        return number
    if said.says("units") and len(words) <= 3:
        return number
    if _is_heading(around.page, unit, place) and 1 <= len(words) <= 5 and not _is_year(number, said):
        return number
    if -_NEAR_HEAD <= place < 0 and _BARE.fullmatch(said.folded) and _beside_heading(around.page, unit):
        return number
    return None


def _is_year(number: int, said: RowText) -> bool:
    return 1990 <= number <= 2100 and not _BRACKETED.search(said.folded)


def _is_heading(page: StoredPage, unit: int, place: int) -> bool:
    """Whether a run heads the list by its element; of those below a list none does."""
    tree = page.tree
    block = page.texts.units[unit][2]
    around = [block, *(at for _, at in zip(range(3), tree.ancestors(block), strict=False))]
    headed = any(tree.names[at] in _HEADINGS or tree.attrs(at).get("role") == "heading" for at in around)
    return headed and (place < 0 or any(tree.names[at] == "caption" for at in around))


def _beside_heading(page: StoredPage, unit: int) -> bool:
    """Whether a bare number stands in one box with a heading, and with nothing else."""
    tree, texts = page.tree, page.texts
    block = texts.units[unit][2]
    for _, at in zip(range(3), tree.ancestors(block), strict=False):
        whole = texts.text(at)
        if len(whole) > 60:
            return False
        if any(tree.names[node] in _HEADINGS for node in range(at, tree.ends[at])):
            return True
    return False
