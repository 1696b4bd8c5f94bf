"""What breaks the texts of a page into runs, and where in a run a label may begin. Pure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from auditor.document.dom.tree import PageTree
from auditor.document.normalisation import TO_SUBSCRIPT, TO_SUPERSCRIPT, comparison_form

_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr output q s
    samp slot small span strike strong sub sup time tt u var input select textarea button img canvas svg
    ::before ::after ::marker""".split()  # noqa: SIM905 (a list of words)
)
_LINED = frozenset(("pre", "xmp", "listing", "plaintext"))
"""Elements whose texts keep their lines: each line is a run of its own."""
_OPENERS = ",;，；、。|·•([（【「>›:：\n"
LOOK_BACK = 200
"""Characters before a label that say whether it begins there."""
_AFTER_NUMBER = re.compile(r"[0-9%)）][^\W\d_]{0,3}\s+$")


def keeps_lines(tree: PageTree, node: int) -> bool:
    """Whether an element shows the lines of its texts as they stand."""
    said = (
        re.search(r"white-space\s*:\s*([a-z-]+)", tree.attrs(node).get("style", "")) if tree.attributes[node] else None
    )
    if said is not None:
        return said.group(1) in ("pre", "pre-wrap", "pre-line", "break-spaces")
    return tree.names[node] in _LINED


def shifted_text(text: str, by: str) -> str:
    """`34<sup>1</sup>` is 34 with a mark, never 341; the letters of `bdo` stand in another order than in the page."""
    if by == "bdo":
        return f"\u202e{text}"
    return text.translate(TO_SUPERSCRIPT if by == "sup" else TO_SUBSCRIPT)


@dataclass(slots=True)
class RunBreaks:
    """Which elements break a run of text: by computed style where there is layout, else by their names."""

    tree: PageTree
    known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def is_block(self, node: int, name: str) -> bool:
        row = self.tree.styles.get(node)
        if name == "br" or name[0] == "#":
            return True
        if not row:
            return name not in _INLINE
        piece = self.tree.pieces[0] if len(self.tree.strings) == 1 else self.tree.piece_of(node)
        key = piece.frame, row[self.tree.columns.get("display", 0)]
        if key not in self.known:
            display = self.tree.style(node, "display")
            self.known[key] = not (display.startswith(("inline", "ruby")) or display == "contents")
        return self.known[key]


def label_starts_at(text: str, offset: int, rest: str) -> bool:
    """Whether a label may begin inside a text: after a separator, after a number, or, in Chinese, after a space."""
    while offset < len(text) and text[offset].isspace():
        offset += 1
    before = text[max(0, offset - LOOK_BACK) : offset]
    if before.rstrip()[-1:] in _OPENERS or _AFTER_NUMBER.search(before):
        return True
    return before[-1:].isspace() and text[offset] > "\u2e80" and rest.lstrip()[:1] in (":", "：")


def squeezed_widths(text: str) -> array[int]:
    """For each character of a text as written, how long its normalised form is up to and with it."""
    return array("L", accumulate(len(comparison_form(char)) for char in text))


def raw_offset(widths: array[int], squeezed: int) -> int:
    """From a place in a normalised text to the place in the text as written."""
    return 0 if squeezed <= 0 else min(bisect_left(widths, squeezed) + 1, len(widths))
