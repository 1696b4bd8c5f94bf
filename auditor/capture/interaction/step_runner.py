"""Acting in a page: click, type, scroll by real input events. A declared step finds its element in a DOM snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urljoin

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.scope import Scope
from auditor.capture.browser.dom_snapshot import Snapshot
from auditor.capture.browser.page import CdpPage
from auditor.capture.interaction.forbidden_controls import why_not_pressed
from auditor.capture.interaction.readiness import FIRST_PAUSE, LONGEST_PAUSE
from auditor.clock import monotonic
from auditor.formats.web_origins import is_web, origin_of
from auditor.model.captures import ElementTarget, PageProbe
from auditor.model.targets.deployments import Condition, Step

T = TypeVar("T")

OPTIONAL_SECONDS = 2.0
"""How long an optional element may take to appear."""
STEADY_SECONDS = 0.5
"""How long a control must stand still, on a page at rest, before it is pressed: a script may not listen yet to one that
it has just drawn."""
RESTLESS_SECONDS = 4.0
"""How long that is waited for: some pages never rest."""


async def click(page: CdpPage, target: ElementTarget) -> None:
    """Press and release the left button in the middle of an element."""
    x, y = await page.act(target)
    at = {"x": x, "y": y, "button": "left", "clickCount": 1}
    await page.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
    await page.send("Input.dispatchMouseEvent", {"type": "mousePressed", **at})
    await page.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **at})


async def type_into(page: CdpPage, target: ElementTarget, text: str) -> None:
    """Replace what a field holds by a text."""
    await page.act(target)
    await page.focus(target)
    await page.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "commands": ["selectAll"]})
    await page.send("Input.insertText", {"text": text})


async def press_enter(page: CdpPage) -> None:
    """The Enter key, for forms without a control to submit."""
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "nativeVirtualKeyCode": 13}
    await page.act()
    await page.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **key})
    await page.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


async def wait_until(page: CdpPage, seen: Callable[[Snapshot, bytes], T | None], seconds: float) -> T | None:
    """Look until `seen` gives something; None when the time is over."""
    began = monotonic()
    pause = FIRST_PAUSE
    while True:
        page.check()
        try:
            async with asyncio.timeout(max(seconds, 1.0)):
                found = await _seen(page, seen)
        except (PlaywrightError, TimeoutError):
            found = None
        if found is not None:
            return found
        if monotonic() - began > seconds:
            return None
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, LONGEST_PAUSE)


async def _seen(page: CdpPage, seen: Callable[[Snapshot, bytes], T | None]) -> T | None:
    snapshot = await page.snapshot()
    return await asyncio.to_thread(lambda: seen(snapshot, snapshot.to_bytes()))


class StepRunner:
    """Performs declared steps for one visit."""

    def __init__(self, page: CdpPage, eyes: PageProbe, scope: Scope, credentials: Callable[[str], str | None]) -> None:
        self._page = page
        self._eyes = eyes
        self._scope = scope
        self._credentials = credentials

    async def perform(self, step: Step, seconds: float) -> str:
        """Do one step; returns what was done. Raises `VisitEnded` where it cannot be done and is not optional."""
        if step.action == "goto":
            return await self._goto(step, seconds)
        if step.action == "wait_for":
            return await self._wait_for(step, seconds)
        target = await self._find(step, min(seconds, OPTIONAL_SECONDS) if step.optional else seconds)
        if target is None:
            if step.optional:
                return "not shown, not needed"
            raise VisitEnded(
                "label_missing", f"The step {describe_step(step)} found no such element within {seconds:g} s."
            )
        if step.action == "fill":
            await self.fill(target, step.value_from, step.value)
            return f"typed into {target.node}"
        if step.action == "scroll":
            await self._page.point_of(target)
            return f"scrolled to {target.node}"
        target = await self._steady(step, target)
        refused = why_not_pressed(target.text) or why_not_pressed(step.text or "")
        if refused:
            raise VisitEnded(
                "out_of_scope",
                f"The step {describe_step(step)} was not done: {refused}. Close it, or reach the page, another way.",
            )
        await click(self._page, target)
        return f"clicked {target.node}"

    async def fill(self, target: ElementTarget, value_from: str | None, value: str | None) -> None:
        """Type a declared value, or a secret: then only into a document of a declared origin."""
        text = value or ""
        if value_from is not None:
            secret = self._credentials(value_from)
            if secret is None:
                raise VisitEnded("no_credentials", f"{value_from} gave no secret.")
            await self.require_declared(target)
            text = secret
        await type_into(self._page, target, text)

    async def require_declared(self, target: ElementTarget) -> None:
        """Raises `VisitEnded` where an element stands in a document of an undeclared origin."""
        snapshot = await self._page.snapshot()
        url = snapshot.frame_of(target.backend_node_id, target.frame) or snapshot.url
        if not self._scope.declares(url):
            why = f"The form is on {origin_of(url) or url}, which the deployment does not declare: nothing was typed."
            raise VisitEnded("out_of_scope", why)

    async def _find(self, step: Step, seconds: float) -> ElementTarget | None:
        def seen(_: Snapshot, data: bytes) -> ElementTarget | None:
            return self._eyes.find(data, selector=step.selector, text=step.text)

        return await wait_until(self._page, seen, seconds)

    async def _steady(self, step: Step, target: ElementTarget) -> ElementTarget:
        """The element once it has stood still for a while; what it has become where it was drawn anew meanwhile."""
        began = since = monotonic()
        while monotonic() - began < RESTLESS_SECONDS:
            found = await self._find(step, FIRST_PAUSE)
            if found != target or not self._page.at_rest:
                since = monotonic()
            target = found or target
            if monotonic() - since >= STEADY_SECONDS:
                break
            await asyncio.sleep(LONGEST_PAUSE / 4)
        return target

    async def _wait_for(self, step: Step, seconds: float) -> str:
        condition = Condition(text=step.text, selector=step.selector, url_contains=step.url)

        def seen(snapshot: Snapshot, data: bytes) -> bool | None:
            return True if self._eyes.holds(condition, data, snapshot.url) else None

        if await wait_until(self._page, seen, seconds):
            return "came"
        if step.optional:
            return "did not come, not needed"
        raise VisitEnded("not_settled", f"The step {describe_step(step)} did not come true within {seconds:g} s.")

    async def _goto(self, step: Step, seconds: float) -> str:
        url = urljoin((await self._page.snapshot()).url, step.url or "")
        if not is_web(url):
            raise VisitEnded(
                "out_of_scope", f"The step {describe_step(step)} leads to {url[:80]}: only http and https are visited."
            )
        await self._page.navigate(url, seconds)
        return f"went to {url}"


def describe_step(step: Step) -> str:
    """A step in one phrase, without any typed value."""
    return " ".join(part for part in (step.action, step.selector or step.text or step.url or "") if part)
