"""A server that ends each connection with its answer: address and certificate are those of that connection."""

from __future__ import annotations

import http.server
import ssl
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
def serving(certificate: Path | None) -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Page) as server:
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
