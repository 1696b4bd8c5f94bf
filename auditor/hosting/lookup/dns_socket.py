"""One DNS question over UDP, and over TCP where the answer is cut: bytes out, bytes in (RFC 1035 §4.2, RFC 7766)."""

from __future__ import annotations

import socket
import struct

import dns.exception
import dns.flags
import dns.message

from auditor.clock import monotonic
from auditor.hosting.lookup.bounds import LookupBounds, WireAnswer

PAYLOAD = 1232


def make_query(name: str, kind: str) -> dns.message.Message:
    """A question with DNSSEC records asked for (DO) and no validation in between (CD)."""
    return dns.message.make_query(name, kind, want_dnssec=True, payload=PAYLOAD, flags=dns.flags.RD | dns.flags.CD)


def ask_dns(server: str, port: int, query: dns.message.Message, bounds: LookupBounds) -> WireAnswer:
    """The answer's bytes; `detail` says over what they came. Datagrams that answer something else are passed over."""
    wire = query.to_wire()
    try:
        answer = _udp(server, port, query, wire, bounds)
        if answer.data and _is_cut(answer.data):
            return _tcp(server, port, wire, bounds)
        return answer
    except TimeoutError:
        return WireAnswer("timed_out", detail=f"no answer within {bounds.dns:g} s")
    except OSError as error:
        return WireAnswer("unreachable", detail=type(error).__name__)


def _udp(server: str, port: int, query: dns.message.Message, wire: bytes, bounds: LookupBounds) -> WireAnswer:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((server, port))
        sock.send(wire)
        ends = monotonic() + bounds.dns
        while (left := ends - monotonic()) > 0:
            sock.settimeout(left)
            data = sock.recv(1 << 16)
            if data[:2] == wire[:2] and _answers(query, data):
                return WireAnswer("answered", data, "udp")
    raise TimeoutError


def _answers(query: dns.message.Message, data: bytes) -> bool:
    """Whether bytes are about this question; bytes that are no message are kept, since something answered."""
    try:
        return query.is_response(dns.message.from_wire(data, ignore_trailing=True))
    except (dns.exception.DNSException, ValueError):
        return True


def _is_cut(data: bytes) -> bool:
    return len(data) > 3 and bool(data[2] & 0x02)


def _tcp(server: str, port: int, wire: bytes, bounds: LookupBounds) -> WireAnswer:
    ends = monotonic() + bounds.dns
    with socket.create_connection((server, port), timeout=bounds.dns) as sock:
        sock.sendall(struct.pack("!H", len(wire)) + wire)
        data = bytearray()
        wanted = 2
        while len(data) < wanted:
            left = ends - monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
            block = sock.recv(1 << 16)
            if not block:
                return WireAnswer("cut", b"", "tcp")
            data += block
            if len(data) >= 2:
                wanted = 2 + struct.unpack("!H", data[:2])[0]
    return WireAnswer("answered", bytes(data[2:wanted]), "tcp")
