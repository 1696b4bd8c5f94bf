"""The boundary of the room: one deployment in, one `Capture` out, whatever its pages do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from importlib.metadata import version as version_of

from auditor import __version__
from auditor.capture.base.held_secrets import CredentialLookup, hold_secrets
from auditor.capture.base.scope import scope_of
from auditor.capture.browser.process import Browser
from auditor.capture.methods import LOGS_IN, METHODS, VisitContext
from auditor.capture.recorder import CaptureRecorder, secret_names
from auditor.clock import Clock
from auditor.model.captures import Capture, Circumstances, KeptSignIn, PageProbe, Stage
from auditor.model.targets.deployments import Deployment, PageSpec

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
    sign_in: KeptSignIn | None = None,
    renew: Callable[[KeptSignIn], None] = lambda _: None,
) -> Capture:
    """Visit a deployment's pages, each by its method, and put what was seen on the stage.

    `sign_in`: what a person's sign-in left, for a login of that kind; `renew` is given what the visit made of it. Pages
    of method `http` come after those of the browser and are asked with the cookies of its login. Never raises for a bad
    page: every page ends as a `View` with its outcome, a browser that is lost and cannot be had again included. Raises
    `VaultError` where the stage refuses bytes: then there is no capture.
    """
    held = await asyncio.to_thread(hold_secrets, credentials, secret_names(deployment, pages))
    recorder = CaptureRecorder(
        deployment, pages, stage=stage, credentials=held, circumstances=circumstances, clock=clock, sign_in=sign_in
    )
    context = VisitContext(browser, recorder, scope_of(deployment), eyes)
    own = {name: [page for page in pages if page.method == name] for name in METHODS}
    visits = {
        name: make(context)
        for name, make in METHODS.items()
        if own[name] or (name == LOGS_IN and deployment.login is not None)
    }

    async def act() -> None:
        for name, method in visits.items():
            await method.visit(own[name])

    await recorder.make(act, browser.settings.visit_seconds)
    for method in visits.values():
        method.report()
    capture = await recorder.conclude(
        capture_id=capture_id,
        run=run,
        intent=intent,
        method=next((name for name in METHODS if own[name]), "http"),
        software=f"seat-auditor {__version__}, Chromium {browser.version}, requests {version_of('requests')}",
        means=", ".join(method.means for method in visits.values()),
    )
    if recorder.renewed is not None:
        await asyncio.to_thread(renew, recorder.renewed)
    outcomes = ", ".join(f"{view.page} {view.outcome}" for view in capture.views)
    level = logging.INFO if capture.state == "complete" else logging.WARNING
    LOGGER.log(
        level, "visit ended: deployment=%s capture=%s state=%s: %s", deployment.id, capture_id, capture.state, outcomes
    )
    return capture
