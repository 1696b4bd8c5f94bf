"""From a crop to the words a person sees there, with boxes, scores and the gaps between them. Pure.

A gap is kept as it is drawn: two figures with a gap between them are two words, whatever the layout holds. What the
engine is not sure of becomes `UNREADABLE`, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from auditor.document.normalisation import UNREADABLE
from auditor.model.reading.readings import Box
from auditor.reading.ocr.answer_memory import AnswerMemory, answer_key
from auditor.reading.ocr.ink import LEAST_LINE, InkPiece, ink_pieces, piece_pixels
from auditor.reading.ocr.paddle_engine import ReadLine
from auditor.reading.ocr.screenshot import Pixels, Screenshot, TextCrop
from auditor.reading.ocr.word_gaps import PlacedWord, placed_words

GAP: Final = "\t"
"""Stands in a text for a gap that is wider than a space between words; a space stands for one that is not."""
WIDE_GAP: Final = 1.15
"""Of the height of ink: a wider blank is wider than a space, which is widest in fonts of one pitch."""
SHORT: Final = 1
"""A text of so few characters is looked at twice, and is readable where both looks agree."""
MOST_PIECES: Final = 24
"""Pieces of one crop that are read; where there are more, the rest is unreadable."""


class TextEngine(Protocol):
    """Reads a picture of one line. Safe from several threads."""

    @property
    def name(self) -> str:
        """What it is and in which version, for the record."""

    @property
    def models(self) -> str:
        """SHA-256 that changes whenever its models do."""

    def read_line(self, pixels: Pixels, *, look: int = 0) -> ReadLine:
        """The characters of the line; `look` 1 is a second look that can fail differently."""

    def lacks(self, text: str) -> bool:
        """Whether letters stand in the text that it cannot read."""


@dataclass(frozen=True, slots=True)
class SeenWord:
    """Characters without a gap between them."""

    text: str
    box: Box
    """CSS pixels on the full-page screenshot."""
    score: float
    """The least of its figures' scores, or the mean where it has none; 0 to 1."""
    gap: float
    """Blank before it, in heights of ink; 0 for the first of a line."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """Words from left to right."""

    words: tuple[SeenWord, ...]

    @property
    def text(self) -> str:
        """The words with their gaps."""
        return "".join((GAP if word.gap > WIDE_GAP else " ") + word.text for word in self.words)[1:]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is seen at a place."""

    lines: tuple[SeenLine, ...]
    engine: str
    models: str
    """Digest of the engine's models."""
    crop: str
    """SHA-256 of the pixels that were looked at."""

    @property
    def text(self) -> str:
        """The lines; empty where nothing is seen."""
        return "\n".join(line.text for line in self.lines)

    @property
    def score(self) -> float | None:
        """The least score of a word; None where nothing is seen."""
        return min((word.score for line in self.lines for word in line.words), default=None)

    @property
    def box(self) -> Box | None:
        """Around everything seen, CSS pixels on the screenshot; None where nothing is seen."""
        boxes = [word.box for line in self.lines for word in line.words]
        if not boxes:
            return None
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        return Box(left, top, max(b.x + b.w for b in boxes) - left, max(b.y + b.h for b in boxes) - top)


def recognise(crop: TextCrop, engine: TextEngine, memory: AnswerMemory | None = None) -> Recognised:
    """What is seen in a crop; the engine is asked only where the memory has no answer for these pixels."""
    digest = crop.digest
    key = answer_key(engine.name, engine.models, "pixels", digest)
    answer = memory.get(key) if memory is not None else None
    if answer is None:
        answer = orjson.dumps(_read(crop, engine))
        if memory is not None:
            memory.put(key, answer)
    return Recognised(_placed(orjson.loads(answer), crop.origin, crop.scale), engine.name, engine.models, digest)


def recognise_at(
    screenshot: Screenshot, boxes: Sequence[Box], engine: TextEngine, memory: AnswerMemory | None = None
) -> Recognised:
    """What is seen at boxes of a screenshot. Where the memory knows the place, nothing is even decoded."""
    if memory is None:
        return recognise(screenshot.cut(boxes), engine)
    place = ";".join(f"{box.x},{box.y},{box.w},{box.h}" for box in boxes)
    at = answer_key(engine.name, engine.models, "place", screenshot.digest, str(screenshot.scale), place)
    known = memory.get(at)
    if known is not None:
        digest, left, top = orjson.loads(known)
        answer = memory.get(answer_key(engine.name, engine.models, "pixels", digest))
        if answer is not None:
            lines = _placed(orjson.loads(answer), (left, top), screenshot.scale)
            return Recognised(lines, engine.name, engine.models, digest)
    crop = screenshot.cut(boxes)
    seen = recognise(crop, engine, memory)
    memory.put(at, orjson.dumps([seen.crop, *crop.origin]))
    return seen


def is_inked(screenshot: Screenshot, box: Box) -> bool:
    """Whether anything is drawn at a box that could be text, whether or not an engine can read it."""
    return bool(ink_pieces(screenshot.cut([box])))


def _read(crop: TextCrop, engine: TextEngine) -> list[list[Any]]:
    """Lines of words as stored: text, columns and rows in picture pixels of the crop, score, gap."""
    pieces = ink_pieces(crop)
    lines: dict[int, list[Any]] = {}
    ends: dict[int, int] = {}
    for number, piece in enumerate(pieces):
        line = lines.setdefault(piece.line, [])
        height = max(float(piece.rows.size), LEAST_LINE * crop.scale)
        for word in _words(crop, piece, engine, height) if number < MOST_PIECES else [_unread(piece)]:
            gap = word.gap or (round((word.columns.start - ends[piece.line]) / height, 2) if line else 0.0)
            columns, rows = word.columns, piece.rows
            line.append([word.text, columns.start, rows.start, columns.end, rows.end, word.score, gap])
        ends[piece.line] = piece.columns.end
    return [line for _, line in sorted(lines.items()) if line]


def _words(crop: TextCrop, piece: InkPiece, engine: TextEngine, height: float) -> list[PlacedWord]:
    pixels, left = piece_pixels(crop, piece)
    read = engine.read_line(pixels)
    words = placed_words(piece, read, left, height)
    if len("".join(read.characters).strip()) > SHORT or not words:
        return words
    again = engine.read_line(pixels, look=1)
    if "".join(again.characters).strip() == "".join(read.characters).strip():
        return words
    return [_unread(piece)]


def _unread(piece: InkPiece) -> PlacedWord:
    return PlacedWord(UNREADABLE, piece.columns, 0.0, 0.0)


def _placed(lines: list[list[Any]], origin: tuple[int, int], scale: float) -> tuple[SeenLine, ...]:
    return tuple(SeenLine(tuple(_seen_word(word, origin, scale) for word in line)) for line in lines)


def _seen_word(word: list[Any], origin: tuple[int, int], scale: float) -> SeenWord:
    text, left, top, right, bottom, score, gap = word
    x, y = round((origin[0] + left) / scale), round((origin[1] + top) / scale)
    box = Box(x, y, max(1, round((right - left) / scale)), max(1, round((bottom - top) / scale)))
    return SeenWord(text, box, score, gap)
