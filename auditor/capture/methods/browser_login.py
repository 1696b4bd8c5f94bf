"""The login of a visit in its browser: typed with the secrets of the visit, or resumed from a person's own sign-in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from playwright.async_api import Error as PlaywrightError

from auditor.capture.artefacts.secrets import MIN_PASSWORD_LENGTH
from auditor.capture.artefacts.spellings import spelled_forms, written_forms
from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.scope import address_of
from auditor.capture.browser.page import CdpPage
from auditor.capture.browser.screenshot import tile_clips
from auditor.capture.interaction.code_refusal import why_refused
from auditor.capture.interaction.login import LoginFlow, SecondFactor
from auditor.capture.interaction.step_runner import StepRunner
from auditor.capture.methods.context import VisitContext
from auditor.model.targets.deployments import Login, PageSpec

LOGIN_PICTURE_SECONDS = 10.0


class BrowserLogin:
    """One login in the page of a visit. How it ended is kept where it did not lead in."""

    def __init__(
        self, context: VisitContext, page: CdpPage, keep_cookies: Callable[[CdpPage], Awaitable[None]]
    ) -> None:
        self._attempt = context.recorder
        self._browser = context.browser
        self._deployment = context.recorder.deployment
        self._log = context.recorder.log
        self._scope = context.scope
        self._eyes = context.eyes
        self._seconds = context.browser.settings.settle_seconds
        self._page = page
        self._cookies = keep_cookies

    async def go_in(self, specs: Sequence[PageSpec]) -> None:
        """Go in by the way that the deployment declares. Raises `VisitEnded` where it leads nowhere."""
        login = self._deployment.login
        if login is None:
            return
        if login.by_person:
            await self._resume(specs, login)
            return
        url = address_of(self._deployment, login.path)
        values = self._attempt.held.values
        typed = {name: self._forms(name, value) for name, value in values.items()}
        await self._page.guard.enter("login", tuple(form for forms in typed.values() for form in forms))
        self._page.traffic.login_phase = True
        hands = StepRunner(self._page, self._eyes, self._scope, self._attempt.held)
        try:
            await LoginFlow(
                self._page, login, self._eyes, hands, self._log, self._seconds, self._second_factor()
            ).enter(url)
            await self._page.traffic.drain(2)
        except VisitEnded as ended:
            if ended.outcome in ("login_refused", "not_logged_in", "http_error", "label_missing", "out_of_scope"):
                await self._keep_login(specs, url, ended)
            raise
        finally:
            self._page.traffic.login_phase = False
        # A user name or a short word stands in addresses of its own accord.
        kept = [
            form
            for name, forms in typed.items()
            if name not in self._attempt.user_names and len(values[name].encode()) >= MIN_PASSWORD_LENGTH
            for form in forms
        ]
        await self._page.guard.enter("read", tuple(kept))

    def _forms(self, name: str, value: str) -> tuple[bytes, ...]:
        """What must reach no other origin. Spelled letter by letter a short word would be found in any address."""
        long = name not in self._attempt.user_names and len(value.encode()) >= MIN_PASSWORD_LENGTH
        return (*written_forms(value), *(spelled_forms(value) if long else ()))

    async def _resume(self, specs: Sequence[PageSpec], login: Login) -> None:
        """Go in with what a person's sign-in left. Where that holds no longer, nobody else signs in."""
        url = address_of(self._deployment, login.path)
        hands = StepRunner(self._page, self._eyes, self._scope, self._attempt.held)
        flow = LoginFlow(self._page, login, self._eyes, hands, self._log, self._seconds, SecondFactor())
        try:
            await flow.resume(url)
        except VisitEnded as ended:
            if ended.outcome not in ("login_refused", "not_logged_in", "out_of_scope", "http_error"):
                raise
            then = f"Run: auditor sign-in {self._deployment.id}."
            gone = VisitEnded("login_expired", f"The kept sign-in holds no longer: {ended.why} {then}")
            await self._keep_login(specs, url, gone)
            raise gone from ended

    def _second_factor(self) -> SecondFactor:
        attempt, secret = self._attempt, self._attempt.code_secret

        async def next_code() -> str:
            code = await self._browser.used_codes.next(secret, attempt.clock) if secret is not None else ""
            attempt.secrets.code(code)
            self._page.guard.withhold((code.encode(),) if code else ())
            return code

        return SecondFactor(
            next_code if secret is not None else None,
            lambda answer: why_refused(attempt.circumstances, answer, attempt.clock()),
        )

    async def _keep_login(self, specs: Sequence[PageSpec], url: str, ended: VisitEnded) -> None:
        """Keep the page on which the login ended, as the view of the first page that could not be reached."""
        if not specs:
            return
        blank = self._attempt.first_view(specs[0])
        try:
            async with asyncio.timeout(LOGIN_PICTURE_SECONDS):
                snapshot = await self._page.snapshot()
                png = await self._page.screenshot(tile_clips(*snapshot.size)[0][0], beyond=snapshot.exceeds_viewport)
                documents = await self._page.documents(snapshot)
                await self._cookies(self._page)
        except (VisitEnded, PlaywrightError, TimeoutError):
            return
        paths = await asyncio.to_thread(self._attempt.keeper.login_page, blank.id, png, snapshot, documents[0])
        self._attempt.secrets.markup(documents[0].decode("utf-8", "replace"))
        view = replace(
            blank,
            url=url,
            final_url=snapshot.url,
            outcome=ended.outcome,
            why=ended.why,
            status=status_of(self._page, snapshot.url) or None,
            captured_at=self._attempt.clock(),
            title=snapshot.title,
            artefacts=paths,
        )
        self._attempt.views.append(view)


def status_of(page: CdpPage, url: str) -> int:
    """The status of the document at an address; 0 where none is known."""
    document = page.traffic.document(url)
    return document.status or 0 if document is not None else 0
