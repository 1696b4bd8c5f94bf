"""WHOIS on loopback: one line in, text out, the connection ends."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping

from auditor.demo.http_server import LOOPBACK

MAX_QUERY = 512


class _Handler(socketserver.StreamRequestHandler):
    server: WhoisServer

    def handle(self) -> None:
        query = self.rfile.readline(MAX_QUERY).decode("utf-8", "replace").strip()
        self.server.asked.append(query)
        answer = self.server.answers.get(query.split()[-1] if query.split() else "", self.server.otherwise)
        self.wfile.write(answer)
        if self.server.never_closes:
            self.wfile.flush()
            self.server.closing.wait()


class WhoisServer(socketserver.ThreadingTCPServer):
    """`answers`: the query's last word to the bytes that are sent, as they stand; a context manager."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: Mapping[str, bytes], *, port: int = 0, otherwise: bytes = b"% No match\r\n") -> None:
        self.answers = dict(answers)
        self.otherwise = otherwise
        self.never_closes = False
        self.closing = threading.Event()
        self.asked: list[str] = []
        super().__init__((LOOPBACK, port), _Handler)
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self) -> WhoisServer:
        self._thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


def network_record(prefix: str, name: str, holder: str) -> bytes:
    """A record as a registry in Asia writes it, in GB18030."""
    lines = (
        "% practice registry",
        "",
        f"inetnum:        {prefix}",
        f"netname:        {name}",
        f"descr:          {holder}",
        "country:        CN",
        "status:         ALLOCATED NON-PORTABLE",
        "last-modified:  2025-06-30T08:00:00Z",
        "source:         PRACTICE",
        "",
    )
    return "\r\n".join(lines).encode("gb18030")
