"""Between a worker and the store: requests held back, cut in the middle or answered with an error, by what they ask."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PART = 1000
"""Bytes that come through of what is cut."""


def asked_for(head: bytes) -> str:
    """What a request asks of a store: its method, and `LIST` where it asks which objects there are. Pure."""
    line = head.split(b"\r\n", 1)[0]
    return "LIST" if b"list-type=" in line else line.split(b" ", 1)[0].decode("ascii", "replace")


@dataclass
class StoreProxy:
    """Passes on one request a connection; `held`, `cut` and `refused` name what is asked for (`asked_for`)."""

    port: int
    target: int
    held: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    """Of these a part of the bytes comes through: of what a PUT brings, of what others are answered."""
    refused: set[str] = field(default_factory=set)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each request that is held back or cut."""
    release: threading.Event = field(default_factory=threading.Event)
    counted: dict[str, int] = field(default_factory=dict)
    """Requests that were answered with an error, by what they asked for."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(65536)
                if not more:
                    return
                head += more
            method = asked_for(head)
            if method in self.refused:
                self.counted[method] = self.counted.get(method, 0) + 1
                client.sendall(BUSY)
                return
            if method in self.held:
                self.arrived.release()
                self.release.wait(150)
            said, begun = head.split(b"\r\n\r\n", 1)
            lines = [one for one in said.split(b"\r\n") if not one.lower().startswith(b"connection:")]
            said = b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"
            with socket.create_connection(("127.0.0.1", self.target), 10) as upstream:
                if method in self.cut:
                    upstream.sendall(said + begun[:PART])
                    if method != "PUT":
                        client.sendall(upstream.recv(PART))
                    self.arrived.release()
                    self.release.wait(150)
                    return
                upstream.sendall(said + begun)
                threading.Thread(target=_pump, args=(client, upstream), daemon=True).start()
                _pump(upstream, client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


@contextlib.contextmanager
def store_proxy(target: int) -> Iterator[StoreProxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = StoreProxy(listener.getsockname()[1], target)
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.release.set()
            listener.shutdown(socket.SHUT_RDWR)
