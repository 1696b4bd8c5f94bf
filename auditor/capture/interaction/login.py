"""Logging in as a person would: find the form in a snapshot, type, submit, and see whether it was accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Error as PlaywrightError

from auditor.capture.base.exchange import Exchange
from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.scope import READING_METHODS
from auditor.capture.base.step_log import StepLog
from auditor.capture.browser.dom_snapshot import Snapshot
from auditor.capture.browser.page import CdpPage
from auditor.capture.interaction.readiness import LONGEST_PAUSE
from auditor.capture.interaction.step_runner import (
    RESTLESS_SECONDS,
    STEADY_SECONDS,
    StepRunner,
    click,
    describe_step,
    press_enter,
    type_into,
    wait_until,
)
from auditor.clock import monotonic
from auditor.model.captures import ElementTarget, PageProbe
from auditor.model.targets.deployments import Condition, Login

LoginControls = tuple[ElementTarget | None, ElementTarget | None, ElementTarget | None]
LoginResult = Literal["in", "refused", "form", "code", "gone", "unclear"]
CodeControls = tuple[tuple[ElementTarget, ...], ElementTarget | None]
SECOND_FIELD_SECONDS = 1.0
"""A form that shows no password field for this long asks for the user name first."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What a login does where a one-time code is asked for."""

    next_code: Callable[[], Awaitable[str]] | None = None
    """Gives a code that was not sent yet; None where the login has no secret for one."""
    why_refused: Callable[[Exchange | None], str] = lambda _: ""
    """Why the code was not accepted, by the answer to it; empty where nothing is known."""


class LoginFlow:
    """One login in one page. The guard must already be in its login phase."""

    def __init__(
        self,
        page: CdpPage,
        login: Login,
        eyes: PageProbe,
        hands: StepRunner,
        log: StepLog,
        seconds: float,
        second: SecondFactor,
    ) -> None:
        self._second = second
        self._code_sent = False
        self._before_code = 0
        """Requests that were made before the code was typed."""
        self._page = page
        self._login = login
        self._eyes = eyes
        self._hands = hands
        self._log = log
        self._seconds = seconds

    async def enter(self, url: str) -> None:
        """Log in. Raises `VisitEnded` with `login_refused`, `not_logged_in` or whatever kept the form from showing."""
        with self._log.step("login: open the form"):
            await self._page.navigate(url, self._seconds)
        if self._login.steps:
            for step in self._login.steps:
                with self._log.step(f"login: {describe_step(step)}") as act:
                    act.detail = await self._hands.perform(step, self._seconds)
        else:
            await self._fill_and_submit()
        with self._log.step("login: see the answer"):
            await self._answer()

    async def resume(self, url: str) -> None:
        """Open a page with a sign-in made before. Raises `VisitEnded` as `enter` does where it is asked for."""
        with self._log.step("login: open with the kept sign-in"):
            await self._page.navigate(url, self._seconds)
            await self._page.loaded(self._seconds)
            await self._answer()

    async def _fill_and_submit(self) -> None:
        with self._log.step("login: fill the form") as act:
            user, password, _ = await self._form(self._seconds, password_needed=False)
            if password is None and user is not None:
                # Fields built one after the other are still one form.
                user, password, _ = await self._form(SECOND_FIELD_SECONDS, password_needed=True, fallback=user)
            if user is not None:
                await self._hands.fill(user, self._login.username, None)
            if password is None:
                await self._submit()
                _, password, _ = await self._form(self._seconds, password_needed=True)
            if password is None:
                raise VisitEnded("login_refused", "The login form shows no password field.")
            await self._hands.fill(password, self._login.password, None)
            act.detail = f"typed into {password.node}"
        if self._second.next_code is not None:
            own = {target.backend_node_id for target in (user, password) if target is not None}
            fields = (await self._code_controls())[0]
            if fields and not own & {field.backend_node_id for field in fields}:
                await self._type_code(fields)
        with self._log.step("login: submit"):
            await self._submit()

    async def _form(
        self, seconds: float, *, password_needed: bool, fallback: ElementTarget | None = None
    ) -> LoginControls:
        def seen(_: Snapshot, data: bytes) -> LoginControls | None:
            form = self._eyes.login_form(self._login, data)
            return form if form[1] or (form[0] and not password_needed) else None

        form = await wait_until(self._page, seen, seconds)
        if form is not None:
            return form
        if fallback is not None:
            return fallback, None, None
        self._raise_if_error()
        raise VisitEnded("label_missing", f"The login page showed no login form within {seconds:g} s.")

    async def _submit(self) -> None:
        data = (await self._page.snapshot()).to_bytes()
        _, _, submit = await asyncio.to_thread(self._eyes.login_form, self._login, data)
        if submit is None:
            await press_enter(self._page)
        else:
            await click(self._page, submit)

    async def _answer(self) -> None:
        """Wait for the page that follows. A form still shown by a page at rest is a refusal.

        Where no condition is stated, a form that stays away is enough, also on a page that never stops asking.
        """
        began = restless = there = asked = monotonic()
        patience = max(1.0, self._seconds / 5)
        answer: LoginResult = "unclear"
        while monotonic() - began <= self._seconds:
            self._page.check()
            last = answer
            answer = await self._look()
            if answer != "code" or last != "code":
                asked = monotonic()
            elif not self._code_sent and (
                self._page.traffic.quiet or monotonic() - asked > min(RESTLESS_SECONDS, self._seconds / 2)
            ):
                await self._enter_code()  # which may have waited for the next period
                began = restless = there = monotonic()
                continue
            if answer == "in":
                return
            if answer == "refused":
                raise self._refused("The page says that the login was refused.")
            if answer != "gone" or last != "gone":
                there = monotonic()
            if monotonic() - there > patience:
                return
            if answer not in ("form", "code") or last != answer or not self._page.traffic.quiet:
                restless = monotonic()
            if monotonic() - restless > patience:
                break
            await asyncio.sleep(LONGEST_PAUSE / 4)
        self._raise_if_error()
        if answer == "code":
            raise self._code_refused()
        if answer == "form":
            raise self._refused("The login form is still shown after the credentials were sent.")
        raise VisitEnded("not_logged_in", f"The `logged_in` condition did not hold within {self._seconds:g} s.")

    async def _look(self) -> LoginResult:
        try:
            async with asyncio.timeout(self._seconds):
                snapshot = await self._page.snapshot()
        except (PlaywrightError, TimeoutError):
            return "unclear"
        return await asyncio.to_thread(self._judge, snapshot)

    def _judge(self, snapshot: Snapshot) -> LoginResult:
        data, url = snapshot.to_bytes(), snapshot.url
        if self._login.refused is not None and self._eyes.holds(self._login.refused, data, url):
            return "refused"
        stated = self._login.logged_in != Condition()
        if stated and self._eyes.holds(self._login.logged_in, data, url):
            return "in"
        if not self._eyes.login_form(self._login, data)[1] and self._eyes.code_form(self._login, data)[0]:
            return "code"
        if any(self._eyes.login_form(self._login, data)[:2]):
            return "form"
        if stated or not snapshot.shows_text():
            return "unclear"
        return "in" if self._page.traffic.quiet else "gone"

    async def _enter_code(self) -> None:
        """Send one code, once: another one after a refusal would be guessing."""
        if self._second.next_code is None:
            raise self._code_refused()
        with self._log.step("login: one-time code") as act:
            fields, _ = await self._code_controls()
            if not fields:
                return
            await self._type_code(fields)
            act.detail = f"typed into {fields[0].node}"
            await self._send_code()

    async def _send_code(self) -> None:
        """Press what sends the code, unless the page sends it by itself, as many do, at once or a little later. A page
        that never rests is waited for no longer than it is for a step."""
        began = since = monotonic()
        while monotonic() - since < STEADY_SECONDS and monotonic() - began < RESTLESS_SECONDS:
            await asyncio.sleep(LONGEST_PAUSE / 4)
            if not self._page.at_rest:
                since = monotonic()
        fields, submit = await self._code_controls()
        if fields and not (self._page.leaving or self._sends):
            await (press_enter(self._page) if submit is None else click(self._page, submit))

    async def _type_code(self, fields: tuple[ElementTarget, ...]) -> None:
        if self._second.next_code is None:
            return
        code = await self._second.next_code()
        self._code_sent, self._before_code = True, len(self._page.traffic.exchanges)
        # The page may have been drawn anew while the code was waited for.
        fields = (await self._code_controls())[0] or fields
        await self._hands.require_declared(fields[0])
        parts = [*code] if len(fields) > 1 else [code]
        for field, part in zip(fields, parts, strict=False):
            await type_into(self._page, field, part)

    async def _code_controls(self) -> CodeControls:
        data = (await self._page.snapshot()).to_bytes()
        return await asyncio.to_thread(self._eyes.code_form, self._login, data)

    @property
    def _sends(self) -> bool:
        """Whether the page is sending something since the code was typed that it does not send again and again."""
        asked = self._page.traffic.exchanges
        often = {(item.method, item.url) for item in asked if item.finished}
        return any(
            not item.finished and item.method not in READING_METHODS and (item.method, item.url) not in often
            for item in asked[self._before_code :]
        )

    def _code_refused(self) -> VisitEnded:
        """Why the page still asks for a one-time code."""
        if self._second.next_code is None:
            return VisitEnded("login_refused", "The page asks for a one-time code, and the login names no totp_from.")
        if not self._code_sent:
            why = f"The page asks for a one-time code and did not come to rest within {self._seconds:g} s"
            return VisitEnded("not_logged_in", f"{why}: none was sent.")
        if self._sends:
            return VisitEnded("not_logged_in", f"The one-time code was not answered within {self._seconds:g} s.")
        return self._refused("The one-time code was not accepted.")

    def _refused(self, why: str) -> VisitEnded:
        """The refusal, with what a code's refusal may come from."""
        told = self._second.why_refused(self._page.traffic.document()) if self._code_sent else ""
        return VisitEnded("login_refused", f"{why} {told}".strip())

    def _raise_if_error(self) -> None:
        document = self._page.traffic.document()
        if document is not None and document.status is not None and document.status >= 400:
            raise VisitEnded("http_error", f"The server answered the login with status {document.status}.")
