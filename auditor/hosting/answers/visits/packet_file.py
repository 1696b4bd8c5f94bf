"""Packets as a file (libpcap, raw IP), and the copy of it that can be disclosed: headers, no payload. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from auditor.hosting.answers.visits.tls_messages import (
    CLIENT_HELLO,
    SERVER_HELLO,
    HandshakeMessage,
    client_random,
    server_name,
)

_MAGIC, _RAW_IP, _LONGEST = 0xA1B2C3D4, 101, 1 << 18
_TCP, _UDP, _SYN, _HANDSHAKE = 6, 17, 2, 22
MAX_HELLO = 8192
"""Of the beginning of a connection that is looked at for a hello; a longer one is cut away whole. A browser's is longer
than one packet since it holds a key share that no quantum computer opens."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One IP packet as it went by."""

    at: float
    """Seconds since 1970."""
    data: bytes
    length: int
    """Bytes on the wire; more than `data` where it was cut."""


def encode_packets(packets: Iterable[Packet]) -> bytes:
    """A libpcap file of raw IP packets, with microseconds."""
    parts = [struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _LONGEST, _RAW_IP)]
    for one in packets:
        micro = round(one.at * 1_000_000)
        parts.append(struct.pack("<IIII", micro // 1_000_000, micro % 1_000_000, len(one.data), one.length))
        parts.append(one.data)
    return b"".join(parts)


def decode_packets(data: bytes) -> list[Packet]:
    """The packets of a file that `encode_packets` made. `ValueError` for any other."""
    if len(data) < 24 or struct.unpack_from("<I", data)[0] != _MAGIC or struct.unpack_from("<I", data, 20)[0] != 101:
        raise ValueError("no libpcap file of raw IP packets")
    found, at = [], 24
    while at < len(data):
        if len(data) - at < 16:
            raise ValueError("the file of packets ends early")
        seconds, micro, kept, length = struct.unpack_from("<IIII", data, at)
        if kept > _LONGEST or len(data) - at - 16 < kept:
            raise ValueError("the file of packets ends early")
        found.append(Packet(seconds + micro / 1_000_000, data[at + 16 : at + 16 + kept], length))
        at += 16 + kept
    return found


def headers_only(packets: Sequence[Packet], host: str) -> list[Packet]:
    """Each packet cut behind its IP and TCP or UDP header. Of a connection that begins with a ClientHello for `host`
    that message stays, and the ServerHello that answers it, in as many packets as they came: both are sent in the clear
    and hold no secret. Other names may share the address; their hellos are cut too. `host` is empty where the address
    itself is visited: then the hellos without a name stay."""
    streams = _streams(packets)
    kept = dict.fromkeys(streams, 0)
    for flow, stream in streams.items():
        hello, size = _first_message(stream, CLIENT_HELLO)
        if hello is not None and server_name(hello) == host.encode("utf-8"):
            kept[flow] = size
            if (back := streams.get((flow[1], flow[0]))) is not None:
                kept[flow[1], flow[0]] = _first_message(back, SERVER_HELLO)[1]
    found = []
    for one in packets:
        head = _headers(one.data)
        end = head.end
        if head.flow is not None and kept.get(head.flow, 0):
            end += streams[head.flow].same(head.sequence, one.data[end:], kept[head.flow])
        found.append(Packet(one.at, one.data[:end], one.length))
    return found


def client_randoms(packets: Iterable[Packet], host: str) -> frozenset[bytes]:
    """The randoms of the ClientHellos among them that ask for `host`; of those without a name where it is empty."""
    hellos = (_first_message(stream, CLIENT_HELLO)[0] for stream in _streams(packets).values())
    return frozenset(
        client_random(one) for one in hellos if one is not None and server_name(one) == host.encode("utf-8")
    )


@dataclass
class _Stream:
    """The beginning of what one side of a connection sent, by its numbers (RFC 9293 section 3.4)."""

    first: int
    """Number of the first byte."""
    data: bytearray = field(default_factory=bytearray)
    waiting: dict[int, bytes] = field(default_factory=dict)
    """What came before its turn, by place."""

    def same(self, sequence: int, payload: bytes, until: int) -> int:
        """How many of these bytes stand in the beginning, up to this place of it, as they are."""
        at = self._place(sequence)
        wanted = bytes(self.data[at : max(at, until)])
        return len(wanted[: len(payload)]) if wanted.startswith(payload[: len(wanted)]) else 0

    def take(self, sequence: int, payload: bytes) -> None:
        """Put a payload in its place; what came twice, or lies behind the beginning, is left."""
        if (place := self._place(sequence)) >= MAX_HELLO:
            return
        self.waiting.setdefault(place, payload[:MAX_HELLO])
        for at in sorted(self.waiting):
            if at > len(self.data):
                return
            part = self.waiting.pop(at)
            self.data += part[len(self.data) - at :][: MAX_HELLO - len(self.data)]

    def _place(self, sequence: int) -> int:
        """How many bytes stand before this number."""
        return (sequence - self.first) & 0xFFFFFFFF


def _streams(packets: Iterable[Packet]) -> dict[tuple[bytes, bytes], _Stream]:
    """Each side's beginning, of the first connection between two ports."""
    found: dict[tuple[bytes, bytes], _Stream] = {}
    for one in packets:
        head = _headers(one.data)
        if head.flow is None:
            continue
        payload = one.data[head.end :]
        if head.begins:
            found.setdefault(head.flow, _Stream((head.sequence + 1) & 0xFFFFFFFF))
        elif payload:
            found.setdefault(head.flow, _Stream(head.sequence)).take(head.sequence, payload)
    return found


def _first_message(stream: _Stream, kind: int) -> tuple[HandshakeMessage | None, int]:
    """The handshake message that a stream begins with, where it is of this kind and whole, and where it ends there."""
    inside, at, data = bytearray(), 0, bytes(stream.data)
    while len(data) - at >= 6 and data[at] == _HANDSHAKE and data[at + 1] == 3:
        size = struct.unpack_from("!H", data, at + 3)[0]
        inside += data[at + 5 : at + 5 + size]
        if inside and inside[0] != kind:
            return None, 0
        wanted = int.from_bytes(inside[1:4], "big") + 4 if len(inside) >= 4 else MAX_HELLO + 1
        if len(inside) >= wanted:
            raw = bytes(inside[:wanted])
            return HandshakeMessage(kind, raw[4:], raw), min(at + 5 + size, len(data)) - (len(inside) - wanted)
        at += 5 + size
    return None, 0


def split_key_log(lines: Iterable[str], randoms: frozenset[bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of a key log (`SSLKEYLOGFILE`) what belongs to these connections: the lines that open handshakes, and the lines
    that open traffic. A line of TLS 1.2 is the master secret itself, and is in neither."""
    handshake: list[str] = []
    traffic: list[str] = []
    for line in lines:
        words = line.split()
        if len(words) != 3 or not words[0].isupper() or words[0] == "CLIENT_RANDOM":
            continue
        try:
            random, _ = bytes.fromhex(words[1]), bytes.fromhex(words[2])
        except ValueError:
            continue
        if random in randoms:
            own = words[0] in ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET")
            (handshake if own else traffic).append(" ".join(words))
    return tuple(handshake), tuple(traffic)


def packet_times(packets: Sequence[Packet]) -> Iterator[datetime]:
    """When the first and the last went by."""
    for one in (packets[0], packets[-1]) if packets else ():
        yield datetime.fromtimestamp(one.at, UTC)


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before a packet's payload."""

    end: int = 0
    flow: tuple[bytes, bytes] | None = None
    """Sender and receiver of a TCP packet, each with its port; None for any other."""
    sequence: int = 0
    begins: bool = False
    """Whether it opens the connection (SYN)."""


def _headers(data: bytes) -> _Head:
    """Where a packet's headers end, and what they say where it is TCP."""
    if not data:
        return _Head()
    if data[0] >> 4 == 4 and len(data) >= 20:
        end, protocol = (data[0] & 15) * 4, data[9]
        source, target, later = data[12:16], data[16:20], struct.unpack_from("!H", data, 6)[0] & 0x1FFF
    elif data[0] >> 4 == 6 and len(data) >= 40:
        end, protocol, source, target, later = 40, data[6], data[8:24], data[24:40], 0
    else:
        return _Head()
    if later or protocol not in (_TCP, _UDP) or len(data) < end + (20 if protocol == _TCP else 8):
        return _Head(min(end, len(data)))
    if protocol == _UDP:
        return _Head(end + 8)
    ports, flags = data[end : end + 4], data[end + 13]
    return _Head(
        min(len(data), end + (data[end + 12] >> 4) * 4), (source + ports[:2], target + ports[2:]),
        struct.unpack_from("!I", data, end + 4)[0], bool(flags & _SYN),
    )  # fmt: skip
