"""A real HTTP receiver and a real SMTP server on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


@dataclass
class Hook:
    """What arrived, in order."""

    url: str = ""
    status: int = 204
    received: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def hooked(status: int = 204) -> Iterator[Hook]:
    hook = Hook(status=status)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.bodies.append(body)
            hook.received.append(json.loads(body))
            hook.headers.append(dict(self.headers.items()))
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Post:
    """The letters that a mail server took."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    accounts: list[LoginPassword] = field(default_factory=list)


@contextmanager
def posting(tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> Iterator[Post]:
    """aiosmtpd on a free port, in a loop of its own; with `tls` it offers STARTTLS, or speaks TLS from the start."""
    post, loop, started = Post(), asyncio.new_event_loop(), threading.Event()

    class Handler:
        async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802
            letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            assert isinstance(letter, EmailMessage)
            post.letters.append(letter)
            post.recipients.append(list(envelope.rcpt_tos))
            return "250 OK"

    def account(server: SMTP, session: object, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        post.accounts.append(data)
        return AuthResult(success=True)

    def protocol() -> SMTP:
        offered = None if implicit else tls
        return SMTP(
            Handler(), hostname="mail.example", loop=loop, tls_context=offered, authenticator=account,
            auth_require_tls=not implicit,
        )  # fmt: skip

    async def start() -> asyncio.Server:
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)

    server = loop.run_until_complete(start())
    post.port = server.sockets[0].getsockname()[1]

    def run() -> None:
        loop.call_soon(started.set)
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
