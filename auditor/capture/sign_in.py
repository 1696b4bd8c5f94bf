"""A person's own sign-in, watched in a window until it is done: what single sign-on and captchas ask a person for.

Nothing here is evidence: no artefact is kept but the session state, which the workflow encrypts. What a visit then does
with it is held to the deployment's origins as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Mapping
from typing import Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.held_secrets import CredentialLookup, hold_secrets
from auditor.capture.base.proxy_tunnel import ProxyHop, proxy_hop
from auditor.capture.base.scope import Scope, address_of, scope_of
from auditor.capture.base.session_state import first_end, own_state
from auditor.capture.browser.contexts import new_context
from auditor.capture.browser.dom_snapshot import CAPTURE_SNAPSHOT_PARAMS, Snapshot
from auditor.capture.browser.driver import START_SECONDS, find_executable, start_driver, stop_driver, why_no_answer
from auditor.capture.browser.socket_gate import SocketGate
from auditor.clock import Clock, monotonic
from auditor.errors import CaptureError, CredentialError
from auditor.model.captures import KeptSignIn, PageProbe
from auditor.model.targets.deployments import Condition, Deployment
from auditor.model.targets.estate import BrowserSettings

WITH_A_WINDOW = ("chromium", "chromium-browser", "google-chrome")
LOOK_SECONDS = 0.5
ANSWER_SECONDS = 30.0
"""For what the browser is asked once; a person is waited for longer."""
MAX_PAGES = 5
"""Windows that are looked at; single sign-on may open one of its own."""


async def watch_sign_in(
    settings: BrowserSettings,
    deployment: Deployment,
    eyes: PageProbe,
    clock: Clock,
    *,
    done: asyncio.Event,
    seconds: float,
    credentials: CredentialLookup,
    window: bool = True,
) -> KeptSignIn:
    """Open the deployment's login page and wait until a page of it shows `logged_in`, or until `done`.

    Raises `CaptureError` where no window can be had, it was closed, or the time is over; `CredentialError` where the
    proxy's password is missing.
    """
    hop = _hop(deployment, credentials)
    driver = await start_driver()
    gate: SocketGate | None = None
    try:
        gate = await SocketGate.serve(hop) if hop is not None else None
        async with asyncio.timeout(START_SECONDS):
            browser = await driver.playwright.chromium.launch(
                executable_path=_executable(settings, window=window) or None,
                headless=not window,
                chromium_sandbox=settings.sandbox,
                args=[f"--lang={settings.locale}", *([] if hop is not None else ["--no-proxy-server"])],
            )
        if gate is not None:
            gate.admit_everything()
        async with asyncio.timeout(ANSWER_SECONDS):
            context = await new_context(browser, settings, gate=gate)
            page = await context.new_page()
        login = deployment.login
        with contextlib.suppress(PlaywrightError):  # a page that loads slowly is the person's to wait for
            await page.goto(address_of(deployment, login.path if login is not None else ""), wait_until="commit")
        condition = login.logged_in if login is not None else Condition()
        await _until_signed_in(context, scope_of(deployment), eyes, condition, done, seconds)
        async with asyncio.timeout(ANSWER_SECONDS):
            state: Mapping[str, Any] = dict(await context.storage_state(indexed_db=True))
    except TimeoutError as late:
        raise CaptureError(why_no_answer("Chromium does not answer", ANSWER_SECONDS)) from late
    except PlaywrightError as error:
        raise CaptureError(_why_not(error, window=window)) from error
    finally:
        if gate is not None:
            gate.close()
        await stop_driver(driver)
    kept = own_state(state, scope_of(deployment))
    return KeptSignIn(deployment.id, clock(), first_end(kept), kept)


def _hop(deployment: Deployment, credentials: CredentialLookup) -> ProxyHop | None:
    proxy = deployment.ways.proxy
    if proxy is None:
        return None
    held = hold_secrets(credentials, [place for place in (proxy.username, proxy.password) if place])
    if held.missing:
        raise CredentialError("; ".join(held.missing.values()))
    return proxy_hop(proxy, held)


async def _until_signed_in(
    context: BrowserContext, scope: Scope, eyes: PageProbe, condition: Condition, done: asyncio.Event, seconds: float
) -> None:
    until = monotonic() + seconds
    while not done.is_set():
        if not context.pages:
            raise CaptureError("the window was closed before the sign-in was done; run the command again")
        if monotonic() > until:
            raise CaptureError(f"nobody signed in within {seconds:g} s; nothing was kept")
        if condition != Condition():
            for page in context.pages[:MAX_PAGES]:
                async with asyncio.timeout(ANSWER_SECONDS):
                    shown = scope.declares(page.url) and await _shows(page, eyes, condition)
                if shown:
                    return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await done.wait()


async def _shows(page: Page, eyes: PageProbe, condition: Condition) -> bool:
    """Whether the page shows that a person is signed in; a page that is just changing does not."""
    try:
        session = await page.context.new_cdp_session(page)
        try:
            captured = await session.send("DOMSnapshot.captureSnapshot", dict(CAPTURE_SNAPSHOT_PARAMS))
            metrics = await session.send("Page.getLayoutMetrics")
        finally:
            await session.detach()
    except PlaywrightError:
        return False
    data = Snapshot(captured, metrics, ()).to_bytes()
    return await asyncio.to_thread(eyes.holds, condition, data, page.url)


def _executable(settings: BrowserSettings, *, window: bool) -> str:
    if not window or settings.executable:
        return find_executable(settings)
    return next((found for name in WITH_A_WINDOW if (found := shutil.which(name))), "")


def _why_not(error: PlaywrightError, *, window: bool) -> str:
    first = next((line for line in str(error).splitlines() if line.strip()), "no reason given")
    if window:
        return f"no window for the sign-in: {first}; run it where a screen is (or with --no-window)"
    return f"the sign-in broke off: {first}"
