"""The boundary of the browser method: one deployment in, one `Capture` out, whatever the page does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from auditor.capture.browser import Browser
from auditor.capture.circumstances import as_record, off_warnings
from auditor.capture.endings import Ended
from auditor.capture.facts import connection_facts, dns_record
from auditor.capture.keeping import Keeper
from auditor.capture.log import Log
from auditor.capture.scope import address_of, scope_of
from auditor.capture.secrets import Mask, Secrets
from auditor.capture.visit import Credentials, Visit, secret_names
from auditor.clock import Clock
from auditor.errors import VaultError
from auditor.model.captures import Capture, Circumstances, Eyes, Outcome, Stage, View
from auditor.model.deployments import Deployment, PageSpec


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
    """Visit a deployment's pages and put what was seen on the stage.

    Never raises for a bad page: every page ends as a `View` with its outcome. Raises `CaptureError` where no browser
    can be had and `VaultError` where the stage refuses bytes: then there is no capture.
    """
    started = clock()
    log = Log(clock)
    keeper = Keeper(stage)
    secrets = Secrets()
    names = secret_names(deployment, pages)
    for name in names:
        # A user name is no secret: masking `admin` would alter what the pages state.
        if (value := credentials(name)) and (deployment.login is None or name != deployment.login.username_env):
            secrets.password(value, f"value of {name}")
    visit = Visit(
        browser,
        deployment,
        scope=scope_of(deployment),
        eyes=eyes,
        credentials=credentials,
        keeper=keeper,
        log=log,
        secrets=secrets,
        clock=clock,
    )
    if not browser.settings.sandbox:
        log.warn("Chromium's own sandbox was switched off by the settings.")
    for warning in off_warnings(circumstances):
        log.warn(warning)
    ending = _reason_not_to_visit(names, credentials, circumstances)
    if ending is None:
        ending = await _visited(visit, pages, browser.settings.visit_seconds)
    _name_the_rest(visit, deployment, pages, ending, log)
    mask = await asyncio.to_thread(_finish, visit, keeper, secrets, circumstances, capture_id, started, browser, log)
    exchanges = [item for page in visit.pages for item in page.traffic.exchanges]
    return Capture(
        id=capture_id,
        deployment=deployment.id,
        run=run,
        intent=intent,
        method="browser",
        started_at=started,
        ended_at=clock(),
        views=tuple(_masked_view(view, mask) for view in visit.views),
        steps=tuple(replace(step, detail=mask.text(step.detail)) for step in log.steps),
        artefacts=tuple(keeper.artefacts),
        withheld=tuple(keeper.withheld),
        warnings=tuple(mask.text(warning) for warning in log.warnings),
        facts={name: mask.text(fact) for name, fact in connection_facts(exchanges, visit.chains).items()},
    )


def _reason_not_to_visit(names: Sequence[str], credentials: Credentials, circumstances: Circumstances) -> Ended | None:
    failed = [check for check in circumstances.checks if check.result == "failed"]
    if failed:
        facts = "; ".join(f"{check.name}: {check.fact} (expected: {check.expected})" for check in failed)
        return Ended("unclean", f"The capturing machine failed a check, so no page was loaded: {facts}.")
    missing = [name for name in names if not credentials(name)]
    if missing:
        return Ended("no_credentials", f"Not visited: the environment variable {', '.join(missing)} is not set.")
    return None


async def _visited(visit: Visit, pages: Sequence[PageSpec], seconds: float) -> Ended:
    """Make the visit; how it ended, for the pages that have no view yet."""
    try:
        async with asyncio.timeout(seconds):
            await visit.run(pages)
    except Ended as ended:
        return ended
    except TimeoutError:
        return Ended("timed_out", f"The visit was broken off after {seconds:g} s, its hard bound.")
    except VaultError:
        raise
    except Exception as error:  # noqa: BLE001 - the capture boundary: whatever it was, it is recorded and the run goes on
        first = (str(error).splitlines() or [""])[0]
        return Ended("error", f"The visit broke off: {type(error).__name__}: {first}.")
    return Ended("error", "The page was not visited.")


def _name_the_rest(visit: Visit, deployment: Deployment, pages: Sequence[PageSpec], ending: Ended, log: Log) -> None:
    done = {view.page for view in visit.views}
    for page in pages:
        if page.id not in done:
            view_id = page.id if page.listing is None else f"{page.id}-1"
            url = address_of(deployment, page.path)
            visit.views.append(View(view_id, page.id, 1, url, "", _outcome(ending), ending.why, None, None))
    order = {page.id: index for index, page in enumerate(pages)}
    visit.views.sort(key=lambda view: (order[view.page], view.number))
    for opened in visit.pages:
        for incident in [*opened.incidents, *opened.guard.refused]:
            log.warn(incident)
        if opened.traffic.dropped:
            log.warn(f"{opened.traffic.dropped} requests beyond the recorder's bound are not in the traffic record.")


def _outcome(ending: Ended) -> Outcome:
    return ending.outcome


def _finish(
    visit: Visit,
    keeper: Keeper,
    secrets: Secrets,
    circumstances: Circumstances,
    capture_id: str,
    started: datetime,
    browser: Browser,
    log: Log,
) -> Mask:
    exchanges = [item for page in visit.pages for item in page.traffic.exchanges]
    sockets = [url for page in visit.pages for url in page.traffic.sockets]
    keeper.record("circumstances.json", as_record(circumstances), "auditor.capture")
    dns = dns_record(circumstances, exchanges)
    keeper.record("dns.json", dns, "auditor.capture")
    for warning in dns["differences"]:
        log.warn(str(warning))
    keeper.certificates(visit.chains, "cdp:Network.getCertificate")
    fields = {"software": f"seat-auditor with Chromium {browser.process.version}", "capture": capture_id}
    return keeper.finish(
        secrets, capture_id=capture_id, at=started, exchanges=exchanges, sockets=sockets, fields=fields
    )


def _masked_view(view: View, mask: Mask) -> View:
    return replace(
        view,
        final_url=mask.text(view.final_url),
        why=mask.text(view.why),
        title=mask.text(view.title),
    )
