"""Where a label's value stands: each layout writes two labelled values, or one pair, as HTML."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slots:
    """What a layout is filled with: HTML of two labels and their values."""

    used_label: str
    used: str
    cap_label: str
    cap: str
    of: str = " / "
    """What stands between both where they are a pair."""
    before: str = ""
    """What stands before all of it, and after."""
    after: str = ""


Layout = Callable[[Slots, random.Random], str]


def two_cells(s: Slots, rng: random.Random) -> str:
    head = rng.choice(("th", "td"))
    rows = [f"<tr><{head}>{label}</{head}><td>{value}</td></tr>" for label, value in _pairs(s, rng)]
    return f"<table>{''.join(rows)}</table>"


def four_cells(s: Slots, rng: random.Random) -> str:
    cells = "".join(f"<th>{label}</th><td>{value}</td>" for label, value in _pairs(s, rng))
    return f"<table><tr>{cells}</tr></table>"


def header_row(s: Slots, rng: random.Random) -> str:
    pairs = _pairs(s, rng)
    heads = "".join(f"<th>{label}</th>" for label, _ in pairs)
    cells = "".join(f"<td>{value}</td>" for _, value in pairs)
    return f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"


def definitions(s: Slots, rng: random.Random) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in _pairs(s, rng)) + "</dl>"


def cards_below(s: Slots, rng: random.Random) -> str:
    cards = (f"<div class=card><div>{label}</div><div class=n>{value}</div></div>" for label, value in _pairs(s, rng))
    return f"<div class={rng.choice(('row', 'col'))}>{''.join(cards)}</div>"


def cards_above(s: Slots, rng: random.Random) -> str:
    cards = (f"<div class=card><div class=n>{value}</div><div>{label}</div></div>" for label, value in _pairs(s, rng))
    return f"<div class={rng.choice(('row', 'col'))}>{''.join(cards)}</div>"


def colon_lines(s: Slots, rng: random.Random) -> str:
    colon, tag = rng.choice((": ", "：", ": ")), rng.choice(("p", "div", "li"))
    lines = "".join(f"<{tag}>{label}{colon}{value}</{tag}>" for label, value in _pairs(s, rng))
    return f"<ul>{lines}</ul>" if tag == "li" else lines


def spans_of_a_line(s: Slots, rng: random.Random) -> str:
    lines = (f"<div class=line><span>{label}</span> <strong>{value}</strong></div>" for label, value in _pairs(s, rng))
    return "".join(lines)


def grid(s: Slots, rng: random.Random) -> str:
    cells = "".join(f"<div>{label}</div><div>{value}</div>" for label, value in _pairs(s, rng))
    columns = rng.choice(("240px 1fr", "auto auto"))
    return f"<div style='display:grid;grid-template-columns:{columns};gap:6px'>{cells}</div>"


def far_right(s: Slots, rng: random.Random) -> str:
    rows = (
        f"<li style='display:flex;justify-content:space-between'><span>{label}</span><b>{value}</b></li>"
        for label, value in _pairs(s, rng)
    )
    return f"<ul style='width:{rng.choice((320, 640))}px;padding:0;list-style:none'>{''.join(rows)}</ul>"


def nested_table(s: Slots, rng: random.Random) -> str:
    rows = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in _pairs(s, rng))
    return f"<table><tr><td><table>{rows}</table></td><td>&nbsp;</td></tr></table>"


def definitions_in_divs(s: Slots, rng: random.Random) -> str:
    pairs = (f"<div class=line><dt>{label}</dt><dd>{value}</dd></div>" for label, value in _pairs(s, rng))
    return f"<dl>{''.join(pairs)}</dl>"


def list_with_bold(s: Slots, rng: random.Random) -> str:
    tag = rng.choice(("b", "em", "span", "code"))
    return "<ul>" + "".join(f"<li>{label}: <{tag}>{value}</{tag}></li>" for label, value in _pairs(s, rng)) + "</ul>"


def cells_of_divs(s: Slots, rng: random.Random) -> str:
    rows = (
        f"<div style='display:table-row'><div style='display:table-cell;padding:4px'>{label}</div>"
        f"<div style='display:table-cell;padding:4px'>{value}</div></div>"
        for label, value in _pairs(s, rng)
    )
    return f"<div style='display:table'>{''.join(rows)}</div>"


def headings_above(s: Slots, rng: random.Random) -> str:
    tag = rng.choice(("h3", "h4"))
    return "".join(f"<section><{tag}>{label}</{tag}><p>{value}</p></section>" for label, value in _pairs(s, rng))


def pair_in_a_cell(s: Slots, rng: random.Random) -> str:
    return f"<table><tr><th>{s.used_label}</th><td>{s.used}{s.of}{s.cap}</td></tr></table>"


def pair_in_a_card(s: Slots, rng: random.Random) -> str:
    return f"<div class=card><div>{s.used_label}</div><div class=n>{s.used}{s.of}{s.cap}</div></div>"


def pair_of_spans(s: Slots, rng: random.Random) -> str:
    return f"<p><span>{s.used_label}</span> <span>{s.used}</span>{s.of}<span>{s.cap}</span></p>"


SLOT_LAYOUTS: tuple[Layout, ...] = (
    two_cells, four_cells, header_row, definitions, cards_below, cards_above, colon_lines, spans_of_a_line, grid,
    far_right, nested_table, definitions_in_divs, list_with_bold, cells_of_divs, headings_above,
)  # fmt: skip
"""Both values under labels of their own."""
PAIR_LAYOUTS: tuple[Layout, ...] = (pair_in_a_cell, pair_in_a_card, pair_of_spans)
"""Both under the label of the used count."""


def _pairs(s: Slots, rng: random.Random) -> list[tuple[str, str]]:
    pairs = [(s.used_label, s.used), (s.cap_label, s.cap)]
    if rng.random() < 0.3:
        pairs.reverse()
    return pairs
