"""What somebody else's program makes of packets and a key log: TLS 1.3 opened by RFC 8446, by none of our readers."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

Flow = tuple[bytes, bytes]
CIPHERS = {0x1301: (AESGCM, hashes.SHA256, 16), 0x1302: (AESGCM, hashes.SHA384, 32)}
CIPHERS[0x1303] = (ChaCha20Poly1305, hashes.SHA256, 32)  # type: ignore[assignment]


def opened_traffic(pcap: bytes, key_log: Iterable[str]) -> list[bytes]:
    """What each side of each connection said within TLS, as far as these keys open it."""
    secrets: dict[bytes, dict[str, bytes]] = defaultdict(dict)
    for label, random, secret in (line.split() for line in key_log):
        secrets[bytes.fromhex(random)][label] = bytes.fromhex(secret)
    found = []
    sides = _sides(pcap)
    for (source, target), sent in sides.items():
        if sent[:1] != b"\x16" or sent[5:6] != b"\x01" or not (answer := sides.get((target, source), b"")):
            continue
        after = 44 + answer[43]
        suite = struct.unpack_from("!H", answer, after)[0]
        for side, name in ((sent, "CLIENT"), (answer, "SERVER")):
            labels = (f"{name}_HANDSHAKE_TRAFFIC_SECRET", f"{name}_TRAFFIC_SECRET_0")
            have = secrets[sent[11:43]]
            found.append(_opened(side, suite, [have[one] for one in labels if one in have]))
    return found


def _sides(pcap: bytes) -> dict[Flow, bytes]:
    """Each side's bytes by their numbers; IPv4 and TCP alone."""
    parts: dict[Flow, dict[int, bytes]] = defaultdict(dict)
    first: dict[Flow, int] = {}
    at = 24
    while at < len(pcap):
        size = struct.unpack_from("<I", pcap, at + 8)[0]
        packet, at = pcap[at + 16 : at + 16 + size], at + 16 + size
        if packet[0] >> 4 != 4 or packet[9] != 6:
            continue
        packet = packet[: struct.unpack_from("!H", packet, 2)[0]]
        tcp = (packet[0] & 15) * 4
        flow = (packet[12:16] + packet[tcp : tcp + 2], packet[16:20] + packet[tcp + 2 : tcp + 4])
        number = struct.unpack_from("!I", packet, tcp + 4)[0]
        if packet[tcp + 13] & 2:
            first[flow] = number + 1
            continue
        first.setdefault(flow, number)
        if payload := packet[tcp + (packet[tcp + 12] >> 4) * 4 :]:
            parts[flow].setdefault((number - first[flow]) & 0xFFFFFFFF, payload)
    whole = {}
    for flow, pieces in parts.items():
        data = b""
        for place in sorted(pieces):
            assert place <= len(data), "a packet is missing"
            data += pieces[place][len(data) - place :]
        whole[flow] = data
    return whole


def _opened(side: bytes, suite: int, secrets: list[bytes]) -> bytes:
    """Application data of a side, with its handshake's keys first and those of its traffic then."""
    box, digest, size = CIPHERS[suite]
    boxes = [(box(_expand(digest(), one, b"key", size)), _expand(digest(), one, b"iv", 12)) for one in secrets]
    said, current, count = b"", 0, 0
    for header, record in _records(side):
        if header[0] != 23:
            continue
        while current < len(boxes):
            key, vector = boxes[current]
            nonce = bytes(a ^ b for a, b in zip(vector, count.to_bytes(12, "big"), strict=True))
            with suppress(InvalidTag):
                plain = key.decrypt(nonce, record, header).rstrip(b"\0")
                said += plain[:-1] if plain[-1] == 23 else b""
                count += 1
                break
            current, count = current + 1, 0
    return said


def _records(side: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 5 <= len(side):
        size = struct.unpack_from("!H", side, at + 3)[0]
        yield side[at : at + 5], side[at + 5 : at + 5 + size]
        at += 5 + size


def _expand(digest: hashes.HashAlgorithm, secret: bytes, label: bytes, size: int) -> bytes:
    name = b"tls13 " + label
    return HKDFExpand(digest, size, struct.pack("!HB", size, len(name)) + name + b"\0").derive(secret)
