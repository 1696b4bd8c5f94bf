"""Every way a page can end: one view each, with its outcome and one sentence, and never a number without `observed`."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.capture import Browser
from auditor.model.captures import Capture, Circumstance, Circumstances, Outcome
from auditor.model.targets.deployments import Condition, Step
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import HEAD, Site, registration
from tests.capture.visit_helpers import BRANCHES, CLEAN, LOGIN, REGISTRATION, SETTINGS, deployment, once, page, visit

FLICKER = "<script>let f = 1; setInterval(() => used.textContent = '—'.repeat(f = f % 9 + 1), 60)</script>"
RUNNING = "<script>let n = 0; setInterval(() => document.getElementById('used').textContent = n++, 60)</script>"


def only(capture: Capture) -> Outcome:
    assert [view.outcome != "observed" for view in capture.views] == [bool(view.why) for view in capture.views]
    return capture.views[0].outcome


@pytest.mark.parametrize(
    ("path", "outcome", "status", "kept"),
    [
        ("/reset", "connection_reset", None, False),
        ("/loop", "redirect_loop", 302, False),
        ("/hang", "timed_out", None, False),
        ("/500", "http_error", 500, True),
        ("/missing", "http_error", 404, True),
        ("/file", "error", 200, False),
        ("/drip", "label_missing", 200, True),
    ],
)
def test_server_that_misbehaves(
    runner: asyncio.Runner,
    browser: Browser,
    site: Site,
    tmp_path: Path,
    path: str,
    outcome: Outcome,
    status: int | None,
    kept: bool,
) -> None:
    capture, stage = runner.run(visit(browser, deployment(site.url), [page(path)], tmp_path))
    view = capture.views[0]
    assert (only(capture), view.status, bool(view.artefacts)) == (outcome, status, kept), view.why
    assert capture.state == "failed"
    assert stage.records()[1][1] == site.url.rstrip("/") + path


PAGES = {
    "loading": (registration("加载中…"), "not_settled", True),
    "running": (registration(extra=RUNNING), "not_settled", True),
    "quiet": (registration("—"), "no_value", True),
    "flicker": (registration("—", extra=FLICKER), "not_settled", True),
    "empty": (HEAD + "<body>", "blank", True),
    "other": (HEAD + "<body>另一个页面", "label_missing", True),
    "white": (registration().replace("<body>", "<body style='color:#fff'>"), "blank", True),
    "circle": (HEAD + "<body><script>location.href = '/circle?' + Math.random()</script>", "redirect_loop", False),
    "busy": (registration(extra="<script>setTimeout(() => {while (true) {}}, 10)</script>"), "timed_out", False),
    "dialog": (registration(extra="<script>alert('欢迎')</script>"), "observed", True),
    "late": (
        registration("加载中…", extra="<script>setTimeout(() => used.textContent = '18', 700)</script>"),
        "observed",
        True,
    ),
    "elsewhere": (HEAD + "<body><script>location.href = 'http://127.0.0.1:9/'</script>", "out_of_scope", False),
    "window": (registration(extra="<script>window.open('/500')</script>"), "observed", True),
    "local": (registration(extra="<iframe src='file:///etc/passwd'></iframe>"), "observed", True),
}


def test_a_page_of_which_no_value_is_asked_is_not_seen_where_it_shows_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/nothing"] = HEAD + "<body>"
    capture, _ = runner.run(visit(browser, deployment(site.url), [replace(page("/nothing"), fields=())], tmp_path))
    assert only(capture) == "blank" and capture.state == "failed"


def test_a_flood_of_addresses_ends_its_visit_and_leaves_the_next_one_alone(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    flood = "let i = 0; setInterval(() => { for (let k = 0; k < 50; k++) location.hash = String(i++) }, 10)"
    site.pages["/flood"] = registration("34", extra=f"<script>{flood}</script>")
    site.pages["/calm"] = registration("34")
    where = deployment(site.url)
    before = browser.restarts
    flooded, _ = runner.run(visit(browser, where, [page("/flood")], tmp_path / "flood"))
    calm, _ = runner.run(visit(browser, where, [page("/calm")], tmp_path / "calm"))
    assert flooded.views[0].outcome in ("redirect_loop", "not_settled", "observed", "timed_out")
    assert (flooded.ended_at - flooded.started_at).total_seconds() < SETTINGS.visit_seconds + 5
    assert calm.state == "complete"
    broken_off = flooded.views[0].outcome in ("redirect_loop", "timed_out")
    assert before + broken_off <= browser.restarts <= before + 1, (
        "what is left of the flood is in the way of no other visit"
    )


def test_a_page_too_large_for_a_picture_is_kept_with_what_can_be_shown(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/huge-box"] = registration("34", extra="<div style='width:2000000px;height:2000000px'>x</div>")
    capture, stage = runner.run(visit(browser, deployment(site.url), [page("/huge-box")], tmp_path))
    view = capture.views[0]
    assert {"screenshot", "snapshot", "dom", "mhtml"} <= set(view.artefacts), (view.outcome, view.why)
    assert "34" in stage.read(view.artefacts["dom"]).decode()
    assert any("px wide" in warning or "too large for a picture" in warning for warning in capture.warnings)


@pytest.mark.long  # Chromium draws nothing of it: half a minute goes by until that is sure
def test_a_document_that_is_not_packed_as_it_says_is_told_as_that(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.acts["/packed"] = lambda handler: handler.answer(registration("34"), Content_Encoding="gzip")
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/packed")], tmp_path))
    assert only(capture) == "error"
    assert "ERR_CONTENT_DECODING_FAILED" in capture.views[0].why


def test_a_document_of_100_mb_is_broken_off(site: Site, tmp_path: Path) -> None:
    """On a busy machine it takes more than the others' 3 s until the bound is reached; the bound ends the visit."""
    patient = replace(SETTINGS, settle_seconds=20.0)
    capture, _ = once(deployment(site.url), [page("/huge")], tmp_path, settings=patient)
    view = capture.views[0]
    assert (only(capture), view.status, bool(view.artefacts)) == ("too_large", 200, False), view.why


@pytest.mark.parametrize("name", PAGES)
def test_page_that_misbehaves(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, name: str) -> None:
    text, outcome, kept = PAGES[name]
    site.pages["/" + name] = text
    capture, stage = runner.run(visit(browser, deployment(site.url), [page("/" + name)], tmp_path))
    assert (only(capture), bool(capture.views[0].artefacts)) == (outcome, kept), capture.views[0].why
    said = " ".join(capture.warnings)
    expected = {"dialog": "alert", "window": "pop-up refused", "elsewhere": "does not declare"}
    assert expected.get(name, "") in said
    assert b"root:" not in b"".join(stage.disclosable().values())
    assert not any("/500" in path for _, path, _ in site.seen)


def test_no_server_at_the_address(runner: asyncio.Runner, browser: Browser, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
        capture, _ = runner.run(visit(browser, deployment(address), [REGISTRATION], tmp_path / "refused"))
    assert only(capture) == "unreachable"
    capture, _ = runner.run(visit(browser, deployment("http://no.invalid/"), [REGISTRATION], tmp_path / "name"))
    assert only(capture) == "unreachable"


def test_crash_ends_the_visit_and_not_the_next(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    crash = Step("goto", url="chrome://crash")
    refused, _ = runner.run(
        visit(browser, deployment(site.url), [replace(page("/page"), steps=(crash,))], tmp_path / "refused")
    )
    site.pages["/page"] = registration()
    assert only(refused) == "http_error"
    out, _ = runner.run(
        visit(browser, deployment(site.url), [replace(page("/page"), steps=(crash,))], tmp_path / "scope")
    )
    assert only(out) == "out_of_scope"
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path / "next"))
    assert capture.state == "complete"


def test_visit_is_bounded_as_a_whole(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    async def act() -> Capture:
        from auditor.clock import now
        from tests.capture.visit_helpers import SETTINGS

        async with Browser.open(replace(SETTINGS, visit_seconds=2, settle_seconds=60.0), now) as own:
            return (await visit(own, deployment(site.url), [page("/hang"), BRANCHES], tmp_path))[0]

    capture = runner.run(act())
    assert [view.outcome for view in capture.views] == ["timed_out", "timed_out"]
    assert "hard bound" in capture.views[1].why


class TestLogin:
    def enter(
        self, runner: asyncio.Runner, browser: Browser, site: Site, folder: Path, password: str | None = None
    ) -> tuple[Capture, FolderStage]:
        environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password if password is None else password}
        act = visit(browser, deployment(site.url, login=LOGIN), [REGISTRATION], folder, environment=environment)
        return runner.run(act)

    def test_accepted(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        capture, _ = self.enter(runner, browser, site, tmp_path)
        assert (capture.state, only(capture)) == ("complete", "observed")
        assert capture.views[0].final_url == site.url + "reg"
        assert capture.facts["address"] == f"127.0.0.1:{site.server_port}"

    def test_refused(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        capture, stage = self.enter(runner, browser, site, tmp_path, "wrong password")
        assert only(capture) == "login_refused"
        assert "form is still shown" in capture.views[0].why
        assert ("GET", "/reg", "") not in site.seen
        assert "用户名或密码错误" in stage.read("registration/dom.html").decode()
        assert b"wrong password" not in b"".join(stage.disclosable().values())

    def test_refused_as_declared(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        login = replace(LOGIN, refused=Condition(text="用户名或密码错误"))
        environment = {"SITE_USER": "auditor", "SITE_PASSWORD": "wrong password"}
        where = deployment(site.url, login=login)
        capture, _ = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
        assert (only(capture), capture.views[0].why) == ("login_refused", "The page says that the login was refused.")

    def test_missing_variable(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        capture, _ = self.enter(runner, browser, site, tmp_path, "")
        assert only(capture) == "no_credentials"
        assert "SITE_PASSWORD" in capture.views[0].why
        assert site.seen == []

    def test_session_lost_after_login(
        self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
    ) -> None:
        site.acts["/reg"] = lambda handler: handler.redirect("/login")
        capture, _ = self.enter(runner, browser, site, tmp_path)
        assert only(capture) == "not_logged_in"
        assert capture.views[0].artefacts

    def test_two_steps_with_scripts(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        site.pages["/login"] = (
            HEAD + "<body><form id=f><input type=text><button>继续</button></form><script>f.onsubmit = e => {"
            "e.preventDefault(); f.innerHTML = '<input type=password><button>登录</button>';"
            "f.onsubmit = e => {e.preventDefault(); const word = f.querySelector('input').value;"
            "fetch('/login2', {method: 'POST', body: word}).then(() => document.body.innerHTML = '退出登录')}}</script>"
        )
        site.acts["/login2"] = lambda handler: handler.answer("", Set_Cookie="sid=s3ss10n-9f8e7d6c5b4a; Path=/")
        capture, _ = self.enter(runner, browser, site, tmp_path)
        assert only(capture) == "observed", capture.views[0].why
        assert ("POST", "/login2", site.password) in site.seen

    def test_form_of_another_origin_is_sent_nothing(
        self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
    ) -> None:
        site.pages["/login"] = (
            HEAD + "<body><form method=post action='http://localhost:9/take'><input type=text name=u>"
            "<input type=password name=p><button>登录</button></form>"
        )
        capture, _ = self.enter(runner, browser, site, tmp_path)
        assert only(capture) == "out_of_scope", capture.views[0].why
        assert any("does not declare" in warning for warning in capture.warnings)


def test_failed_check_prevents_the_visit(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    failed = Circumstance("hosts", "failed", "10.0.0.1 libmsc.com", "no entry of the hosts file")
    unclean = Circumstances(CLEAN.taken_at, (failed,), {})
    act = visit(browser, deployment(site.url), [REGISTRATION], tmp_path, circumstances=unclean)
    capture, stage = runner.run(act)
    assert only(capture) == "unclean"
    assert "hosts: 10.0.0.1 libmsc.com" in capture.views[0].why
    assert site.seen == []
    assert b'"clean": false' in stage.read("circumstances.json")
