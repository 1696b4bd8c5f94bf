"""TLS handshake messages as bytes (RFC 8446 §4, RFC 5246 §7.4): a ClientHello made, a server's messages read. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY = 1, 2, 11, 12, 15
X25519, SECP256R1, SECP384R1 = 29, 23, 24
TLS12, TLS13 = 0x0303, 0x0304
MAX_MESSAGE = 1 << 17
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a ServerHello that asks for another key share (RFC 8446 §4.1.3)."""
CIPHERS_13: Mapping[int, tuple[str, int]] = {0x1301: ("sha256", 16), 0x1302: ("sha384", 32), 0x1303: ("sha256", 32)}
"""Hash and length of the key."""
_CIPHERS_12 = (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014)
SCHEMES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0603, 0x0807)
_NAME, _GROUPS, _POINTS, _SIGNATURES, _ALPN, _MASTER, _VERSIONS, _SHARES, _RENEGOTIATION = (
    0, 10, 11, 13, 16, 23, 43, 51, 0xFF01,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandshakeMessage:
    """One message: its kind, its content, and its bytes with their header."""

    kind: int
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a ServerHello chose."""

    version: int
    random: bytes
    cipher: int
    group: int
    """0 where it has no key share."""
    share: bytes


def make_client_hello(random: bytes, session: bytes, host: str, shares: Mapping[int, bytes]) -> bytes:
    """A ClientHello for TLS 1.3 and 1.2 with this random. `host`: empty where the server has no name; `shares`: public
    keys by group."""
    groups = struct.pack("!HHH", X25519, SECP256R1, SECP384R1)
    name = host.encode("ascii")
    keys = b"".join(struct.pack("!HH", group, len(key)) + key for group, key in shares.items())
    versions = struct.pack("!HH", TLS13, TLS12)
    extensions = b"".join((
        _extension(_NAME, _block(b"\0" + _block(name))) if name else b"",
        _extension(_GROUPS, _block(groups)),
        _extension(_POINTS, b"\x01\x00"),
        _extension(_SIGNATURES, _block(struct.pack(f"!{len(SCHEMES)}H", *SCHEMES))),
        _extension(_ALPN, _block(b"\x08http/1.1")),
        _extension(_MASTER, b""),
        _extension(_VERSIONS, bytes([len(versions)]) + versions),
        _extension(_SHARES, _block(keys)),
        _extension(_RENEGOTIATION, b"\0"),
    ))  # fmt: skip
    ciphers = struct.pack(f"!{len(CIPHERS_13) + len(_CIPHERS_12)}H", *CIPHERS_13, *_CIPHERS_12)
    body = (
        struct.pack("!H", TLS12) + random + bytes([len(session)]) + session + _block(ciphers) + b"\x01\x00"
        + _block(extensions)
    )  # fmt: skip
    return message(CLIENT_HELLO, body)


def message(kind: int, body: bytes) -> bytes:
    """A handshake message with its header."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def split_messages(data: bytes) -> tuple[list[HandshakeMessage], bytes]:
    """Whole messages, and what is left of one that has not ended. `ValueError` for one that is too long."""
    found: list[HandshakeMessage] = []
    at = 0
    while len(data) - at >= 4:
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        if size > MAX_MESSAGE:
            raise ValueError("a handshake message is too long")
        if len(data) - at < 4 + size:
            break
        raw = data[at : at + 4 + size]
        found.append(HandshakeMessage(raw[0], raw[4:], raw))
        at += 4 + size
    return found, data[at:]


def client_random(hello: HandshakeMessage) -> bytes:
    """The random of a ClientHello. `ValueError` for anything else."""
    if hello.kind != CLIENT_HELLO or len(hello.body) < 34:
        raise ValueError("no ClientHello")
    return hello.body[2:34]


def server_name(hello: HandshakeMessage) -> bytes | None:
    """The host name that a ClientHello asks for (RFC 6066 section 3), in small letters; empty where it asks for none,
    None where it cannot be read."""
    try:
        reader = ByteReader(hello.body)
        reader.take(34)
        for size in (1, 2, 1):  # session, ciphers, compression
            reader.block(size)
        for kind, content in extensions_of(reader):
            if kind == _NAME:
                names = ByteReader(ByteReader(content).block(2))
                return names.block(2).lower() if names.number(1) == 0 else None
    except ValueError:
        return None
    return b""


def parse_server_hello(body: bytes) -> ServerHello:
    """`ValueError` for bytes that are none, and for one that asks for another key share."""
    reader = ByteReader(body)
    version, random = reader.number(2), reader.take(32)
    if random == RETRY:
        raise ValueError("the server asks for another key share")
    reader.block(1)
    cipher = reader.number(2)
    reader.take(1)
    group, share = 0, b""
    for kind, content in extensions_of(reader):
        if kind == _VERSIONS:
            version = ByteReader(content).number(2)
        elif kind == _SHARES:
            part = ByteReader(content)
            group, share = part.number(2), part.block(2)
    return ServerHello(version, random, cipher, group, share)


def extensions_of(reader: ByteReader) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each extension; none where the message ends before them."""
    if reader.left:
        part = ByteReader(reader.block(2))
        while part.left:
            yield part.number(2), part.block(2)


def first_certificate(body: bytes, version: int) -> bytes:
    """The server's own certificate in a Certificate message, as DER."""
    reader = ByteReader(body)
    if version == TLS13:
        reader.block(1)
    return ByteReader(reader.block(3)).block(3)


class ByteReader:
    """Reads numbers and blocks with a length before them; `ValueError` at the end of the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """The next bytes."""
        if self.left < size:
            raise ValueError("the message ends early")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> bytes:
        """Bytes whose number stands before them in `size` bytes."""
        return self.take(self.number(size))


def _block(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack("!H", kind) + _block(content)
