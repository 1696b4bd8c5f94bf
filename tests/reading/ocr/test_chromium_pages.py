"""The second eye on pages drawn by real Chromium, at the boxes that the browser gives them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from math import ceil, floor
from typing import Any

import pytest
from playwright.sync_api import Page

from auditor.model.reading.readings import Box
from auditor.reading.ocr import Recognised, Screenshot, agreement, recognise_at, shared_engine
from tests.reading.chromium_snapshots import browsing

STYLES = {
    "plain": "",
    "small": "font-size:11px",
    "bold": "font:bold 24px sans-serif",
    "mono": "font:13px monospace",
    "serif": "font:14px serif",
    "dark": "background:#1b1f24;color:#c9d1d9;font-size:13px",
    "red": "color:#e53935",
    "badge": "background:#f5222d;color:#fff;border-radius:10px;padding:0 6px;font-size:12px",
    "link": "text-decoration:underline;color:#1677ff",
    "italic": "font-style:italic",
}
TEXTS = ("34", "3,420", "1 000 000", "18", "0", "100", "不限", "34家", "25 / 100", "unlimited")
DRAWN_OTHERWISE = {
    "a gap of two spans": ("<b class=v>34<i style='margin-left:9px;font-style:normal'>20</i></b>", "3420"),
    "a digit painted over": (
        "<b class=v style='position:relative'>34<i style='position:absolute;left:0;top:0;background:#fff'>75</i></b>",
        "34",
    ),
    "turned": ("<b class=v style='display:inline-block;transform:rotate(180deg)'>66</b>", "66"),
    "mirrored": ("<b class=v style='display:inline-block;transform:scaleX(-1)'>24</b>", "24"),
    "nearly invisible": ("<b class=v style='opacity:.01'>34</b>", "34"),
    "blurred": ("<b class=v style='filter:blur(6px)'>34</b>", "34"),
    "struck by a box": ("<b class=v style='background:#000;color:#000'>34</b>", "34"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with browsing() as page:
        yield page


def looked_at(browser: Page, cells: list[str]) -> list[Recognised]:
    rows = "".join(f"<tr><th>Label</th><td>{cell}</td><td>next</td></tr>" for cell in cells)
    style = "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:8px;font:16px sans-serif}"
    browser.set_content(f"<!doctype html><meta charset=utf-8><style>{style}</style><table>{rows}</table>")
    places: Any = browser.evaluate(
        "[...document.querySelectorAll('.v')].map(e => {const r = e.getBoundingClientRect();"
        " return [r.x + scrollX, r.y + scrollY, r.width, r.height]})"
    )
    screenshot = Screenshot(browser.screenshot(full_page=True))
    boxes = [Box(floor(x), floor(y), ceil(w), ceil(h)) for x, y, w, h in places]
    return [recognise_at(screenshot, [box], shared_engine()) for box in boxes]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_plain_counts_in_many_styles(browser: Page, style: str) -> None:
    cells = [f'<span class=v style="{style}">{html.escape(text)}</span>' for text in TEXTS]
    for text, found in zip(TEXTS, looked_at(browser, cells), strict=True):
        assert agreement(found.text, text) is True, (text, found.text)


@pytest.mark.parametrize(("cell", "layout"), DRAWN_OTHERWISE.values(), ids=DRAWN_OTHERWISE)
def test_what_is_drawn_otherwise_is_not_agreed_to(browser: Page, cell: str, layout: str) -> None:
    (found,) = looked_at(browser, [cell])
    assert agreement(found.text, layout) is not True, found.text


def test_the_box_of_a_count_in_a_field_of_a_form(browser: Page) -> None:
    (found,) = looked_at(browser, ["<input class=v size=8 value=34>"])
    assert found.text == "34"
    assert found.score is not None and found.score > 0.9
