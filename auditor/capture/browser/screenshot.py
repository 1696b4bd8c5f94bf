"""Screenshots: how a tall page is cut into tiles, and how a blank picture is recognised. Pure."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image

TILE_HEIGHT = 8000
"""CSS pixels of one tile; Chromium's textures end at 16,384."""
MAX_UNTILED_HEIGHT = 16_000
"""A page up to this height is one picture."""
MAX_TILES = 16
MAX_WIDTH = 16_000


@dataclass(frozen=True, slots=True)
class Clip:
    """A rectangle of the page in CSS pixels."""

    x: int
    y: int
    width: int
    height: int


def tile_clips(width: float, height: float) -> tuple[tuple[Clip, ...], str]:
    """The pictures that show a page of this size, top first, and what they leave out (empty: nothing)."""
    wide = max(1, min(math.ceil(width), MAX_WIDTH))
    tall = max(1, math.ceil(height))
    if tall <= MAX_UNTILED_HEIGHT:
        return (Clip(0, 0, wide, tall),), ""
    shown = min(tall, TILE_HEIGHT * MAX_TILES)
    cut = tuple(Clip(0, y, wide, min(TILE_HEIGHT, shown - y)) for y in range(0, shown, TILE_HEIGHT))
    return cut, f"the page is {tall} px tall; the pictures end at {shown} px" if shown < tall else ""


def tile_name(number: int) -> str:
    """Artefact key of the nth picture: `screenshot`, `screenshot-2` …; the nth starts at (n - 1) * TILE_HEIGHT."""
    return "screenshot" if number == 1 else f"screenshot-{number}"


def is_uniform(png: bytes, clip: Clip) -> bool:
    """Whether a picture shows next to nothing: every channel within eight steps of one colour."""
    if len(png) > 2000 + clip.width * clip.height // 40:
        return False
    with Image.open(io.BytesIO(png)) as image:
        extremes = image.convert("RGB").getextrema()
    return all(int(high) - int(low) <= 8 for low, high in extremes if isinstance(low, int | float))  # type: ignore[misc]
