"""A page drawn at random from a seed: label, value, layout, gap, font, locale, late arrival. Its truth is known."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote

from auditor.model.targets.deployments import FieldSpec, PageSpec
from tests.reading.generated.disturbances import DISTURBANCES, Disturbed, Value
from tests.reading.generated.languages import LANGUAGES, Language, grouped
from tests.reading.generated.layouts import PAIR_LAYOUTS, SLOT_LAYOUTS, Layout, Slots
from tests.reading.generated.stated_page import MARK, NO_NUMBER, Delivery, StatedPage
from tests.reading.generated.surroundings import surround

PLAIN = "plain"
SHEET = (
    "body{margin:20px}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:4px 10px;text-align:start}"
    ".row{display:flex}.card{border:1px solid #ccc;padding:12px;width:260px;margin:6px}.n{font-size:1.7em}"
    ".line{margin:6px}.pill{background:#c00;color:#fff;border-radius:9px;padding:0 6px}"
    ".spin{display:inline-block;width:12px;height:12px;border:2px solid #999;border-radius:50%}"
)
FAMILIES = ("sans-serif", "serif", "monospace", "'DejaVu Sans'", "'DejaVu Serif'", "'Noto Sans CJK SC'",
            "'DejaVu Sans Mono'", "'Noto Serif CJK SC'")  # fmt: skip
COLOURS = ("#000", "#222", "#1a3d7c", "#7a1c1c", "#205520", "#555")


def draw_pages(seed: int, count: int) -> list[StatedPage]:
    """The pages of a seed; page n is the same whatever the count."""
    return [draw_page(seed, number) for number in range(count)]


def draw_page(seed: int, number: int) -> StatedPage:
    """One page: six in ten as people write them, three disturbed, one whose value comes late."""
    rng = random.Random(f"{seed}/{number}")
    language = rng.choice(LANGUAGES)
    drawn = _draw_values(language, rng)
    what = rng.random()
    if what < 0.6:
        return _plain(f"p{seed}-{number}", language, drawn, rng)
    if what < 0.9:
        return _disturbed(f"p{seed}-{number}", language, drawn, rng)
    return _late(f"p{seed}-{number}", language, drawn, rng)


@dataclass(frozen=True, slots=True)
class _Values:
    """The truth of a page, and how it writes it."""

    used: int
    cap: int | None
    """None: unlimited."""
    slots: Slots
    used_text: str
    """The count as written, without its unit."""

    @property
    def cap_right(self) -> tuple[str, ...]:
        return ("unlimited" if self.cap is None else str(self.cap),)


def _draw_values(language: Language, rng: random.Random) -> _Values:
    used = _number(rng)
    cap = None if rng.random() < 0.15 else max(1, _number(rng))
    separator = rng.choice((*language.groups, "")) if max(used, cap or 0) >= 1000 else ""
    unit = rng.choice((language.unit, "", "", ""))
    text = grouped(used, separator)
    cap_text = language.unlimited if cap is None else grouped(cap, separator) + unit
    slots = Slots(
        rng.choice(language.used),
        text + unit,
        rng.choice(language.cap),
        cap_text,
        rng.choice((language.of, "/", " / ")),
    )
    return _Values(used, cap, slots, text)


def _number(rng: random.Random) -> int:
    return rng.choice((rng.randint(0, 9), rng.randint(10, 99), rng.randint(100, 999), rng.randint(1000, 99_999)))


def _plain(name: str, language: Language, drawn: _Values, rng: random.Random) -> StatedPage:
    pair = rng.random() < 0.25
    if pair:
        drawn = replace(drawn, slots=replace(drawn.slots, used=drawn.used_text))
    layout = rng.choice(PAIR_LAYOUTS if pair else SLOT_LAYOUTS)
    method: Literal["browser", "http"] = "http" if not pair and rng.random() < 0.05 else "browser"
    page = _page(name, PLAIN, language, surround(layout(drawn.slots, rng), rng), _style(rng), _said(drawn, layout))
    right = {"used": (str(drawn.used),), "cap": drawn.cap_right}
    spec = replace(page.spec, method=method)
    return replace(page, spec=spec, right=right, glance=True, why=f"{layout.__name__}: nothing is unusual")


def _disturbed(name: str, language: Language, drawn: _Values, rng: random.Random) -> StatedPage:
    kind = rng.choice(list(DISTURBANCES))
    layout = rng.choice(SLOT_LAYOUTS)
    act = DISTURBANCES[kind]
    value = Value(drawn.used, drawn.used_text, language)
    disturbed: Disturbed = act(replace(drawn.slots, used=drawn.used_text), value, rng)
    body = surround(disturbed.slots.before + layout(disturbed.slots, rng) + disturbed.slots.after, rng)
    page = _page(name, kind, language, body, _style(rng) + disturbed.style, _said(drawn, layout))
    right = {"used": disturbed.right, "cap": (*(disturbed.cap_right or drawn.cap_right), NO_NUMBER)}
    return replace(page, right=right, why=f"{layout.__name__}: {(act.__doc__ or '').strip()}")


def _late(name: str, language: Language, drawn: _Values, rng: random.Random) -> StatedPage:
    """The used count comes after a while, over a first text that may be a number; a person waits for it."""
    layout = rng.choice(SLOT_LAYOUTS)
    first = rng.choice(("0", "0", "", "-", "…", str(_number(rng))))
    final, wait = drawn.used_text, rng.randint(150, 2500)
    slots = replace(drawn.slots, used=f"<span id=late>{first}</span>")
    how = rng.choice(("answer", "answer", "script", "counter", "stream"))
    delivery: Delivery = "whole"
    if how == "answer":
        act = f"fetch('/slow?ms={wait}&v='+encodeURIComponent('{final}')).then(r=>r.text()).then(t=>late.textContent=t)"
        body = layout(slots, rng) + f"<script>{act}</script>"
    elif how == "script":
        script = quote(f"late.textContent='{final}'", safe="")
        act = f"var e=document.createElement('script');e.src='/slow?ms={wait}&v={script}';document.head.append(e)"
        body = layout(slots, rng) + f"<script>{act}</script>"
    elif how == "counter":
        final = str(drawn.used)
        act = (
            f"var s;function f(t){{s=s||t;var p=Math.min((t-s)/{wait},1);late.textContent=Math.round({drawn.used}*"
            "(1-Math.pow(1-p,4)));if(p<1)requestAnimationFrame(f)}requestAnimationFrame(f)"
        )
        body = layout(slots, rng) + f"<script>{act}</script>"
    else:
        delivery = "paused"
        cut = max(1, len(final) // 2)
        body = layout(replace(slots, used=final[:cut] + MARK + final[cut:]), rng)
    page = _page(name, f"late: {how}", language, surround(body, rng), _style(rng), _said(drawn, layout))
    right = {"used": (str(drawn.used),), "cap": drawn.cap_right}
    why = f"{layout.__name__}: {first!r} stands there before the value comes after {wait} ms"
    return replace(page, right=right, why=why, glance=True, delivery=delivery, pause_ms=wait)


def _said(drawn: _Values, layout: Layout) -> Sequence[FieldSpec]:
    used = FieldSpec("used", "count", "used", "seat", (drawn.slots.used_label,))
    if layout in PAIR_LAYOUTS:
        return (used,)
    return (used, FieldSpec("cap", "count", "cap", "seat", (drawn.slots.cap_label,)))


def _style(rng: random.Random) -> str:
    size = rng.choice((11, 12, 13, 14, 15, 16, 18, 22))
    return (
        f"body{{font:{size}px {rng.choice(FAMILIES)};color:{rng.choice(COLOURS)};"
        f"font-weight:{rng.choice((400, 400, 700))};font-style:{rng.choice(('normal', 'normal', 'normal', 'italic'))}}}"
    )


def _page(name: str, kind: str, language: Language, body: str, style: str, fields: Sequence[FieldSpec]) -> StatedPage:
    direction = " dir=rtl" if language.rtl else ""
    html = (
        f'<!doctype html><html lang="{language.locale}"{direction}><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{SHEET}{style}</style></head><body>{body}</body></html>"
    )
    return StatedPage(name, kind, html, PageSpec(name, f"/{name}", locale=language.locale, fields=tuple(fields)))
