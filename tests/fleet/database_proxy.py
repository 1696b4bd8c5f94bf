"""Between a worker and the database: what asks for one thing is held back on its way there, or its answer is.

What is done is told to the other side at once: where a worker is killed, the database hears that its connection ended,
as it does from the kernel of a machine that goes on.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Way = Literal["question", "answer"]


@dataclass
class DatabaseProxy:
    """Passes everything on but, of one connection, `held` (a part of a statement): the question, or its answer."""

    target: tuple[str, int]
    port: int = 0
    held: bytes = b""
    after: bytes = b""
    way: Way = "question"
    arrived: threading.Event = field(default_factory=threading.Event)
    """Set once it is held; an answer, once the database has given it."""
    release: threading.Event = field(default_factory=threading.Event)
    lost: bool = False
    """What is held back never arrives: its connection ends instead."""

    def hold(self, words: str, way: Way, after: str = "") -> None:
        """The next statement with these words in it, once one with those `after` was seen: before the database has it,
        or before its answer is had."""
        self.held, self.way, self.after = words.encode(), way, after.encode()

    def before(self, address: str) -> str:
        """That address, by this proxy."""
        return address.replace(f":{self.target[1]}/", f":{self.port}/")

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target, 10) as upstream:
            upstream.settimeout(None)
            silent = threading.Event()
            threading.Thread(target=self._answers, args=(upstream, client, silent), daemon=True).start()
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    if self.after:
                        self.after = b"" if self.after in data else self.after
                    elif self.held and self.held in data:
                        self.held = b""
                        if self.way == "question":
                            self.arrived.set()
                            _until_ended(client, self.release)
                            if self.lost:
                                break
                        else:
                            silent.set()
                    upstream.sendall(data)
            for end in (upstream, client):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _answers(self, upstream: socket.socket, client: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := upstream.recv(65536):
                if silent.is_set():
                    self.arrived.set()
                    self.release.wait(150)
                    if self.lost:
                        break
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


def _until_ended(client: socket.socket, release: threading.Event) -> None:
    """Until what is held may pass; `OSError` where who asked is gone: the database never hears of it."""
    while not release.wait(0.02):
        client.setblocking(False)
        try:
            if not client.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError
        except BlockingIOError:
            pass
        finally:
            client.setblocking(True)


@contextlib.contextmanager
def database_proxy(address: str) -> Iterator[DatabaseProxy]:
    """Before the database of that address."""
    parts = urlsplit(address)
    assert parts.hostname is not None and parts.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = DatabaseProxy((parts.hostname, parts.port), listener.getsockname()[1])
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.release.set()
            listener.shutdown(socket.SHUT_RDWR)
