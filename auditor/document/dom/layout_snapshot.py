"""The stored layout snapshot: a CDP `DOMSnapshot.captureSnapshot` result with its page metrics, to a `PageTree`.

Boxes in a frame's document are in that document's own coordinates, unscrolled; a frame's content begins inside the
border and padding of its element and moves with its scroll. Measured with Chromium: `tests/reading/test_live_page.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from auditor.document.dom.tree import PageDocument, PageTree, Rect, intersection
from auditor.errors import ReadingError

FORMAT = "auditor.domsnapshot/1"
LARGEST = 400_000_000
"""Bytes of uncompressed snapshot that are read; a larger one is refused."""
MOST_NODES = 2_000_000

_VALUE_TYPES = frozenset(
    ("", "text", "number", "tel", "email", "url", "search", "date", "datetime-local", "month", "range", "time", "week")
)


def inflate(stored: bytes) -> bytes:
    """The bytes of a gzip artefact, bounded: `ReadingError` where they are no gzip or too large."""
    if stored[:2] != b"\x1f\x8b":
        return stored
    engine = zlib.decompressobj(31)
    try:
        data = engine.decompress(stored, LARGEST)
    except zlib.error as error:
        raise ReadingError(f"snapshot: expected gzip, found damaged data ({error}); verify the package") from error
    if engine.unconsumed_tail or not engine.eof:
        raise ReadingError(f"snapshot: expected at most {LARGEST} bytes, complete; found more, or a cut-off stream")
    return data


def is_snapshot(data: bytes) -> bool:
    """Whether the bytes begin as a stored snapshot does, compressed or not; other bytes are a response's body."""
    return data[:2] == b"\x1f\x8b" or (data[:10] == b'{"format":' and FORMAT.encode() in data[:64])


def read_snapshot(data: bytes) -> PageTree:
    """The page as a tree. `ReadingError` where the bytes are not a snapshot of the known format."""
    try:
        stored = orjson.loads(data)
    except ValueError as error:
        raise ReadingError(f"snapshot: expected JSON, found {type(error).__name__}; verify the package") from error
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        found = stored.get("format") if isinstance(stored, dict) else type(stored).__name__
        raise ReadingError(f"snapshot: expected format {FORMAT}, found {found!r}; use the reader that wrote it")
    tree = PageTree(laid_out=True)
    tree.columns = {name: place for place, name in enumerate(stored["computedStyles"])}
    try:
        _grow(tree, stored["captured"], frame=0, owner=-1)
        for number, frame in enumerate(stored.get("outOfProcess") or (), start=1):
            owner = _node_of(tree, frame.get("ownerBackendNodeId"))
            _grow(tree, frame["captured"], frame=number, owner=owner)
        tree.close()
        _place(tree, stored)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ReadingError(
            f"snapshot: expected the layout arrays of CDP, found {error!r}; verify the package"
        ) from error
    return tree


def _node_of(tree: PageTree, backend: object) -> int:
    return tree.backend.index(backend) if isinstance(backend, int) and backend in tree.backend else -1


def _rare(values: Mapping[str, Sequence[int]] | None) -> dict[int, int]:
    if not values:
        return {}
    index = values.get("index") or ()
    return dict(zip(index, values.get("value") or [1] * len(index), strict=False))


def _grow(tree: PageTree, captured: Mapping[str, Any], *, frame: int, owner: int) -> None:
    """Append the documents of one process; frame elements inside it name their documents by index."""
    strings: list[str] = captured["strings"]
    tree.strings.append(strings)
    low = {"#text": "#text"}
    starts: list[int] = []
    holders: dict[int, int] = {}
    for document in captured["documents"]:
        nodes = document["nodes"]
        start = len(tree.names)
        starts.append(start)
        count = len(nodes["nodeName"])
        if start + count > MOST_NODES:
            raise ReadingError(f"snapshot: expected at most {MOST_NODES} nodes, found more; split the page")
        for index in set(nodes["nodeName"]):
            low.setdefault(strings[index], strings[index].lower())
        tree.names += [low[strings[index]] for index in nodes["nodeName"]]
        for node, kind in enumerate(nodes["nodeType"]):
            if kind == 10:
                tree.names[start + node] = "#doctype"
        if any(parent >= node for node, parent in enumerate(nodes["parentIndex"])):
            raise ReadingError("snapshot: expected nodes after their parents, found one before; verify the package")
        tree.parents += [parent + start if parent >= 0 else -1 for parent in nodes["parentIndex"]]
        tree.attributes += nodes["attributes"]
        tree.backend += nodes["backendNodeId"]
        tree.shadow.update(start + node for node in _rare(nodes.get("shadowRootType")))
        tree.clickable.update(start + node for node in _rare(nodes.get("isClickable")))
        for node, held in _rare(nodes.get("contentDocumentIndex")).items():
            holders[held] = start + node
        piece = PageDocument(start, start + count, frame, owner, strings[document["documentURL"]])
        piece.offset = (-float(document.get("scrollOffsetX") or 0), -float(document.get("scrollOffsetY") or 0))
        tree.pieces.append(piece)
        _lay_out(tree, document, strings, start)
        _take_values(tree, nodes, strings, start)
    for held, holder in holders.items():
        if 0 <= held < len(starts):
            next(piece for piece in tree.pieces if piece.start == starts[held]).owner = holder


def _lay_out(tree: PageTree, document: Mapping[str, Any], strings: list[str], start: int) -> None:
    layout, nodes = document["layout"], document["nodes"]
    texts, bounds, styles, order = tree.texts, tree.bounds, tree.styles, tree.order
    rows = zip(
        layout["nodeIndex"], layout["bounds"], layout["styles"], layout["text"], layout["paintOrders"], strict=True
    )
    for node, box, style, text, paint in rows:
        at = node + start
        if text >= 0:
            texts[at] = texts[at] + strings[text] if at in texts else strings[text]
        if at not in bounds or text >= 0:
            bounds[at] = box if at not in bounds or tree.names[at][0] == ":" else _union(bounds[at], box)
            styles[at] = style
            order[at] = paint
    values, names = nodes["nodeValue"], tree.names
    for node, value in enumerate(values):
        at = node + start
        if value >= 0 and at not in texts and names[at] == "#text" and not strings[value].isspace():
            texts[at] = " ".join(strings[value].split())


def _union(a: Sequence[float], b: Sequence[float]) -> Rect:
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y


def _take_values(tree: PageTree, nodes: Mapping[str, Any], strings: list[str], start: int) -> None:
    """What form controls display: an input's current value, a textarea's, the chosen option's text."""
    for rare in ("inputValue", "textValue"):
        for node, value in _rare(nodes.get(rare)).items():
            at = node + start
            shown = tree.names[at] == "textarea" or tree.attrs(at).get("type", "text").lower() in _VALUE_TYPES
            if shown and value >= 0 and strings[value].strip():
                tree.texts[at] = strings[value].strip()
    chosen = nodes.get("optionSelected") or {}
    for node in chosen.get("index") or ():
        at = node + start
        inner = at + 1
        select = at
        while select >= start and tree.names[select] != "select":
            select = tree.parents[select]
        if select >= start and inner < len(tree.names) and tree.names[inner] == "#text":
            value = nodes["nodeValue"][inner - start]
            tree.texts[select] = strings[value].strip() if value >= 0 else ""


def _place(tree: PageTree, stored: Mapping[str, Any]) -> None:
    """Where each document's origin lies on the full-page screenshot, parents before children."""
    metrics = stored.get("layoutMetrics") or {}
    size = metrics.get("cssContentSize") or metrics.get("contentSize") or {}
    root = tree.pieces[0]
    tree.scrolled = (-root.offset[0], -root.offset[1])
    root.offset = (0.0, 0.0)
    main = tree.bounds.get(root.start, (0, 0, 0, 0))
    tree.width, tree.height = float(size.get("width") or main[2]), float(size.get("height") or main[3])
    tree.viewport = float((metrics.get("cssLayoutViewport") or {}).get("clientHeight") or 0)
    placed = {root.start}
    waiting = list(tree.pieces[1:])
    while waiting:
        ready = [p for p in waiting if p.owner < 0 or tree.piece_of(p.owner).start in placed]
        if not ready:
            break
        for piece in ready:
            _place_frame(tree, piece)
            placed.add(piece.start)
        waiting = [piece for piece in waiting if piece.start not in placed]
    for piece in waiting:
        piece.window = (0.0, 0.0, 0.0, 0.0)


def _place_frame(tree: PageTree, piece: PageDocument) -> None:
    own, outer = tree.bounds.get(piece.start), tree.box(piece.owner) if piece.owner >= 0 else None
    if own is None or outer is None:
        piece.window = (0.0, 0.0, 0.0, 0.0)
        return
    left, top = (outer[2] - own[2]) / 2, (outer[3] - own[3]) / 2
    x, y = outer[0] + left, outer[1] + top
    piece.window = intersection((x, y, own[2], own[3]), tree.piece_of(piece.owner).window)
    piece.offset = (x + piece.offset[0], y + piece.offset[1])
