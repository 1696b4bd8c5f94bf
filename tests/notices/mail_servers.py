"""Mail servers on loopback with a fault each: aiosmtpd with STARTTLS, and a socket that speaks as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.certificates import self_signed

HOST = "127.0.0.1"


@dataclass
class MailPost:
    """A server, what it was given, and how it answers."""

    port: int = 0
    authority: Path = Path()
    rcpt: str = ""
    """Answer to RCPT TO; the usual one where empty."""
    data: str = "250 2.0.0 Ok: queued as 4ABC"
    """Answer after the last dot; `drop` closes the connection, `hang` waits until the test ends."""
    wait: float = 0.0
    taken: list[bytes] = field(default_factory=list)
    """The content of every message, as it came."""
    accounts: list[LoginPassword] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when a message's last dot has come."""
    release: asyncio.Event | None = None


@contextmanager
def mail_post(folder: Path, *, tls: bool = True, size: int = 33_554_432, utf8: bool = True) -> Iterator[MailPost]:
    """aiosmtpd on a free port, in a loop of its own."""
    post, loop, started, ended = MailPost(), asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    folder.mkdir(parents=True, exist_ok=True)
    context = None
    if tls:
        whole = self_signed(folder / "mail.pem", HOST)
        post.authority = Path(f"{whole}.crt")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(whole)

    class Handler:
        async def handle_RCPT(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            if post.rcpt:
                return post.rcpt
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            post.taken.append(envelope.original_content or b"")
            post.reached.set()
            if post.wait:
                await asyncio.sleep(post.wait)
            if post.data == "drop":
                assert isinstance(server.transport, asyncio.WriteTransport)
                server.transport.abort()
            if post.data == "hang":
                await asyncio.Event().wait()
            return post.data

    def account(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        post.accounts.append(data)
        return AuthResult(success=data.password == b"right", handled=data.password == b"right")

    def protocol() -> SMTP:
        return SMTP(
            Handler(), hostname="mail.example", loop=loop, tls_context=context, authenticator=account,
            data_size_limit=size, enable_SMTPUTF8=utf8,
        )  # fmt: skip

    async def serve() -> None:
        server = await loop.create_server(protocol, HOST, 0)
        post.port = server.sockets[0].getsockname()[1]
        started.set()
        await ended.wait()
        server.close()

    def run() -> None:  # also where the thread of the test has a loop of its own
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


@contextmanager
def scripted_post(lines: list[bytes | None]) -> Iterator[int]:
    """A socket that greets with the first line and answers each command with the next; None closes. Gives its port."""
    with socket.create_server((HOST, 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as client, client.makefile("rb") as said:
                for line in lines:
                    if line is None:
                        return
                    client.sendall(line)
                    if line.startswith(b"354"):
                        while said.readline() not in (b".\r\n", b""):
                            pass
                    elif not said.readline():
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join()
