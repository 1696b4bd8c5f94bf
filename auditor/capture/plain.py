"""Pages of method `http` as views: got, kept, and judged by the reader."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from auditor.capture.attempt import Attempt
from auditor.capture.endings import Ended
from auditor.capture.fetching import Fetched, Fetcher
from auditor.errors import ReadingError
from auditor.model.captures import Eyes, Outcome, View
from auditor.model.deployments import PageSpec

_OUTCOME: dict[str, Outcome] = {
    "ready": "observed",
    "unreadable": "observed",
    "waiting": "not_settled",
    "label_missing": "label_missing",
    "not_logged_in": "not_logged_in",
    "obscured": "obscured",
}


async def get_pages(fetcher: Fetcher, attempt: Attempt, pages: Sequence[PageSpec], eyes: Eyes) -> None:
    """Get each page and keep its body. `eyes.ready` is given the body in place of a snapshot."""
    for spec in pages:
        with attempt.log.step(f"get {spec.id}") as step:
            view = await asyncio.to_thread(_get, fetcher, attempt, spec, eyes)
            attempt.views.append(view)
            step.ok, step.detail = view.outcome == "observed", view.why


def _get(fetcher: Fetcher, attempt: Attempt, spec: PageSpec, eyes: Eyes) -> View:
    blank = attempt.first_view(spec)
    try:
        fetched = fetcher.get(blank.url)
    except Ended as ended:
        last = fetcher.fetched[-1].exchanges[-1:] if fetcher.fetched else []
        return replace(blank, outcome=ended.outcome, why=ended.why, status=last[0].status if last else None)
    captured_at = attempt.clock()
    body = fetched.last.body or b""
    paths = attempt.keeper.body(blank.id, body, fetched.media_type)
    outcome, why = _verdict(fetched, spec, eyes, body)
    return replace(
        blank,
        final_url=fetched.url,
        outcome=outcome,
        why=why,
        status=fetched.last.status,
        captured_at=captured_at,
        artefacts=paths,
    )


def _verdict(fetched: Fetched, spec: PageSpec, eyes: Eyes, body: bytes) -> tuple[Outcome, str]:
    if fetched.tls_error:
        return "tls_invalid", fetched.tls_error
    if (fetched.last.status or 0) >= 400:
        return "http_error", f"The server answered with status {fetched.last.status}."
    try:
        readiness = eyes.ready(spec, body, fetched.url)
    except ReadingError as error:
        return "error", f"The answer was kept but could not be read: {error}."
    outcome = _OUTCOME[readiness.state]
    return outcome, "" if outcome == "observed" else readiness.why or f"The answer was {readiness.state}."
