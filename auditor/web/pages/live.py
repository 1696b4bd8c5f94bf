"""A stream of events that an open page follows: one of few of its session at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from auditor.workflow import Desk


class LiveStream(StreamingResponse):
    """Events until they end or nobody listens any more. 204, by which a page asks no more, where the session follows as
    much as it may."""

    def __init__(self, desk: Desk, events: AsyncIterator[str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._desk.stream_place() as free:
            answer = super().__call__ if free else Response(status_code=204)
            await answer(scope, receive, send)
