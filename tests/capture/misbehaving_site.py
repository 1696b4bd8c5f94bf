"""A small server that behaves, and misbehaves, as deployments do. One real socket, one thread per connection."""

from __future__ import annotations

import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SESSION = "s3ss10n-9f8e7d6c5b4a"
CSRF = "csrf+tok/en=AbCdEf0123456789"
JSON_TOKEN = "eyJhbGciOiJIUzI1NiJ9.c2VhdA.Zm9yLXRlc3Rz0"

HEAD = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>注册授权信息</title></head>'
TABLE = (
    "<h1>注册授权信息</h1><table><tr><td>当前分馆数量</td><td id=used>{}</td></tr>"
    "<tr><td>分馆授权数量</td><td>{}</td></tr></table>"
)


def registration(used: str = "34", cap: str = "不限", extra: str = "") -> str:
    return HEAD + "<body>" + TABLE.format(used, cap) + extra


class Site(http.server.ThreadingHTTPServer):
    """The server; `seen` holds (method, path, body) of every request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, str]] = []
        self.heads: list[dict[str, str]] = []
        self.pages: dict[str, str] = {}
        self.acts: dict[str, Callable[[Handler], None]] = dict(ACTS)
        self.closing = threading.Event()
        self.scheme = "http"
        self.password = 'pa55 wörd/&<"34'

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no event."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length).decode()
        path = urlsplit(self.path).path
        self.server.seen.append((self.command, self.path, self.body))
        self.server.heads.append(dict(self.headers.items()))
        if path in self.server.pages:
            self.answer(self.server.pages[path])
        elif path in self.server.acts:
            self.server.acts[path](self)
        else:
            self.answer(HEAD + "<body>找不到", status=404)

    def answer(
        self, text: str | bytes, *, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    @property
    def logged_in(self) -> bool:
        return SESSION in self.headers.get("Cookie", "")

    def redirect(self, where: str, **headers: str) -> None:
        self.answer(b"", status=302, Location=where, **headers)


def _login(handler: Handler) -> None:
    if handler.command == "POST":
        sent = {name: values[0] for name, values in parse_qs(handler.body).items()}
        good = sent.get("password") == handler.server.password and sent.get("csrf_token") == CSRF
        if good:
            handler.redirect("/desk", Set_Cookie=f"sid={SESSION}; HttpOnly; Path=/")
            return
    wrong = "<p>用户名或密码错误" if handler.command == "POST" else ""
    form = (
        f"<form action=/search><input type=text name=q></form>{wrong}<form method=post action=/login>"
        f"<input type=hidden name=csrf_token value='{CSRF}'>用户名 <input type=text name=user>"
        "密码 <input type=password name=password><button>登录</button></form>"
    )
    handler.answer(HEAD + "<body>" + form)


def _desk(handler: Handler) -> None:
    if not handler.logged_in:
        handler.redirect("/login")
        return
    token = f"<meta name=csrf-token content='{CSRF}'><script>var cfg = {json.dumps({'csrfToken': CSRF})}</script>"
    handler.answer(HEAD + f"<body>{token}退出登录 <a href=/reg>注册授权信息</a>")


def _reg(handler: Handler) -> None:
    if not handler.logged_in:
        handler.redirect("/login")
        return
    extra = (
        f"<p>退出登录</p><form><input type=hidden name=csrf_token value='{CSRF}'></form>"
        f"<img src='/pixel?token={JSON_TOKEN}'>"
        f"<script>fetch('/api/me').then(r => r.json())\nconst a = '{CSRF}'</script>"
    )
    handler.answer(registration(extra=extra))


def _list(handler: Handler) -> None:
    number = int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])
    rows = "".join(f"<tr><td>B{number}{row}</td><td>分馆{number}-{row}</td></tr>" for row in range(10))
    following = f"<a href='/list?page={number + 1}'>下一页</a>" if number < 3 else ""
    handler.answer(HEAD + f"<body><h1>分馆管理</h1><table>{rows}</table>{following}")


def _reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def _hang(handler: Handler) -> None:
    handler.server.closing.wait(60)


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.end_headers()
    handler.wfile.write((HEAD + "<body>" + "请稍候" * 200).encode())
    while not handler.server.closing.wait(0.05):
        handler.wfile.write("滴".encode())
    handler.close_connection = True


def _huge(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.end_headers()
    block = b"<p>" + b"x" * 65533
    for _ in range(1600):
        handler.wfile.write(block)
    handler.close_connection = True


def _zipped(handler: Handler) -> None:
    handler.answer(gzip.compress(registration("41").encode()), Content_Encoding="gzip")


ACTS: dict[str, Callable[[Handler], None]] = {
    "/login": _login,
    "/desk": _desk,
    "/reg": _reg,
    "/list": _list,
    "/reset": _reset,
    "/hang": _hang,
    "/drip": _drip,
    "/huge": _huge,
    "/zipped": _zipped,
    "/loop": lambda handler: handler.redirect("/loop"),
    "/500": lambda handler: handler.answer(HEAD + "<body>系统维护中", status=500),
    "/file": lambda handler: handler.answer(b"x" * 99, kind="application/zip", Content_Disposition="attachment"),
    "/api/me": lambda handler: handler.answer(json.dumps({"access_token": JSON_TOKEN}), kind="application/json"),
    "/api/reg": lambda handler: handler.answer(
        json.dumps({"当前分馆数量": 18}, ensure_ascii=False), kind="application/json"
    ),
    "/pixel": lambda handler: handler.answer(b"GIF89a", kind="image/gif"),
}


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Site]:
    """A running site; with a certificate (PEM with its key) over TLS."""
    site = Site()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
        site.scheme = "https"
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        site.shutdown()
        site.server_close()
        thread.join(5)
