"""HTTP on the loopback interface, with a clean end: no thread, socket or process outlives `stop()`.

Deciding is apart from touching: an `Application` turns a `HttpRequest` into an `HttpResponse`; only this file owns
sockets.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import MappingProxyType
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

from auditor.errors import ConfigError

LARGEST_BODY = 64 * 1024
"""Bytes. A login form or a timestamp query is far smaller."""
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a visitor asked for."""

    method: str
    path: str
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    media_type: str
    body: bytes

    def form(self) -> Mapping[str, str]:
        """Fields of an `application/x-www-form-urlencoded` body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


DeliveryFault = Literal["send", "reset", "hang", "truncate"]
"""`reset`: a TCP RST in place of a response; `hang`: silence until the server stops; `truncate`: half of the body."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What the visitor gets."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    """Seconds before the first byte."""
    fate: DeliveryFault = "send"


class Application(Protocol):
    """Turns requests into answers; called from many threads at once."""

    def answer(self, request: HttpRequest) -> HttpResponse: ...


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request as it was answered: the server's own memory of who asked for what."""

    method: str
    path: str
    status: int


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Apache-Coyote/1.1"
    sys_version = ""
    wbufsize = -1  # headers and body leave in one segment
    disable_nagle_algorithm = True
    server: LoopbackServer

    def version_string(self) -> str:
        return self.server_version

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Silent: `LoopbackServer.visits` remembers."""

    def do_GET(self) -> None:
        self._respond(b"")

    def do_HEAD(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        try:
            size = int(self.headers.get("Content-Length", ""))
        except ValueError:
            size = -1
        if not 0 <= size <= LARGEST_BODY:
            self.close_connection = True
            self._send(HttpResponse(b"", 413 if size > LARGEST_BODY else 411, "text/plain"))
            return
        self._respond(self.rfile.read(size))

    def _respond(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        request = HttpRequest(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            _cookies(self.headers.get("Cookie", "")),
            self.headers.get_content_type(),
            body,
        )
        answer = self.server.application.answer(request)
        if answer.delay:
            self.server.closing.wait(answer.delay)
        if answer.fate == "hang":
            self.server.closing.wait()
        if answer.fate in ("hang", "reset"):
            self.server.remember(ServedRequest(self.command, parts.path, 0))
            self._reset()
            return
        self._send(answer)

    def _send(self, answer: HttpResponse) -> None:
        self.server.remember(ServedRequest(self.command, urlsplit(self.path).path, answer.status))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            half = len(answer.body) // 2
            self.wfile.write(answer.body[:half] if answer.fate == "truncate" else answer.body)
        self.close_connection = self.close_connection or answer.fate == "truncate"

    def _reset(self) -> None:
        self.close_connection = True
        # Zero linger turns the close into a RST: the visitor sees a reset connection, not an empty answer.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.abandon(self.connection)


def _cookies(header: str) -> Mapping[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return MappingProxyType({})


@dataclass(slots=True)
class _Connections:
    """Open connections, so that stopping can end idle ones."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    open: set[socket.socket] = field(default_factory=set)
    abandoned: set[socket.socket] = field(default_factory=set)


class LoopbackServer(ThreadingHTTPServer):
    """One application behind one port of 127.0.0.1. `start()` before use, `stop()` after; both once."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, application: Application, *, name: str, port: int) -> None:
        self.application = application
        self.closing = threading.Event()
        self._connections = _Connections()
        self._visits: deque[ServedRequest] = deque(maxlen=20_000)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise ConfigError(
                f"port {port} of {name}: must be free on {LOOPBACK}, is not ({error.strerror}); "
                "stop what uses it or give another port"
            ) from error
        self._thread = threading.Thread(target=self.serve_forever, args=(0.03,), name=f"demo {name}")

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def visits(self) -> tuple[ServedRequest, ...]:
        """Requests answered so far, oldest first; status 0 where no response was sent."""
        return tuple(self._visits)

    def remember(self, visit: ServedRequest) -> None:
        self._visits.append(visit)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends all connections, joins all threads, frees the port."""
        self.closing.set()
        self.shutdown()
        with self._connections.lock:
            for connection in self._connections.open:
                _quietly_end(connection)
        self.server_close()
        self._thread.join()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own asks the resolver for a host name, which may take seconds
        self.server_name, self.server_port = LOOPBACK, self.port

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections.lock:
            self._connections.open.add(request)
        super().process_request(request, client_address)

    def abandon(self, request: socket.socket) -> None:
        """Lets the connection end without the polite shutdown, so that its linger option decides."""
        with self._connections.lock:
            self._connections.abandoned.add(request)

    def shutdown_request(self, request: Any) -> None:
        with self._connections.lock:
            self._connections.open.discard(request)
            abandoned = request in self._connections.abandoned
            self._connections.abandoned.discard(request)
        if abandoned:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor that went away is no error here; anything else is told on standard error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _quietly_end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone
