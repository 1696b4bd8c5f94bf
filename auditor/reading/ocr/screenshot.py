"""The stored screenshot as pixels, decoded once and only when asked for, and the parts cut out of it.

A part keeps the picture's own scale: no pixel is made up before the engine's own resizing.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from auditor.errors import ReadingError
from auditor.model.reading.readings import Box

Pixels = NDArray[np.uint8]
"""Rows, columns, three channels: red, green, blue."""

PIXEL_LIMIT = 80_000_000
"""Pixels of a screenshot that is decoded."""
CROP_PIXEL_LIMIT = 2_000_000
"""Pixels of a part: about a whole screen; a count's box has some thousands."""
MARGIN_X, MARGIN_Y = 4, 3
"""CSS pixels around a box. Wider ones take in borders and neighbours, narrower ones cut slanted and raised figures."""
_PNG = b"\x89PNG\r\n\x1a\n"


class ScreenshotRefused(ReadingError):  # noqa: N818 - an answer for the caller
    """The picture or the place in it cannot be looked at."""


@dataclass(frozen=True, slots=True)
class TextCrop:
    """A part of a screenshot."""

    pixels: Pixels
    scale: float
    """Picture pixels for one CSS pixel."""
    origin: tuple[int, int]
    """Left and top on the screenshot, in picture pixels."""
    inner: tuple[int, int, int, int]
    """Left, top, right and bottom of the boxes inside the part: ink outside belongs to something else."""

    @property
    def digest(self) -> str:
        """SHA-256 of size, place of the boxes inside, scale and pixels: equal wherever the same stands."""
        height, width = self.pixels.shape[:2]
        head = struct.pack(">II4id", height, width, *self.inner, self.scale)
        return hashlib.sha256(head + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()


class Screenshot:
    """A stored PNG with the device scale factor it was taken at. Safe from several threads."""

    def __init__(self, png: bytes, scale: float = 1.0) -> None:
        if not scale > 0:
            raise ScreenshotRefused(f"screenshot: the device scale factor is {scale}; it must be above 0")
        self._png = png
        self.scale = scale
        self._lock = Lock()
        self._pixels: Pixels | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the stored bytes."""
        return hashlib.sha256(self._png).hexdigest()

    @property
    def pixels(self) -> Pixels:
        """The whole picture; decoded at the first call."""
        with self._lock:
            if self._pixels is None:
                self._pixels = _decode(self._png)
            return self._pixels

    def cut(self, boxes: Sequence[Box]) -> TextCrop:
        """The smallest part that shows all the boxes with a margin; at the picture's edge, less."""
        left, top, right, bottom = self._frame(boxes)
        pixels = self.pixels
        height, width = pixels.shape[:2]
        inside = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if inside[0] >= inside[2] or inside[1] >= inside[3]:
            raise ScreenshotRefused(
                f"screenshot: the box {_told(boxes)} lies outside the picture of {width} x {height}"
            )
        if (inside[2] - inside[0]) * (inside[3] - inside[1]) > CROP_PIXEL_LIMIT:
            raise ScreenshotRefused(f"screenshot: the box {_told(boxes)} is larger than {CROP_PIXEL_LIMIT} pixels")
        part = np.ascontiguousarray(pixels[inside[1] : inside[3], inside[0] : inside[2]])
        edge_x, edge_y = round(MARGIN_X * self.scale), round(MARGIN_Y * self.scale)
        inner = (left + edge_x, top + edge_y, right - edge_x, bottom - edge_y)
        x, y = inside[:2]
        return TextCrop(part, self.scale, (x, y), (inner[0] - x, inner[1] - y, inner[2] - x, inner[3] - y))

    def _frame(self, boxes: Sequence[Box]) -> tuple[int, int, int, int]:
        shown = [box for box in boxes if box.w > 0 and box.h > 0]
        if not shown:
            raise ScreenshotRefused("screenshot: no box with an area was given; nothing can be looked at")
        scale = self.scale
        left, top = min(box.x for box in shown) - MARGIN_X, min(box.y for box in shown) - MARGIN_Y
        right = max(box.x + box.w for box in shown) + MARGIN_X
        bottom = max(box.y + box.h for box in shown) + MARGIN_Y
        return round(left * scale), round(top * scale), round(right * scale), round(bottom * scale)


def _decode(png: bytes) -> Pixels:
    if len(png) < 24 or not png.startswith(_PNG) or png[12:16] != b"IHDR":
        raise ScreenshotRefused("screenshot: the stored bytes are no PNG")
    width, height = struct.unpack(">II", png[16:24])
    if width * height > PIXEL_LIMIT:
        raise ScreenshotRefused(f"screenshot: {width} x {height} is more than {PIXEL_LIMIT} pixels")
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            return np.asarray(picture.convert("RGB"), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError, struct.error) as problem:
        raise ScreenshotRefused(f"screenshot: the stored PNG cannot be decoded ({problem})") from problem


def _told(boxes: Sequence[Box]) -> str:
    return "; ".join(f"{box.x},{box.y} {box.w}x{box.h}" for box in boxes)
