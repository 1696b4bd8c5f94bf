"""The page is not touched before it is captured: it cannot tell, and no command to run a script was sent."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from auditor.capture import TILE_HEIGHT, Browser
from auditor.capture.browser.dom_snapshot import COMPUTED_STYLES
from auditor.model.targets.deployments import Step
from tests.capture.misbehaving_site import HEAD, Site, registration, serving
from tests.capture.snapshot_reader import texts
from tests.capture.visit_helpers import BRANCHES, LOGIN, REGISTRATION, deployment, page, visit

WITNESS = """<p id=witness>unberührt</p><script>
const tell = what => witness.textContent += ' ' + what;
new MutationObserver(all => all.forEach(m => m.target !== witness && m.target.parentNode !== witness
  && tell('changed ' + m.type))).observe(document, {subtree: true, childList: true, attributes: true});
for (const name of ['querySelector', 'querySelectorAll', 'evaluate', 'elementFromPoint', 'createElement'])
  { const own = document[name]; document[name] = (...a) => { tell(name); return own.apply(document, a) } }
for (const [of, name] of [[Element.prototype, 'getBoundingClientRect'], [Element.prototype, 'attachShadow'],
  [window, 'getComputedStyle'], [window, 'scrollTo'], [document.fonts.__proto__, 'load']])
  { const own = of[name]; of[name] = function (...a) { tell(name); return own.apply(this, a) } }
for (const name of ['outerHTML', 'innerHTML', 'innerText'])
  { const own = Object.getOwnPropertyDescriptor(name === 'innerText' ? HTMLElement.prototype : Element.prototype, name);
    Object.defineProperty(document.documentElement, name, {get() { tell(name); return own.get.call(this) }}) }
for (const name of ["resize", "scroll", "focus", "visibilitychange"]) window.addEventListener(name, () => tell(name));
</script>"""


@pytest.mark.parametrize(("height", "seen"), [(100, set()), (3000, {"resize"})])
def test_page_that_watches_itself_sees_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, height: int, seen: set[str]
) -> None:
    """A page taller than the viewport is told `resize` by Chromium itself when its picture is taken, not before."""
    site.pages["/watch"] = registration(extra=f"<div style='height:{height}px'></div>{WITNESS}")
    capture, stage = runner.run(visit(browser, deployment(site.url), [page("/watch")], tmp_path))
    html = stage.read("registration/dom.html").decode()
    told = html.partition('<p id="witness">')[2].partition("</p>")[0].split()
    assert (told[0], set(told[1:])) == ("unberührt", seen)
    assert capture.views[0].artefacts


AUDIT = """
import sys
from pathlib import Path
from tests.capture.visit_helpers import LOGIN, REGISTRATION, BRANCHES, deployment, once
capture, _ = once(deployment(sys.argv[1], login=LOGIN), [REGISTRATION, BRANCHES], Path(sys.argv[2]),
                  environment={"SITE_USER": "auditor", "SITE_PASSWORD": sys.argv[3]})
assert capture.state == "complete", capture
"""


def test_no_command_to_run_a_script_is_sent(tmp_path: Path) -> None:
    with serving() as site:
        done = subprocess.run(
            [sys.executable, "-c", AUDIT, site.url, str(tmp_path), site.password],
            env={**os.environ, "DEBUG": "pw:protocol"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    sent = [json.loads(line) for line in re.findall(r"SEND ► (\{.*\})", done.stderr)]
    methods = {item["method"] for item in sent}
    assert {"DOMSnapshot.captureSnapshot", "Page.captureScreenshot", "Input.insertText"} <= methods
    assert not {name for name in methods if name.startswith("Runtime.") and name != "Runtime.enable"} - {
        "Runtime.runIfWaitingForDebugger"
    }
    injected = [item for item in sent if item["method"] == "Page.addScriptToEvaluateOnNewDocument"]
    assert all(item["params"]["source"] == "" for item in injected)
    assert not methods & {"Page.setBypassCSP", "Page.setDocumentContent", "DOM.setAttributeValue"}


def test_snapshot_holds_what_reading_needs(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/page"] = registration(
        extra="<div id=h></div><script>h.attachShadow({mode: 'open'}).innerHTML = '<b>影子'"
        "</script><iframe src=/inner></iframe>"
    )
    site.pages["/inner"] = HEAD + "<body>框内"
    _, stage = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    data = gzip.decompress(stage.read("registration/domsnapshot.json.gz"))
    document = json.loads(data)
    assert document["format"] == "auditor.domsnapshot/1" and document["scale"] == 1.0
    assert document["computedStyles"] == list(COMPUTED_STYLES)
    assert document["layoutMetrics"]["cssContentSize"]["width"] == 1280
    layout = document["captured"]["documents"][0]["layout"]
    assert layout["paintOrders"] and layout["offsetRects"] and layout["styles"]
    assert {"影子", "框内", "34"} <= {node.value.strip() for node in texts(data)}
    assert "影子" in stage.read("registration/dom.html").decode()
    assert "框内" in stage.read("registration/dom-frame-1.html").decode()
    assert stage.read("registration/domsnapshot.json.gz")[4:8] == bytes(4)


def test_frames_of_another_process(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    from auditor.clock import now
    from auditor.model.captures import Capture
    from tests.capture.folder_stage import FolderStage
    from tests.capture.visit_helpers import SETTINGS

    site.pages["/page"] = registration(
        "加载中…", extra=f"<iframe src='http://localhost:{site.server_port}/inner' width=600></iframe>"
    ).replace("加载中…", "34")
    site.pages["/inner"] = (
        HEAD + "<body><p>另一个进程</p><button id=more onclick=\"document.body.append('已点')\">更多</button>"
    )

    async def act() -> tuple[Capture, FolderStage]:
        async with Browser.open(SETTINGS, now, arguments=("--site-per-process",)) as own:
            spec = replace(page("/page"), steps=(Step("click", text="更多"),))
            where = deployment(site.url, origins=(f"http://localhost:{site.server_port}/",))
            return await visit(own, where, [spec], tmp_path)

    capture, stage = runner.run(act())
    assert capture.state == "complete", capture.views[0].why
    document = json.loads(gzip.decompress(stage.read("registration/domsnapshot.json.gz")))
    assert len(document["outOfProcess"]) == 1 and document["outOfProcess"][0]["ownerBackendNodeId"] > 0
    assert "已点" in stage.read("registration/dom-frame-1.html").decode()


def test_list_over_pages(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    capture, stage = runner.run(visit(browser, deployment(site.url), [BRANCHES], tmp_path))
    assert [view.id for view in capture.views] == ["branches-1", "branches-2", "branches-3"]
    assert capture.state == "complete"
    assert "分馆3-9" in stage.read("branches-3/dom.html").decode()


def test_list_that_loops_or_leads_nowhere(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    following = "<a href='{}'>下一页</a>"
    site.pages["/list"] = HEAD + "<body>第一" + following.format("/second")
    site.pages["/second"] = HEAD + "<body>第二" + following.format("/list")
    capture, _ = runner.run(visit(browser, deployment(site.url), [BRANCHES], tmp_path / "loop"))
    assert (capture.state, len(capture.views)) == ("partial", 2)
    assert any("came back to its page 1" in warning for warning in capture.warnings)
    site.pages["/second"] = HEAD + "<body>第二" + following.format("#")
    capture, _ = runner.run(visit(browser, deployment(site.url), [BRANCHES], tmp_path / "dead"))
    assert (capture.state, len(capture.views)) == ("partial", 2)
    assert any("led to no other page" in warning for warning in capture.warnings)


def test_only_reading_after_login(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    site.pages["/page"] = registration(
        extra="退出登录<script>for (const [m, u] of [['POST', '/delete'], ['DELETE', '/delete'], ['POST', '/graphql'], "
        "['GET', '/api/reg']]) fetch(u, {method: m}); navigator.sendBeacon('/beacon', 'x')</script>"
    )
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    where = deployment(site.url, login=LOGIN, read_posts=("/graphql",))
    capture, stage = runner.run(visit(browser, where, [page("/page")], tmp_path, environment=environment))
    asked = {(method, path) for method, path, _ in site.seen}
    assert ("GET", "/api/reg") in asked and ("POST", "/graphql") in asked
    assert not asked & {("POST", "/delete"), ("DELETE", "/delete"), ("POST", "/beacon")}
    assert {"POST /delete", "DELETE /delete", "POST /beacon"} <= {
        warning.partition(":")[0] for warning in capture.warnings
    }
    assert any(kind == "metadata" and "/delete" in uri for kind, uri, _, _ in stage.records())


def test_steps_are_done_and_recorded(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    site.pages["/page"] = registration(
        "加载中…",
        extra='<button id=show onclick="used.textContent = n.value">显示</button><input id=n>',
    )
    steps = (
        Step("dismiss", text="同意", optional=True),
        Step("wait_for", text="注册授权信息"),
        Step("fill", selector="#n", value="27"),
        Step("click", text="显示"),
    )
    spec = replace(page("/page"), steps=steps)
    capture, stage = runner.run(visit(browser, deployment(site.url), [spec], tmp_path))
    assert capture.state == "complete", capture.views[0].why
    assert "27" in [node.value for node in texts(gzip.decompress(stage.read("registration/domsnapshot.json.gz")))]
    assert [step.detail for step in capture.steps][:1] == ["not shown, not needed"]
    bound = replace(spec, steps=(Step("click", text="同意用户协议"),))
    site.pages["/page"] = registration(extra='<button id=terms onclick="used.textContent = 1">同意用户协议</button>')
    capture, _ = runner.run(visit(browser, deployment(site.url), [bound], tmp_path / "bound"))
    assert (capture.state, capture.views[0].outcome) == ("failed", "out_of_scope")
    assert "accepts terms" in capture.views[0].why
    lost = replace(spec, steps=(Step("click", text="没有"),))
    capture, _ = runner.run(visit(browser, deployment(site.url), [lost], tmp_path / "lost"))
    assert (capture.state, capture.views[0].outcome) == ("failed", "label_missing")
    assert not capture.steps[0].ok and capture.views[0].artefacts


def test_a_control_that_a_script_has_just_drawn_is_pressed_once_it_listens(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    listening = "setTimeout(() => { show.onclick = () => { used.textContent = 27 } }, 300)"
    site.pages["/page"] = registration("加载中…", extra=f"<button id=show>显示</button><script>{listening}</script>")
    spec = replace(page("/page"), steps=(Step("click", text="显示"),))
    capture, stage = runner.run(visit(browser, deployment(site.url), [spec], tmp_path))
    assert capture.state == "complete", capture.views[0].why
    assert "27" in [node.value for node in texts(gzip.decompress(stage.read("registration/domsnapshot.json.gz")))]


def test_traffic_is_whole(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    pages = [page("/zipped", "zipped"), replace(REGISTRATION, id="again", path="/missing")]
    _, stage = runner.run(visit(browser, deployment(site.url), pages, tmp_path))
    found = {(kind, uri.removeprefix(site.url)): (content, head) for kind, uri, content, head in stage.records()}
    body, head = found["response", "zipped"]
    assert "41" in body.decode() and head["x-archive-orig-content-encoding"] == "gzip"
    assert found["response", "missing"][1][":status"] == "404 Not Found"
    assert found["request", "zipped"][1]["user-agent"].startswith("Mozilla/5.0")
    assert LOGIN.path not in str(site.seen)


def test_tall_page_is_kept_in_tiles_that_line_up(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """A mark at a known height is found in the tile and at the place where the snapshot puts it."""
    mark = "<div style='position:absolute;left:0;top:16500px;width:50px;height:50px;background:#f00'></div>"
    site.pages["/tall"] = registration(extra=f"{mark}<div style='height:17000px'></div>")
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/tall")], tmp_path))
    paths = capture.views[0].artefacts
    assert capture.state == "complete"
    assert [paths[key] for key in ("screenshot", "screenshot-2", "screenshot-3")] == [
        "registration/screenshot.png",
        "registration/screenshot-2.png",
        "registration/screenshot-3.png",
    ]
    with (
        Image.open(tmp_path / "open" / paths["screenshot"]) as first,
        Image.open(tmp_path / "open" / paths["screenshot-3"]) as third,
    ):
        assert first.size == (1280, TILE_HEIGHT)
        offset = 16_500 - 2 * TILE_HEIGHT
        pixels = [third.convert("RGB").getpixel((20, y)) for y in (offset - 5, offset + 5, offset + 45, offset + 55)]
    assert pixels == [(255, 255, 255), (255, 0, 0), (255, 0, 0), (255, 255, 255)]
