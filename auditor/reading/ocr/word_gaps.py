"""Characters of a line to words: where a visible gap stands between figures, there is one in the text. Pure.

An engine gives a space where it feels one; a gap of a few pixels between two figures it may miss. The blanks that ink
leaves are measured, so that `34 20` is never 3420.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from auditor.document.normalisation import UNREADABLE
from auditor.reading.ocr.ink import InkPiece, PixelRange
from auditor.reading.ocr.paddle_engine import ReadLine

OWN_BLANK: Final = 0.24
"""Of the height of ink: the widest blank that two figures beside each other leave in 23 fonts of five sizes."""
OWN_BLANK_THIN: Final = 0.4
"""The same beside a 1 without a foot."""
OWN_BLANK_POINT: Final = 0.475
"""The same beside a comma, a point or an apostrophe."""
SOFT_EDGE: Final = 1.5
"""Picture pixels by which smoothed edges widen a blank."""
THIN: Final = 0.45
"""Of the height of ink: a narrower 1 has no foot."""
WIDEST_FIGURE: Final = 1.0
"""Of the height of ink: a single mark that is wider is no figure (∞ is read as 8 by the engine)."""
EVEN_GAP: Final = 0.7
"""Blanks up to this that are all alike part no figures: they are set apart evenly, as on a counter's wheels."""
EVENNESS: Final = 0.2
LEAST_SCORE: Final = 0.5
"""A figure that the engine gives less is unreadable; of a word without figures, the mean counts."""
_POINTS: Final = frozenset(",.'’，．")
_FIGURES: Final = frozenset("0123456789０１２３４５６７８９,.'’，．")


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word in picture pixels of its crop."""

    text: str
    columns: PixelRange
    score: float
    gap: float
    """Blank before it in heights of ink; 0 for the first of a piece."""


@dataclass(frozen=True, slots=True)
class _Mark:
    character: str
    score: float
    centre: float
    spaced: bool
    """The engine put a space before it."""


def placed_words(piece: InkPiece, read: ReadLine, left: int, height: float) -> list[PlacedWord]:
    """The words of a piece; `left` is the column of the crop that the engine's column 0 stands for."""
    marks = _marks(read, left)
    if not marks:
        return []
    blanks, widths = _blanks(piece, marks)
    marks = [_checked(mark, width, height) for mark, width in zip(marks, widths, strict=True)]
    parted = _parted(marks, [blank.size if blank else 0 for blank in blanks], widths, height)
    gaps = [blank.size / height if blank else 0.0 for blank in blanks]
    words: list[PlacedWord] = []
    first = 0
    for at in [*(n for n in range(1, len(marks)) if parted[n]), len(marks)]:
        start = _end_of_blank(blanks[first], marks[first]) if first else piece.columns.start
        end = _start_of_blank(blanks[at], marks[at - 1]) if at < len(marks) else piece.columns.end
        columns = PixelRange(min(start, end), max(start, end))
        words.append(_word(marks[first:at], columns, max(gaps[first], 0.01) if first else 0.0))
        first = at
    return words


def _marks(read: ReadLine, left: int) -> list[_Mark]:
    marks: list[_Mark] = []
    spaced = False
    for character, score, centre in zip(read.characters, read.scores, read.centres, strict=True):
        if character.isspace():
            spaced = True
            continue
        marks.append(_Mark(character, score, centre + left, spaced))
        spaced = False
    return marks


def _blanks(piece: InkPiece, marks: list[_Mark]) -> tuple[list[PixelRange | None], list[int | None]]:
    """The blank before each character, and each one's width where there is one run of ink a character.

    Else the blanks between two centres; ink between them that the engine has no character for counts as blank.
    """
    if len(piece.blanks) == len(marks) - 1:
        starts = [piece.columns.start, *(blank.end for blank in piece.blanks)]
        ends = [*(blank.start for blank in piece.blanks), piece.columns.end]
        return [None, *piece.blanks], [end - start for start, end in zip(starts, ends, strict=True)]
    found: list[PixelRange | None] = [None]
    for before, after in pairwise(marks):
        between = [b for b in piece.blanks if before.centre < (b.start + b.end) / 2 < after.centre]
        found.append(PixelRange(between[0].start, between[-1].end) if between else None)
    return found, [None] * len(marks)


def _checked(mark: _Mark, width: int | None, height: float) -> _Mark:
    """A figure that is wider than tall is none."""
    if width is None or mark.character not in _FIGURES or width <= WIDEST_FIGURE * height:
        return mark
    return replace(mark, score=0.0)


def _parted(marks: list[_Mark], blanks: list[int], widths: list[int | None], height: float) -> list[bool]:
    """Whether a gap stands before each character."""
    parted = [mark.spaced for mark in marks]
    for run in _figure_runs(marks):
        inner = [blank / height for blank in blanks[run.start + 1 : run.end]]
        even = len(inner) > 1 and max(inner) - min(inner) <= EVENNESS and max(inner) <= EVEN_GAP
        for at in range(run.start + 1, run.end):
            own = max(_own_blank(marks[n].character, widths[n], height) for n in (at - 1, at))
            wide = blanks[at] > own * height + SOFT_EDGE
            # The engine puts spaces after commas by habit: beside a point only what is drawn counts.
            parted[at] = not even and (wide or (parted[at] and own != OWN_BLANK_POINT))
    return parted


def _own_blank(character: str, width: int | None, height: float) -> float:
    if character in _POINTS:
        return OWN_BLANK_POINT
    if character == "1" and (width is None or width < THIN * height):
        return OWN_BLANK_THIN
    return OWN_BLANK


def _figure_runs(marks: list[_Mark]) -> list[PixelRange]:
    """Runs of figures and the signs inside numbers, whatever blanks stand in them."""
    runs: list[PixelRange] = []
    for at, mark in enumerate(marks):
        if mark.character not in _FIGURES:
            continue
        if runs and runs[-1].end == at:
            runs[-1] = PixelRange(runs[-1].start, at + 1)
        else:
            runs.append(PixelRange(at, at + 1))
    return runs


def _word(marks: list[_Mark], columns: PixelRange, gap: float) -> PlacedWord:
    text = "".join(mark.character for mark in marks)
    figures = [mark.score for mark in marks if mark.character in _FIGURES]
    score = min(figures) if figures else sum(mark.score for mark in marks) / len(marks)
    return PlacedWord(text if score >= LEAST_SCORE else UNREADABLE, columns, round(score, 4), round(gap, 2))


def _end_of_blank(blank: PixelRange | None, mark: _Mark) -> int:
    return blank.end if blank else round(mark.centre)


def _start_of_blank(blank: PixelRange | None, mark: _Mark) -> int:
    return blank.start if blank else round(mark.centre)
