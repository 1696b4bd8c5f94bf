"""Whether the screenshot shows a text: hidden, struck out, clipped, off the picture or covered text is not evidenced.

Decided from computed styles, boxes and paint orders of the stored snapshot. A doubt counts as not shown, with the
exception of images laid over a page as a watermark, whose transparency the snapshot cannot tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.reading.markup import blind
from auditor.reading.tree import Rect, Tree, intersection

_ALPHA = re.compile(r"rgba\([^)]*,\s*([0-9.]+)\)")
_OPAQUE = 0.85
_PICTURES = frozenset(("img", "video", "iframe", "object", "embed"))
_STRUCK_TAGS = frozenset(("s", "del", "strike"))


NEVER_SEEN = frozenset(
    ("not displayed", "visibility: hidden", "transparent", "has no size", "hidden by its markup", "clipped away")
)
"""Reasons that hide a text from every visitor; the others depend on where the page is scrolled or what lies on it."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """What an element's ancestors do to what stands in it."""

    clip: Rect | None
    absolute_clip: Rect | None
    opacity: float
    struck: bool
    ground: str
    """The background colour behind its text; '' where a picture or gradient makes it unknown."""
    why: str = ""


@dataclass(slots=True)
class Sight:
    """Answers about one page; keeps what it worked out."""

    tree: Tree
    _chains: dict[int, _Chain] = field(default_factory=dict)
    _covers: dict[int, list[tuple[int, Rect, int]]] = field(default_factory=dict)
    _answers: dict[int, str] = field(default_factory=dict)

    def why_hidden(self, node: int) -> str:
        """'' where the picture shows the node; else why it does not."""
        if node not in self._answers:
            self._answers[node] = self._decide(node) if self.tree.laid_out else self._by_markup(node)
        return self._answers[node]

    def struck(self, node: int) -> bool:
        """Whether the text is struck out, by its tag or by a style of any ancestor."""
        if self.tree.laid_out and self._chain(self.tree.parents[node]).struck:
            return True
        return any(self.tree.names[at] in _STRUCK_TAGS for at in self.tree.ancestors(node))

    def visible_box(self, node: int) -> Rect | None:
        """The part of the node's box that its ancestors let through."""
        tree = self.tree
        box = tree.box(node)
        return box if box is None else intersection(box, self._chain(tree.parents[node]).clip)

    def _by_markup(self, node: int) -> str:
        return "hidden by its markup" if blind(self.tree, node) else ""

    def _decide(self, node: int) -> str:
        tree = self.tree
        box = tree.box(node)
        if box is None:
            return "not displayed"
        if box[2] < 1 or box[3] < 1:
            return "has no size"
        chain = self._chain(node if tree.names[node] != "#text" else tree.parents[node])
        reason = chain.why or self._by_style(node, chain)
        if reason:
            return reason
        page = intersection(box, (0.0, 0.0, tree.width, tree.height))
        if page is None or page[2] * page[3] < 0.9 * box[2] * box[3]:
            return "off the picture"
        part = intersection(page, chain.clip)
        if part is None or part[2] * part[3] < 0.9 * box[2] * box[3]:
            return "clipped by an element around it"
        return self._covered(node, box)

    def _by_style(self, node: int, chain: _Chain) -> str:
        tree = self.tree
        if tree.style(node, "visibility") in ("hidden", "collapse"):
            return "visibility: hidden"
        if chain.opacity < 0.1:
            return "transparent"
        size = tree.style(node, "font-size").removesuffix("px")
        if size.replace(".", "", 1).isdigit() and float(size) < 3:
            return "too small to see"
        colour = tree.style(node, "color")
        if colour and _alpha(colour) < 0.1 and tree.style(node, "background-image") in ("", "none"):
            return "transparent"
        if colour and colour == chain.ground and not self._behind(node):
            return "of the colour of its background"
        return ""

    def _chain(self, node: int) -> _Chain:
        """The chain of an element, worked out from the nearest known ancestor down, without recursion."""
        tree, known = self.tree, self._chains
        pending = []
        at = node
        while at not in known:
            pending.append(at)
            if tree.parents[at] < 0:
                break
            at = tree.parents[at]
        for at in reversed(pending):
            parent = tree.parents[at]
            known[at] = self._root(at) if parent < 0 else self._link(at, known[parent])
        return known[node]

    def _root(self, node: int) -> _Chain:
        piece = self.tree.piece_of(node)
        if piece.owner < 0:
            return _Chain(None, None, 1.0, False, "rgb(255, 255, 255)")
        outer = self._chain(piece.owner)
        clip = intersection(piece.window, outer.clip)
        hidden = outer.why or ("in a frame that is hidden" if self._frame_hidden(piece.owner) else "")
        return _Chain(clip, clip, outer.opacity, False, "", hidden)

    def _frame_hidden(self, owner: int) -> bool:
        return self.tree.style(owner, "visibility") in ("hidden", "collapse")

    def _link(self, node: int, above: _Chain) -> _Chain:
        tree = self.tree
        row = tree.styles.get(node)
        if row is None:
            return above
        get = tree.style
        position = get(node, "position")
        clip = above.absolute_clip if position == "absolute" else above.clip
        if position == "fixed":
            clip = tree.piece_of(node).window
        why = above.why or _cut_away(get(node, "clip"), get(node, "clip-path"), position)
        overflow = get(node, "overflow-x"), get(node, "overflow-y")
        box = tree.box(node)
        across, down = (way in ("visible", "") for way in overflow)
        holds = tree.names[node] not in ("html", "body") and get(node, "display") != "inline"
        if box is not None and holds and not (across and down):
            x, w = (-1e7, 2e7) if across else (box[0], box[2])
            y, h = (-1e7, 2e7) if down else (box[1], box[3])
            clip = intersection(clip, (x, y, w, h))
        anchored = position not in ("static", "") or get(node, "transform") not in ("none", "")
        opacity = get(node, "opacity")
        return _Chain(
            clip,
            clip if anchored else above.absolute_clip,
            above.opacity * (float(opacity) if opacity.replace(".", "", 1).isdigit() else 1.0),
            above.struck or "line-through" in get(node, "text-decoration-line"),
            self._ground(node, above.ground),
            why,
        )

    def _ground(self, node: int, above: str) -> str:
        if self.tree.style(node, "background-image") not in ("none", ""):
            return ""
        colour = self.tree.style(node, "background-color")
        if not colour or _alpha(colour) == 0:
            return above
        return colour if _alpha(colour) == 1 else ""

    def _covered(self, node: int, box: Rect) -> str:
        """Five points along the middle of the text; one that lies under something opaque is enough."""
        points = [(box[0] + box[2] * share, box[1] + box[3] / 2) for share in (0.08, 0.3, 0.5, 0.7, 0.92)]
        tree = self.tree
        at = node
        while at >= 0:
            piece = tree.piece_of(at)
            paint = tree.order.get(at, 0)
            for order, (x, y, w, h), cover in self._covering(piece.frame):
                if order <= paint:
                    break
                if any(x <= px <= x + w and y <= py <= y + h for px, py in points):
                    return f"covered by {tree.path(cover)}"
            group = [p for p in tree.pieces if p.frame == piece.frame]
            at = group[0].owner if piece.frame else -1
        return ""

    def _behind(self, node: int) -> bool:
        """Whether something opaque lies between the text and the background of its ancestors."""
        box = self.tree.box(node)
        if box is None:
            return False
        px, py, paint = box[0] + box[2] / 2, box[1] + box[3] / 2, self.tree.order.get(node, 0)
        around = {node, *self.tree.ancestors(node)}
        covers = self._covering(self.tree.piece_of(node).frame)
        return any(
            order <= paint and cover not in around and x <= px <= x + w and y <= py <= y + h
            for order, (x, y, w, h), cover in covers
        )

    def _covering(self, frame: int) -> list[tuple[int, Rect, int]]:
        """Opaque boxes of one process, the nearest to the eye first."""
        if frame not in self._covers:
            tree = self.tree
            strings = tree.strings[frame]
            ground, picture = tree.columns.get("background-color", -1), tree.columns.get("background-image", -1)
            alphas: dict[int, bool] = {-1: False}
            found: list[tuple[int, Rect, int]] = []
            for piece in (piece for piece in tree.pieces if piece.frame == frame):
                for node in range(piece.start, piece.end):
                    row = tree.styles.get(node)
                    if not row or ground < 0 or tree.names[node] == "#text":
                        continue
                    colour, image = row[ground], row[picture] if picture >= 0 else -1
                    if colour not in alphas:
                        alphas[colour] = _alpha(strings[colour]) >= _OPAQUE
                    opaque = alphas[colour] or tree.names[node] in _PICTURES
                    if not opaque and image >= 0 and strings[image] != "none":
                        opaque = "gradient" in strings[image] and not re.search("rgba|transparent", strings[image])
                    if opaque and tree.names[node] not in ("html", "body"):
                        self._cover(found, node)
            found.sort(key=lambda cover: -cover[0])
            self._covers[frame] = found
        return self._covers[frame]

    def _cover(self, found: list[tuple[int, Rect, int]], node: int) -> None:
        tree = self.tree
        chain = self._chain(node)
        above = self._chain(tree.parents[node]) if tree.parents[node] >= 0 else chain
        if chain.opacity < 0.5 or chain.why or tree.style(node, "visibility") in ("hidden", "collapse"):
            return
        clip = above.absolute_clip if tree.style(node, "position") == "absolute" else above.clip
        box = tree.box(node)
        if box is None:
            return
        part = intersection(box, clip if tree.style(node, "position") != "fixed" else None)
        if part is not None and part[2] > 1 and part[3] > 1:
            found.append((tree.order.get(node, 0), part, node))


def _alpha(colour: str) -> float:
    if colour in ("transparent", "rgba(0, 0, 0, 0)", ""):
        return 0.0
    found = _ALPHA.match(colour)
    return float(found.group(1)) if found else 1.0


def _cut_away(clip: str, path: str, position: str) -> str:
    """The shapes that hide text from the eye and keep it for screen readers."""
    sides = re.fullmatch(r"rect\(([-0-9.]+)px,? ([-0-9.]+)px,? ([-0-9.]+)px,? ([-0-9.]+)px\)", clip)
    if sides and position in ("absolute", "fixed"):
        top, right, bottom, left = (float(side) for side in sides.groups())
        if right - left < 2 or bottom - top < 2:
            return "clipped away"
    inset = re.match(r"inset\(([0-9.]+)(%|px)", path)
    if inset and ((inset.group(2) == "%" and float(inset.group(1)) >= 50) or path.startswith("inset(100")):
        return "clipped away"
    return "clipped away" if re.match(r"circle\(0|polygon\(0px 0px, 0px 0px", path) else ""
