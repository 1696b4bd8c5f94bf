"""The counts that a text states, in the form in which what is seen and what the layout says are compared. Pure.

Forgiven is what no person can tell apart in a picture: widths and scripts of figures, kinds of spaces, kinds of
apostrophes and minus signs, signs after a number that end a sentence. Not forgiven is what changes a number: another
figure, a letter for a figure, a comma for a point, a sign, a gap that is none between groups of three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from auditor.document.count_words import GAP, UNLIMITED, UNLIMITED_INSIDE
from auditor.document.normalisation import NBSP, UNREADABLE, clean_cell_text, comparison_form

SEEN_MAGNITUDES: Final = "百|千|万|萬|亿|億|hundred|thousand|million|mio|mrd|tsd|mil|tys"
MAGNITUDES: Final = f"{SEEN_MAGNITUDES}|тыс|млн"
"""Words that make another number of the figures before them; for the first ones the engine has signs."""

_SPACE = f"[ {NBSP}]"
_NUMBER = re.compile(
    rf"(?:(?P<before>[≥≤<>~≈±]|[-+](?![-+])){_SPACE}?[(]?)?{_SPACE}?"
    rf"(?P<figures>[0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,'][0-9]+)*)"
    rf"(?P<letters>[A-Za-z]{{1,2}}(?![A-Za-z]))?(?P<after>{_SPACE}?(?:[%‰+]|(?:{MAGNITUDES})))?",
    re.IGNORECASE,
)
_UNLIMITED = re.compile(
    "|".join([UNLIMITED_INSIDE.replace(GAP, r"\s?"), *sorted(map(re.escape, UNLIMITED), key=len, reverse=True)]),
    re.IGNORECASE,
)
_PARTS = re.compile(rf"[a-z+%≥≤<>~≈±.,'-]*[0-9][a-z0-9+%≥≤<>~≈±.,'-]*|{SEEN_MAGNITUDES}")
"""Figures with every sign and letter that touches them, and words beside them that the engine has signs for."""
_GAP_AFTER_COMMA = re.compile(r"(?<=[0-9])([,.]) (?=[0-9]{3}(?![0-9]))")
_WIDE_FIGURES = re.compile(r"(?<=[0-9.,]) (?=[0-9.,])")
"""Figures of full width stand as far apart as if a space parted them."""


@dataclass(frozen=True, slots=True)
class CountToken:
    """A number or the word unlimited, as written: the figures with the separators between their groups."""

    figures: str
    """`3,420`, `3420`; `∞` for a word of unlimited."""
    sign: str = ""
    """`-`, `≥`, `%` and so on, before and after it, and letters or words that make another number of it."""


def agreement(seen_text: str | None, layout_text: str) -> bool | None:
    """Whether the picture says the same counts as the layout: None where it says nothing legible.

    Figures of a script that the engine has no signs for are not legible to it: it takes ٥ for 0.
    Where the layout's text states no count, the texts are compared as words.
    """
    if seen_text is None or not seen_text.strip() or UNREADABLE in seen_text:
        return None
    if _other_script(layout_text) and not _other_script(seen_text):
        return None
    if clean_cell_text(layout_text).full_width:
        seen_text = _WIDE_FIGURES.sub("", seen_text)
    wanted, found = parse_counts(layout_text), parse_counts(seen_text)
    if not wanted and not found:
        return comparison_form(seen_text) == comparison_form(layout_text)
    return wanted == found and _stray(seen_text) == _stray(layout_text)


def parse_counts(text: str) -> tuple[CountToken, ...]:
    """The counts of a text in their order. A tab or a new line parts numbers; spaces join groups of three only."""
    tokens: list[CountToken] = []
    for part in re.split(r"[\t\r\n]+", re.sub(r"，\s?(?=[0-9０-９])", ",", text)):
        cleaned = clean_cell_text(part).text
        found = [(match.start(), _number(match)) for match in _NUMBER.finditer(cleaned)]
        found += [(match.start(), CountToken("∞")) for match in _UNLIMITED.finditer(cleaned)]
        tokens += [token for _, token in sorted(found, key=lambda one: one[0])]
    return tuple(tokens)


def same_figures(seen_text: str, layout_text: str) -> bool:
    """Whether the picture shows the layout's figures in their order, parted nowhere but where the layout parts them.

    Such a picture does not deny them: an eye for pixels joins two numbers that only an element parts, leaves a gap
    after a comma, or has no signs for a word beside them. A sign, letter or point that only one of both has denies.
    """
    (seen, seen_gaps), (written, gaps) = _parted_figures(seen_text), _parted_figures(layout_text)
    limits = [len(_UNLIMITED.findall(clean_cell_text(one).text)) for one in (seen_text, layout_text)]
    return any(map(str.isdigit, seen)) and seen == written and seen_gaps <= gaps and limits[0] == limits[1]


def _parted_figures(text: str) -> tuple[str, frozenset[int]]:
    """Figures with their signs and separators, and after how many characters of them something parts them."""
    cleaned = re.sub(
        r"(?<=[0-9])([,.])[ ](?=[0-9]{3}(?![0-9]))", r"\1", clean_cell_text(text.replace("\t", " ; ")).text
    )
    figures, gaps = "", set[int]()
    for part in _PARTS.findall(cleaned.lower()):
        if stripped := part.strip(".,'"):
            gaps.add(len(figures))
            figures += stripped
    return figures, frozenset(gaps)


def _other_script(text: str) -> bool:
    """Whether figures stand in the text that are neither ASCII nor of full width."""
    return any(char > "\x7f" and char.isdecimal() and not "０" <= char <= "９" for char in text)


def _number(match: re.Match[str]) -> CountToken:
    signs = (match["before"], match["letters"], match["after"])
    sign = "".join(part.strip(f" {NBSP}").lower() for part in signs if part)
    return CountToken(re.sub(_SPACE, "", match["figures"]), sign)


def _stray(text: str) -> tuple[str, ...]:
    """Letters that touch figures from the left, and could be figures: `O34`, `l2`."""
    cleaned = clean_cell_text(text).text
    return tuple(found.group().lower() for found in re.finditer(r"(?<![A-Za-z])[A-Za-z]{1,2}(?=[0-9])", cleaned))
