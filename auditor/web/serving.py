"""The process behind `auditor serve`: uvicorn on one address, bounded in connections, headers and time."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from auditor.web.app import make_app
from auditor.web.security import MOST_ADDRESS, MOST_HEADERS, DoorSettings
from auditor.workflow import Office

MOST_CONNECTIONS = 1_000
HEADER_SECONDS = 10.0
"""How long a connection may take to send the headers of a request."""
IDLE_SECONDS = 20


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose request does not arrive whole in time, however slowly it is sent."""

    _headers_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._headers_due is None:
            self._await_headers(IDLE_SECONDS + HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
        super().connection_lost(exc)

    def _await_headers(self, seconds: float = HEADER_SECONDS) -> None:
        self._headers_due = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._headers_due = None
        waiting = self.cycle is None or self.cycle.response_complete
        if waiting and not self.transport.is_closing():
            self.transport.close()


class PageServer(uvicorn.Server):
    """Says when it listens, and when it ends: streams end then, which would go on otherwise."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ends: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready, self._ends = ready, ends

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ends()
        await super().shutdown(sockets)


def page_server(office: Office, settings: DoorSettings, ready: Callable[[], None]) -> PageServer:
    """The server of an office, before it listens. `ready` is called once it does."""
    config = uvicorn.Config(
        make_app(office, settings),
        http=cast("Any", BoundedProtocol),
        ws="none",
        lifespan="off",
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        h11_max_incomplete_event_size=MOST_HEADERS + MOST_ADDRESS,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=20,
    )
    return PageServer(config, ready, office.ending.set)


def serve_pages(office: Office, settings: DoorSettings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGTERM or Ctrl-C; requests under way are finished first."""
    # uvicorn raises the signal that ended it once more, for whoever was there before: that is where this returns.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            page_server(office, settings, ready).run([listening])
    finally:
        signal.signal(signal.SIGTERM, before)
