"""Pictures for exhibits: slices that fit a page, and crops with the reading marked. Copies, never the originals."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator

from PIL import Image, ImageDraw

from auditor.model.reading.readings import Box

MOST_PIXELS = 120_000_000
PAGE_RATIO = 228 / 180
"""Height of a page's picture area over its width."""
MARGIN = 60
"""CSS pixels around a mark."""
MARK_COLOUR = (200, 30, 90)
_PNG = b"\x89PNG\r\n\x1a\n"


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height from a PNG's header; (0, 0) where it is none."""
    if len(png) < 24 or not png.startswith(_PNG) or png[12:16] != b"IHDR":
        return 0, 0
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def slice_count(png: bytes) -> int:
    """How many pages a picture takes: known from its header, so that page numbers never depend on anything else."""
    width, height = png_size(png)
    if not width or not height:
        return 1
    return max(1, -(-height // round(width * PAGE_RATIO)))


def slices(png: bytes) -> Iterator[bytes]:
    """The picture from the top down, each part as a PNG; nothing where it cannot be decoded."""
    width, height = png_size(png)
    if not width or width * height > MOST_PIXELS:
        return
    if slice_count(png) == 1:
        yield png
        return
    step = round(width * PAGE_RATIO)
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        whole = picture.convert("RGB")
    for top in range(0, height, step):
        yield png_bytes(whole.crop((0, top, width, min(height, top + step))))


def marked_crop(png: bytes, box: Box, scale: float) -> bytes:
    """A cut around a box with a rectangle outside it; empty where the box is not on the picture."""
    width, height = png_size(png)
    if not width or width * height > MOST_PIXELS or box.w <= 0 or box.h <= 0:
        return b""
    left, top = box.x * scale, box.y * scale
    right, bottom = left + box.w * scale, top + box.h * scale
    if left >= width or top >= height or right <= 0 or bottom <= 0:
        return b""
    margin = MARGIN * scale
    around = (
        max(0, round(left - 4 * margin)), max(0, round(top - margin)),
        min(width, round(right + 4 * margin)), min(height, round(bottom + margin)),
    )  # fmt: skip
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        cut = picture.convert("RGB").crop(around)
    gap = 4 * scale
    frame = (left - around[0] - gap, top - around[1] - gap, right - around[0] + gap, bottom - around[1] + gap)
    ImageDraw.Draw(cut).rectangle(frame, outline=MARK_COLOUR, width=max(2, round(2 * scale)))
    return png_bytes(cut)


def png_bytes(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
