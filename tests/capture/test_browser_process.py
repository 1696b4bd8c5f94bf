"""Browsers end, whatever ends them: no orphan, no visit without a bound, the next visit unaffected."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Playwright
from playwright.async_api._context_manager import PlaywrightContextManager

from auditor.capture import Browser, sign_in, try_browser, watch_sign_in
from auditor.capture.artefacts.mask import UNKNOWN
from auditor.capture.browser import driver
from auditor.capture.browser import process as chromium_process
from auditor.capture.interaction.login import LoginControls
from auditor.clock import monotonic, now
from auditor.errors import CaptureError
from auditor.model.captures import Capture
from auditor.model.targets.deployments import Condition, Login
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import HEAD, Handler, Site, registration
from tests.capture.snapshot_reader import Reader
from tests.capture.visit_helpers import LOGIN, REGISTRATION, SETTINGS, deployment, page, visit


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, left = psutil.wait_procs(processes, timeout=10)
    return [process for process in left if process.status() != psutil.STATUS_ZOMBIE]


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_nothing_is_left_after_close(runner: asyncio.Runner) -> None:
    async def act() -> list[psutil.Process]:
        async with Browser.open(SETTINGS, now) as own, own.context() as context:
            await context.new_page()
            return family(own.process.pid)

    processes = runner.run(act())
    assert len(processes) >= 3
    assert alive(processes) == []


WORKER = """
import asyncio, sys
from auditor.capture import Browser
from auditor.clock import now
from tests.capture.folder_stage import FolderStage
from tests.capture.visit_helpers import SETTINGS

async def act():
    async with Browser.open(SETTINGS, now) as browser, browser.context() as context:
        page = await context.new_page()
        print(browser.process.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(act())
"""


def test_nothing_is_left_after_the_worker_is_killed() -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker:
        processes = family(int(worker.stdout.readline()))
        os.kill(worker.pid, signal.SIGKILL)
    assert alive(processes) == []


def test_browser_killed_in_the_middle(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    """The visit under way ends as crashed; the next gets a new browser."""

    async def act() -> tuple[Capture, Capture, int]:
        async with Browser.open(SETTINGS, now) as own:
            processes = family(own.process.pid)
            site.acts["/kill"] = lambda handler: kill(handler, processes)
            site.pages["/page"] = registration()
            first, _ = await visit(own, deployment(site.url), [page("/kill"), page("/page", "second")], tmp_path / "1")
            second, _ = await visit(own, deployment(site.url), [page("/page")], tmp_path / "2")
            return first, second, own.restarts

    def kill(handler: Handler, processes: list[psutil.Process]) -> None:
        for process in processes:
            process.kill()

    first, second, restarts = runner.run(act())
    assert [view.outcome for view in first.views] == ["crashed", "crashed"], first.views
    assert second.state == "complete"
    assert restarts == 1


def test_a_cookie_set_by_script_is_masked_though_the_browser_is_killed(
    runner: asyncio.Runner, site: Site, tmp_path: Path
) -> None:
    """A page that came to rest is kept; what its script had put into a cookie is known by then."""
    secret = "q7Zr-set-by-script-41x"

    async def act() -> tuple[Capture, FolderStage]:
        async with Browser.open(SETTINGS, now) as own:
            processes = family(own.process.pid)

            def kill(_: Handler) -> None:
                for process in processes:
                    process.kill()

            site.acts["/kill"] = kill
            script = f"<p id=shown></p><script>document.cookie='visit={secret}';shown.textContent='{secret}'</script>"
            site.pages["/page"] = registration(extra=script)
            return await visit(own, deployment(site.url), [page("/page"), page("/kill", "second")], tmp_path)

    capture, stage = runner.run(act())
    assert [view.outcome for view in capture.views] == ["observed", "crashed"]
    files = stage.disclosable()
    assert any(name.endswith("dom.html") for name in files)
    assert [name for name, data in files.items() if secret.encode() in data] == []
    assert all(secret.encode() not in content for _, _, content, _ in stage.records())


def test_renderer_killed_in_the_middle(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    async def act() -> tuple[Capture, Capture]:
        async with Browser.open(SETTINGS, now) as own:

            def kill(_: Handler) -> None:
                for process in renderers(own.process.pid):
                    process.kill()

            site.acts["/kill"] = kill
            site.pages["/page"] = registration("加载中…", extra="<img src=/kill>")
            first, _ = await visit(own, deployment(site.url), [page("/page")], tmp_path / "1")
            site.pages["/page"] = registration()
            second, _ = await visit(own, deployment(site.url), [page("/page")], tmp_path / "2")
            return first, second

    first, second = runner.run(act())
    assert (first.views[0].outcome, second.state) == ("crashed", "complete")


class Stopping(Reader):
    """Looks as its parent does. Once the page is kept and judged, the operating system stops its process."""

    def __init__(self, renderers: Callable[[], list[psutil.Process]], asked: list[tuple[str, str, str]]) -> None:
        self._renderers = renderers
        self._asked = asked
        self.stopped: list[psutil.Process] = []

    def login_form(self, login: Login, snapshot: bytes) -> LoginControls:
        if not self.stopped and ("GET", "/reg", "") in self._asked:
            self.stopped = self._renderers()
            for process in self.stopped:
                process.suspend()
        return super().login_form(login, snapshot)


def test_a_page_whose_storage_does_not_answer_is_kept_under_seal_and_says_so(
    runner: asyncio.Runner, site: Site, tmp_path: Path
) -> None:
    """Nobody knows which of its words is a secret: this one is, and stands in its storage alone."""
    secret = "q7Zr-kept-in-storage-41x"
    keeps = f"<p id=p></p><script>localStorage.setItem('k', p.textContent = '{secret}')</script>"
    site.acts["/reg"] = lambda handler: handler.answer(f"{HEAD}<body><p>退出登录<p>系统升级中{keeps}")

    async def act() -> tuple[Capture, FolderStage, Capture, float]:
        async with Browser.open(SETTINGS, now) as own:
            eyes = Stopping(lambda: renderers(own.process.pid), site.seen)
            where = deployment(site.url, login=LOGIN)
            word = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
            began = monotonic()
            first, stage = await visit(own, where, [REGISTRATION], tmp_path / "1", environment=word, eyes=eyes)
            took = monotonic() - began
            assert eyes.stopped
            del site.acts["/reg"]
            site.pages["/reg"] = registration()
            second, _ = await visit(own, deployment(site.url), [REGISTRATION], tmp_path / "2")
            return first, stage, second, took

    first, stage, second, took = runner.run(act())
    assert [view.outcome for view in first.views] == ["label_missing"]
    assert [name for name, data in stage.disclosable().items() if secret.encode() in data] == []
    assert "traffic.warc.gz" not in stage.disclosable()
    assert "系统升级中" in (stage.folder / "sealed/registration/dom.html.sealed").read_text(encoding="utf-8")
    assert any("storage could not be looked at" in warning for warning in first.warnings)
    told = {one.artefact for one in first.withheld if one.what == UNKNOWN}
    assert told >= {"registration/dom.html", "registration/screenshot.png", "traffic.warc.gz"}
    assert took < SETTINGS.visit_seconds and second.state == "complete"


def renderers(pid: int) -> list[psutil.Process]:
    return [one for one in family(pid) if "--type=renderer" in one.cmdline()]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers is waited for as long as a test has."""
    monkeypatch.setattr(driver, "START_SECONDS", 3.0)
    monkeypatch.setattr(driver, "STOP_SECONDS", 1.0)
    monkeypatch.setattr(chromium_process, "START_SECONDS", 3.0)
    monkeypatch.setattr(chromium_process, "CLOSE_SECONDS", 1.0)
    monkeypatch.setattr(sign_in, "START_SECONDS", 3.0)
    monkeypatch.setattr(sign_in, "ANSWER_SECONDS", 3.0)


def never_answers(folder: Path) -> Path:
    """A program that runs and says nothing, nor ends when it is asked to."""
    program = folder / "silent"
    program.write_text("#!/bin/sh\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def started_here() -> set[psutil.Process]:
    return {one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE}


def test_a_driver_that_never_answers_is_ended_and_said_to_be_that(
    runner: asyncio.Runner, impatient: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = started_here()
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(never_answers(tmp_path)))
    tried = runner.run(try_browser(SETTINGS, now))
    assert (tried.hindrance, tried.version) == ("driver", "")
    assert "Playwright's driver does not start within 3 s" in tried.detail
    assert alive([*(started_here() - before)]) == []


def test_a_start_that_fails_leaves_another_alone(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first never answers and is given up while the other, in another loop, is being started."""
    node = compute_driver_executable()[0]
    program = tmp_path / "node"
    program.write_text(
        f"#!/bin/sh\nmkdir '{tmp_path}/first' 2>/dev/null && exec sleep 60\nsleep 3\nexec '{node}' \"$@\"\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(driver, "START_SECONDS", 8.0)
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(program))
    before = started_here()

    async def start_and_stop() -> int:
        started = await driver.start_driver()
        assert psutil.Process(started.pid).is_running()
        await driver.stop_driver(started)
        return started.pid

    async def two() -> list[object]:
        first = asyncio.ensure_future(driver.start_driver())
        await asyncio.sleep(6.5)
        assert (tmp_path / "first").exists()
        other = asyncio.to_thread(asyncio.run, start_and_stop())
        return [*await asyncio.gather(first, other, return_exceptions=True)]

    failed, pid = runner.run(two())
    assert isinstance(failed, driver.DriverError) and isinstance(pid, int), (failed, pid)
    assert alive([*(started_here() - before)]) == []


def test_a_driver_is_ended_where_playwright_does_not_tell_which_it_is(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version may: nothing is asked of it politely here."""
    enter, hidden_clients = PlaywrightContextManager.__aenter__, list[Any]()

    async def hidden(self: PlaywrightContextManager) -> Playwright:
        playwright = await enter(self)
        hidden_clients.append(self._client)
        self._client = None
        return playwright

    monkeypatch.setattr(PlaywrightContextManager, "__aenter__", hidden)
    before = started_here()

    async def act() -> tuple[set[psutil.Process], list[psutil.Process]]:
        started = await driver.start_driver()
        ours = started_here() - before
        await driver.stop_driver(started)
        left = [one for one in ours if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        await hidden_clients[0].stop()
        return ours, left

    ours, left = runner.run(act())
    assert ours and not left


def test_a_chromium_that_never_answers_is_ended_and_said_to_be_that(
    runner: asyncio.Runner, impatient: None, tmp_path: Path
) -> None:
    before = started_here()
    tried = runner.run(try_browser(replace(SETTINGS, executable=str(never_answers(tmp_path))), now))
    assert (tried.hindrance, tried.version) == ("start", "")
    assert "Chromium does not start within 3 s" in tried.detail
    assert alive([*(started_here() - before)]) == []


@pytest.mark.parametrize("stopped", ["node", "chromium", "all"])
def test_stopped_processes_are_ended_with_the_browser(runner: asyncio.Runner, impatient: None, stopped: str) -> None:
    before = started_here()

    async def act() -> set[psutil.Process]:
        async with Browser.open(SETTINGS, now) as own:
            chromium = set(family(own.process.pid))
            ours = started_here() - before
            for one in {"node": ours - chromium, "chromium": chromium, "all": ours}[stopped]:
                one.suspend()
            return ours

    ours = runner.run(act())
    assert len(ours) >= 4
    assert alive([*ours]) == []


@pytest.mark.parametrize("silent", ["driver", "chromium", "later"])
def test_a_sign_in_leaves_no_process_whatever_hangs(
    runner: asyncio.Runner, site: Site, impatient: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, silent: str
) -> None:
    site.pages["/home"] = f"{HEAD}<body>请登录"
    before = started_here()
    settings = replace(SETTINGS, executable=str(never_answers(tmp_path))) if silent == "chromium" else SETTINGS
    if silent == "driver":
        monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(never_answers(tmp_path)))
    if silent == "later":  # it starts, however busy the machine is
        monkeypatch.setattr(driver, "START_SECONDS", 60.0)
        monkeypatch.setattr(sign_in, "START_SECONDS", 60.0)
    ours: set[psutil.Process] = set()

    class Watching(Reader):
        """The first look is the last that is answered."""

        def holds(self, condition: Condition, snapshot: bytes, url: str) -> bool:
            ours.update(started_here() - before)
            for one in ours:
                one.suspend()
            return False

    async def act() -> None:
        login = Login("/home", by_person=True, logged_in=Condition(text="退出登录"))
        await watch_sign_in(
            settings, deployment(site.url, login=login), Watching(), now, credentials=lambda _: None,
            done=asyncio.Event(), seconds=60, window=False,
        )  # fmt: skip

    with pytest.raises(CaptureError, match=r"does not (start|answer) within 3 s"):
        runner.run(act())
    assert bool(ours) == (silent == "later")
    assert alive([*ours, *(started_here() - before)]) == []


def test_browser_is_replaced_when_worn(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    site.pages["/page"] = registration()

    async def act() -> tuple[list[Capture], list[psutil.Process]]:
        async with Browser.open(SETTINGS, now, recycle_visits=2) as own:
            first = family(own.process.pid)
            made = await asyncio.gather(
                *(visit(own, deployment(site.url), [page("/page")], tmp_path / str(number)) for number in range(5))
            )
            assert alive(first) == []
            return [capture for capture, _ in made], first

    captures, _ = runner.run(act())
    assert [capture.state for capture in captures] == ["complete"] * 5


def test_browser_that_cannot_start(runner: asyncio.Runner, tmp_path: Path) -> None:
    async def act() -> None:
        async with Browser.open(replace(SETTINGS, executable=str(tmp_path / "none")), now):
            pass

    with pytest.raises(CaptureError, match="does not start"):
        runner.run(act())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root cannot have the sandbox")
def test_sandbox_stays_on_unless_switched_off(runner: asyncio.Runner) -> None:
    async def act() -> None:
        async with Browser.open(replace(SETTINGS, sandbox=True), now):
            pass

    with pytest.raises(CaptureError, match=r"browser\.sandbox: false"):
        runner.run(act())


def test_sandbox_switched_off_is_said(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/500")], tmp_path))
    assert any("sandbox was switched off" in warning for warning in capture.warnings)
    assert "--no-sandbox" in browser.process.command_line
    assert "--no-proxy-server" in browser.process.command_line
