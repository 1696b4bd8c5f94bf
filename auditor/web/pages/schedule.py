"""Schedules and the signs of life; a run begun, and looked on at while it runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import Response

from auditor.errors import NotShownError
from auditor.web.pages.frame import show
from auditor.web.pages.live import LiveStream
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""A stream ends by then; the page opens another."""


def show_schedule(desk: Desk, request: WebRequest) -> Response:
    """What is due, overdue, missed and running; without names for whoever sees no customer."""
    works = desk.works.own() if desk.may("read") else ()
    return show(desk, request, "schedule.html", seen=desk.reads.health(), works=works)


def start_run(desk: Desk, request: WebRequest) -> Response:
    """Visit the deployments that are named, or all of the scope."""
    named = [one for one in request.forms.get("deployment", ()) if one]
    return redirect(f"/works/{desk.works.start_run(named).id}")


def show_work(desk: Desk, request: WebRequest) -> Response:
    """How far one's own work is."""
    state = desk.works.state(request.params["work"])
    return show(desk, request, "work.html", state=state, said=desk.works.said(state.work))


def end_work(desk: Desk, request: WebRequest) -> Response:
    """Ask one's own work to end."""
    name = request.params["work"]
    desk.works.end(name)
    return redirect(f"/works/{name}")


def follow_work(desk: Desk, request: WebRequest) -> Response:
    """One's own work as a stream of events: its figures whenever they change, `ended` at its end."""
    name = request.params["work"]
    desk.works.named(name)
    return LiveStream(desk, _events(desk, name))


async def _events(desk: Desk, name: str) -> AsyncIterator[str]:
    told, quiet, left = "", 0.0, LONGEST_SECONDS
    while left > 0:
        if desk.ending or not await asyncio.to_thread(desk.own.stands):
            return
        try:
            state = await asyncio.to_thread(desk.works.state, name)
        except NotShownError:
            return  # so many came after it that it is remembered no more
        figures = {"planned": state.planned, "done": state.done, "line": state.line, "last": state.last}
        text = json.dumps({**figures, "ended": not state.work.running})
        if text != told:
            yield f"id: {state.line}\nevent: state\ndata: {text}\n\n"
            told, quiet = text, 0.0
        if not state.work.running:
            return
        await asyncio.sleep(LOOK_SECONDS)
        quiet, left = quiet + LOOK_SECONDS, left - LOOK_SECONDS
        if quiet >= HEARTBEAT_SECONDS:
            yield ": still here\n\n"
            quiet = 0.0


_WORK = {"work": "none"}
ROUTES = (
    WebRoute("GET", "/schedule", "schedule", "health", show_schedule),
    WebRoute("POST", "/runs", "start_run", "runs", start_run),
    WebRoute("GET", "/works/{work}", "work", "read", show_work, sample=_WORK),
    WebRoute("GET", "/works/{work}/now", "work_now", "read", show_work, looks=False, sample=_WORK),
    WebRoute("POST", "/works/{work}/end", "end_work", "read", end_work, sample=_WORK),
    WebRoute("GET", "/works/{work}/live", "follow_work", "read", follow_work, looks=False, sample=_WORK),
)
