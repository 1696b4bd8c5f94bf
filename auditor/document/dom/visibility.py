"""Whether the screenshot shows a text: hidden, struck out, clipped, off the picture or covered text is not evidenced.

Decided from computed styles, boxes and paint orders of the stored snapshot. A doubt counts as not shown, with the
exception of images laid over a page as a watermark, whose transparency the snapshot cannot tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from auditor.document.dom.html import is_hidden_by_markup
from auditor.document.dom.styles import (
    CLIPPED_AWAY,
    INVISIBLE,
    TRANSPARENT,
    TURNED,
    UPRIGHT,
    StyleEffects,
    Turn,
    alpha,
    stands_on_its_head,
    style_effects,
    turned_by,
)
from auditor.document.dom.tree import PageTree, Rect, intersection
from auditor.model.notes import Note, make_note

_CHANNELS = re.compile(r"[0-9]+")
_OPAQUE = 0.85
_BANDS = 1_000
"""Bands of the page, at most, in which covering boxes are looked up."""
_PICTURES = frozenset(("img", "video", "iframe", "object", "embed"))
_STRUCK_TAGS = frozenset(("s", "del", "strike"))

NOT_DISPLAYED: Final = make_note("hidden.not_displayed")
NO_SIZE: Final = make_note("hidden.no_size")
BY_MARKUP: Final = make_note("hidden.by_markup")
OFF_THE_PICTURE: Final = make_note("hidden.off_the_picture")
CLIPPED: Final = make_note("hidden.clipped")
GROUND_COLOUR: Final = make_note("hidden.colour_of_its_ground")
HIDDEN_FRAME: Final = make_note("hidden.frame")
COVERED: Final = "hidden.covered"
_NEVER_SEEN: Final = frozenset(
    note.code for note in (NOT_DISPLAYED, INVISIBLE, TRANSPARENT, NO_SIZE, BY_MARKUP, CLIPPED_AWAY)
)


def is_never_seen(reason: Note | None) -> bool:
    """Whether a reason hides a text from every visitor; the others depend on where the page is scrolled or what lies
    on it. False where nothing hides it."""
    return reason is not None and reason.code in _NEVER_SEEN


def is_out_of_reach(reason: Note | None) -> bool:
    """Whether no visitor can act on what a reason hides, even by scrolling: never seen, covered, in a hidden frame."""
    return is_never_seen(reason) or (reason is not None and reason.code in (COVERED, HIDDEN_FRAME.code))


@dataclass(frozen=True, slots=True)
class _Chain:
    """What an element's ancestors do to what stands in it."""

    clip: Rect | None
    absolute_clip: Rect | None
    opacity: float
    struck: bool
    ground: str
    """The background colour behind its text; '' where a picture or gradient makes it unknown."""
    why: Note | None = None
    turn: Turn = UPRIGHT


@dataclass(slots=True)
class Visibility:
    """Answers about one page; keeps what it worked out."""

    tree: PageTree
    _chains: dict[int, _Chain] = field(default_factory=dict)
    _covers: dict[int, dict[int, list[tuple[int, Rect, int]]]] = field(default_factory=dict)
    _answers: dict[int, Note | None] = field(default_factory=dict)
    _looks: dict[tuple[int, tuple[int, ...]], StyleEffects] = field(default_factory=dict)

    def why_hidden(self, node: int) -> Note | None:
        """None where the picture shows the node; else why it does not."""
        if node not in self._answers:
            self._answers[node] = self._decide(node) if self.tree.laid_out else self._by_markup(node)
        return self._answers[node]

    def struck(self, node: int) -> bool:
        """Whether the text is struck out, by its tag or by a style of any ancestor."""
        if self.tree.laid_out:
            return self._chain(self.tree.parents[node]).struck
        return any(self.tree.names[at] in _STRUCK_TAGS for at in self.tree.ancestors(node))

    def visible_box(self, node: int) -> Rect | None:
        """The part of the node's box that its ancestors let through."""
        tree = self.tree
        box = tree.box(node)
        return box if box is None else intersection(box, self._chain(tree.parents[node]).clip)

    def _by_markup(self, node: int) -> Note | None:
        return BY_MARKUP if is_hidden_by_markup(self.tree, node) else None

    def _decide(self, node: int) -> Note | None:
        tree = self.tree
        box = tree.box(node)
        if box is None:
            return NOT_DISPLAYED
        if box[2] < 1 or box[3] < 1:
            return NO_SIZE
        chain = self._chain(node if tree.names[node] != "#text" else tree.parents[node])
        reason = chain.why or self._by_style(node, chain)
        if reason:
            return reason
        page = intersection(box, (0.0, 0.0, tree.width, tree.height))
        if _cut(box, page):
            return OFF_THE_PICTURE
        if _cut(box, intersection(page, chain.clip)):
            return CLIPPED
        return self._covered(node, box)

    def _by_style(self, node: int, chain: _Chain) -> Note | None:
        look = self._look_of(node)
        if look is None:
            return None
        if chain.opacity < 0.1:
            return TRANSPARENT
        if chain.turn != UPRIGHT and stands_on_its_head(chain.turn):
            return TURNED
        if look.unseen:
            return look.unseen
        if look.colour and chain.ground and _near(look.colour, chain.ground) and not self._behind(node):
            return GROUND_COLOUR
        return None

    def _look_of(self, node: int) -> StyleEffects | None:
        tree = self.tree
        row = tree.styles.get(node)
        if not row:
            return None
        key = tree.frame_of(node), tuple(row)
        look = self._looks.get(key)
        if look is None:
            look = style_effects(lambda name: tree.style(node, name))
            self._looks[key] = look
        return look

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
        hidden = outer.why or (HIDDEN_FRAME if self._frame_hidden(piece.owner) else None)
        return _Chain(clip, clip, outer.opacity, False, "", hidden, outer.turn)

    def _frame_hidden(self, owner: int) -> bool:
        return self.tree.style(owner, "visibility") in ("hidden", "collapse")

    def _link(self, node: int, above: _Chain) -> _Chain:
        tree = self.tree
        look = self._look_of(node)
        if look is None or look.plain:
            return above
        clip = above.absolute_clip if look.position == "absolute" else above.clip
        if look.position == "fixed":
            clip = tree.piece_of(node).window
        box = tree.box(node)
        if box is not None and any(look.cuts) and tree.names[node] not in ("html", "body"):
            x, w = (box[0], box[2]) if look.cuts[0] else (-1e7, 2e7)
            y, h = (box[1], box[3]) if look.cuts[1] else (-1e7, 2e7)
            clip = intersection(clip, (x, y, w, h))
        return _Chain(
            clip,
            clip if look.anchors else above.absolute_clip,
            above.opacity * look.opacity,
            above.struck or look.struck,
            above.ground if look.ground is None else look.ground,
            above.why or look.why,
            above.turn if look.turn == UPRIGHT else turned_by(above.turn, look.turn),
        )

    def _covered(self, node: int, box: Rect) -> Note | None:
        """Five points along the middle of the text; one that lies under something opaque is enough.

        What an element holds (a picture in a button) does not cover it.
        """
        middle = box[1] + box[3] / 2
        points: list[float] = []
        tree = self.tree
        at = node
        while at >= 0:
            piece = tree.piece_of(at)
            paint = tree.order.get(at, 0)
            for order, (x, y, w, h), cover in self._covering(piece.frame, middle):
                if order <= paint:
                    break
                if node < cover < tree.ends[node]:
                    continue
                points = points or [box[0] + box[2] * share for share in (0.08, 0.3, 0.5, 0.7, 0.92)]
                if y <= middle <= y + h and any(x <= px <= x + w for px in points):
                    return make_note(COVERED, path=tree.path(cover))
            if not piece.frame:
                break
            at = next(p for p in tree.pieces if p.frame == piece.frame).owner
        return None

    def _behind(self, node: int) -> bool:
        """Whether something opaque lies between the text and the background of its ancestors."""
        box = self.tree.box(node)
        if box is None:
            return False
        px, py, paint = box[0] + box[2] / 2, box[1] + box[3] / 2, self.tree.order.get(node, 0)
        around = {node, *self.tree.ancestors(node)}
        covers = self._covering(self.tree.piece_of(node).frame, py)
        return any(
            order <= paint and cover not in around and x <= px <= x + w and y <= py <= y + h
            for order, (x, y, w, h), cover in covers
        )

    def _covering(self, frame: int, y: float) -> list[tuple[int, Rect, int]]:
        """Opaque boxes of one process that reach a height of the page, the nearest to the eye first."""
        bands, height = self._covers.get(frame), max(64.0, self.tree.height / _BANDS)
        if bands is None:
            bands = self._covers[frame] = {}
            for cover in sorted(self._opaque(frame), key=lambda cover: -cover[0]):
                top, bottom = cover[1][1] // height, (cover[1][1] + cover[1][3]) // height
                last = self.tree.height // height
                for band in range(int(max(0, top)), int(min(last, bottom)) + 1):
                    bands.setdefault(band, []).append(cover)
        return bands.get(int(y // height), [])

    def _opaque(self, frame: int) -> list[tuple[int, Rect, int]]:
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
                    alphas[colour] = alpha(strings[colour]) >= _OPAQUE
                opaque = alphas[colour] or tree.names[node] in _PICTURES
                if not opaque and image >= 0 and strings[image] != "none":
                    opaque = "gradient" in strings[image] and not re.search("rgba|transparent", strings[image])
                if opaque and tree.names[node] not in ("html", "body"):
                    self._cover(found, node)
        return found

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


def _cut(box: Rect, part: Rect | None) -> bool:
    """Whether a tenth of a text is gone, or, to the side, more than half a figure."""
    if part is None or part[2] * part[3] < 0.9 * box[2] * box[3]:
        return True
    return box[2] - part[2] > max(1.0, 0.2 * box[3])


def _near(colour: str, ground: str) -> bool:
    """Whether two colours are one to the eye."""
    if colour == ground:
        return True
    one, other = _CHANNELS.findall(colour)[:3], _CHANNELS.findall(ground)[:3]
    return len(one) == len(other) == 3 and all(abs(int(a) - int(b)) <= 8 for a, b in zip(one, other, strict=True))
