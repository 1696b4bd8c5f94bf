"""A whole screenshot with numbered rectangles on it: a derived picture that names its original. Pure.

For people who describe a page (`auditor profile`). The rectangles are drawn around the texts, the numbers beside them;
a strip below says that this is no original and what the original's digest is.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from auditor.model.reading.readings import Box
from auditor.reporting.images.crops import decode_png

COLOURS = {"count": (200, 30, 90), "date": (150, 90, 0), "text": (20, 90, 180), "list": (20, 120, 60)}
_GAP, _STROKE, _STRIP = 3, 2, 26


@dataclass(frozen=True, slots=True)
class MarkedBox:
    """One place to point at."""

    name: str
    """The number or letter written beside it."""
    box: Box
    kind: str
    """`count`, `date`, `text` or `list`: decides the colour."""


def mark_screenshot(png: bytes, marks: Sequence[MarkedBox], scale: float = 1.0) -> bytes:
    """The picture with its marks, as PNG. Raises `crops.CropRefused` for a picture that cannot be decoded."""
    original = decode_png(png)
    width, height = original.size
    picture = Image.new("RGB", (width, height + _STRIP), (245, 245, 245))
    picture.paste(original, (0, 0))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(11 * scale)
    for mark in marks:
        _draw(pen, mark, scale, font, (width, height))
    digest = hashlib.sha256(png).hexdigest()
    said = f"Derived from a screenshot with SHA-256 {digest}: marks added. No evidence."
    pen.text((8, height + 6), said, font=ImageFont.load_default(11), fill=(60, 60, 60))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _draw(
    pen: ImageDraw.ImageDraw,
    mark: MarkedBox,
    scale: float,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    size: tuple[int, int],
) -> None:
    colour = COLOURS.get(mark.kind, COLOURS["text"])
    gap = _GAP * scale
    left, top = max(0.0, mark.box.x * scale - gap), max(0.0, mark.box.y * scale - gap)
    right = min(size[0] - 1.0, (mark.box.x + mark.box.w) * scale + gap)
    bottom = min(size[1] - 1.0, (mark.box.y + mark.box.h) * scale + gap)
    if right <= left or bottom <= top:
        return
    pen.rectangle((left, top, right, bottom), outline=colour, width=max(1, round(_STROKE * scale)))
    wide, tall = pen.textlength(mark.name, font=font) + 6 * scale, 14 * scale
    x = right + 1 if right + wide < size[0] else max(0.0, left - wide)
    y = min(top, size[1] - tall)
    pen.rectangle((x, y, x + wide, y + tall), fill=colour)
    pen.text((x + wide / 2, y + tall / 2), mark.name, font=font, fill=(255, 255, 255), anchor="mm")
