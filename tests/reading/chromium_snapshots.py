"""Pages opened in real Chromium and kept as the capture room keeps them: layout snapshot, rendered DOM, picture."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from auditor.capture.browser.dom_snapshot import COMPUTED_STYLES

CHROMIUM = "/usr/bin/chromium-headless-shell"


@dataclass(frozen=True, slots=True)
class Shot:
    """What was kept of one page."""

    snapshot: bytes
    dom: bytes
    picture: bytes
    frames: tuple[bytes, ...] = ()
    """The rendered DOM of each frame."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A loopback server over a folder; gives its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def browsing(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page of a fresh browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
        finally:
            browser.close()


def shoot(page: Page, *, picture: bool = False) -> Shot:
    """The page as it stands."""
    session = page.context.new_cdp_session(page)
    metrics: Any = session.send("Page.getLayoutMetrics")
    request: dict[str, Any] = {
        "computedStyles": list(COMPUTED_STYLES),
        "includePaintOrder": True,
        "includeDOMRects": True,
    }
    captured: Any = session.send("DOMSnapshot.captureSnapshot", request)
    document = {
        "format": "auditor.domsnapshot/1",
        "computedStyles": list(COMPUTED_STYLES),
        "layoutMetrics": metrics,
        "captured": captured,
        "outOfProcess": [],
        "scale": 1.0,
    }
    roots = [part["nodes"]["backendNodeId"][0] for part in captured["documents"]]
    session.send("DOM.getDocument")
    asked = ({"backendNodeId": root, "includeShadowDOM": True} for root in roots)
    dom, *frames = (str(session.send("DOM.getOuterHTML", one)["outerHTML"]).encode() for one in asked)
    image = page.screenshot(full_page=True) if picture else b""
    return Shot(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"), dom, image, tuple(frames))


def stored(snapshot: bytes) -> bytes:
    """The file form of a snapshot, equal for equal snapshots."""
    return gzip.compress(snapshot, mtime=0)
