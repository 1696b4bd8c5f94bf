"""A second TLS handshake of ours, whose random is the digest of a timestamp token: begun, read, and broken off.

It ends once the server has signed: no Finished is sent and nothing is asked for. Certificates are not judged here; what
was sent is kept, and `check_handshake` reads it.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from auditor.clock import monotonic
from auditor.hosting.answers.visits.tls_keys import KeyShares, ServerRecords
from auditor.hosting.answers.visits.tls_messages import (
    CERTIFICATE_VERIFY,
    SERVER_KEY_EXCHANGE,
    TLS13,
    make_client_hello,
    message,
    parse_server_hello,
    split_messages,
)
from auditor.model.hosting import Transport

SECONDS = 8.0
MAX_BYTES = 1 << 18
_ALERT, _HANDSHAKE, _DATA, _CHANGE = 21, 22, 23, 20
_LAST = 14
"""ServerHelloDone of TLS 1.2."""


@dataclass(frozen=True, slots=True)
class ProbedHandshake:
    """The messages of a handshake as they were, ours first; how it ended."""

    ended: Transport
    messages: bytes = b""
    detail: str = ""


def probe_handshake(address: str, port: int, host: str, token: bytes, seconds: float = SECONDS) -> ProbedHandshake:
    """`host`: the name to ask for; empty for none. `token`: its SHA-256 is the random of the ClientHello."""
    shares = KeyShares()
    try:
        hello = make_client_hello(hashlib.sha256(token).digest(), secrets.token_bytes(32), host, shares.public())
        with socket.create_connection((address, port), timeout=seconds) as sock:
            sock.sendall(b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)
            return ProbedHandshake("answered", _until_signed(_Records(sock, seconds), hello, shares))
    except TimeoutError:
        return ProbedHandshake("timed_out", detail=f"no signature within {seconds:g} s")
    except OSError as error:
        return ProbedHandshake("unreachable", detail=error.strerror or type(error).__name__)
    except (ValueError, InvalidTag, IndexError) as error:
        return ProbedHandshake("cut", detail=str(error) or type(error).__name__)


class _Records:
    """TLS records as they come, bounded in time and size."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._ends, self._left = sock, monotonic() + seconds, MAX_BYTES

    def next(self) -> tuple[bytes, bytes]:
        header = self._read(5)
        return header, self._read(int.from_bytes(header[3:5], "big"))

    def _read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise ValueError("the handshake is too long")
        data = bytearray()
        while len(data) < size:
            left = self._ends - monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
            block = self._sock.recv(size - len(data))
            if not block:
                raise ValueError("the connection ended early")
            data += block
        return bytes(data)


def _until_signed(records: _Records, hello: bytes, shares: KeyShares) -> bytes:
    """Every message up to the server's signature, one after another."""
    kept, rest = [hello], b""
    opened: ServerRecords | None = None
    while True:
        header, record = records.next()
        kind = header[0]
        if opened is not None and kind == _DATA:
            kind, record = opened.open(header, record)
        elif opened is not None and kind != _CHANGE:
            raise ValueError("a record in the clear where none is allowed")
        if kind == _ALERT:
            raise ValueError(f"the server broke off (alert {record[-1]})")
        if kind == _CHANGE and opened is not None:
            continue
        if kind != _HANDSHAKE:
            raise ValueError("not a TLS handshake")
        found, rest = split_messages(rest + record)
        for one in found:
            kept.append(message(one.kind, one.body))
            if len(kept) == 2:
                chosen = parse_server_hello(one.body)
                if chosen.version == TLS13:
                    opened = ServerRecords(chosen, shares.secret(chosen), b"".join(kept))
            elif one.kind in (CERTIFICATE_VERIFY, SERVER_KEY_EXCHANGE):
                return b"".join(kept)
            elif one.kind == _LAST:
                raise ValueError("the server signs nothing (a key exchange without a signature)")
