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
MAX_TILE_PIXELS = 64_000_000
"""Pixels of one picture: a page wider than it is usual gets lower ones."""


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
    cuts = [f"the page is {math.ceil(width)} px wide; the pictures end at {wide} px"] if wide < width else []
    if tall <= MAX_UNTILED_HEIGHT and wide * tall <= MAX_TILE_PIXELS:
        return (Clip(0, 0, wide, tall),), "; ".join(cuts)
    # Only whole tiles follow one another: a page whose tile would be too large a picture has one, of its top.
    tiles, each = (MAX_TILES, TILE_HEIGHT) if wide * TILE_HEIGHT <= MAX_TILE_PIXELS else (1, MAX_TILE_PIXELS // wide)
    shown = min(tall, each * tiles)
    cut = tuple(Clip(0, y, wide, min(each, shown - y)) for y in range(0, shown, each))
    if shown < tall:
        cuts.append(f"the page is {tall} px tall; the pictures end at {shown} px")
    return cut, "; ".join(cuts)


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
