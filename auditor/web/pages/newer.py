"""What was added since the line that a page stands for: told in its head while it is looked at, not put in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import Response

from auditor.errors import AuditorError
from auditor.web.pages.live import LiveStream
from auditor.web.routing import WebRequest, WebRoute
from auditor.wording import Lang, page_text
from auditor.workflow import Desk

LOOK_SECONDS = 0.5
LATER_SECONDS = 5.0
"""How often it is looked once it was said that there is something: how much more comes is in no hurry."""
LONGEST_SECONDS = 600.0
"""A stream rests then: a page that lies open does not ask for ever."""
HEARTBEAT_SECONDS = 15.0


def follow_lines(desk: Desk, request: WebRequest) -> Response:
    """A stream that says how many lines were added from the one on that a page is of. Without one it is empty."""
    since = request.query.get("since", "")
    if not since.isascii() or not since.isdecimal() or len(since) > 15:
        return Response(status_code=204)
    return LiveStream(desk, _events(desk, int(since), request.lang))


async def _events(desk: Desk, since: int, lang: Lang) -> AsyncIterator[str]:
    seen: object = None
    told, quiet, left = 0, 0.0, LONGEST_SECONDS
    yield ": here\n\n"
    while left > 0:
        if desk.ending or not await asyncio.to_thread(desk.own.stands):
            return
        try:
            mark = await asyncio.to_thread(desk.reads.mark)
            found = told if mark == seen else await asyncio.to_thread(desk.reads.added_since, since)
        except AuditorError:
            break  # the next page says what is wrong
        if found != told:
            text = json.dumps({"newer": page_text("frame.newer", lang, n=f"{found:,}")})
            yield f"id: {since + found}\nevent: state\ndata: {text}\n\n"
            quiet = 0.0
        seen, told = mark, found
        pause = LATER_SECONDS if told else LOOK_SECONDS
        await asyncio.sleep(pause)
        quiet, left = quiet + pause, left - pause
        if quiet >= HEARTBEAT_SECONDS:
            yield ": still here\n\n"
            quiet = 0.0
    yield "event: rest\ndata: {}\n\n"


ROUTES = (WebRoute("GET", "/newer", "follow_lines", "read", follow_lines, looks=False),)
