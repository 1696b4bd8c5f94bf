"""Controls beside a list that show it to be one page of several: page numbers, arrows of any make, sizes of a page.

They are not clicked from here, and none is guessed to be the next page: `next_page` does that. What stands here lets a
list not be complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from auditor.document.controls import clickable_around, is_clickable, is_enabled, is_visible
from auditor.document.page import StoredPage
from auditor.model.notes import Note, make_note
from auditor.reading.lists.list_words import row_text
from auditor.reading.lists.row_claims import NOTHING_BESIDE, ListNeighbourhood, MoreRows

_NODES_BEFORE: Final = 200
_NODES_AFTER: Final = 600
"""Elements before and after the rows that are looked at."""
_BELOW: Final = 200.0
_ABOVE: Final = 120.0
"""CSS pixels below and above the rows within which a control is taken to be of the list."""
_WIDEST: Final = 160.0
"""An arrow is no wider."""
_ONWARD: Final = frozenset("›»>→▶▸❯⟩➔⇨≫⏵⮞☞➜➡▷⏭")
_BACK: Final = frozenset("‹«<←◀◂❮⟨⇦≪⏴⮜⬅◁⏮")
_DOTS: Final = frozenset("…·.⋯|•◦▪‣*,/–-")
_CONTROLS: Final = frozenset(("a", "button"))
_ROLES: Final = frozenset(("button", "link"))
_CURRENT: Final = re.compile(
    r"(?:^|[-_ ])(?:active|current|on|selected|cur|is-active|now|this)(?:$|[-_ ])", re.IGNORECASE
)
_FAINT: Final = 0.6
"""A control drawn less opaque than this is taken to be switched off."""
_LOOKS: Final = ("color", "background-color", "font-size", "text-decoration-line")
_GROWS: Final = re.compile(
    r"infinite-?(?:scroll|list|load)|(?:^|[-_ ])(?:load-?more|sentinel|lazy-?list|auto-?load)(?:$|[-_ ])", re.IGNORECASE
)
_FEWEST_SIZES: Final = 2


def read_controls(around: ListNeighbourhood) -> MoreRows:
    """The controls beside the rows; nothing where there are no rows to stand beside."""
    if not around.rows:
        return NOTHING_BESIDE
    page = around.page
    found: list[Note] = []
    size = _page_size(page, around)
    if size is not None:
        found.append(make_note("list.page_size", size=size))
    arrow = _arrow(page, around)
    if arrow is not None:
        found.append(make_note("list.arrow", text=f"{arrow!r}"))
    if _grows(page, around):
        found.append(make_note("list.grows"))
    return MoreRows(pages=tuple(found), highest=_highest(page, around))


def _beside(page: StoredPage, around: ListNeighbourhood) -> Iterator[int]:
    """Elements near the rows and in none of them, in document order."""
    tree, rows = page.tree, around.rows
    inside = sorted((row, tree.ends[row]) for row in rows)
    start, end = inside[0][0], max(stop for _, stop in inside)
    at, place = max(0, start - _NODES_BEFORE), 0
    while at < min(len(tree.names), end + _NODES_AFTER):
        while place < len(inside) and inside[place][1] <= at:
            place += 1
        if place < len(inside) and inside[place][0] <= at:
            at = inside[place][1]
            continue
        if tree.names[at][0] not in "#:":
            yield at
        at += 1


def _near(page: StoredPage, around: ListNeighbourhood, node: int) -> bool:
    """Whether an element is drawn close to the rows; everything is where nothing is drawn."""
    tree = page.tree
    if not tree.laid_out:
        return True
    box = tree.box(node)
    lines = [one for row in (around.rows[0], around.rows[-1]) if (one := tree.box(row)) is not None]
    if box is None or not lines:
        return box is not None
    top, bottom = min(one[1] for one in lines), max(one[1] + one[3] for one in lines)
    return top - _ABOVE <= box[1] + box[3] and box[1] <= bottom + _BELOW


def _is_control(page: StoredPage, node: int) -> bool:
    tree = page.tree
    if tree.names[node] in _CONTROLS:
        return tree.names[node] == "button" or is_clickable(page, node)
    attrs = tree.attrs(node)
    return attrs.get("role") in _ROLES or node in tree.clickable or "onclick" in attrs


def _usable(page: StoredPage, node: int) -> bool:
    """Whether a control can be seen and is not switched off, by markup or by look."""
    faint = any(_opacity(page, at) < _FAINT for at in (node, *_up(page, node, 2)))
    return is_visible(page, node) and is_enabled(page, node) and not faint


def _up(page: StoredPage, node: int, levels: int) -> list[int]:
    return [at for _, at in zip(range(levels), page.tree.ancestors(node), strict=False)]


def _opacity(page: StoredPage, node: int) -> float:
    said = page.tree.style(node, "opacity")
    return float(said) if re.fullmatch(r"[0-9]*\.?[0-9]+", said) else 1.0


def _arrow(page: StoredPage, around: ListNeighbourhood) -> str | None:
    """What the last control of a group that leads on is called, or its element where it has no name."""
    groups: list[list[tuple[int, str | None]]] = []
    inside = 0
    for node in _beside(page, around):
        if node < inside or not _is_control(page, node):
            continue
        inside = page.tree.ends[node]
        if not is_visible(page, node) or not _near(page, around, node):
            continue
        named = _leads_on(page, node, after=node > around.rows[-1])
        if groups and node - groups[-1][-1][0] < 40:
            groups[-1].append((node, named))
        else:
            groups.append([(node, named)])
    for group in groups:
        arrows = [(node, named) for node, named in group if named is not None]
        if arrows and _usable(page, arrows[-1][0]):
            return arrows[-1][1]
    return None


def _leads_on(page: StoredPage, node: int, *, after: bool) -> str | None:
    """How a control that may lead on is named: by its words, its sign, or by nothing but a drawing below the rows.

    None for one that leads back or is called something else.
    """
    tree = page.tree
    attrs = tree.attrs(node)
    written = page.texts.text(node).strip()
    named = (attrs.get("aria-label") or attrs.get("title") or _inner_name(page, node)).strip()
    signs = set(written.replace(" ", ""))
    if signs and signs <= _ONWARD:
        return written
    if signs and signs <= _BACK:
        return None
    said = row_text(named or written)
    if said.says("previous") and not said.says("next"):
        return None
    if said.says("next") and len(said.folded) <= 40:
        return named or written
    if named or written or not after:
        return None
    box = tree.box(node)
    drawn = any(tree.names[at] in ("svg", "img", "i", "canvas", "use") for at in range(node, tree.ends[node]))
    drawn = drawn or tree.style(node, "background-image") not in ("", "none")
    drawn = drawn or any(tree.names[at].startswith("::") for at in range(node, tree.ends[node]))
    fits = box is None or (0 < box[2] <= _WIDEST and box[3] <= _WIDEST)
    leaves = re.match(r"(?:https?:)?//|mailto:|tel:", attrs.get("href", "")) is not None
    return tree.names[node] if drawn and fits and not leaves else None


def _inner_name(page: StoredPage, node: int) -> str:
    tree = page.tree
    for at in range(node + 1, min(tree.ends[node], node + 12)):
        attrs = tree.attrs(at) if tree.attributes[at] else {}
        name = attrs.get("aria-label") or attrs.get("title") or attrs.get("alt")
        if name:
            return name
    return ""


def _highest(page: StoredPage, around: ListNeighbourhood) -> int | None:
    """The highest of a run of page numbers, unless the page shown is known to be that one."""
    best: int | None = None
    for numbers in _page_numbers(page, around):
        current = _current(page, numbers)
        top = max(numbers)
        if current != top:
            best = max(best or 0, top)
    return best


def _page_numbers(page: StoredPage, around: ListNeighbourhood) -> Iterator[dict[int, int]]:
    """Runs of numbers that follow each other beside the rows, each alone in an element: from number to element."""
    texts = page.texts
    run: dict[int, int] = {}
    last = -1
    start = around.rows[0]
    first, end = texts.pieces(start)[0], texts.pieces(around.rows[-1])[1]
    for piece in (*range(max(0, first - 40), first), *range(end, min(len(texts.nodes), end + 80))):
        node = texts.nodes[piece]
        text = texts.strings[piece].strip()
        sign = set(text) <= _DOTS | _ONWARD | _BACK
        if sign or page.tree.names[node] == "::marker" or not is_visible(page, node):
            continue
        if text.isdecimal() and len(text) < 5 and _near(page, around, node):
            number = int(text)
            if run and number > max(run) and node - last < 40:
                run[number] = node
            else:
                yield from _several(page, run)
                run = {number: node}
            last = node
        elif not _short_word(text):
            yield from _several(page, run)
            run = {}
    yield from _several(page, run)


def _short_word(text: str) -> bool:
    """Words of a pager that may stand between its numbers."""
    said = row_text(text)
    return said.says("next") or said.says("previous") or said.says("page")


def _several(page: StoredPage, run: dict[int, int]) -> Iterator[dict[int, int]]:
    """The run, where it is one of pages: it begins with two that follow each other, and some of it can be clicked."""
    numbers = sorted(run)
    if len(numbers) < 2 or (numbers[0] > 3 and numbers[1] != numbers[0] + 1) or numbers[0] < 1:
        return
    if not any(one + 1 == other for one, other in pairwise(numbers)):
        return
    nodes = [page.tree.parents[node] for node in run.values()]
    clicked = any(is_clickable(page, clickable_around(page, node)) for node in nodes)
    if clicked or (len(numbers) > 2 and numbers[:3] == [1, 2, 3]):
        yield run


def _current(page: StoredPage, run: dict[int, int]) -> int | None:
    """The number of the page shown: the marked one, the one that leads nowhere, or the one of another look."""
    tree = page.tree
    holders = {number: tree.parents[node] for number, node in run.items()}
    for number, node in holders.items():
        for at in (node, *_up(page, node, 1)):
            attrs = tree.attrs(at)
            marked = attrs.get("aria-current") in ("page", "true") or attrs.get("aria-selected") == "true"
            if marked or _CURRENT.search(attrs.get("class", "")):
                return number
    plain = [number for number, node in holders.items() if not is_clickable(page, clickable_around(page, node))]
    if len(plain) == 1 and len(holders) > 1:
        return plain[0]
    looks = {number: tuple(tree.style(node, name) for name in _LOOKS) for number, node in holders.items()}
    odd = [number for number, look in looks.items() if list(looks.values()).count(look) == 1]
    return odd[0] if len(odd) == 1 and len(looks) > 2 else None


def _page_size(page: StoredPage, around: ListNeighbourhood) -> int | None:
    """What a choice of rows a page says, where as many rows are shown: the next page may hold more."""
    tree = page.tree
    for node in _beside(page, around):
        if tree.names[node] != "select" or not is_visible(page, node) or not _near(page, around, node):
            continue
        options = [tree.texts[at].strip() for at in range(node, tree.ends[node]) if tree.names[at] == "#text"]
        options = [text for text in options if text]
        numbers = [int(text) for text in options if text.isdecimal() and len(text) < 5]
        chosen = tree.texts.get(node, "").strip()
        if len(numbers) >= _FEWEST_SIZES and chosen.isdecimal() and int(chosen) == len(around.rows):
            return int(chosen)
    return None


def _grows(page: StoredPage, around: ListNeighbourhood) -> bool:
    """Whether an element around or after the rows is named as one that brings more rows when it is reached."""
    tree = page.tree
    holders = [at for _, at in zip(range(5), tree.ancestors(around.rows[0]), strict=False)]
    end = tree.ends[around.rows[-1]]
    after = [node for node in _beside(page, around) if end <= node < end + 60]
    for node in (*holders, *after):
        attrs = tree.attrs(node) if tree.attributes[node] else {}
        if attrs.get("aria-busy") == "true" or "infinite-scroll" in attrs:
            return True
        if _GROWS.search(f"{attrs.get('class', '')} {attrs.get('id', '')}"):
            return True
    return False
