"""What takes a process of its own, from the page to its end: a run that is watched, a bundle that is taken out and
verified. By keyboard alone; the back button keeps what a page was asked for."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.prepared_process import run_auditor
from tests.web.pictured_workspace import Enter
from tests.web.served_workspace import Served
from tests.web.test_scope_over_time import under_way

MOST_TABS = 150
PATIENCE = 120_000
"""Milliseconds that a process of its own may take on a busy machine."""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until that part of the page has the focus."""
    wanted.wait_for()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("part => part === document.activeElement"):
            return
    raise AssertionError("not reached by the Tab key")


def follow_by_key(page: Page, link: Locator) -> None:
    """Go to a link or button by the Tab key and press Enter."""
    tab_to(page, link)
    page.keyboard.press("Enter")


def test_a_run_is_watched_and_a_bundle_taken_out_and_verified_by_keyboard(
    enter: Enter, pictured: Served, tmp_path: Path
) -> None:
    page = enter("analyst")
    page.goto(f"{pictured.origin}/deployments/alive")
    with page.expect_request(lambda asked: asked.url.endswith("/live")):
        follow_by_key(page, page.locator("form[action='/runs'] button"))
    page.wait_for_url("**/works/w*")
    page.evaluate("window.loadedOnce = true")  # gone with the document: what changes before that came by the stream
    page.locator("b[data-part=planned]", has_text="1").wait_for(timeout=PATIENCE)
    assert page.evaluate("window.loadedOnce") is True
    bar = page.evaluate("(({value, max}) => [value, max])(document.querySelector('progress'))")
    assert bar in ([0, 1], [1, 1])
    page.locator(".pill", has_text="done").wait_for(timeout=PATIENCE)
    assert page.locator("b[data-part=done]").inner_text() == "1"
    requested = [body for kind, body in pictured.journalled() if kind == "access" and body.get("what") == "run"]
    assert (requested[-1]["about"], requested[-1]["person"]) == (["alive"], pictured.people["analyst"].id)
    follow_by_key(page, page.locator("a.button[href='/']"))
    page.wait_for_url(f"{pictured.origin}/")
    row = page.locator("tr", has=page.locator("a[href='/deployments/alive']"))
    assert row.get_by_role("link", name="18", exact=True).count() == 1

    take_a_bundle_out(enter, pictured, tmp_path)  # the run has sealed what waited


def test_a_work_that_is_asked_for_again_is_followed_once(enter: Enter, pictured: Served) -> None:
    """What is put in the place of a part of the page ends the streams of that part."""
    page, work = enter("analyst"), under_way(pictured, "analyst", ("covered",))
    page.goto(f"{pictured.origin}/works/{work.id}")
    again = page.locator("[data-live]").get_attribute("hx-get")
    for _ in range(3):
        page.evaluate("document.querySelector('[data-live]').dataset.turn = 'before'")
        page.evaluate("where => { htmx.ajax('GET', where, {target: 'main', select: 'main > *'}); }", again)
        page.locator("[data-live]:not([data-turn])").wait_for()
    session = pictured.office.sessions.list(pictured.office.clock(), pictured.people["analyst"].id)[0].name
    until = time.monotonic() + 20
    while pictured.office.streams._taken[session] != 2:  # of the work, and of new lines
        assert time.monotonic() < until, pictured.office.streams._taken
        time.sleep(0.1)


def take_a_bundle_out(enter: Enter, pictured: Served, tmp_path: Path) -> None:
    """A manager makes one by keyboard, downloads it, and it verifies elsewhere."""
    page = enter("manager")
    page.goto(f"{pictured.origin}/bundles")
    tab_to(page, page.locator("#deployments"))
    page.keyboard.type("covered")
    tab_to(page, page.locator("#case"))
    page.keyboard.type("Hefei 2026")
    follow_by_key(page, page.get_by_role("button", name="Make the bundle"))
    page.wait_for_url("**/works/w*")
    page.locator(".pill", has_text="done").wait_for(timeout=PATIENCE)
    follow_by_key(page, page.locator("a.button[href='/bundles']"))
    page.wait_for_url("**/bundles")
    told = page.locator("tbody tr").first
    assert "Hefei 2026" in told.inner_text()
    digest = told.locator("code").last.inner_text()
    with page.expect_download() as waiting:
        follow_by_key(page, told.get_by_role("button", name="Download"))
    taken = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(taken)
    handed = [body for kind, body in pictured.journalled() if kind == "access" and body.get("what") == "bundle"]
    assert (handed[-1]["action"], handed[-1]["sha256"]) == ("handed_out", digest)
    checked = run_auditor("verify", str(taken), "--trust", str(_trust(pictured, tmp_path)), cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    taken.write_bytes(taken.read_bytes()[:-4_000])
    assert run_auditor("verify", str(taken), cwd=tmp_path).returncode not in (0, 5)


def test_back_keeps_what_each_page_was_asked_for(enter: Enter, pictured: Served) -> None:
    page = enter("manager")
    asked = {
        "/?status=over&sort=name": "#by-status",
        "/findings?queue=all&severity=high&sort=deployment": "#by-severity",
        "/claims?scenario=twice&set=multiplier%3D3": "#set",
        "/contracts/AG-7?known_on=2020-12-31": "#known",
        "/search?q=covered": "#find",
    }
    for path, field in asked.items():
        page.goto(pictured.origin + path)
        before = page.locator(field).input_value()
        assert before
        with page.expect_navigation():
            page.locator("nav a[href='/evidence']").click()
        page.go_back()
        assert page.url == pictured.origin + path
        assert page.locator(field).input_value() == before, path


def _trust(site: Served, folder: Path) -> Path:
    """The folder of trust as an outsider holds it: the key of the log, the roots of the authorities."""
    found = folder / "trust"
    found.mkdir()
    (found / "log.vkey").write_bytes((site.workspace.root / "keys" / "log.vkey").read_bytes())
    for root in site.workspace.root.glob("*.pem"):
        (found / root.name).write_bytes(root.read_bytes())
    return found
