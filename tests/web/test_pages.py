"""The work of a week in a real Chromium: a manager, an analyst and counsel, by mouse and by keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from auditor.web.app import cookie_name
from tests.web.pictured_workspace import Enter, commit_pictured
from tests.web.served_workspace import OTHER, Served

PATHS = (
    "/",
    "/findings",
    "/deployments/covered",
    "/captures/{capture}",
    "/captures/{capture}?tab=layout",
    "/captures/{capture}?tab=circumstances",
    "/captures/{capture}?tab=traffic",
    "/captures/{capture}?tab=seal",
    "/captures/{capture}?tab=journal",
    "/captures/{capture}/describe?n=1",
    "/compare?a={earlier}&b={capture}",
    "/contracts",
    "/contracts/AG-7",
    "/claims",
    "/schedule",
    "/evidence",
    "/bundles",
    "/search?q=covered",
    "/account",
)


def path_of(text: str, site: Served) -> str:
    return text.format(capture=site.captures["covered"], earlier="c-001")


def test_a_manager_sees_who_is_over_and_opens_the_pixels(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    page.goto(f"{pictured.origin}/")
    row = page.locator("tr", has=page.get_by_role("link", name="covered", exact=True))
    assert row.locator("td").nth(1).inner_text().strip() == "17"  # 22 shown, 3 with the edition and 2 by S1 entitled
    page.select_option("#by-status", "over")
    page.get_by_role("button", name="Apply").click()
    asked = page.url
    assert "status=over" in asked
    page.get_by_role("link", name="22", exact=True).click()  # one click: the picture with the number in a box
    drawn = page.locator("svg image").first
    size = page.evaluate("url => new Promise(done => { const seen = new Image(); seen.onload = () => done(seen.width);"
                         " seen.src = url; })", drawn.get_attribute("href"))  # fmt: skip
    assert size == 900
    digest = page.locator(".fixed code").last.inner_text()
    assert re.fullmatch("[0-9a-f]{64}", digest)
    page.get_by_role("button", name="Verify now").click()  # two clicks: digest and verification
    page.get_by_role("heading", name="Verified now").wait_for()
    page.go_back()
    page.go_back()
    assert page.url == asked
    assert page.locator("#by-status").input_value() == "over"


def test_a_series_is_drawn_and_walked_by_arrow_keys(enter: Enter, pictured: Served) -> None:
    page = enter("analyst")
    page.goto(f"{pictured.origin}/deployments/covered")
    points = page.locator("svg a[data-point]")
    assert points.count() == 2
    assert page.locator("svg .value-text").all_text_contents() == ["18", "22"]
    points.first.focus()
    page.keyboard.press("ArrowRight")
    assert "22" in str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/captures/{pictured.captures['covered']}")


def test_a_count_is_confirmed_with_its_reason_and_stands_in_the_journal(enter: Enter, pictured: Served) -> None:
    page = enter("analyst")
    page.goto(f"{pictured.origin}/deployments/suspect")
    page.get_by_text("Confirm a count on this capture").click()
    page.get_by_label("Units that count").fill("30")
    page.get_by_label("Reason").first.fill("four branches are closed")
    page.get_by_role("button", name="Record the confirmed count").click()
    page.wait_for_url("**/deployments/suspect")
    assert "30" in page.locator(".tile", has_text="Confirmed").inner_text()
    made = [body for kind, body in pictured.journalled() if kind == "decision"][-1]
    assert '"value": 30' in json.dumps(made)
    assert "Ann Analyst" in json.dumps(made)


def test_the_inbox_is_worked_by_keyboard_alone(enter: Enter, pictured: Served) -> None:
    page = enter("analyst")
    page.goto(f"{pictured.origin}/findings")
    first = page.locator("#finding").get_attribute("data-finding")
    page.keyboard.press("j")
    page.wait_for_function("first => document.querySelector('#finding').dataset.finding !== first", arg=first)
    second = page.locator("#finding").get_attribute("data-finding") or ""
    assert page.locator(".queue a[aria-current]").get_attribute("data-finding") == second
    assert f"f={quote(second, safe='')}" in page.url
    page.keyboard.press("d")
    page.keyboard.type("counted twice by the page")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"{pictured.origin}/findings?queue=decided")
    assert second in [one.get_attribute("data-finding") for one in page.locator(".queue li > a").all()]
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.type("covered")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=covered")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


def test_a_list_is_kept_by_name_and_leaves_as_files_of_the_same_query(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    page.goto(f"{pictured.origin}/?status=unlicensed&sort=name")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    assert "suspect" in text
    assert "covered" not in text
    handed = [body for kind, body in pictured.journalled() if kind == "access" and body.get("what") == "list"]
    assert handed[-1]["name"] == "positions?status=unlicensed&sort=name"
    page.get_by_text("Saved views").click()
    page.get_by_label("Name of this view").fill("no licence")
    page.get_by_role("button", name="Save view").click()
    page.goto(f"{pictured.origin}/")
    page.get_by_text("Saved views").click()
    page.get_by_role("link", name="no licence").click()
    assert page.url.endswith("/?status=unlicensed&sort=name")


def test_claims_are_compared_and_an_assumption_is_tried(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    page.goto(f"{pictured.origin}/claims")
    assert page.locator("thead code").all_inner_texts()[:2] == ["all", "zqxall"]
    assert "assumption" in page.locator("tr.differs").first.inner_text()
    page.select_option("#scenario", "twice")
    page.fill("#set", "multiplier=3")
    page.get_by_role("button", name="Compute").click()
    assert "twice-changed" in page.locator("thead").first.inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Worksheet").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")


def test_a_page_is_described_by_clicking_its_number_and_a_manager_accepts(enter: Enter, pictured: Served) -> None:
    page = enter("analyst")
    capture = pictured.captures["covered"]
    page.goto(f"{pictured.origin}/captures/{capture}/describe")
    place = page.locator(".place").nth(1).bounding_box()  # the second number of the page: 22
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_url("**at.x=**")
    assert page.locator("h2").first.inner_text() == "当前分馆数量"
    both = page.locator("table").first.inner_text()
    assert both.count("22") == 2  # the layout and the pixels, each read for itself
    assert "18" in page.locator("article").first.inner_text()  # the earlier capture, by the same rule
    page.get_by_role("button", name="Propose this description").first.click()
    page.get_by_text("Waiting for a manager").wait_for()
    assert page.get_by_role("button", name="Accept").count() == 0  # an analyst proposes
    manager = enter("manager")
    before = pictured.workspace.targets.read_text("utf-8")
    manager.goto(f"{pictured.origin}/captures/{capture}/describe")
    with manager.expect_navigation():
        manager.get_by_role("button", name="Accept").click()
    after = pictured.workspace.targets.read_text("utf-8")
    assert "used: {kind: count, role: used, labels: [当前分馆数量]}" in before
    assert re.search(r'      used: \{kind: "count", role: "used".*labels: \["当前分馆数量"\]\}', after)
    assert len(after.splitlines()) == len(before.splitlines())  # one field is written, every other line stays


def test_counsel_sees_one_case_and_nobody_else(enter: Enter, pictured: Served) -> None:
    page = enter("counsel")
    seen: set[str] = set()
    waiting = [f"{pictured.origin}/"]
    strange = (OTHER, OTHER.upper(), pictured.captures["zqxlib"], pictured.captures["suspect"], "suspect")
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 36 or "/files/" in address:  # a picture alone is the browser's own page
            continue
        seen.add(address)
        answer = page.goto(address)
        assert answer is not None
        if answer.status != 200:
            continue
        text = page.content()
        for name in strange:
            assert name not in text, f"{name} in {address}"
        links = page.eval_on_selector_all(
            "a[href]", "links => links.map(one => new URL(one.getAttribute('href'), location.href).href)"
        )
        waiting += [one.partition("#")[0] for one in links if one.startswith(pictured.origin)]
    assert len(seen) > 8
    assert page.request.get(f"{pictured.origin}/deployments/zqxlib").status == 404
    assert page.request.get(f"{pictured.origin}/captures/{pictured.captures['zqxlib']}").status == 404


def test_a_new_capture_is_on_the_page_at_once(enter: Enter, pictured: Served, browser: Browser) -> None:
    from auditor.workflow import read_targets, rebuild_index

    page = enter("manager")
    page.goto(f"{pictured.origin}/")
    line = page.locator(".asof").inner_text()
    shot = browser.new_page(viewport={"width": 900, "height": 500}, locale="zh-CN")
    name = commit_pictured(pictured.workspace.root, shot, "covered", 25, 20)
    shot.close()
    rebuild_index(pictured.workspace, read_targets(pictured.workspace)[0], lambda _done, _total, _name: None)
    page.reload()
    assert page.locator(".asof").inner_text() != line
    assert page.locator(f"a[href='/captures/{name}']").inner_text() == "25"


def test_what_was_captured_stays_inert(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    capture = pictured.captures["suspect"]
    for tab in ("values", "text", "layout", "manifest"):
        page.goto(f"{pictured.origin}/captures/{capture}?tab={tab}")
        assert page.title() != "ran"
    assert "<script>" in page.request.get(f"{pictured.origin}/captures/{capture}/files/status/dom.html").text()
    answer = page.request.get(f"{pictured.origin}/captures/{capture}/files/status/dom.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_everything_is_verified_by_a_process_that_is_followed_live(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    page.goto(f"{pictured.origin}/evidence")
    page.get_by_role("button", name="Verify everything").click()
    page.wait_for_url("**/works/w*")
    page.get_by_text("ended with code 5").wait_for(timeout=180_000)  # nothing is sealed here: not checked is no pass
    assert "NOT CHECKED" in page.locator("pre").inner_text().upper()
    asked = [body for kind, body in pictured.journalled() if kind == "access" and body.get("what") == "verify"]
    assert asked[-1]["person"] == pictured.people["manager"].id
    strange = enter("analyst").request.get(page.url)
    assert strange.status == 404  # another person's work is not shown


def complaints_of_axe(page: Page, site: Served, paths: Sequence[str]) -> dict[str, object]:
    axe = Axe()
    found: dict[str, object] = {}
    for path in paths:
        page.goto(site.origin + path_of(path, site))
        answer = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if answer:
            found[path] = [(one["id"], one["nodes"][0]["html"][:200]) for one in answer]
    return found


@pytest.mark.parametrize(("lang", "scheme", "first"), [("en", "light", 0), ("zh", "dark", 1)])
def test_axe_finds_nothing(enter: Enter, pictured: Served, lang: str, scheme: str, first: int) -> None:
    """Every other page in one language and palette, the others in the other ones."""
    page = enter("manager", lang, color_scheme=scheme)
    assert complaints_of_axe(page, pictured, PATHS[first::2]) == {}


@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("zh", "light")])
def test_axe_finds_nothing_in_administration_and_at_the_door(
    enter: Enter, pictured: Served, lang: str, scheme: str
) -> None:
    page = enter("administrator", lang, color_scheme=scheme)
    assert complaints_of_axe(page, pictured, ("/people", "/schedule", "/account", "/prove")) == {}
    page.context.clear_cookies(name=cookie_name(pictured.office, pictured.settings))
    doors = ("/sign-in", "/sign-in/link/none", "/password/none", "/shared/none", "/nowhere")
    assert complaints_of_axe(page, pictured, doors) == {}


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing_on_any_page(enter: Enter, pictured: Served, lang: str, scheme: str) -> None:
    page = enter("manager", lang, color_scheme=scheme)
    assert complaints_of_axe(page, pictured, PATHS) == {}


@pytest.mark.parametrize("width", [320, pytest.param(3840, marks=pytest.mark.long)])
def test_pages_fit_a_narrow_and_a_wide_window(enter: Enter, pictured: Served, width: int) -> None:
    page = enter("manager", "zh", viewport={"width": width, "height": 900})
    wide = {}
    for path in PATHS:
        page.goto(pictured.origin + path_of(path, pictured))
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            wide[path] = beyond
    assert wide == {}
