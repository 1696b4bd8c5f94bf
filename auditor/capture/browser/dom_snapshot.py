"""The stored DOM snapshot: its shape, its bytes, and the little this room asks of it. Pure.

Uncompressed form, UTF-8 JSON::

    {"format": "auditor.domsnapshot/1", "computedStyles": [names], "layoutMetrics": <Page.getLayoutMetrics>,
     "captured": <DOMSnapshot.captureSnapshot>,
     "outOfProcess": [{"ownerBackendNodeId": n, "captured": …}], "scale": 1.0}
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

FORMAT = "auditor.domsnapshot/1"
COMPUTED_STYLES = (
    "display",
    "visibility",
    "opacity",
    "position",
    "text-decoration-line",
    "overflow-x",
    "overflow-y",
    "clip",
    "clip-path",
    "font-size",
    "color",
    "background-color",
    "background-image",
    "z-index",
    "transform",
    "rotate",
    "scale",
    "content-visibility",
    "filter",
    "mask-image",
    "-webkit-text-fill-color",
    "-webkit-text-security",
    "unicode-bidi",
)
CAPTURE_SNAPSHOT_PARAMS: Mapping[str, Any] = {
    "computedStyles": list(COMPUTED_STYLES),
    "includePaintOrder": True,
    "includeDOMRects": True,
}
MAX_SNAPSHOT_BYTES = 96 << 20


SCRIPT_MARKS = frozenset(
    (
        "SCRIPT",
        "script",
        "onload",
        "onerror",
        "onpageshow",
        "onresize",
        "onscroll",
        "onfocus",
        "ontoggle",
        "onanimationstart",
        "onanimationiteration",
        "onanimationend",
        "ontransitionend",
        "onbegin",
        "onend",
        "onrepeat",
    )
)
"""Names of elements and attributes by which a document runs scripts without being touched."""


@dataclass(frozen=True, slots=True)
class SnapshotFrame:
    """A document of the page: the node id of its root, its address and its index in the captured set."""

    root: int
    url: str
    captured_set: int
    """0 for the page's own process, n for the nth out-of-process frame."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The page at one moment, as Chromium's layout tree states it."""

    captured: Mapping[str, Any]
    metrics: Mapping[str, Any]
    out_of_process: tuple[tuple[int, Mapping[str, Any]], ...] = ()

    def to_bytes(self) -> bytes:
        """The stored form, uncompressed; what the reader is given."""
        document = {
            "format": FORMAT,
            "computedStyles": list(COMPUTED_STYLES),
            "layoutMetrics": self.metrics,
            "captured": self.captured,
            "outOfProcess": [
                {"ownerBackendNodeId": owner, "captured": captured} for owner, captured in self.out_of_process
            ],
            "scale": 1.0,
        }
        return encode_json(document)

    @property
    def url(self) -> str:
        """The address of the page's own document."""
        frames = self.frames()
        return frames[0].url if frames else ""

    @property
    def title(self) -> str:
        documents = self.captured.get("documents") or []
        return _string(self.captured, documents[0].get("title", -1)) if documents else ""

    @property
    def scripted(self) -> bool:
        """Whether a document of the page holds a script or an attribute that is one; a text of such a word too."""
        sets = [self.captured, *(captured for _, captured in self.out_of_process)]
        return any(
            text in SCRIPT_MARKS or (text[:1] in "jJ" and text[:11].lower() == "javascript:")
            for captured in sets
            for text in captured.get("strings", ())
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the content, CSS pixels."""
        box = self.metrics.get("cssContentSize") or {}
        return float(box.get("width", 0)), float(box.get("height", 0))

    @property
    def window(self) -> tuple[int, int]:
        """Width and height of what the viewport shows, CSS pixels."""
        view = self.metrics.get("cssLayoutViewport") or {}
        return int(view.get("clientWidth", 0)), int(view.get("clientHeight", 0))

    @property
    def exceeds_viewport(self) -> bool:
        """Whether the content is larger than what the viewport shows, or is scrolled."""
        view = self.metrics.get("cssLayoutViewport") or {}
        width, height = self.size
        scrolled = bool(view.get("pageX") or view.get("pageY"))
        return scrolled or width > view.get("clientWidth", 0) or height > view.get("clientHeight", 0)

    def frames(self) -> tuple[SnapshotFrame, ...]:
        """Every document, the page's own first."""
        sets = [self.captured, *(captured for _, captured in self.out_of_process)]
        return tuple(
            SnapshotFrame(
                document["nodes"]["backendNodeId"][0], _string(captured, document.get("documentURL", -1)), index
            )
            for index, captured in enumerate(sets)
            for document in captured.get("documents", ())
            if document["nodes"]["backendNodeId"]
        )

    def frame_of(self, backend_node_id: int, captured_set: int) -> str:
        """The address of the document that holds a node; empty where no document does."""
        sets = [self.captured, *(captured for _, captured in self.out_of_process)]
        if captured_set >= len(sets):
            return ""
        captured = sets[captured_set]
        for document in captured.get("documents", ()):
            if backend_node_id in document["nodes"]["backendNodeId"]:
                return _string(captured, document.get("documentURL", -1))
        return ""

    def shows_text(self) -> bool:
        """Whether the layout of any document holds a text that is not white space."""
        sets = [self.captured, *(captured for _, captured in self.out_of_process)]
        return any(
            _string(captured, index).strip()
            for captured in sets
            for document in captured.get("documents", ())
            for index in document.get("layout", {}).get("text", ())
            if index >= 0
        )

    def looks(self) -> str:
        """Everything laid out and written, as one text: equal for a page that kept still."""
        sets = [self.captured, *(captured for _, captured in self.out_of_process)]
        still = [
            (captured.get("strings"), [document.get("layout") for document in captured.get("documents", ())])
            for captured in sets
        ]
        return json.dumps(still, ensure_ascii=True, separators=(",", ":"))


def encode_json(document: Mapping[str, Any]) -> bytes:
    """The document as UTF-8 JSON; half a surrogate pair, which UTF-8 has no form for, becomes `?`."""
    try:
        return orjson.dumps(document)
    except TypeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def compress_snapshot(snapshot: bytes) -> bytes:
    """The stored file: gzip without a time, so that equal snapshots give equal files."""
    return gzip.compress(snapshot, compresslevel=6, mtime=0)


def _string(captured: Mapping[str, Any], index: object) -> str:
    strings: Sequence[str] = captured.get("strings") or ()
    return strings[index] if isinstance(index, int) and 0 <= index < len(strings) else ""
