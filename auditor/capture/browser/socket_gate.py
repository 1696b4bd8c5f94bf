"""The only way out for WebSockets: a gate (SOCKS 5, RFC 1928) on this machine that knows the visit's scope.

Chromium's Fetch domain does not see WebSockets, and workers open them out of any session's sight. So a visit's context
has the gate as its proxy for everything but `http` and `https`, which go straight to their servers. Where a
deployment declares a proxy, everything goes through the gate, and on through that proxy, to declared origins alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable

from playwright.async_api import ProxySettings

from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.proxy_tunnel import ProxyHop, open_tunnel
from auditor.capture.base.scope import Scope
from auditor.model.notes import Note, make_note

HANDSHAKE_SECONDS = 10.0
CONNECT_SECONDS = 20.0
MAX_CONNECTIONS = 100
_BLOCK = 64 << 10
_GRANTED, _REFUSED, _UNREACHABLE = 0, 2, 4


class SocketGate:
    """Lets connections pass to the declared origins of one visit, and refuses all others; shut until `admit`."""

    def __init__(self, hop: ProxyHop | None = None) -> None:
        self._hop = hop
        self.failure: VisitEnded | None = None
        """Why the declared proxy gave no connection, the last time."""
        self._everything = False
        self._scope: Scope | None = None
        self._record: Callable[[Note], None] = lambda _: None
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    @classmethod
    async def serve(cls, hop: ProxyHop | None = None) -> SocketGate:
        """A gate that listens on this machine's loopback address. `hop`: the proxy that everything goes through."""
        gate = cls(hop)
        gate._server = await asyncio.start_server(gate._handle, "127.0.0.1", 0, start_serving=False)
        gate._port = gate._server.sockets[0].getsockname()[1]
        try:
            await gate._server.start_serving()
        except BaseException:
            gate.close()  # a page that nobody waits for any more: its opening is cancelled here too
            raise
        return gate

    def admit(self, scope: Scope, record: Callable[[Note], None]) -> None:
        """Open it for a visit. `record` is told of each refusal."""
        self._scope, self._record = scope, record

    def admit_everything(self) -> None:
        """Open it to every host: for a person, who goes where a sign-in leads."""
        self._everything = True

    @property
    def proxy(self) -> ProxySettings:
        """What a context is made with."""
        server = f"socks5://127.0.0.1:{self._port}"
        return {"server": server} if self._hop is not None else {"server": server, "bypass": "http://*,https://*"}

    def close(self) -> None:
        """End it with every connection through it."""
        self._scope, self._everything = None, False
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._open.add(writer)
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                host, port = await _asked_for(reader, writer)
            await self._pass(host, port, reader, writer)
        except (OSError, EOFError, TimeoutError, UnicodeError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pass(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        declared = self._scope is not None and self._scope.declares_socket(host, port)
        if not (declared or self._everything):
            where = f"{host}:{port}"
            plain = self._hop is None
            self._record(
                make_note("request.socket", origin=where) if plain else make_note("request.beyond_proxy", origin=where)
            )
            writer.write(_reply(_REFUSED))
            await writer.drain()
            return
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                away_reader, away_writer = await self._connect(host, port)
        except VisitEnded as ended:
            self.failure = ended
            writer.write(_reply(_UNREACHABLE))
            await writer.drain()
            return
        except (OSError, TimeoutError):
            writer.write(_reply(_UNREACHABLE))
            await writer.drain()
            return
        self._open.add(away_writer)
        try:
            writer.write(_reply(_GRANTED))
            await asyncio.gather(_pump(reader, away_writer), _pump(away_reader, writer))
        finally:
            self._open.discard(away_writer)
            away_writer.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._hop is None:
            return await asyncio.open_connection(host, port)
        made = await asyncio.to_thread(open_tunnel, self._hop, host, port)
        return await asyncio.open_connection(sock=made)


async def _asked_for(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Host and port of a SOCKS 5 request without authentication. Raises `OSError` for what is none."""
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, command, _, kind = await reader.readexactly(4)
    if version != 5 or command != 1:
        raise OSError("no SOCKS 5 connect")
    if kind == 3:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii").lower()
    else:
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    return host, int.from_bytes(await reader.readexactly(2), "big")


def _reply(answer: int) -> bytes:
    return bytes((5, answer, 0, 1)) + bytes(6)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one side to the other until either ends."""
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()
