"""Where ink stands in a picture of text: lines, pieces of a line, and the blank runs between marks. Pure.

Lines are found by edges from left to right, not by colour: a background of any colour has none, a border few, letters
many. Inside a line, ink is what differs from the line's most frequent colour. Measured in picture pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from auditor.reading.ocr.screenshot import Pixels, TextCrop

LEAST_CONTRAST = 24
"""Levels of 255 between neighbouring pixels that a person sees as an edge; a blur stays below it."""
SHARE_OF_STRONGEST = 0.2
LEAST_LINE = 6
"""CSS pixels: a run of rows that is lower belongs to its neighbour (the dot of an i, a stroke of 三)."""
REACH = 2
"""CSS pixels around the boxes in which ink still belongs to them: slanted and raised figures."""
MARGIN = 0.25
"""Of the line's height of ink: what the engine gets above and below it."""
SIDE_MARGIN = 0.4
"""The same, to the left and right."""
PIECE_GAP = 2.5
"""Of the line's height of ink: a wider blank parts a line into pieces that are read one by one."""
LONGEST_PIECE = 24
"""Of the line's height of ink; a longer piece is parted at its widest blank."""

MOST_TALL = 0.75
"""Of the height of the boxes: letters are lower, borders and badges taller."""
BEYOND = 2
"""Picture pixels above and below a line into which no letter of it reaches, but a border does."""
FRAME = 0.35
"""Of the line's height of ink: how far the rounded end of a badge may reach beside its solid part."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PixelRange:
    """Pixels from `start` up to and not including `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class InkPiece:
    """A part of one line that is read at once."""

    line: int
    """Number of its line, from 0 at the top."""
    rows: PixelRange
    """Rows of ink."""
    columns: PixelRange
    """Columns of ink."""
    blanks: tuple[PixelRange, ...]
    """Columns without ink inside the piece."""
    limits: tuple[PixelRange, PixelRange]
    """Rows and columns that may be shown to the engine: no other ink stands in them."""


def ink_pieces(crop: TextCrop) -> list[InkPiece]:
    """The pieces of all lines inside the crop's boxes, from the top down and from left to right."""
    rows, columns = _reach(crop)
    inner = crop.pixels[rows.start : rows.end, columns.start : columns.end]
    rules = _rule_rows(crop.pixels[:, columns.start : columns.end])[rows.start : rows.end]
    mask = _edges(inner, round((REACH + 1) * crop.scale))
    mask[rules] = False
    lines = _lines(_text_rows(mask), crop.scale)
    whole = crop.pixels.shape[0]
    pieces: list[InkPiece] = []
    for number, line in enumerate(lines):
        above = lines[number - 1].end if number else -rows.start
        below = lines[number + 1].start if number + 1 < len(lines) else whole - rows.start
        blocked = np.flatnonzero(rules)
        above = max([above, *(int(row) + 1 for row in blocked if row < line.start)])
        below = min([below, *(int(row) for row in blocked if row >= line.end)])
        limits = PixelRange(above + rows.start, below + rows.start)
        pieces += _pieces(crop, number, PixelRange(line.start + rows.start, line.end + rows.start), columns, limits)
    return pieces


def piece_pixels(crop: TextCrop, piece: InkPiece) -> tuple[Pixels, int]:
    """The picture of a piece with its margins, and the column of the crop that its first column stands for.

    Where other ink limits a margin, the last clean row or column is repeated.
    """
    height, width = crop.pixels.shape[:2]
    tall = max(piece.rows.size, round(LEAST_LINE * crop.scale))
    edge, side = max(2, round(MARGIN * tall)), max(3, round(SIDE_MARGIN * tall))
    rows, columns = piece.limits
    top, bottom = piece.rows.start - edge, piece.rows.end + edge
    left, right = piece.columns.start - side, piece.columns.end + side
    above, below = max(top, rows.start, 0), min(bottom, rows.end, height)
    first, last = max(left, columns.start, 0), min(right, columns.end, width)
    part = crop.pixels[above:below, first:last]
    pads = ((above - top, bottom - below), (first - left, right - last), (0, 0))
    return np.pad(part, pads, mode="edge"), left


def _reach(crop: TextCrop) -> tuple[PixelRange, PixelRange]:
    """Rows and columns of the crop in which ink belongs to the boxes."""
    height, width = crop.pixels.shape[:2]
    left, top, right, bottom = crop.inner
    more = round(REACH * crop.scale)
    rows = PixelRange(max(top - more, 0), max(min(bottom + more, height), 0))
    return rows, PixelRange(max(left - more, 0), max(min(right + more, width), 0))


def _edges(pixels: Pixels, rim: int) -> Mask:
    """True where a pixel differs visibly from its right neighbour; upright borders at the boxes' rim are left out."""
    mask: Mask = np.zeros(pixels.shape[:2], dtype=np.bool_)
    if pixels.shape[0] < 1 or pixels.shape[1] < 2:
        return mask
    steps = np.abs(np.diff(pixels.astype(np.int16), axis=1)).max(axis=2)
    mask[:, :-1] = steps >= max(LEAST_CONTRAST, SHARE_OF_STRONGEST * int(steps.max()))
    share = mask.mean(axis=0)
    upright = share > 0.95
    upright[: rim + 1] |= share[: rim + 1] > MOST_TALL
    upright[-rim - 2 :] |= share[-rim - 2 :] > MOST_TALL
    mask[:, upright] = False
    return mask


def _text_rows(mask: Mask) -> Mask:
    """Rows with letters: with any edge, or, where edges fill the height as a badge's ends do, with more than those."""
    counts = mask.sum(axis=1)
    flags: Mask = counts > 0
    for run in _runs(flags):
        base = int(counts[run.start : run.end].min())
        inner = counts[run.start : run.end] > base
        if run.size > MOST_TALL * len(counts) and base > 0 and inner.sum() >= LEAST_LINE:
            flags[run.start : run.end] = inner
    return flags


def _rule_rows(pixels: Pixels) -> Mask:
    """Rows of an underline or border: a thin band whose upper and lower edges run over nearly the whole width."""
    found: Mask = np.zeros(pixels.shape[0], dtype=np.bool_)
    if pixels.shape[0] < 2 or pixels.shape[1] < LEAST_LINE:
        return found
    steps = np.abs(np.diff(pixels.astype(np.int16), axis=0)).max(axis=2) >= LEAST_CONTRAST
    long = np.flatnonzero(steps.mean(axis=1) >= min(0.9, 1 - 2 * REACH / pixels.shape[1] - 0.04))
    for first, second in pairwise([*long, pixels.shape[0] - 1]):
        if second - first <= max(2, pixels.shape[0] // 10):
            found[first + 1 : second + 1] = True
    return found


def _runs(flags: Mask) -> list[PixelRange]:
    """The runs of True."""
    steps = np.diff(np.concatenate(([False], flags, [False])).astype(np.int8))
    return [
        PixelRange(int(a), int(b)) for a, b in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)
    ]


def _lines(flags: Mask, scale: float) -> list[PixelRange]:
    least = LEAST_LINE * scale
    lines: list[PixelRange] = []
    for run in _runs(flags):
        last = lines[-1] if lines else None
        low = last is not None and min(run.size, last.size) < least and run.start - last.end < least
        if last is not None and (low or run.start - last.end < scale):
            lines[-1] = PixelRange(last.start, run.end)
        else:
            lines.append(run)
    return lines


def _pieces(crop: TextCrop, number: int, line: PixelRange, columns: PixelRange, limits: PixelRange) -> list[InkPiece]:
    inked, through = _ink_columns(crop, line)
    inside = inked.copy()
    inside[: columns.start] = inside[columns.end :] = False
    inside[through] = False
    marks = [mark for mark in _runs(inside) if not _frame(mark, through, line)]
    if not marks:
        return []
    cuts = [0, *(n for n in range(1, len(marks)) if _gap(marks, n) > PIECE_GAP * line.size), len(marks)]
    groups = [marks[a:b] for a, b in pairwise(cuts)]
    longest = LONGEST_PIECE * max(line.size, LEAST_LINE * crop.scale)
    pieces = []
    for part in (part for group in groups for part in _shorter(group, longest)):
        reach = PixelRange(part[0].start, part[-1].end)
        before, after = np.flatnonzero(inked[: reach.start]), np.flatnonzero(inked[reach.end :])
        clean = PixelRange(
            (int(before[-1]) + 1 + reach.start) // 2 if before.size else 0,
            (reach.end + reach.end + int(after[0]) + 1) // 2 if after.size else len(inked),
        )
        blanks = tuple(PixelRange(part[n - 1].end, part[n].start) for n in range(1, len(part)))
        pieces.append(InkPiece(number, line, reach, blanks, (limits, clean)))
    return pieces


def _ink_columns(crop: TextCrop, line: PixelRange) -> tuple[Mask, Mask]:
    """Columns in which something differs from the boxes' most frequent colour; those where it goes on past the line."""
    pixels = crop.pixels
    inner = slice(max(crop.inner[0], 0), max(crop.inner[2], crop.inner[0] + 1, 1))
    top, bottom = max(line.start - BEYOND, 0), min(line.end + BEYOND, pixels.shape[0])
    part = pixels[top:bottom]
    within = slice(line.start - top, line.end - top)
    flat = part[within, inner].reshape(-1, 3).astype(np.int32)
    values, counts = np.unique((flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2], return_counts=True)
    ground = int(values[counts.argmax()])
    colour = np.array([ground >> 16, ground >> 8 & 255, ground & 255], dtype=np.int16)
    apart = np.abs(part.astype(np.int16) - colour).max(axis=2)
    ink = apart >= max(LEAST_CONTRAST, 0.25 * int(apart[within, inner].max()))
    return ink[within].any(axis=0), ink.all(axis=0)


def _frame(mark: PixelRange, through: Mask, line: PixelRange) -> bool:
    """A border or the end of a badge: ink that goes on above and below the line, and little beside it."""
    beside = through[max(mark.start - 1, 0)] or through[min(mark.end, len(through) - 1)]
    return bool(beside) and mark.size <= FRAME * line.size


def _gap(marks: list[PixelRange], number: int) -> int:
    return marks[number].start - marks[number - 1].end


def _shorter(group: list[PixelRange], longest: float) -> list[list[PixelRange]]:
    """The group, parted at its widest blanks until no part is too long; one mark is never parted."""
    waiting, done = [group], []
    while waiting:
        part = waiting.pop()
        if len(part) < 2 or part[-1].end - part[0].start <= longest:
            done.append(part)
            continue
        at = max(range(1, len(part)), key=lambda n: _gap(part, n))
        waiting += [part[at:], part[:at]]
    return done
