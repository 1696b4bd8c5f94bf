"""Between the program and the store: a proxy that answers some requests wrongly, in the ways that stores do."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.fleet.store_proxy import asked_for

Fault = Literal["conflict", "denied", "error", "full", "landed", "flipped", "short", "slow", "none"]
"""`conflict`: 409, and nothing lands; `denied`: 403, and nothing lands; `error`: 503, and nothing lands; `full`: 507,
and nothing lands; `landed`: 503, although it landed; `flipped`: a byte of the answer's body is another; `short`: the
connection ends in the middle of the answer's body; `slow`: some seconds pass before the answer."""
SLOW_SECONDS = 3.0


@dataclass
class FaultyStore:
    """Faults by what is asked for, used up one after another; what is left over is passed on."""

    target: int
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    careless: bool = False
    """Keeps objects itself, and does not heed If-None-Match."""
    kept: dict[bytes, bytes] = field(default_factory=dict)
    said: dict[bytes, bytes] = field(default_factory=dict)
    """What is answered to requests with this in their address, whatever the store has."""
    refused: dict[bytes, int] = field(default_factory=dict)
    """With which status such requests are refused."""
    port: int = 0
    seen: list[str] = field(default_factory=list)
    meanwhile: tuple[bytes, Callable[[], None]] | None = None
    """What happens once, before a request is answered that begins so."""

    def next(self, method: str) -> Fault:
        waiting = self.faults.get(method, [])
        return waiting.pop(0) if waiting else "none"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            method = asked_for(head)
            if self.meanwhile is not None and head.startswith(self.meanwhile[0]):
                (_, happen), self.meanwhile = self.meanwhile, None
                await asyncio.get_running_loop().run_in_executor(None, happen)
            fault = self.next(method)
            self.seen.append(f"{method} {fault}")
            if found := [body for part, body in self.said.items() if part in head.split(b" ", 2)[1]]:
                answer = _answer(200, found[0])
            elif status := [code for part, code in self.refused.items() if part in head.split(b" ", 2)[1]]:
                answer = _answer(status[0], b"<Error><Code>InvalidArgument</Code></Error>")
            elif self.careless:
                answer = self._kept(head.split(b" ", 2)[1], method, body)
            elif fault == "conflict":
                answer = _answer(409, b"<Error><Code>ConditionalRequestConflict</Code></Error>")
            elif fault == "denied":
                answer = _answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            elif fault == "error":
                answer = _answer(503, b"<Error><Code>SlowDown</Code></Error>")
            elif fault == "full":
                answer = _answer(507, b"<Error><Code>InsufficientStorage</Code><Message>disk full</Message></Error>")
            else:
                await asyncio.sleep(SLOW_SECONDS if fault == "slow" else 0)
                answer = await self._passed_on(_closing(head), body)
                answer = _answer(503, b"") if fault == "landed" else answer
            writer.write(_altered(answer, fault))
            await writer.drain()
        writer.close()

    def _kept(self, key: bytes, method: str, body: bytes) -> bytes:
        if method == "PUT":
            self.kept[key] = body
            return _answer(200, b"")
        return _answer(200, self.kept[key]) if key in self.kept else _answer(404, b"<Error/>")

    async def _passed_on(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(head + body)
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer


def _length(head: bytes) -> int:
    named = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return int(named[0].split(b":")[1]) if named else 0


def _closing(head: bytes) -> bytes:
    """One request a connection."""
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    lines = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"


def _answer(status: int, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %d Fault\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n"
        % (
            status,
            len(body),
            b'ETag: "x"\r\nLast-Modified: Mon, 05 Jan 2026 03:00:00 GMT\r\n',
        )
        + body
    )


def _altered(answer: bytes, fault: Fault) -> bytes:
    if fault == "flipped":
        return answer[:-1] + bytes([answer[-1] ^ 1])
    return answer[:-10] if fault == "short" else answer


@contextlib.contextmanager
def faulty_store(target: int) -> Iterator[FaultyStore]:
    proxy, loop = FaultyStore(target), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
