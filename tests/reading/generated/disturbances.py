"""What makes a value hard or impossible to read, by kind: each changes the used value's HTML and says what is right.

A disturbance never makes a number right that a person would not take from the picture; where the rest of the page
leaves a reader the choice between the number and none, both are right.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.reading.generated.languages import Language
from tests.reading.generated.layouts import Slots
from tests.reading.generated.remapped_font import remapped_font
from tests.reading.generated.stated_page import NO_NUMBER


@dataclass(frozen=True, slots=True)
class Disturbed:
    """The slots after it, the right answers for the used count, and what the page needs besides."""

    slots: Slots
    right: tuple[str, ...]
    style: str = ""
    cap_right: tuple[str, ...] | None = None
    """None: as it was."""


@dataclass(frozen=True, slots=True)
class Value:
    """The used count as it was drawn."""

    number: int
    text: str
    language: Language


Disturbance = Callable[[Slots, Value, random.Random], Disturbed]


def second_figure(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """Another figure stands close to the value, parted by elements and a gap of any make."""
    other = rng.choice((str(rng.randint(1, 9)), str(rng.randint(10, 99)), f"{rng.randint(100, 999)}"))
    gap = rng.choice((
        f"<span>{s.used}</span><span style='margin-left:{rng.choice((3, 4, 6, 10, 20))}px'>{other}</span>",
        f"<span style='display:flex;gap:{rng.choice((3, 6, 12))}px'><b>{s.used}</b><i>{other}</i></span>",
        f"<span>{s.used}</span> <span>{other}</span>",
        f"<span>{s.used}</span> <a href='#x'>{other}</a>",
        f"<span style='border:1px solid #888'>{s.used}</span><span style='border:1px solid #888'>{other}</span>",
        f"{s.used}<span style='background:#c00;color:#fff;border-radius:9px;padding:0 6px'>{other}</span>",
        f"{s.used}<sup>{other}</sup>",
        f"<span>{s.used}</span><span style='color:#0a0'>{other}</span>",
        f"<span>{s.used}</span>&nbsp;&nbsp;<small>{other}</small>",
    ))  # fmt: skip
    return Disturbed(replace(s, used=gap), (str(v.number), NO_NUMBER))


def drawn_otherwise(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """What is drawn is not what the document says."""
    mirrored = (str(v.number), NO_NUMBER) if set(v.text) <= {"0", "1", "8"} and v.text == v.text[::-1] else (NO_NUMBER,)
    digits = "".join(rng.sample("0123456789", 10))
    remapped = str(int(str(v.number).translate(str.maketrans("0123456789", digits))))
    width = max(1, len(v.text) - 1)
    inline = "display:inline-block;"
    changed, right, style = rng.choice((
        (f"<bdo dir=rtl>{s.used}</bdo>", _reversed(v), ""),
        (f"<span style='font-family:stat'>{s.used}</span>", (remapped, NO_NUMBER),
         remapped_font(digits)),
        (f"<span style='{inline}transform:scaleX(-1)'>{s.used}</span>", mirrored, ""),
        (f"<span style='{inline}transform:rotate(180deg)'>{s.used}</span>", (*_turned(v), NO_NUMBER), ""),
        (f"<span style='{inline}width:{width}ch;overflow:hidden;white-space:nowrap;vertical-align:top'>{s.used}</span>",
         (str(v.number), NO_NUMBER), ""),
        (f"<span class=first>{s.used}</span>", (NO_NUMBER,), ".first{display:inline-block}.first::first-letter"
         "{color:transparent;font-size:1px}"),
        (f"<span style='letter-spacing:-.6em'>{s.used}</span>", (str(v.number), NO_NUMBER), ""),
        (f"<span style='-webkit-text-security:disc'>{s.used}</span>", (NO_NUMBER,), ""),
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed), right, style)


def not_seen(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The picture shows no number: blurred, covered, without colour, clipped away."""
    box = "<span style='position:relative;display:inline-block'>"
    cover = "<span style='position:absolute;inset:-2px;{}'></span>"
    changed = rng.choice((
        f"<span style='filter:blur(9px)'>{s.used}</span>",
        f"{box}{s.used}{cover.format('backdrop-filter:blur(12px)')}</span>",
        f"{box}{s.used}{cover.format('background:#fff')}</span>",
        f"{box}{s.used}{cover.format('backdrop-filter:brightness(20)')}</span>",
        f"<span style='opacity:.02'>{s.used}</span>",
        f"<span style='color:transparent'>{s.used}</span>",
        f"<span style='display:inline-block;clip-path:inset(50%)'>{s.used}</span>",
        f"<span style='display:inline-block;text-indent:-9999px;overflow:hidden;width:4em'>{s.used}</span>",
        f"<span style='display:inline-block;transform:scale(0)'>{s.used}</span>",
        f"<span style='visibility:hidden'>{s.used}</span>",
        f"<span style='color:#fdfdfd'>{s.used}</span>",
        f"<span style='display:inline-block;height:0;overflow:hidden'>{s.used}</span>",
        f"<span style='font-size:1px'>{s.used}</span>",
        f"{box}{s.used}<svg style='position:absolute;left:-2px;top:-2px' width=140 height=40><rect width=140 height=40 "
        "fill='#eee'/></svg></span>",
        f"{box}{s.used}{cover.format('background:rgba(255,255,255,.97)')}</span>",
        f"{box}{s.used}{cover.format('background:linear-gradient(#ddd,#ddd)')}</span>",
        f"<span style='display:inline-block;transform:translateX(-3000px)'>{s.used}</span>",
        f"<span style='background:#fff'><span style='mix-blend-mode:screen'>{s.used}</span></span>",
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed), (NO_NUMBER,))


def drawn_over(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """Two figures are drawn over each other."""
    other = str(rng.randint(10, 99))
    box = "<span style='position:relative;display:inline-block;min-width:3em'>"
    changed = rng.choice((
        f"{box}{s.used}<span style='position:absolute;left:0;top:0'>{other}</span></span>",
        f"<span>{s.used}</span><span style='margin-left:-.55em'>{other}</span>",
        f"{box}<span style='position:absolute;left:{rng.choice((0, 4))}px'>{s.used}</span>{other}</span>",
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed), (NO_NUMBER, str(v.number)))


def figure_in_the_label(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The label has a figure of its own: footnote, year, ordinal, number of a heading."""
    label = s.used_label
    figure = rng.choice((
        f"{label} ({rng.randint(1, 9)})", f"{label}<sup>{rng.randint(1, 9)}</sup>",
        f"{label} {rng.randint(2023, 2027)}",
        f"{label} ({rng.randint(2023, 2027)})", f"{label} {rng.randint(1, 9)})", f"{label} #{rng.randint(1, 9)}",
        f"{label} <small>[{rng.randint(1, 9)}]</small>", f"{label}*<sub>{rng.randint(1, 9)}</sub>",
    ))  # fmt: skip
    return Disturbed(replace(s, used_label=figure), (str(v.number), NO_NUMBER))


def figure_before_the_label(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """A badge, a step or a row's number stands before the label."""
    other = rng.randint(1, 9)
    figure = rng.choice((
        f"<span style='background:#c00;color:#fff;border-radius:9px;padding:0 6px'>{other}</span> {s.used_label}",
        f"<span>{other}.</span> {s.used_label}",
        f"<span style='float:left;margin-right:8px'>{other}</span>{s.used_label}",
        f"<div><b style='border:1px solid'>{other}</b></div>{s.used_label}",
    ))  # fmt: skip
    return Disturbed(replace(s, used_label=figure), (str(v.number), NO_NUMBER))


def nothing_there(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The value is blank, not available, failed or still turning; the other one is there."""
    changed = rng.choice((
        "", "&nbsp;", "-", "–", "n/a", "N/A", "…", "?", "<i class=spin></i>", "Error", "Error 503", "…loading",
        "<svg width=16 height=16><circle cx=8 cy=8 r=6 fill=none stroke=#888 /></svg>",
        "<img alt='' width=16 height=16>",
        "<span style='color:#c00'>Could not load</span>", "NaN", "null", "undefined", "<s></s>", "--",
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed), (NO_NUMBER,))


def not_a_count(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The cell holds a time, a date, a share, an amount, a range, a version: no count of units."""
    n = rng.randint(2, 40)
    changed = rng.choice((
        f"{n}{v.language.days}", f"{rng.randint(1, 12):02d}/{rng.randint(2024, 2029)}", f"{n} %", f"{n}%", f"{n} €",
        f"${n}", f"{n}.{rng.randint(11, 99)}", f"{n}-{n + 10}", f"{n} – {n + 10}", f"v{n}.{rng.randint(0, 9)}",
        f"{n} GB",
        f"{rng.randint(2020, 2024)}-{rng.randint(2025, 2029)}", f"{n}:{rng.randint(10, 59)}", f"{n} h", f"№ {n}x7",
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed), (NO_NUMBER,))


def no_exact_count(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The page itself says that the number is not exact."""
    n, t = v.number, v.text
    changed, right = rng.choice((
        (f"~{t}", (f"~{n}",)), (f"≈ {t}", (f"~{n}",)), (f"{t}+", (f"≥{n}",)), (f"> {t}", (f"≥{n}", f"≥{n + 1}")),
        (f"≥ {t}", (f"≥{n}",)), (f"< {t}", (f"≤{n}", f"≤{n - 1}")), (f"≤{t}", (f"≤{n}",)), (f"{t}?", ()),
        (f"({t})", (str(n),)), (f"{t} ± 2", (f"~{n}",)), (f"{t} → {n + 3}", ()), (f"{t} + 2", (str(n),)),
    ))  # fmt: skip
    return Disturbed(replace(s, used=changed.replace("<", "&lt;")), (*right, NO_NUMBER))


def label_of_another(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """Another value of a label that begins alike stands beside it."""
    other, more = rng.randint(1, 900), rng.choice((" (2024)", " – archive", " / API", " (max)", " *"))
    longer = f"<div class=card><div>{s.used_label}{more}</div><div class=n>{other}</div></div>"
    where = rng.choice(("before", "after"))
    if where == "before":
        return Disturbed(replace(s, before=longer), (str(v.number), NO_NUMBER))
    return Disturbed(replace(s, after=longer), (str(v.number), NO_NUMBER))


def same_label_twice(s: Slots, v: Value, rng: random.Random) -> Disturbed:
    """The same label states another number elsewhere on the page."""
    other = f"<div class=card><div>{s.used_label}</div><div class=n>{v.number + rng.randint(1, 50)}</div></div>"
    where = rng.choice(("before", "after"))
    return Disturbed(replace(s, before=other) if where == "before" else replace(s, after=other), (NO_NUMBER,))


DISTURBANCES: dict[str, Disturbance] = {
    "second figure beside the value": second_figure,
    "drawn otherwise than written": drawn_otherwise,
    "not seen in the picture": not_seen,
    "figures drawn over each other": drawn_over,
    "figure in the label": figure_in_the_label,
    "figure before the label": figure_before_the_label,
    "nothing in the value's place": nothing_there,
    "no count in the value's place": not_a_count,
    "no exact count": no_exact_count,
    "label of another value": label_of_another,
    "same label twice": same_label_twice,
}


def _reversed(v: Value) -> tuple[str, ...]:
    """A text drawn from right to left: the number seen, where it is one."""
    seen = v.text[::-1]
    return (str(int(seen)), NO_NUMBER) if seen.isdigit() else (NO_NUMBER,)


def _turned(v: Value) -> tuple[str, ...]:
    """What a person sees of digits turned by half a circle, where all of them have a shape then."""
    turned = {"0": "0", "1": "1", "2": "2", "5": "5", "6": "9", "8": "8", "9": "6"}
    if all(digit in turned for digit in v.text):
        return (str(int("".join(turned[digit] for digit in reversed(v.text)))),)
    return ()
