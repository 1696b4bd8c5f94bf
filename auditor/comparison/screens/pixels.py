"""Two pictures of a screen laid on each other: an illustration, never a statement. Pure.

Pixels do not tell a copy from a stranger with the same skeleton; they show where a reader may look.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from auditor.comparison.system import OTHER_SIDE, REFERENCE_SIDE
from auditor.model.comparisons import PixelFigure
from auditor.model.notes import Note, make_note
from auditor.model.reading.readings import Box

CHANGED = 25
"""Difference of a colour from which on a pixel is changed; anti-aliasing stays below."""
SQUARE = 32
MAX_BOXES = 200
MAX_PIXELS = 80_000_000
CIRCUMSTANCES = ("browser", "fonts", "window", "scale", "language")
"""What must be equal before pictures may be laid on each other."""


def why_not_comparable(left: Mapping[str, str], right: Mapping[str, str]) -> Note | None:
    """The circumstances in which two pictures differ; None where all are known and equal."""
    differing = [name for name in CIRCUMSTANCES if left.get(name, "") != right.get(name, "") or not left.get(name)]
    if not differing:
        return None
    return make_note("comparison.circumstances_differ", names=", ".join(differing))


def compare_pictures(left: bytes, right: bytes) -> PixelFigure | Note:
    """How far two PNG pictures differ; a note where one cannot be read. Sizes count: a missing part is changed."""
    one, other = _pixels(left), _pixels(right)
    if one is None or other is None:
        return make_note("comparison.picture_unreadable", side=REFERENCE_SIDE if one is None else OTHER_SIDE)
    height, width = max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])
    changed = np.ones((height, width), dtype=bool)
    rows, columns = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    for top in range(0, rows, 512):  # in bands: memory follows the band
        bottom = min(rows, top + 512)
        a, b = one[top:bottom, :columns], other[top:bottom, :columns]
        changed[top:bottom, :columns] = (np.maximum(a, b) - np.minimum(a, b)).max(axis=2) > CHANGED
    return PixelFigure(
        int(changed.sum()), int(height * width), (one.shape[1], one.shape[0]), (other.shape[1], other.shape[0]),
        tuple(_boxes(changed)),
    )  # fmt: skip


def _pixels(data: bytes) -> NDArray[np.uint8] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return None


def _boxes(changed: NDArray[np.bool_]) -> list[Box]:
    """Squares with a changed pixel, joined along rows and then down equal rows."""
    height, width = changed.shape
    rows, columns = -(-height // SQUARE), -(-width // SQUARE)
    padded = np.zeros((rows * SQUARE, columns * SQUARE), dtype=bool)
    padded[:height, :width] = changed
    squares: NDArray[np.bool_] = np.any(padded.reshape(rows, SQUARE, columns, SQUARE), axis=(1, 3))
    open_: dict[tuple[int, int], int] = {}
    done: list[tuple[int, int, int, int]] = []
    for row in range(rows + 1):
        runs = _runs(np.asarray(squares[row])) if row < rows else []
        ended = [one for one in open_ if one not in runs]
        done += [(open_.pop(span), span[0], row, span[1]) for span in ended]
        for span in runs:
            open_.setdefault(span, row)
    found = sorted(done)[:MAX_BOXES]
    return [
        Box(x * SQUARE, y * SQUARE, min(end_x * SQUARE, width) - x * SQUARE, min(end_y * SQUARE, height) - y * SQUARE)
        for y, x, end_y, end_x in found
    ]


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
