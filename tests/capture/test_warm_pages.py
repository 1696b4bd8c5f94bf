"""Time saved that may cost nothing: the early picture of a page that moves, pages opened before they are needed."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from auditor.capture import Browser
from auditor.capture.browser.contexts import FreshPage, WarmPages, open_fresh_page
from auditor.capture.browser.driver import find_executable
from auditor.clock import now
from auditor.model.captures import Capture
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import Handler, Site, registration
from tests.capture.test_browser_process import alive
from tests.capture.visit_helpers import SETTINGS, deployment, page, visit

MOVES = """<div style="height:3000px"></div><script>
addEventListener("resize", () => document.querySelectorAll("td").forEach(cell => {
  if (cell.textContent.includes("12")) cell.textContent = "34";
}), {once: true});
</script>"""
"""The page is exchanged by the very picture: Chromium tells a page taller than its window of a resize."""


def test_picture_of_a_page_that_moved_is_taken_again(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/moves"] = registration(used="12", extra=MOVES)
    capture, stage = runner.run(visit(browser, deployment(site.url), [page("/moves")], tmp_path))
    (view,) = capture.views
    assert view.outcome == "observed", view.why
    snapshot = gzip.decompress(stage.read(view.artefacts["snapshot"])).decode()
    markup = stage.read(view.artefacts["dom"]).decode()
    assert '"34"' in snapshot
    assert '"12"' not in snapshot
    assert ">34</td>" in markup
    assert ">12</td>" not in markup


def test_page_that_never_rests_after_a_ready_look(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Ready at each look, another value each time: no number is evidenced."""
    counts = """<script>let n = 100; setInterval(() => {
      document.querySelectorAll("td").forEach(cell => {
        if (/^\\d+$/.test(cell.textContent)) cell.textContent = n++;
      });
    }, 20)</script>"""
    site.pages["/counts"] = registration(used="99", extra=counts)
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/counts")], tmp_path))
    assert capture.views[0].outcome == "not_settled"
    assert capture.state == "failed"


def test_page_opened_beforehand_is_as_fresh(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    sent: list[str] = []

    def act(handler: Handler) -> None:
        sent.append(handler.headers.get("Cookie", ""))
        handler.answer(registration(), Set_Cookie="sid=abcdefgh12345678; Path=/")

    site.acts["/page"] = act

    async def visits() -> list[tuple[Capture, FolderStage]]:
        async with Browser.open(SETTINGS, now) as own:
            own.expecting = lambda: True
            where = deployment(site.url)
            return [await visit(own, where, [page("/page")], tmp_path / str(number)) for number in range(3)]

    made = runner.run(visits())
    assert [capture.state for capture, _ in made] == ["complete"] * 3
    assert sent == ["", "", ""]


@pytest.mark.parametrize("end", ["crash", "close"])
def test_spare_that_ended_is_not_given(runner: asyncio.Runner, end: str) -> None:
    async def act() -> tuple[FreshPage | None, FreshPage | None, int]:
        made: list[FreshPage] = []
        async with async_playwright() as driver:
            chromium = await driver.chromium.launch(executable_path=find_executable(SETTINGS) or None)

            async def opening() -> FreshPage:
                made.append(await open_fresh_page(chromium, SETTINGS))
                return made[-1]

            spares = WarmPages(opening)
            spares.add()
            good = await spares.take()
            spares.add()
            while len(made) < 2:
                await asyncio.sleep(0)
            if end == "close":
                await made[1].page.close()
            else:
                crashed = asyncio.Event()
                made[1].page.on("crash", lambda _: crashed.set())
                with contextlib.suppress(PlaywrightError):
                    await made[1].page.goto("chrome://crash")
                await crashed.wait()
            ended = await spares.take()
            left = len(chromium.contexts)
            await chromium.close()
            for one in made:
                one.gate.close()
            return good, ended, left

    good, ended, left = runner.run(act())
    assert good is not None
    assert ended is None
    assert left == 1


def test_a_visit_that_ends_as_its_page_is_there_leaves_no_gate_open(runner: asyncio.Runner) -> None:
    async def act() -> bool:
        made: list[FreshPage] = []
        async with async_playwright() as driver:
            chromium = await driver.chromium.launch(executable_path=find_executable(SETTINGS) or None)

            async def opening() -> FreshPage:
                this = asyncio.current_task()
                assert this is not None
                this.add_done_callback(lambda _: taking.cancel())
                made.append(await open_fresh_page(chromium, SETTINGS))
                return made[-1]

            spares = WarmPages(opening)
            spares.add()
            taking = asyncio.create_task(spares.take())
            with contextlib.suppress(asyncio.CancelledError):
                await taking
            await asyncio.sleep(0)
            await chromium.close()
        port = int(made[0].gate.proxy["server"].rpartition(":")[2])
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return taking.cancelled()
        writer.close()
        return False

    assert runner.run(act())


def launching(process: psutil.Process) -> bool:
    try:
        return any(part.startswith("--auditor-instance=") for part in process.cmdline())
    except psutil.Error:
        return False


def test_start_that_its_visit_did_not_wait_for(runner: asyncio.Runner) -> None:
    """A visit that reaches its bound while its browser starts leaves no process behind."""
    this = psutil.Process()

    def children() -> set[psutil.Process]:
        return set(this.children(recursive=True))

    before = children()

    async def act() -> None:
        async with Browser.open(SETTINGS, now, recycle_visits=1) as own:
            async with own.context():
                known = children()
            waiting = asyncio.ensure_future(own.context().__aenter__())
            while not any(launching(child) for child in children() - known):
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            async with own.context() as context:
                await context.new_page()

    runner.run(act())
    assert alive(list(children() - before)) == []
