"""Derived crops: the part of a stored screenshot that shows a number, with a rectangle around it. Pure.

The original is never changed: a crop is a new picture, cut from the stored bytes at their own resolution, and the
rectangle is drawn outside the marked place, so that no pixel of the number is touched.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from auditor.model.reading.readings import Box

PIXEL_LIMIT = 80_000_000
"""Pixels of an original that is decoded; a larger one is said to be too large."""
PADDING = 56
"""CSS pixels of context above and below."""
CONTEXT_LEFT, CONTEXT_RIGHT = 300, 180
"""CSS pixels of context to the left, where a label usually stands, and to the right."""
LEAST_WIDTH, LEAST_HEIGHT = 720, 140
MOST_WIDTH, MOST_HEIGHT = 1100, 640
MARK_COLOUR = (200, 30, 90)
_GAP, _STROKE = 4, 2
_PNG = b"\x89PNG\r\n\x1a\n"


class CropRefused(Exception):  # noqa: N818 - an answer for the caller to word, not a failure of the program
    """No crop can be made; the argument is the key of the reason in the wording table."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A derived picture."""

    png: bytes
    width: int
    """CSS pixels, for display at the size the page had."""
    height: int
    origin: tuple[int, int]
    """Left and top of the crop on the original, in original pixels."""
    scale: float


def png_dimensions(png: bytes) -> tuple[int, int]:
    """Width and height that a PNG's header states, without decoding it (PNG, W3C 2003, §11.2.2). Refuses all else."""
    if len(png) < 24 or not png.startswith(_PNG) or png[12:16] != b"IHDR":
        raise CropRefused("crop.unreadable")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def decode_png(png: bytes) -> Image.Image:
    """The whole screenshot as pixels."""
    width, height = png_dimensions(png)
    if width * height > PIXEL_LIMIT:
        raise CropRefused("crop.too_large")
    try:
        return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")
    except (OSError, SyntaxError, ValueError, struct.error) as problem:
        raise CropRefused("crop.unreadable") from problem


def cut_crop(original: Image.Image, boxes: Sequence[Box], scale: float) -> Crop:
    """A crop that shows all the boxes with context, each in a rectangle, numbered where there are several."""
    shown = [box for box in boxes if _inside(box, original, scale)]
    if not shown:
        raise CropRefused("crop.outside")
    left, top, right, bottom = _frame(shown, original, scale)
    picture = original.crop((left, top, right, bottom))
    pen = ImageDraw.Draw(picture)
    for number, box in enumerate(boxes, start=1):
        if box in shown:
            _mark(pen, box, (left, top), scale, str(number) if len(boxes) > 1 else "")
    buffer = io.BytesIO()
    picture.quantize(colors=255, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        buffer, "PNG", compress_level=9
    )
    size = picture.size
    return Crop(buffer.getvalue(), round(size[0] / scale), round(size[1] / scale), (left, top), scale)


def cluster_boxes(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that fit into one crop together, from the top of the page down."""
    groups: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda i: (boxes[i].y, boxes[i].x, i)):
        group = groups[-1] if groups else []
        union = _union([boxes[i] for i in [*group, index]])
        if group and union.h <= MOST_HEIGHT - 2 * PADDING and union.w <= MOST_WIDTH - CONTEXT_LEFT - CONTEXT_RIGHT:
            group.append(index)
        else:
            groups.append([index])
    return groups


def _inside(box: Box, original: Image.Image, scale: float) -> bool:
    if box.w <= 0 or box.h <= 0 or scale <= 0:
        return False
    width, height = original.size
    return box.x * scale < width and box.y * scale < height and box.x + box.w > 0 and box.y + box.h > 0


def _union(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    return Box(left, top, max(b.x + b.w for b in boxes) - left, max(b.y + b.h for b in boxes) - top)


def _frame(boxes: Sequence[Box], original: Image.Image, scale: float) -> tuple[int, int, int, int]:
    union = _union(boxes)
    width, height = original.size
    left, right = _span(union.x, union.w, (CONTEXT_LEFT, CONTEXT_RIGHT), (LEAST_WIDTH, MOST_WIDTH), width / scale)
    top, bottom = _span(union.y, union.h, (PADDING, PADDING), (LEAST_HEIGHT, MOST_HEIGHT), height / scale)
    return round(left * scale), round(top * scale), round(right * scale), round(bottom * scale)


def _span(
    start: float, length: float, context: tuple[int, int], sizes: tuple[int, int], whole: float
) -> tuple[float, float]:
    """Start and end of one side, in CSS pixels: context around, between the least and the most, inside the whole."""
    before, after = context
    least, most = sizes
    size = min(max(length + before + after, least), most, whole)
    spare = max(0.0, size - length)
    at = start - spare * before / (before + after)
    at = min(max(0.0, at), whole - size)
    return at, at + size


def _mark(pen: ImageDraw.ImageDraw, box: Box, origin: tuple[int, int], scale: float, number: str) -> None:
    gap, stroke = _GAP * scale, max(1, round(_STROKE * scale))
    left, top = box.x * scale - origin[0] - gap - stroke, box.y * scale - origin[1] - gap - stroke
    right = (box.x + box.w) * scale - origin[0] + gap + stroke
    bottom = (box.y + box.h) * scale - origin[1] + gap + stroke
    pen.rectangle((round(left), round(top), round(right), round(bottom)), outline=MARK_COLOUR, width=stroke)
    if number:
        _tag(pen, (right, top), number, scale)


def _tag(pen: ImageDraw.ImageDraw, corner: tuple[float, float], number: str, scale: float) -> None:
    """A small numbered flag beside the rectangle, clear of the marked text."""
    size = 13 * scale
    font = ImageFont.load_default(size)
    width = pen.textlength(number, font=font) + 8 * scale
    left, top = corner[0] + 3 * scale, corner[1]
    pen.rounded_rectangle((left, top, left + width, top + 17 * scale), radius=3 * scale, fill=MARK_COLOUR)
    pen.text((left + width / 2, top + 8.5 * scale), number, font=font, fill=(255, 255, 255), anchor="mm")
