"""Bars over the secrets that a picture shows, by where the layout of the same moment drew their text. Pure."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

from PIL import Image, ImageDraw

from auditor.capture.artefacts.secrets import Mask
from auditor.capture.browser.dom_snapshot import Snapshot
from auditor.capture.browser.screenshot import Clip

PADDING = 6
"""CSS pixels by which a bar exceeds its box: letters may overhang."""
BAR = (96, 96, 96)

_Box = tuple[float, float, float, float]


def bar_picture(png: bytes, clip: Clip, snapshot: Snapshot, mask: Mask) -> tuple[bytes, Counter[str]]:
    """The picture with a bar over every box whose text holds a secret, and how often each is drawn.

    Boxes of a frame have no place that is sure in the picture: where a frame shows a secret, all of it is barred.
    """
    counts: Counter[str] = Counter()
    boxes: list[_Box] = []
    whole = False
    for index, captured in enumerate((snapshot.captured, *(item for _, item in snapshot.out_of_process))):
        for number, document in enumerate(captured.get("documents", ())):
            found, more = _boxes(captured, document, mask)
            counts += more
            boxes += found
            whole = whole or bool(more and (index or number))
    if not counts:
        return png, counts
    with Image.open(io.BytesIO(png)) as image:
        barred = image.convert("RGB")
    draw = ImageDraw.Draw(barred)
    for x, y, width, height in [(clip.x, clip.y, clip.width, clip.height)] if whole else boxes:
        left, top = x - clip.x - PADDING, y - clip.y - PADDING
        draw.rectangle((left, top, left + width + 2 * PADDING, top + height + 2 * PADDING), fill=BAR)
    written = io.BytesIO()
    barred.save(written, "PNG")
    return written.getvalue(), counts


def _boxes(captured: Mapping[str, Any], document: Mapping[str, Any], mask: Mask) -> tuple[list[_Box], Counter[str]]:
    """Boxes of the texts of one document that hold a secret or a part of one that several texts make up."""
    layout = document.get("layout", {})
    strings = captured.get("strings") or ()
    texts = [strings[text].encode("utf-8", "replace") if text >= 0 else b"" for text in layout.get("text", ())]
    drawn = b"".join(texts)
    masked, counts = mask(drawn)
    if not counts:
        return [], counts
    places = pairwise(accumulate((len(text) for text in texts), initial=0))
    touched = [
        (bounds[0], bounds[1], bounds[2], bounds[3])
        for (start, end), bounds in zip(places, layout.get("bounds", ()), strict=False)
        if drawn[start:end] != masked[start:end]
    ]
    return touched, counts
