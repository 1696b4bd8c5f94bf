"""Proxies on this machine that ask for a user name and a password: SOCKS 5 and HTTP CONNECT."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

USER, PASSWORD = "through", "pr0xy wörd 123"


class Relay(socketserver.ThreadingTCPServer):
    """`asked` holds host and port of every connection that was granted."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.asked: list[tuple[str, int]] = []
        self.refused = 0
        super().__init__(("127.0.0.1", 0), SocksRelay if kind == "socks5" else ConnectRelay)

    @property
    def address(self) -> str:
        return f"{self.kind}://127.0.0.1:{self.server_address[1]}"


class SocksRelay(socketserver.StreamRequestHandler):
    """RFC 1928 with RFC 1929."""

    server: Relay

    def handle(self) -> None:
        _, count = self.rfile.read(2)
        if 2 not in self.rfile.read(count):
            self.wfile.write(b"\x05\xff")
            return
        self.wfile.write(b"\x05\x02")
        self.rfile.read(1)
        user = self.rfile.read(self.rfile.read(1)[0]).decode()
        password = self.rfile.read(self.rfile.read(1)[0]).decode()
        if (user, password) != (USER, PASSWORD):
            self.server.refused += 1
            self.wfile.write(b"\x01\x01")
            return
        self.wfile.write(b"\x01\x00")
        assert self.rfile.read(4) == b"\x05\x01\x00\x03", "names are left to the proxy"
        host = self.rfile.read(self.rfile.read(1)[0]).decode()
        port = int.from_bytes(self.rfile.read(2), "big")
        try:
            away = socket.create_connection((host, port), 5)
        except OSError:
            self.wfile.write(b"\x05\x05\x00\x01" + bytes(6))
            return
        self.server.asked.append((host, port))
        self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
        relay(self.connection, away)


class ConnectRelay(socketserver.StreamRequestHandler):
    """RFC 9110 §9.3.6."""

    server: Relay

    def handle(self) -> None:
        _, where, _ = self.rfile.readline().split()
        fields = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        if fields.get("proxy-authorization") != f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}":
            self.server.refused += 1
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=p\r\n\r\n")
            return
        host, _, port = where.decode().rpartition(":")
        try:
            away = socket.create_connection((host, int(port)), 5)
        except OSError:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        self.server.asked.append((host, int(port)))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        relay(self.connection, away)


def relay(here: socket.socket, away: socket.socket) -> None:
    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(away, here), daemon=True)
    back.start()
    pump(here, away)
    back.join(10)
    away.close()


@contextmanager
def relaying(kind: str) -> Iterator[Relay]:
    server = Relay(kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
