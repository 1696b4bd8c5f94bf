"""Whether two texts that stand side by side are of one number or of two.

Elements part figures: `34` and `20` in two of them are never 3420, whatever the gap; where they touch and look alike
the picture shows one number that no element says, and neither is given. Three makes of one number over
several texts stay joined where the picture shows them as one line of one look: texts of one element, an odometer of
one figure to an element, and groups of three with a no-break space between.
"""

from __future__ import annotations

import re
from typing import Final

from auditor.document.dom.tree import PageTree, Rect

_NO_BREAK: Final = frozenset("\u00a0\u202f\u2009\u2007")
_SAME_LOOK: Final = ("color", "background-color", "font-size", "text-decoration-line", "position", "opacity")
_FIGURE: Final = re.compile(r"[0-9]")
_LINKS: Final = frozenset(("a", "button", "summary"))
_WEIGHTY: Final = frozenset(("b", "strong", "i", "em", "small", "big", "mark", "u", "ins", "del", "code", "sub", "sup"))
SPREAD: Final = 0.08
"""Share of the line's height that figures of one number may stand apart or over each other."""


BESIDE: Final = "; "
"""Between figures of two elements of which the second follows the first on its line, or whose places are not known."""
OVERLAP: Final = " ⧉ "
"""Between figures of two elements that lie over each other."""
TOUCHING: Final = " ⋈ "
"""Between figures of two elements that touch and look alike: drawn as one number, which neither element says."""
ELSEWHERE: Final = " ⇅ "
"""Between figures of two elements of which the second stands on another line, or before the first."""


def parting(one: Rect | None, other: Rect | None) -> str:
    """The sign between two figures that are not of one number, by where they are drawn."""
    if one is None or other is None:
        return BESIDE
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    least = min(one[3], other[3])
    if high <= 0.5 * least:
        return ELSEWHERE
    if wide > SPREAD * least:
        return OVERLAP
    return BESIDE if other[0] > one[0] else ELSEWHERE


def touch_as_one(tree: PageTree, before: int, one: str, node: int, other: str) -> bool:
    """Whether two figures that are not of one number are drawn as if they were: on one line, of one look, no gap."""
    left, right = tree.box(before), tree.box(node)
    if left is None or right is None or one[-1:].isspace() or other[:1].isspace():
        return False
    return _one_line(left, right, gap=SPREAD) and _of_one_look(tree, before, node)


def meet_as_figures(one: str, other: str) -> bool:
    """Whether the first text ends and the second begins with a figure, spaces aside."""
    return bool(_FIGURE.match(one.rstrip()[-1:]) and _FIGURE.match(other.lstrip()[:1]))


def one_number(tree: PageTree, before: int, one: str, node: int, other: str) -> bool:
    """Whether the figures at the end of one text and at the start of the next are of one number."""
    space = one[len(one.rstrip()) :] + other[: len(other) - len(other.lstrip())]
    grouped = bool(space) and _NO_BREAK.issuperset(space) and bool(re.match(r"\s*[0-9]{3}(?![0-9])", other))
    if space and not grouped:
        return False
    left, right = tree.box(before), tree.box(node)
    if left is not None and right is not None and not _one_line(left, right, gap=1.0 if grouped else SPREAD):
        return False
    if tree.parents[before] == tree.parents[node]:
        return True
    if not _of_one_look(tree, before, node):
        return False
    single = bool(re.fullmatch(r"[0-9]", one.strip()) and re.match(r"\s*[0-9](?![0-9])", other))
    return grouped or single


def _one_line(left: Rect, right: Rect, gap: float) -> bool:
    """Whether the second text follows the first at once, on its line and in its size."""
    lower = abs(right[1] + right[3] - left[1] - left[3])
    alike = abs(right[3] - left[3]) <= 0.06 * left[3] and lower <= 0.15 * left[3]
    apart = right[0] - left[0] - left[2]
    return alike and -SPREAD * left[3] <= apart <= gap * left[3]


def _of_one_look(tree: PageTree, before: int, node: int) -> bool:
    """Whether the texts have one colour, ground and weight of letters, and lead to one place."""
    one, other = tree.parents[before], tree.parents[node]
    if not tree.laid_out and tree.attrs(one).get("class") != tree.attrs(other).get("class"):
        return False
    if any(tree.style(one, name) != tree.style(other, name) for name in _SAME_LOOK):
        return False
    return _wrappings(tree, one) == _wrappings(tree, other)


def _wrappings(tree: PageTree, node: int) -> list[tuple[str, int]]:
    """The elements around a text that change its look by their name, and the links, each by its place."""
    around = [(tree.names[at], at if tree.names[at] in _LINKS else 0) for at in (node, *tree.ancestors(node))]
    return [found for found in around if found[0] in _LINKS or found[0] in _WEIGHTY]
