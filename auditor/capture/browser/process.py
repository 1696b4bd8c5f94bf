"""The Chromium process: started once, shared by visits, replaced when worn, ended by its process id.

A visit gets a fresh context (its own cookies, cache and storage). The process is replaced after `RECYCLE_VISITS`
visits or beyond `RECYCLE_BYTES`, and after a crash; visits under way keep theirs until they end.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.proxy_tunnel import ProxyHop
from auditor.capture.base.used_codes import UsedCodes
from auditor.capture.browser.contexts import FreshPage, WarmPages, new_context, open_fresh_page
from auditor.capture.browser.driver import (
    START_SECONDS,
    Driver,
    find_executable,
    start_driver,
    stop_driver,
    why_ended,
    why_no_answer,
    why_no_start,
)
from auditor.capture.browser.process_family import (
    BrowserProcess,
    end_family,
    family_of,
    find_browser_process,
    marked_processes,
    resident_bytes,
)
from auditor.capture.browser.target_sessions import PopUpHold
from auditor.clock import Clock, monotonic
from auditor.errors import CaptureError
from auditor.formats.web_origins import host_of
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import BrowserSettings

RECYCLE_VISITS = 200
RECYCLE_BYTES = 2 << 30
CLOSE_SECONDS = 10.0
USE_SECONDS = 30.0
"""For what is done once in a context of ours. A Chromium that could not start a process of its own never answers."""
SLOW_CLOSE_SECONDS = 3.0
"""A context that takes longer leaves a backlog in its process, which is then replaced."""
NO_SHARED_WORKERS = "--disable-blink-features=SharedWorker"
"""They work outside the page, where no session of its own sees or holds what they send."""
NO_DIRECT_PEERS = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
"""WebRTC sends no datagrams past the recorder."""
ONE_PROCESS_A_PAGE = "--disable-site-isolation-trials"
"""A page's frames stay in its process, under its record and guard from their first request on, whatever headers they
come with (Document-Isolation-Policy, Origin-Agent-Cluster) or sandbox they are in. Contexts share no process."""
FLOOD_PROTECTION_OFF = "--disable-ipc-flooding-protection"
"""Playwright adds it, and here it is left out: Chromium itself then lets a frame change its address 200 times in 10 s,
as anybody's browser does, and a page cannot bury the recorder under the events of such changes."""
ARGUMENTS = (
    NO_SHARED_WORKERS,
    NO_DIRECT_PEERS,
    ONE_PROCESS_A_PAGE,
    "--no-proxy-server",
    "--block-new-web-contents",
    "--disable-gpu",
    "--force-color-profile=srgb",
)


def negotiate_switches(deployments: Iterable[Deployment]) -> tuple[str, ...]:
    """The switch that lets Chromium answer these deployments' hosts, and no others, with a Kerberos ticket."""
    asked = [one for one in deployments if one.ways.http_login is not None and one.ways.http_login.negotiate]
    hosts = sorted({host for one in asked if (host := host_of(one.address))})
    return (f"--auth-server-allowlist={','.join(hosts)}",) if hosts else ()


class Browser:
    """Gives contexts to visits. Open it with `Browser.open`."""

    def __init__(
        self, settings: BrowserSettings, clock: Clock, arguments: tuple[str, ...], recycle_visits: int
    ) -> None:
        self.settings = settings
        self._recycle_visits = recycle_visits
        self._arguments = arguments
        self.clock = clock
        self.used_codes = UsedCodes()
        self.key_log: Path | None = None
        """Where Chromium writes the keys of its connections; None: nowhere."""
        self.restarts = 0
        self.expecting: Callable[[], bool] = lambda: False
        """Whether another visit will follow: then its empty page is opened while the one before it is at rest."""
        self._version = ""
        self._engine: _Engine | None = None
        self._lock = asyncio.Lock()
        self._retired: set[_Engine] = set()
        self._starting: asyncio.Task[_Engine] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        settings: BrowserSettings,
        clock: Clock,
        *,
        arguments: tuple[str, ...] = (),
        recycle_visits: int = RECYCLE_VISITS,
        key_log: Path | None = None,
    ) -> AsyncIterator[Browser]:
        """Start Chromium; at the end no process of it is left. Raises `CaptureError` where it cannot be started.

        `arguments`: further switches, recorded with the command line. `key_log`: a file for the keys of connections.
        """
        keys = (f"--ssl-key-log-file={key_log}",) if key_log is not None else ()
        browser = cls(settings, clock, (*arguments, *keys), recycle_visits)
        browser.key_log = key_log
        try:
            await browser._current()
            yield browser
        finally:
            await browser._end_all()

    @property
    def version(self) -> str:
        """Version of the last Chromium that was started."""
        return self._version

    @property
    def process(self) -> BrowserProcess:
        """The Chromium that new visits get."""
        if self._engine is None:
            raise CaptureError("Chromium is not running: it ended and could not be started again")
        return self._engine.process

    @contextlib.asynccontextmanager
    async def context(self, seconds: float = USE_SECONDS) -> AsyncIterator[BrowserContext]:
        """A fresh context; closed, or its process ended, at the end.

        Raises `CaptureError` where Chromium fails meanwhile, or takes longer than `seconds`: no visit bounds it.
        """
        async with self._lent() as engine:
            try:
                async with asyncio.timeout(seconds) as bound:
                    context = await engine.new_context()
                    try:
                        yield context
                    finally:
                        await engine.close_context(context)
            except TimeoutError as late:
                if not bound.expired():
                    raise
                engine.give_up()
                raise CaptureError(why_no_answer("Chromium started and does not answer", seconds)) from late
            except PlaywrightError as error:
                raise CaptureError(why_ended(error)) from error

    @contextlib.asynccontextmanager
    async def blank(
        self,
        *,
        ignore_https_errors: bool = False,
        hop: ProxyHop | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[FreshPage]:
        """An empty page in a fresh context for one visit; closed, or its process ended, when the visit ends.

        One that begins with stored values (`state`) has a process of its own: Playwright puts them there by a page that
        goes to each origin, and Chromium never lets it go on where another session that held it lets go meanwhile.
        """
        async with self._lent(own=bool(state)) as engine:
            blank = await engine.blank(ignore_https_errors, hop, state)
            try:
                yield blank
            finally:
                blank.gate.close()
                await engine.close_context(blank.context)
                if blank.flooded:
                    engine.give_up()

    def prepare(self) -> None:
        """Begin to open the empty page of a visit to come: one at most for each visit under way."""
        engine = self._engine
        if engine is not None and self.expecting() and len(engine.spares) < engine.open:
            engine.spares.add()

    @contextlib.asynccontextmanager
    async def _lent(self, *, own: bool = False) -> AsyncIterator[_Engine]:
        """A process for one visit; `own`: that no other visit gets."""
        if own:
            engine = await _Engine.start(self.settings, self._arguments, held=False)
            self._retired.add(engine)
        else:
            engine = await self._current()
        engine.visits += 1
        engine.open += 1
        try:
            yield engine
        finally:
            engine.open -= 1
            self._sweep()

    async def _current(self) -> _Engine:
        async with self._lock:
            engine = self._engine
            if engine is not None and not engine.worn(self._recycle_visits):
                return engine
            if engine is not None:
                self._retired.add(engine)
                self.restarts += 1
                self._engine = None
            # A visit that reaches its bound meanwhile leaves the start to the next one: no process goes astray.
            if self._starting is None:
                self._starting = asyncio.create_task(_Engine.start(self.settings, self._arguments))
            starting = self._starting
            try:
                self._engine = engine = await asyncio.shield(starting)
            finally:
                if starting.done():
                    self._starting = None
            self._version = engine.process.version
            return engine

    def _sweep(self) -> None:
        """End the processes that are worn and in no visit's use; no visit waits for that, nor can it break it off."""
        for engine in [engine for engine in self._retired if engine.open == 0]:
            self._retired.discard(engine)
            task = asyncio.create_task(engine.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _end_all(self) -> None:
        engines = {*self._retired, *([self._engine] if self._engine else [])}
        if self._starting is not None:
            with contextlib.suppress(CaptureError):
                engines.add(await self._starting)
        await asyncio.gather(*self._closing, *(engine.close() for engine in engines))


class _Engine:
    """One Playwright driver with one Chromium."""

    def __init__(
        self,
        driver: Driver,
        browser: PlaywrightBrowser,
        process: BrowserProcess,
        settings: BrowserSettings,
        hold: PopUpHold,
    ) -> None:
        self.visits = 0
        self.open = 0
        self.process = process
        self._driver = driver
        self._browser = browser
        self._settings = settings
        self._hold = hold
        self._broken = False
        self.spares = WarmPages(self._fresh)

    @classmethod
    async def start(cls, settings: BrowserSettings, arguments: tuple[str, ...], *, held: bool = True) -> _Engine:
        """`held`: whether tabs that pages open are held from now on, and not from when the first page is there."""
        executable = find_executable(settings)
        mark = f"--auditor-instance={uuid.uuid4().hex}"
        driver = await start_driver()
        try:
            async with asyncio.timeout(START_SECONDS):
                browser = await driver.playwright.chromium.launch(
                    executable_path=executable or None,
                    chromium_sandbox=settings.sandbox,
                    ignore_default_args=[FLOOD_PROTECTION_OFF],
                    args=[*ARGUMENTS, f"--lang={settings.locale}", *arguments, mark],
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
                hold = PopUpHold(await browser.new_browser_cdp_session())
                if held:
                    await hold.begin()
            process = await asyncio.to_thread(find_browser_process, mark, executable, browser.version)
        except BaseException as error:
            marked = await asyncio.to_thread(marked_processes, mark)
            await stop_driver(driver)
            await asyncio.to_thread(end_family, marked)
            if isinstance(error, TimeoutError):
                raise CaptureError(why_no_answer("Chromium does not start", START_SECONDS)) from error
            if isinstance(error, PlaywrightError):
                raise CaptureError(why_no_start(executable, settings, error)) from error
            raise
        return cls(driver, browser, process, settings, hold)

    def worn(self, visits: int) -> bool:
        """Whether new visits should get another process."""
        if self._broken or not self._browser.is_connected() or self.visits >= visits:
            return True
        return self.visits % 20 == 19 and resident_bytes(self.process.pid) > RECYCLE_BYTES

    async def new_context(self) -> BrowserContext:
        try:
            return await new_context(self._browser, self._settings)
        except PlaywrightError:
            self._broken = True
            raise

    async def blank(
        self, ignore_https_errors: bool, hop: ProxyHop | None, state: Mapping[str, Any] | None
    ) -> FreshPage:
        """An empty page: one that waits, else a new one."""
        try:
            spare = None if ignore_https_errors or hop or state else await self.spares.take()
            if spare is not None:
                return spare
            return await self._fresh(ignore_https_errors=ignore_https_errors, hop=hop, state=state)
        except PlaywrightError:
            self._broken = True
            raise

    async def _fresh(
        self,
        *,
        ignore_https_errors: bool = False,
        hop: ProxyHop | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> FreshPage:
        """A new empty page, the only one that its context will have."""
        page = await open_fresh_page(
            self._browser, self._settings, ignore_https_errors=ignore_https_errors, hop=hop, state=state
        )
        try:
            await self._hold.begin()
            name = await self._hold.complete(page.session, lambda url: page.on_tab(url))
        except BaseException:
            page.gate.close()
            await self.close_context(page.context)
            raise
        page.context.on("close", lambda _: self._hold.forget(name))
        return page

    def give_up(self) -> None:
        """Let no further visit use this process."""
        self._broken = True

    async def close_context(self, context: BrowserContext) -> None:
        began = monotonic()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await context.close()
        except (TimeoutError, PlaywrightError):
            self._broken = True
        if monotonic() - began > SLOW_CLOSE_SECONDS:
            self._broken = True

    async def close(self) -> None:
        """End the process: politely, then each of its processes by its id."""
        await self.spares.drop()
        family = await asyncio.to_thread(family_of, self.process.pid)
        with contextlib.suppress(TimeoutError, PlaywrightError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._browser.close()
        await asyncio.to_thread(end_family, family)
        await stop_driver(self._driver)
