"""Interprets computed styles: how an element and its content are displayed. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from auditor.model.notes import Note, make_note

_ALPHA = re.compile(r"(?:rgba\([^)]*,|[a-z-]+\([^)]*/)\s*([0-9.]+)\)")
"""`rgba(r, g, b, a)`, and the newer `oklch(l c h / a)`, `color(srgb r g b / a)`."""
INVISIBLE: Final = make_note("hidden.invisible")
TRANSPARENT: Final = make_note("hidden.transparent")
TOO_SMALL: Final = make_note("hidden.too_small")
TURNED: Final = make_note("hidden.turned")
DRAWN_AS_DOTS: Final = make_note("hidden.dots")
CLIPPED_AWAY: Final = make_note("hidden.clipped_away")
Turn = tuple[float, float, float, float]
"""How an element is turned and mirrored: `a`, `b`, `c`, `d` of CSS's `matrix()`, without its place."""
UPRIGHT: Final[Turn] = (1.0, 0.0, 0.0, 1.0)
_NUMBERS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]{1,3})?")
_FILTER = re.compile(r"([a-z-]+)\(([0-9.]*)")


@dataclass(frozen=True, slots=True)
class StyleEffects:
    """What a row of computed styles says; the rows of a page repeat, so each is worked out once."""

    position: str
    cuts: tuple[bool, bool]
    """Whether it cuts off what leaves it to the side, and downwards."""
    opacity: float
    struck: bool
    ground: str | None
    """The background colour; '' where it is not one colour, None where there is none."""
    anchors: bool
    why: Note | None
    colour: str
    unseen: Note | None
    """Why a text of this style itself cannot be seen."""

    turn: Turn = UPRIGHT

    plain: bool = field(init=False)
    """Nothing that changes what stands inside."""

    def __post_init__(self) -> None:
        """A style is worked out once and asked about for every element that has it."""
        object.__setattr__(self, "plain", self._is_plain())

    def _is_plain(self) -> bool:
        return not (self.position != "static" or any(self.cuts) or self.struck or self.anchors or self.why) and (
            self.opacity == 1.0 and self.ground is None and self.turn == UPRIGHT
        )


def style_effects(style: Callable[[str], str]) -> StyleEffects:
    """The look that a row of styles gives; `style` answers a property by its name, '' where it is not known."""
    opacity, position = style("opacity"), style("position") or "static"
    image, ground = style("background-image"), style("background-color")
    single = ground if alpha(ground) == 1 else ""
    inline = style("display") == "inline"
    colour = style("-webkit-text-fill-color") or style("color")
    size = style("font-size").removesuffix("px")
    unseen = INVISIBLE if style("visibility") in ("hidden", "collapse") else None
    if not unseen and size.replace(".", "", 1).isdigit() and float(size) < 3:
        unseen = TOO_SMALL
    if not unseen and colour and alpha(colour) < 0.1 and image in ("", "none"):
        unseen = TRANSPARENT
    if not unseen and style("-webkit-text-security") not in ("", "none"):
        unseen = DRAWN_AS_DOTS
    return StyleEffects(
        position,
        (
            not inline and style("overflow-x") not in ("visible", ""),
            not inline and style("overflow-y") not in ("visible", ""),
        ),
        float(opacity) if opacity.replace(".", "", 1).isdigit() else 1.0,
        "line-through" in style("text-decoration-line"),
        "" if image not in ("none", "") else None if not ground or alpha(ground) == 0 else single,
        position != "static" or style("transform") not in ("none", ""),
        _cut_away(style("clip"), style("clip-path"), position) or _altered(style),
        colour,
        unseen,
        _turn(style),
    )


def turned_by(one: Turn, other: Turn) -> Turn:
    """The one, and what stands in it by the other."""
    (a, b, c, d), (e, f, g, h) = one, other
    return a * e + c * f, b * e + d * f, a * g + c * h, b * g + d * h


def stands_on_its_head(turn: Turn) -> bool:
    """Whether what stands so is mirrored, or turned by more than a quarter of a circle: 66 may be seen as 99."""
    a, b, c, d = turn
    return a * d - b * c < 0 or (a < -_SIDEWAYS and d < -_SIDEWAYS)


_SIDEWAYS: Final = 0.1
"""Text along the edge of a table is turned by a quarter; it is read as it is written."""


def _turn(style: Callable[[str], str]) -> Turn:
    """`rotate`, `scale` and `transform` together, in CSS's order (CSS Transforms 2, section 5)."""
    turn = UPRIGHT
    axis, _, angle = style("rotate").rpartition(" ")
    degrees = re.fullmatch(rf"({_NUMBERS.pattern})deg", angle)
    if degrees:
        cos, sin = math.cos(math.radians(float(degrees[1]))), math.sin(math.radians(float(degrees[1])))
        turn = {"x": (1.0, 0.0, 0.0, cos), "y": (cos, 0.0, 0.0, 1.0)}.get(axis, (cos, sin, -sin, cos))
    factors = [float(one) for one in _NUMBERS.findall(style("scale"))]
    if factors:
        turn = turned_by(turn, (factors[0], 0.0, 0.0, factors[1] if len(factors) > 1 else factors[0]))
    parts = [float(one) for one in _NUMBERS.findall(style("transform").partition("(")[2])]
    if len(parts) == 6:
        return turned_by(turn, (parts[0], parts[1], parts[2], parts[3]))
    return turned_by(turn, (parts[0], parts[1], parts[4], parts[5])) if len(parts) == 16 else turn


def _altered(style: Callable[[str], str]) -> Note | None:
    """Effects that draw something else than the characters, or in another order; None where none does."""
    for name, strength in _FILTER.findall(style("filter")):
        much = float(strength) if strength.replace(".", "", 1).isdigit() else 0.0
        doubtful = {
            "blur": much >= 1,
            "opacity": much < 0.5,
            "brightness": not 0.5 <= much <= 1.5,
            "contrast": much < 0.5,
            "url": True,
        }
        if doubtful.get(name, False):
            return make_note("hidden.filter", filter=name)
    if style("mask-image") not in ("", "none"):
        return make_note("hidden.mask")
    if style("unicode-bidi").endswith("override"):
        return make_note("hidden.own_order")
    return None


def alpha(colour: str) -> float:
    if colour in ("transparent", "rgba(0, 0, 0, 0)", ""):
        return 0.0
    found = _ALPHA.match(colour)
    return float(found.group(1)) if found else 1.0


def _cut_away(clip: str, path: str, position: str) -> Note | None:
    """The shapes that hide text from the eye and keep it for screen readers."""
    sides = re.fullmatch(r"rect\(([-0-9.]+)px,? ([-0-9.]+)px,? ([-0-9.]+)px,? ([-0-9.]+)px\)", clip)
    if sides and position in ("absolute", "fixed"):
        top, right, bottom, left = (float(side) for side in sides.groups())
        if right - left < 2 or bottom - top < 2:
            return CLIPPED_AWAY
    inset = re.match(r"inset\(([0-9.]+)(%|px)", path)
    if inset and ((inset.group(2) == "%" and float(inset.group(1)) >= 50) or path.startswith("inset(100")):
        return CLIPPED_AWAY
    return CLIPPED_AWAY if re.match(r"circle\(0|polygon\(0px 0px, 0px 0px", path) else None
