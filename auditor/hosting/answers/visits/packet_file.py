"""Packets as a file (libpcap, raw IP), and the copy of it that can be disclosed: headers, no payload. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_MAGIC, _RAW_IP, _LONGEST = 0xA1B2C3D4, 101, 1 << 18
_TCP, _UDP = 6, 17
_HELLOS = (1, 2)
MAX_HELLO = 2048
"""Of a ClientHello or ServerHello that the disclosable copy keeps."""


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
    that message stays, and the ServerHello that answers it: both are sent in the clear and hold no secret. Other names
    may share the address; their hellos are cut too. `host` is empty where the address itself is visited."""
    begun: dict[tuple[bytes, bytes], int] = {}
    found = []
    for one in packets:
        flow, end = _headers(one.data)
        payload = one.data[end:]
        if flow is not None and payload and flow not in begun:
            kept = _hello(payload, 1) if _asks_for(payload, host) else 0
            if not kept and begun.get((flow[1], flow[0])) == 1:
                kept = _hello(payload, 2)
            begun[flow] = 0 if not kept else payload[5]
            end += kept
        found.append(Packet(one.at, one.data[:end], one.length))
    return found


def client_randoms(packets: Iterable[Packet], host: str) -> frozenset[bytes]:
    """The randoms of the ClientHellos among them that ask for `host`; of all where it is empty."""
    found = set()
    for one in packets:
        _, end = _headers(one.data)
        payload = one.data[end:]
        if len(payload) >= 43 and payload[0] == 22 and payload[5] == 1 and _asks_for(payload, host):
            found.add(payload[11:43])
    return frozenset(found)


def _asks_for(payload: bytes, host: str) -> bool:
    """Whether a ClientHello names this host (`server_name`, RFC 6066 section 3)."""
    name = host.encode("ascii", "ignore")
    return not name or b"\0" + len(name).to_bytes(2, "big") + name in payload


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


def _headers(data: bytes) -> tuple[tuple[bytes, bytes] | None, int]:
    """Sender and receiver of a TCP packet (None for any other), and where its headers end."""
    if not data:
        return None, 0
    if data[0] >> 4 == 4 and len(data) >= 20:
        end, protocol = (data[0] & 15) * 4, data[9]
        source, target, later = data[12:16], data[16:20], struct.unpack_from("!H", data, 6)[0] & 0x1FFF
    elif data[0] >> 4 == 6 and len(data) >= 40:
        end, protocol, source, target, later = 40, data[6], data[8:24], data[24:40], 0
    else:
        return None, 0
    if later or protocol not in (_TCP, _UDP) or len(data) < end + (20 if protocol == _TCP else 8):
        return None, min(end, len(data))
    if protocol == _UDP:
        return None, end + 8
    ports = data[end : end + 4]
    return (source + ports[:2], target + ports[2:]), min(len(data), end + (data[end + 12] >> 4) * 4)


def _hello(payload: bytes, kind: int) -> int:
    """Bytes of the record at the beginning, where it is a hello of this kind and whole; else 0."""
    if len(payload) < 9 or payload[0] != 22 or payload[1] != 3 or payload[5] != kind or kind not in _HELLOS:
        return 0
    record, size = struct.unpack_from("!H", payload, 3)[0], int.from_bytes(payload[6:9], "big") + 4
    whole = 5 + size <= len(payload) and size <= record and size <= MAX_HELLO
    return 5 + size if whole else 0
