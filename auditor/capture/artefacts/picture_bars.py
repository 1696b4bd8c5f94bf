"""Bars over the secrets that a picture shows, by where the layout of the same moment drew their text. Pure."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

from PIL import Image, ImageDraw

from auditor.capture.artefacts.mask import Mask
from auditor.capture.browser.dom_snapshot import Snapshot
from auditor.capture.browser.screenshot import Clip

PADDING = 6
"""CSS pixels by which a bar exceeds its box: letters may overhang."""
BAR = (96, 96, 96)
_DRAWN = frozenset({"placeholder", "value", "alt", "label"})
"""Attributes whose text browsers draw."""
CANVAS = "a canvas beside a login form"

_Box = tuple[float, float, float, float]


def bar_picture(
    png: bytes, clip: Clip, snapshot: Snapshot, mask: Mask, *, canvases: bool = False
) -> tuple[bytes, Counter[str]]:
    """The picture with a bar over every box whose text holds a secret, and how often each is drawn.

    Boxes of a frame have no place that is sure in the picture: where a frame shows a secret, all of it is barred.
    `canvases`: whether scripts may have painted what was typed, so that every canvas is barred unread.
    """
    counts: Counter[str] = Counter()
    boxes: list[_Box] = []
    whole = False
    for index, captured in enumerate((snapshot.captured, *(item for _, item in snapshot.out_of_process))):
        for number, document in enumerate(captured.get("documents", ())):
            found, more = _boxes(captured, document, mask)
            for box, held in _fields(captured, document, mask):
                found.append(box)
                more = more + held
            if canvases and (painted := _canvases(captured, document)):
                found, more = [*found, *painted], more + Counter({CANVAS: len(painted)})
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


def _canvases(captured: Mapping[str, Any], document: Mapping[str, Any]) -> list[_Box]:
    """Boxes of the canvases of one document: their text is in no layout."""
    strings = captured.get("strings") or ()
    names = document.get("nodes", {}).get("nodeName", ())
    layout = document.get("layout", {})
    return [
        (bounds[0], bounds[1], bounds[2], bounds[3])
        for node, bounds in zip(layout.get("nodeIndex", ()), layout.get("bounds", ()), strict=False)
        if 0 <= node < len(names) and strings[names[node]].upper() == "CANVAS"
    ]


def _fields(captured: Mapping[str, Any], document: Mapping[str, Any], mask: Mask) -> list[tuple[_Box, Counter[str]]]:
    """Boxes of the elements that draw a secret of an attribute or of what was typed; that text is in no layout."""
    strings = captured.get("strings") or ()
    nodes, layout = document.get("nodes", {}), document.get("layout", {})
    typed: dict[int, int] = {}
    for key in ("inputValue", "textValue"):
        rare = nodes.get(key, {})
        typed |= dict(zip(rare.get("index", ()), rare.get("value", ()), strict=False))
    attributes = nodes.get("attributes", ())
    found: list[tuple[_Box, Counter[str]]] = []
    for node, bounds in zip(layout.get("nodeIndex", ()), layout.get("bounds", ()), strict=False):
        own = attributes[node] if 0 <= node < len(attributes) else ()
        values = [value for name, value in zip(own[::2], own[1::2], strict=False) if strings[name] in _DRAWN]
        values += [typed[node]] if node in typed else []
        _, counts = mask("\n".join(strings[value] for value in values if value >= 0).encode("utf-8", "replace"))
        if counts:
            found.append(((bounds[0], bounds[1], bounds[2], bounds[3]), counts))
    return found
