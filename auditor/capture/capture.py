"""The boundary of the room: one deployment in, one `Capture` out, whatever its pages do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version as version_of

from auditor import __version__
from auditor.capture.base.scope import scope_of
from auditor.capture.browser.process import Browser
from auditor.capture.methods.browser import BrowserVisit
from auditor.capture.methods.http import Fetcher, get_pages
from auditor.capture.recorder import CaptureRecorder, CredentialLookup
from auditor.clock import Clock
from auditor.model.captures import Capture, Circumstances, PageProbe, Stage
from auditor.model.deployments import Deployment, PageSpec
from auditor.model.notes import make_note

LOGGER = logging.getLogger("auditor.capture")


async def capture_deployment(
    browser: Browser,
    deployment: Deployment,
    pages: Sequence[PageSpec],
    *,
    capture_id: str,
    run: str,
    intent: str,
    stage: Stage,
    eyes: PageProbe,
    credentials: CredentialLookup,
    circumstances: Circumstances,
    clock: Clock,
) -> Capture:
    """Visit a deployment's pages, each by its method, and put what was seen on the stage.

    Pages of method `http` come after those of the browser and are asked with the cookies of its login. Never raises for
    a bad page: every page ends as a `View` with its outcome, a browser that is lost and cannot be had again included.
    Raises `VaultError` where the stage refuses bytes: then there is no capture.
    """
    attempt = CaptureRecorder(
        deployment, pages, stage=stage, credentials=credentials, circumstances=circumstances, clock=clock
    )
    scope = scope_of(deployment)
    settings = browser.settings
    shown = [page for page in pages if page.method == "browser"]
    plain = [page for page in pages if page.method == "http"]
    browses = bool(shown) or deployment.login is not None
    if browses and not settings.sandbox:
        attempt.log.warn(make_note("capture.sandbox_off"))
    visit = BrowserVisit(browser, attempt, scope, eyes)
    fetcher = Fetcher(scope, settings.settle_seconds, settings.locale, clock)

    async def act() -> None:
        if browses:
            await visit.run(shown)
        fetcher.cookies = visit.session_cookies
        await get_pages(fetcher, attempt, plain, eyes)

    await attempt.make(act, settings.visit_seconds)
    visit.report()
    fetcher.report(attempt)
    means = ["cdp:Network"] * browses + ["requests"] * bool(plain)
    capture = await attempt.conclude(
        capture_id=capture_id,
        run=run,
        intent=intent,
        method="browser" if shown else "http",
        software=f"seat-auditor {__version__}, Chromium {browser.version}, requests {version_of('requests')}",
        means=", ".join(means),
    )
    outcomes = ", ".join(f"{view.page} {view.outcome}" for view in capture.views)
    level = logging.INFO if capture.state == "complete" else logging.WARNING
    LOGGER.log(
        level, "visit ended: deployment=%s capture=%s state=%s: %s", deployment.id, capture_id, capture.state, outcomes
    )
    return capture
