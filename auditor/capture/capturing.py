"""The two capture methods: one deployment in, one `Capture` out, whatever the page does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from auditor import __version__
from auditor.capture.attempt import Attempt, Credentials
from auditor.capture.browser import Browser
from auditor.capture.endings import Ended
from auditor.capture.http import Fetched, Fetcher
from auditor.capture.scope import Scope, scope_of
from auditor.capture.visit import Visit
from auditor.clock import Clock
from auditor.model.captures import Capture, Circumstances, Eyes, Outcome, Stage, View
from auditor.model.deployments import Deployment, PageSpec
from auditor.model.estate import BrowserSettings


async def capture_deployment(
    browser: Browser,
    deployment: Deployment,
    pages: Sequence[PageSpec],
    *,
    capture_id: str,
    run: str,
    intent: str,
    stage: Stage,
    eyes: Eyes,
    credentials: Credentials,
    circumstances: Circumstances,
    clock: Clock,
) -> Capture:
    """Visit a deployment's pages with a browser and put what was seen on the stage.

    Never raises for a bad page: every page ends as a `View` with its outcome, a browser that is lost and cannot be had
    again included. Raises `VaultError` where the stage refuses bytes: then there is no capture.
    """
    attempt = Attempt(deployment, pages, stage=stage, credentials=credentials, circumstances=circumstances, clock=clock)
    settings = browser.settings
    if not settings.sandbox:
        attempt.log.warn("Chromium's own sandbox was switched off by the settings.")
    visit = Visit(browser, attempt, scope_of(deployment), eyes)
    await attempt.make(lambda: visit.run(pages), settings.visit_seconds)
    visit.report()
    return await attempt.conclude(
        capture_id=capture_id,
        run=run,
        intent=intent,
        method="browser",
        software=f"seat-auditor {__version__}, Chromium {browser.version}",
        means="cdp:Network",
    )


async def capture_http(
    settings: BrowserSettings,
    deployment: Deployment,
    pages: Sequence[PageSpec],
    *,
    capture_id: str,
    run: str,
    intent: str,
    stage: Stage,
    eyes: Eyes,
    credentials: Credentials,
    circumstances: Circumstances,
    clock: Clock,
) -> Capture:
    """The same for pages that need no browser. `eyes.ready` is given the body's bytes in place of a snapshot."""
    plain = replace(deployment, login=None)
    attempt = Attempt(plain, pages, stage=stage, credentials=credentials, circumstances=circumstances, clock=clock)
    fetcher = Fetcher(scope_of(deployment), settings.settle_seconds, settings.locale, clock)

    async def act() -> None:
        for spec in pages:
            with attempt.log.step(f"get {spec.id}") as step:
                view = await asyncio.to_thread(_get, fetcher, attempt, spec, eyes, scope_of(deployment))
                attempt.views.append(view)
                step.ok, step.detail = view.outcome == "observed", view.why

    await attempt.make(act, settings.visit_seconds)
    for fetched in fetcher.fetched:
        attempt.exchanges += fetched.exchanges
        attempt.chains.update(fetched.chains)
        attempt.log.warn(fetched.tls_error)
    return await attempt.conclude(
        capture_id=capture_id,
        run=run,
        intent=intent,
        method="http",
        software=f"seat-auditor {__version__}, requests",
        means="requests",
    )


_OUTCOME: dict[str, Outcome] = {
    "ready": "observed",
    "waiting": "not_settled",
    "unreadable": "not_settled",
    "label_missing": "label_missing",
    "not_logged_in": "not_logged_in",
    "obscured": "obscured",
}


def _get(fetcher: Fetcher, attempt: Attempt, spec: PageSpec, eyes: Eyes, scope: Scope) -> View:
    blank = attempt.first_view(spec)
    try:
        fetched = fetcher.get(blank.url)
    except Ended as ended:
        last = fetcher.fetched[-1].exchanges[-1:] if fetcher.fetched else []
        return replace(blank, outcome=ended.outcome, why=ended.why, status=last[0].status if last else None)
    body = fetched.last.body or b""
    outcome, why = _verdict(fetched, spec, eyes, body)
    paths = attempt.keeper.body(blank.id, body, fetched.media_type)
    return replace(
        blank,
        final_url=fetched.url,
        outcome=outcome,
        why=why,
        status=fetched.last.status,
        captured_at=attempt.clock(),
        artefacts=paths,
    )


def _verdict(fetched: Fetched, spec: PageSpec, eyes: Eyes, body: bytes) -> tuple[Outcome, str]:
    if fetched.tls_error:
        return "tls_invalid", fetched.tls_error
    if (fetched.last.status or 0) >= 400:
        return "http_error", f"The server answered with status {fetched.last.status}."
    readiness = eyes.ready(spec, body, fetched.url)
    if readiness.state == "ready":
        return "observed", ""
    return _OUTCOME[readiness.state], readiness.why or f"The answer was {readiness.state}."
