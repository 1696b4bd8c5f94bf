"""Health over HTTP by the standard library's server: `/healthz` for probes, `/metrics` for Prometheus."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from auditor.alerting import METRICS_TYPE, HealthReport, metrics
from auditor.errors import AuditorError, ConfigError
from auditor.workflow import HealthReportCache
from auditor.workspace import Workspace


class HealthServer:
    """Answers `/healthz` (200 where all is well, 503 with the reasons where not) and `/metrics` on one address."""

    def __init__(self, host: str, port: int, vitals: Callable[[], HealthReport]) -> None:
        """Port 0 takes a free one. `ConfigError` where the address cannot be had."""

        class Handler(BaseHTTPRequestHandler):
            server_version, sys_version = "auditor", ""
            timeout = 10

            def do_GET(self) -> None:
                status, media_type, body = _answer(self.path.partition("?")[0], vitals)
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base's)
                """Probes come every few seconds: nothing is written."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise ConfigError(f"--listen {host}:{port}: {error.strerror or error}; choose another address") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host if isinstance(host, str) else host.decode()}:{port}"

    def __enter__(self) -> HealthServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_health(workspace: Workspace, host: str, port: int) -> HealthServer:
    """`/healthz` and `/metrics` of this workspace on that address; a context manager that listens while it is open."""
    return HealthServer(host, port, HealthReportCache(workspace).report)


def _answer(path: str, vitals: Callable[[], HealthReport]) -> tuple[int, str, bytes]:
    if path not in {"/healthz", "/metrics"}:
        return 404, "text/plain; charset=utf-8", b"/healthz or /metrics\n"
    try:
        found = vitals()
    except AuditorError as error:
        return 503, "application/json", json.dumps({"well": False, "why": str(error)}).encode()
    if path == "/metrics":
        return 200, METRICS_TYPE, metrics(found)
    return 200 if found.well else 503, "application/json", json.dumps(found.plain(), ensure_ascii=False).encode()
