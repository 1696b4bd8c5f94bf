"""A loopback server of made pages: whole, slow, with a pause, or broken off. `/slow?ms=N&v=V` answers V after N ms."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from tests.reading.generated.stated_page import MARK, StatedPage


class PageSite(http.server.ThreadingHTTPServer):
    """The server; pages by path."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, pages: Sequence[StatedPage]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = {page.spec.path: page for page in pages}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no event."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PageSite

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/slow":
            query = parse_qs(asked.query)
            time.sleep(int(query["ms"][0]) / 1000)  # the slowness itself: a real answer that takes its time
            self._send(query["v"][0].encode(), "text/plain; charset=utf-8")
        elif (page := self.server.pages.get(asked.path)) is not None:
            self._page(page)
        else:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _page(self, page: StatedPage) -> None:
        first, _, rest = (part.encode(page.charset) for part in page.html.partition(MARK))
        if page.delivery == "whole":
            self._send(first + rest, page.content_type)
            return
        self.send_response(200)
        self.send_header("Content-Type", page.content_type)
        if page.delivery == "cut_length":
            self.send_header("Content-Length", str(len(first + rest)))
            self.end_headers()
            self.wfile.write(first)
            self.close_connection = True
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk(first)
        if page.delivery == "cut_chunked":
            self.close_connection = True
            return
        time.sleep(page.pause_ms / 1000)
        self._chunk(rest)
        self._chunk(b"")

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


@contextmanager
def serving_pages(pages: Sequence[StatedPage]) -> Iterator[PageSite]:
    """The pages on a port of their own."""
    site = PageSite(pages)
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
