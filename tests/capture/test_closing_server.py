"""A server that ends each connection with its answer: address and certificate are those of that connection."""

from __future__ import annotations

import http.server
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.model.targets.deployments import FieldSpec
from tests.capture.visit_helpers import REGISTRATION, deployment, run, visit
from tests.certificates import self_signed
from tests.workflow.http_estate import unopened_browser

STATUS = replace(REGISTRATION, path="/", method="http", fields=(FieldSpec("used", "count", "used", pointer="/used"),))


class _Page(http.server.BaseHTTPRequestHandler):
    """HTTP/1.0, the default of this class: one answer for each connection."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"used": 18}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(certificate: Path | None, page: type[_Page] = _Page) -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), page) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_address_and_certificate_of_a_connection_that_ends_with_its_answer(tmp_path: Path, scheme: str) -> None:
    certificate = self_signed(tmp_path / "site.pem", "closing") if scheme == "https" else None
    with serving(certificate) as port:
        where = deployment(f"{scheme}://127.0.0.1:{port}/")
        capture, _ = run(visit(unopened_browser(), where, [STATUS], tmp_path / "stage", clock=now))
    assert capture.facts["address"] == f"127.0.0.1:{port}"
    assert ("tls_sha256" in capture.facts) == (scheme == "https")


class _Odd(_Page):
    """A `Location` in raw bytes, and an answer that is not packed as it says."""

    def do_GET(self) -> None:
        if self.path == "/%E5%88%86%E9%A6%86?q=%B7":
            super().do_GET()
        elif self.path == "/packed":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(b'{"used": 18}')
        else:
            self.send_response(302)
            self.send_header("Location", "/分馆".encode().decode("latin-1") + "?q=\xb7")
            self.end_headers()


def test_a_location_in_raw_bytes_is_followed_as_it_came(tmp_path: Path) -> None:
    with serving(None, _Odd) as port:
        where = deployment(f"http://127.0.0.1:{port}/")
        capture, _ = run(visit(unopened_browser(), where, [STATUS], tmp_path / "stage", clock=now))
    (view,) = capture.views
    assert view.status == 200, view.why
    assert view.final_url.endswith("/%E5%88%86%E9%A6%86?q=%B7")


def test_an_answer_that_is_not_packed_as_it_says_is_told_as_that(tmp_path: Path) -> None:
    with serving(None, _Odd) as port:
        where = deployment(f"http://127.0.0.1:{port}/")
        capture, _ = run(visit(unopened_browser(), where, [replace(STATUS, path="/packed")], tmp_path, clock=now))
    (view,) = capture.views
    assert view.outcome == "error"
    assert "is not gzip, as it says" in view.why


def resetting(answer: bytes) -> Iterator[int]:
    """A server that sends these bytes to each connection and resets it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("length", [12, 5000])
def test_a_connection_that_is_reset_ends_the_page_and_not_the_visit(tmp_path: Path, length: int) -> None:
    """Behind a reset the socket has no peer any more; and a body that is not whole is no page."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    with contextmanager(resetting)(head.encode() + b'{"used": 18}') as port:
        where = deployment(f"http://127.0.0.1:{port}/")
        capture, _ = run(visit(unopened_browser(), where, [STATUS], tmp_path / "stage", clock=now))
    (view,) = capture.views
    whole = {"label_missing"}  # this reader finds no label in JSON
    assert view.outcome in (whole if length == 12 else set()) | {"connection_reset"}
