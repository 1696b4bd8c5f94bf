"""The `http` method: pages and JSON endpoints that need no browser, by `requests`, with the same evidence.

Each page is one GET on a connection of its own (`http_fetching`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from auditor.capture.base.entry import VisitEntry
from auditor.capture.base.outcomes import OUTCOME_OF, VisitEnded
from auditor.capture.methods.context import VisitContext
from auditor.capture.methods.http_fetching import Fetcher, FetchResult
from auditor.capture.recorder import CaptureRecorder
from auditor.document.body_text import charset_of, decode_body
from auditor.errors import ReadingError
from auditor.model.captures import Outcome, PageProbe, View
from auditor.model.targets.deployments import PageSpec


class HttpVisit:
    """The `CaptureMethod` that asks for each page once and keeps the body; the reader is given it for a snapshot."""

    means = "requests"

    def __init__(self, context: VisitContext) -> None:
        settings = context.browser.settings
        self._context = context
        recorder = context.recorder
        self._fetcher = Fetcher(
            context.scope, settings.settle_seconds, settings.locale, recorder.clock, recorder.entry, recorder.hop
        )

    async def visit(self, pages: Sequence[PageSpec]) -> None:
        """Get each page, with the cookies of the login that was made in this visit."""
        recorder = self._context.recorder
        self._fetcher.cookies = self._context.cookies
        for spec in pages:
            with recorder.log.step(f"get {spec.id}") as step:
                view = await asyncio.to_thread(_get, self._fetcher, recorder, spec, self._context.eyes)
                recorder.views.append(view)
                step.ok, step.detail = view.outcome == "observed", view.why

    def report(self) -> None:
        """Hand over the traffic and the certificates, and say what was not valid."""
        recorder = self._context.recorder
        for fetched in self._fetcher.fetched:
            recorder.exchanges += fetched.exchanges
            recorder.chains.update(fetched.chains)
            recorder.log.warn(fetched.tls_error)


def _get(fetcher: Fetcher, attempt: CaptureRecorder, spec: PageSpec, eyes: PageProbe) -> View:
    blank = attempt.first_view(spec)
    try:
        fetched = fetcher.get(blank.url)
    except VisitEnded as ended:
        last = fetcher.fetched[-1].exchanges[-1:] if fetcher.fetched else []
        return replace(blank, outcome=ended.outcome, why=ended.why, status=last[0].status if last else None)
    captured_at = attempt.clock()
    body = fetched.last.body or b""
    paths = attempt.keeper.body(blank.id, body, fetched.media_type)
    outcome, why = _verdict(fetched, spec, eyes, body, attempt.entry)
    return replace(
        blank,
        final_url=fetched.url,
        outcome=outcome,
        why=why,
        status=fetched.last.status,
        captured_at=captured_at,
        artefacts=paths,
    )


def _verdict(
    fetched: FetchResult, spec: PageSpec, eyes: PageProbe, body: bytes, entry: VisitEntry
) -> tuple[Outcome, str]:
    if fetched.tls_error:
        return "tls_invalid", fetched.tls_error
    if refused := entry.refusal(fetched.last):
        return "login_refused", refused
    if (fetched.last.status or 0) >= 400:
        return "http_error", f"The server answered with status {fetched.last.status}."
    try:
        charset = charset_of(fetched.media_type)
        shown = decode_body(body, charset).encode("utf-8", "replace") if charset not in ("", "utf-8") else body
        readiness = eyes.ready(spec, shown, fetched.url)
    except ReadingError as error:
        return "error", f"The answer was kept but could not be read: {error}."
    outcome = OUTCOME_OF[readiness.state]
    return outcome, "" if outcome == "observed" else readiness.why or f"The answer was {readiness.state}."
