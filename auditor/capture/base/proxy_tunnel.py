"""A connection through the proxy that a deployment declares: SOCKS 5 (RFC 1928, 1929) or HTTP CONNECT (RFC 9110).

The proxy resolves the name of the far host, so that this machine asks no name server about it.
"""

from __future__ import annotations

import base64
import re
import socket
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from auditor.capture.base.held_secrets import HeldSecrets
from auditor.capture.base.outcomes import VisitEnded
from auditor.model.targets.ways_in import Proxy

CONNECT_SECONDS = 20.0
MAX_HEAD = 16 << 10
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_NO_PASSWORD, _PASSWORD = 0, 2
_SOCKS_REPLIES: Final = {
    1: "a general failure",
    2: "its rules do not allow that",
    3: "the network is unreachable",
    4: "the host is unreachable",
    5: "the connection was refused",
    6: "the connection took too long",
}
_FAR_SIDE: Final = frozenset({3, 4, 5, 6})
"""Replies that are about the far host, not about the proxy."""
_FAR_STATUS: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, repr=False)
class ProxyHop:
    """The declared proxy with what it asks for."""

    kind: Literal["socks5", "http"]
    host: str
    port: int
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        """As evidence names it, without user name and password."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{name}:{self.port}"


def proxy_hop(proxy: Proxy, held: HeldSecrets) -> ProxyHop:
    """The declared proxy of a visit."""
    parts = urlsplit(proxy.address)
    kind: Literal["socks5", "http"] = "http" if parts.scheme == "http" else "socks5"
    user, password = held.values.get(proxy.username, ""), held.values.get(proxy.password, "")
    return ProxyHop(kind, parts.hostname or "", parts.port or (8080 if kind == "http" else 1080), user, password)


def open_tunnel(hop: ProxyHop, host: str, port: int, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """A connection to `host` through the proxy.

    Raises `VisitEnded`: `proxy_failed`, or `unreachable` for what the proxy says of the far host.
    """
    try:
        made = socket.create_connection((hop.host, hop.port), seconds)
    except OSError as error:
        why = error.strerror or str(error)
        raise VisitEnded("proxy_failed", f"The proxy {hop} could not be reached ({why}).") from None
    try:
        if hop.kind == "socks5":
            _socks(made, hop, host, port)
        else:
            _connect(made, hop, host, port)
    except (OSError, EOFError) as error:
        made.close()
        why = str(error) or type(error).__name__
        raise VisitEnded("proxy_failed", f"The proxy {hop} broke off ({why}).") from None
    except BaseException:
        made.close()
        raise
    return made


def _socks(made: socket.socket, hop: ProxyHop, host: str, port: int) -> None:
    methods = bytes((_NO_PASSWORD, _PASSWORD) if hop.user else (_NO_PASSWORD,))
    made.sendall(bytes((5, len(methods))) + methods)
    version, chosen = _exactly(made, 2)
    if version != 5:
        raise VisitEnded("proxy_failed", f"The proxy {hop} does not speak SOCKS 5.")
    if chosen == _PASSWORD and hop.user:
        user, password = hop.user.encode()[:255], hop.password.encode()[:255]
        made.sendall(b"\x01" + bytes((len(user),)) + user + bytes((len(password),)) + password)
        if _exactly(made, 2)[1] != 0:
            raise VisitEnded("proxy_failed", f"The proxy {hop} did not accept user name and password.")
    elif chosen != _NO_PASSWORD:
        raise VisitEnded("proxy_failed", f"The proxy {hop} asks for a user name and password.")
    name = host.encode("idna") if not host.isascii() else host.encode()
    made.sendall(b"\x05\x01\x00\x03" + bytes((len(name),)) + name + port.to_bytes(2, "big"))
    _, reply, _, kind = _exactly(made, 4)
    if reply:
        said = _SOCKS_REPLIES.get(reply, f"reply {reply}")
        outcome: Literal["unreachable", "proxy_failed"] = "unreachable" if reply in _FAR_SIDE else "proxy_failed"
        raise VisitEnded(outcome, f"The proxy {hop} gave no connection to {host}:{port}: {said}.")
    _exactly(made, {1: 4, 4: 16}.get(kind) or _exactly(made, 1)[0])
    _exactly(made, 2)


def _connect(made: socket.socket, hop: ProxyHop, host: str, port: int) -> None:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    if hop.user:
        pair = base64.b64encode(f"{hop.user}:{hop.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {pair}")
    made.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # One byte at a time: what follows the head belongs to the far host.
        head += _exactly(made, 1)
        if len(head) > MAX_HEAD:
            raise VisitEnded("proxy_failed", f"The proxy {hop} answered with no end.")
    found = _STATUS.match(head)
    status = int(found[1]) if found else 0
    if 200 <= status < 300:
        return
    if status == 407:
        what = "did not accept user name and password" if hop.user else "asks for a user name and password"
        raise VisitEnded("proxy_failed", f"The proxy {hop} {what}.")
    outcome: Literal["unreachable", "proxy_failed"] = "unreachable" if status in _FAR_STATUS else "proxy_failed"
    raise VisitEnded(outcome, f"The proxy {hop} gave no connection to {where} (status {status or 'none'}).")


def _exactly(made: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        block = made.recv(count - len(data))
        if not block:
            raise EOFError("it ended the connection")
        data += block
    return data
