"""The check `drawn`: what the stored picture says at the place of a value, held against what the layout says. Pure.

The picture is the authority for what a person saw. Where both say the same counts the check passes; where they differ,
or where the picture shows nothing, it fails; where nothing can be looked at, or something is drawn in letters that the
engine has not, it is not checked, and never passes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from auditor.model.captures import View
from auditor.model.notes import make_note
from auditor.model.reading.reading_checks import ReadingCheck
from auditor.model.reading.readings import Box, Candidate, SeenText
from auditor.reading.ocr import (
    AnswerMemory,
    Recognised,
    Screenshot,
    ScreenshotRefused,
    TextEngine,
    agreement,
    is_inked,
    recognise_at,
    same_figures,
    shared_engine,
)

PLAIN_SCORE = 0.9
"""The engine's score from which a recognised text is taken for plain to read. Digits of a remapped font and turned ones
were recognised with 1.0, a figure that a filter nearly washes out, read as another, with 0.75."""

_SIZE_END = 24
"""Bytes of a PNG in which its size stands."""


@dataclass(frozen=True, slots=True)
class SecondEye:
    """An engine that reads pixels, and what it remembers of earlier ones."""

    engine: TextEngine = field(default_factory=shared_engine)
    memory: AnswerMemory | None = None
    """None: everything is recognised anew."""


@dataclass(frozen=True, slots=True)
class PictureTile:
    """One stored picture of a page, and where it begins on the page."""

    screenshot: Screenshot
    top: int
    """CSS pixels from the top of the page."""
    height: int


@dataclass(slots=True)
class ViewPictures:
    """The stored pictures of one view; each is loaded and decoded once, when a value is looked for."""

    view: View
    load: Callable[[str], bytes]
    _tiles: list[PictureTile] | None = None

    def tile_of(self, box: Box) -> PictureTile | None:
        """The picture that shows the whole box; None where no picture does."""
        if self._tiles is None:
            self._tiles = list(self._load())
        return next((one for one in self._tiles if one.top <= box.y and box.y + box.h <= one.top + one.height), None)

    @property
    def kept(self) -> bool:
        """Whether the view has a picture that may be looked at."""
        return "screenshot" in self.view.artefacts

    def _load(self) -> Iterator[PictureTile]:
        top, number = 0, 1
        while path := self.view.artefacts.get("screenshot" if number == 1 else f"screenshot-{number}"):
            png = self.load(path)
            rows = struct.unpack(">I", png[20:_SIZE_END])[0] if len(png) >= _SIZE_END else 0
            height = round(rows / self.view.scale)
            yield PictureTile(Screenshot(png, self.view.scale), top, height)
            top, number = top + height, number + 1


def check_drawn(candidate: Candidate, pictures: ViewPictures, eye: SecondEye) -> tuple[ReadingCheck, SeenText | None]:
    """Whether the picture says what the layout has at the candidate's place, with what is seen there."""
    if not pictures.kept:
        return ReadingCheck("not_checked", make_note("drawn.no_picture")), None
    box = candidate.box
    if box is None or box.w <= 0 or box.h <= 0:
        return ReadingCheck("not_checked", make_note("drawn.no_place")), None
    try:
        tile = pictures.tile_of(box)
        if tile is None:
            return ReadingCheck("not_checked", make_note("drawn.not_in_picture")), None
        place, written = Box(box.x, box.y - tile.top, box.w, box.h), candidate.written or candidate.raw
        found = recognise_at(tile.screenshot, [place], eye.engine, eye.memory)
        unread = not found.text.strip() and eye.engine.lacks(written) and is_inked(tile.screenshot, place)
    except ScreenshotRefused:
        return ReadingCheck("not_checked", make_note("drawn.not_in_picture")), None
    seen = _seen(found, tile.top, agreement(found.text, written))
    return (_illegible(seen, written) if unread else _answer(seen, written)), seen


def denies(drawn: ReadingCheck, seen: SeenText | None, candidate: Candidate) -> bool:
    """Whether the picture denies the layout's value: no text stands there, or other figures that are plain to read.

    What is seen with less certainty than that, or as the same figures otherwise joined, needs review.
    """
    if drawn.answer != "failed" or seen is None or same_figures(seen.text, candidate.written or candidate.raw):
        return False
    return not seen.text.strip() or (seen.score or 0.0) >= PLAIN_SCORE


def _seen(found: Recognised, top: int, agree: bool | None) -> SeenText:
    around = found.box
    box = None if around is None else Box(around.x, around.y + top, around.w, around.h)
    score = None if found.score is None else round(found.score, 3)
    return SeenText(found.text, agree, box, score, found.engine, found.models, found.crop)


def _illegible(seen: SeenText, text: str) -> ReadingCheck:
    return ReadingCheck("not_checked", make_note("drawn.not_legible", written=f"{text!r}", seen=f"{seen.text!r}"))


def _answer(seen: SeenText, text: str) -> ReadingCheck:
    written = f"{text!r}"
    if seen.agree:
        return ReadingCheck("passed", make_note("drawn.agrees", seen=f"{seen.text!r}"))
    if not seen.text.strip():
        return ReadingCheck("failed", make_note("drawn.nothing", written=written))
    if seen.agree is None:
        return _illegible(seen, text)
    return ReadingCheck("failed", make_note("drawn.differs", written=written, seen=f"{seen.text!r}"))
