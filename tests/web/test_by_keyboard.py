"""The profile assistant and the claims, worked with the keyboard alone: no mouse, and no script of the test's own."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page

from auditor.wording import page_text
from tests.web.pictured_workspace import Enter
from tests.web.served_workspace import Served
from tests.web.test_week import follow_by_key, tab_to


def open_by_key(page: Page, summary: Locator) -> None:
    """Unfold a part of the page."""
    tab_to(page, summary)
    page.keyboard.press("Enter")
    assert summary.evaluate("part => part.parentElement.open")


def test_a_page_is_described_and_accepted_by_keyboard(enter: Enter, pictured: Served) -> None:
    page = enter("analyst")
    capture = pictured.captures["covered"]
    page.goto(f"{pictured.origin}/deployments/covered")
    follow_by_key(page, page.locator("a.button[href$='/describe']"))
    page.wait_for_url("**/describe")
    number = page.get_by_role("link", name="分馆授权数量")
    follow_by_key(page, number)  # what is pointed at on the picture stands in a list too
    page.wait_for_url("**n=*")
    assert page.locator("h2").first.inner_text() == "分馆授权数量"
    assert page.locator("rect.chosen").count() == 1
    assert page.locator("table").first.inner_text().count("20") == 2, "the layout's reading and the pixels'"
    tab_to(page, page.locator("#role"))
    assert page.locator("#role").input_value() == "cap", "by its label"
    page.keyboard.press("ArrowDown")
    assert page.locator("#role").input_value() == "remaining"
    page.keyboard.press("ArrowUp")
    follow_by_key(page, page.locator("form.toolbar:has(#role) button"))
    page.wait_for_url("**role=cap**")
    open_by_key(page, page.locator("article summary").first)
    assert 'role: "cap"' in page.locator("article pre").first.inner_text()
    follow_by_key(page, page.get_by_role("button", name="Propose this description").first)
    page.get_by_text("Waiting for a manager").wait_for()

    manager = enter("manager")
    manager.goto(f"{pictured.origin}/captures/{capture}/describe")
    follow_by_key(manager, manager.get_by_role("button", name="Accept"))
    manager.wait_for_url("**/describe")
    manager.get_by_role("button", name="Accept").wait_for(state="detached")
    text = pictured.workspace.targets.read_text("utf-8")
    assert re.search(r'      cap: \{kind: "count", role: "cap".*labels: \["分馆授权数量"\]', text)


def test_claims_are_compared_tried_and_taken_out_by_keyboard(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    page.goto(f"{pictured.origin}/")
    follow_by_key(page, page.locator("nav a[href='/claims']"))
    page.wait_for_url("**/claims")
    follow_by_key(page, page.locator("a[href='#scenario-twice']"))  # down to one of the scenarios
    assert page.url.endswith("#scenario-twice")
    open_by_key(page, page.locator("#scenario-twice > summary"))
    open_by_key(
        page, page.locator("#scenario-twice > details > summary", has_text=page_text("claims.derivation", "en"))
    )
    assert "list price" in page.locator("#scenario-twice").inner_text()
    page.goto(f"{pictured.origin}/claims")
    tab_to(page, page.locator("#scenario"))
    page.keyboard.type("twice")
    assert page.locator("#scenario").input_value() == "twice"
    page.keyboard.press("Tab")
    page.keyboard.type("multiplier=3")
    page.keyboard.press("Enter")
    page.wait_for_url("**set=multiplier**")
    assert "twice-changed" in page.locator("thead").first.inner_text()
    page.set_viewport_size({"width": 400, "height": 800})
    table = page.locator("[aria-labelledby=beside].scroll")
    tab_to(page, table)  # a table that is wider than the window is scrolled by the arrow keys
    page.keyboard.press("ArrowRight")
    page.wait_for_function("table => table.scrollLeft > 0", arg=table.element_handle())
    with page.expect_download() as waiting:
        follow_by_key(page, page.get_by_role("button", name="Worksheet"))
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")
