"""Characters before numbers: what is set aside before NFKC, and what NFKC leaves alone.

NFKC turns `34²` into `342`, `①` into `1`, `㉞` into `34` and `½` into `1⁄2`: such marks are taken out first and
remembered. It leaves U+2212, `’` and `٬` as they are: those are mapped here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

NBSP = "\u00a0"
"""Stands for every no-break, narrow, thin and figure space: a group separator, unlike the plain space."""

MAX_CELL_CHARS = 600
"""Characters of a cell that are considered; a longer text is no count."""

_SPACES = re.compile("[\u00a0\u202f\u2009\u2007]")
_SIGNS = frozenset("†‡※")
_STRUCK = re.compile(r"<(s|del|strike)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_OVERRIDES = re.compile("[\u202d\u202e]")
UNREADABLE = "\ufffd"
"""Put where a sign stands that can be taken neither for a digit nor for a footnote: no rule reads it."""
_BRACKETED = re.compile(r"(?<=[0-9])\s*\[[0-9a-z]{1,2}\]")


FOOTNOTE_MARKS = "*†‡※⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
"""Signs that may stand after a label or a number as the mark of a footnote."""
TO_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
TO_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A working copy of a cell's text, with what was taken out of it."""

    text: str
    marks: tuple[str, ...] = ()
    """Superscripts, circled numbers and footnote marks, as they stood."""
    struck: tuple[str, ...] = ()
    """Texts struck out in the markup."""
    full_width: bool = False


def clean_cell_text(raw: str) -> CleanedText:
    """The text to read: marks set aside, digits ASCII, widths and spaces folded, invisible characters dropped."""
    if raw.isascii() and "<" not in raw and "[" not in raw and raw.isprintable():
        return CleanedText(raw.strip())
    struck = tuple(match.group(2) for match in _STRUCK.finditer(raw))
    text = _TAG.sub("", _STRUCK.sub(" ", raw)) if struck else raw
    kept, marks = _set_aside(text)
    bracketed = _BRACKETED.findall(kept)
    kept = _OVERRIDES.sub(UNREADABLE, _BRACKETED.sub(" ", kept))
    text = NBSP.join(unicodedata.normalize("NFKC", part) for part in _SPACES.split(kept))
    text = "".join(map(_fold, text))
    return CleanedText(text.strip(), (*marks, *bracketed), struck, full_width=any("！" <= c <= "～" for c in raw))


def _set_aside(text: str) -> tuple[str, list[str]]:
    """The text without footnote signs; one before a digit (`3¹4`, `⒈0`) and a fraction (`3½`) leave a trace."""
    kept: list[str] = []
    marks: list[str] = []
    for char in text:
        if char > "\x7f" and _is_mark(char):
            marks.append(char)
            figure = char not in _SIGNS
            if "\u2044" in unicodedata.normalize("NFKC", char):
                kept.append(UNREADABLE)
            elif figure:
                kept.append("")
        elif kept and not kept[-1] and unicodedata.category(char) == "Nd":
            kept += (UNREADABLE, char)
        else:
            kept.append(char)
    return "".join(kept), marks


def _is_mark(char: str) -> bool:
    """A character that is no digit by itself and would become one under NFKC, or a footnote sign."""
    if char in _SIGNS:
        return True
    category = unicodedata.category(char)
    if category == "No" or (category == "Nl" and char != "〇"):
        return True
    return category != "Nd" and any("0" <= c <= "9" for c in unicodedata.normalize("NFKC", char))


def _fold(char: str) -> str:
    if char < "\x7f":
        return max(char, " ")
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in ("Cf", "Cs", "Co"):
        return ""
    if category == "Cc":
        return " "
    return {"−": "-", "’": "'", "٬": "'", "⁄": "/", "∕": "/"}.get(char, char)


def comparison_form(text: str) -> str:
    """The form in which words and labels are compared: NFKC, case folded, without any space."""
    if text.isascii():
        return "".join(text.split()).lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join("".join(char for char in folded if unicodedata.category(char) != "Cf").split())
