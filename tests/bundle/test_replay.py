"""A WACZ opened in ReplayWeb.page itself, in a real browser: the replayed page shows the count that was captured.

ReplayWeb.page is not shipped (AGPL). `npm pack replaywebpage`, unpack it, and name its folder in REPLAYWEBPAGE.
"""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from auditor.workflow.bundle.export import ExportResult

PAGE = """<!doctype html><meta charset=utf-8><script src="/ui.js"></script>
<replay-web-page source="/page.wacz" url="{url}" replayBase="/" style="height:100%;display:block"></replay-web-page>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Nothing is logged."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def replayed(url: str, picture: Path) -> str:
    """The text of the archived page as ReplayWeb.page shows it."""
    async with async_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=sandbox
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{url}/index.html")
        inner = page.frame_locator("replay-web-page iframe").frame_locator("iframe")
        await inner.get_by_text("当前分馆数量").wait_for(timeout=60_000)
        found = await inner.locator("body").inner_text()
        await page.screenshot(path=picture)
        await browser.close()
    return found


def test_replayweb_page_shows_the_captured_count(printed: ExportResult, tmp_path: Path) -> None:
    package = Path(os.environ.get("REPLAYWEBPAGE", "no folder named"))
    if not (package / "ui.js").is_file() or not (package / "sw.js").is_file():
        pytest.skip("REPLAYWEBPAGE names no folder with ui.js and sw.js: no WACZ was opened in ReplayWeb.page")
    (archive,) = printed.bag.glob("data/10-captures/libmsc-com/*/for-viewing/page.wacz")
    with zipfile.ZipFile(archive) as inside:
        pages = [json.loads(line) for line in inside.read("pages/pages.jsonl").splitlines()[1:]]
    (url,) = [page["url"] for page in pages if page["id"] == "registration"]
    for source in (package / "ui.js", package / "sw.js", archive):
        shutil.copyfile(source, tmp_path / source.name)
    (tmp_path / "index.html").write_text(PAGE.format(url=url), "utf-8")
    with served(tmp_path) as address:
        text = asyncio.run(replayed(address, tmp_path / "replay.png"))
    assert "当前分馆数量\t18" in text
    assert "分馆授权数量\t不限" in text
    assert (tmp_path / "replay.png").stat().st_size > 20_000
