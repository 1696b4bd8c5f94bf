"""A value is taken only from a document that arrived whole: what a cut transfer shows is not what the page says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.capture import Browser
from auditor.capture.browser.network_log import MAX_EXCHANGES
from auditor.clock import now
from auditor.model.captures import Capture
from auditor.reading.reader import at_rest
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import Handler, Site, registration
from tests.capture.visit_helpers import SETTINGS, deployment, page, visit


def parts() -> tuple[bytes, bytes]:
    """The registration page of 345, broken within the number."""
    first, second = registration("345").encode().split(b"345", 1)
    return first + b"34", b"5" + second


def cut_by_length(handler: Handler) -> None:
    first, second = parts()
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Content-Length", str(len(first + second)))
    handler.end_headers()
    handler.wfile.write(first)
    handler.close_connection = True


def chunked(handler: Handler, pause: float | None) -> None:
    first, second = parts()
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(first), first))
    handler.close_connection = True
    if pause is not None:
        time.sleep(pause)
        handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(second), second))


@pytest.mark.parametrize("cut", [cut_by_length, lambda handler: chunked(handler, None)], ids=["length", "chunked"])
def test_a_document_that_was_cut_evidences_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, cut: object
) -> None:
    site.acts["/page"] = cut  # type: ignore[assignment]
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    (view,) = capture.views
    assert view.outcome == "connection_reset", view.why
    assert capture.state == "failed"


def test_a_document_that_pauses_within_its_number_is_waited_for(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.acts["/page"] = lambda handler: chunked(handler, 3.0)
    capture, stage = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    (view,) = capture.views
    if view.outcome == "observed":
        assert b"345" in stage.disclosable()[view.artefacts["dom"]]
    else:
        assert view.outcome == "not_settled", view.why


def slow_answer(handler: Handler, seconds: float) -> None:
    time.sleep(seconds)
    handler.answer("345", kind="text/plain")


def no_answer(handler: Handler) -> None:
    handler.server.closing.wait(60)


FILL = (
    "<script>fetch('/count').then(r => r.text()).then(t => document.querySelectorAll('td')[1].textContent = t)</script>"
)


def test_an_answer_that_fills_the_page_late_is_waited_for(runner: asyncio.Runner, site: Site, tmp_path: Path) -> None:
    site.acts["/count"] = lambda handler: slow_answer(handler, 0.7)
    site.pages["/page"] = registration("0", extra=FILL)

    async def act() -> tuple[Capture, FolderStage]:
        async with Browser.open(replace(SETTINGS, settle_seconds=15.0), now) as patient:
            return await visit(patient, deployment(site.url), [page("/page")], tmp_path)

    capture, stage = runner.run(act())
    (view,) = capture.views
    assert (view.outcome, view.rest) == ("observed", "reached")
    assert b"345" in stage.disclosable()[view.artefacts["dom"]]


def test_a_page_that_asks_without_end_is_taken_and_says_so(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.acts["/poll"] = no_answer
    site.pages["/page"] = registration("34", extra="<script>fetch('/poll')</script>")
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    (view,) = capture.views
    assert (view.outcome, view.rest) == ("observed", "pending")
    assert at_rest(view).answer == "failed"


def test_an_earlier_document_does_not_speak_for_one_beyond_the_recorders_bound(
    runner: asyncio.Runner, site: Site, tmp_path: Path
) -> None:
    # A port that the browser refuses of itself: each request ends at once, and nothing is sent.
    flood = f"for (let i = 0; i < {MAX_EXCHANGES}; i++) new Image().src = 'http://pictures.example:1/' + i"
    site.pages["/page"] = registration("34", extra=f"<script>{flood}</script>")
    site.acts["/next"] = lambda handler: handler.answer(registration("35"), status=500)
    pages = [page("/page"), page("/next", "next")]

    async def act() -> Capture:
        async with Browser.open(replace(SETTINGS, settle_seconds=40.0, visit_seconds=120), now) as patient:
            return (await visit(patient, deployment(site.url), pages, tmp_path))[0]

    capture = runner.run(act())
    assert (capture.views[1].outcome, capture.views[1].status) == ("http_error", 500)
    assert any("beyond the recorder's bound" in warning for warning in capture.warnings)


def test_an_earlier_document_does_not_speak_for_one_that_never_came(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/page"] = registration("34")
    site.acts["/next"] = no_answer
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page"), page("/next", "next")], tmp_path))
    assert [(view.outcome, view.status) for view in capture.views] == [("observed", 200), ("timed_out", None)]
