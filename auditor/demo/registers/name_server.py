"""A name server on loopback, over UDP and TCP, with a clean end."""

from __future__ import annotations

import socketserver
import struct
import threading
from typing import Literal

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode

from auditor.demo.http_server import LOOPBACK
from auditor.demo.registers.signed_zones import SignedZones

TRIES = 20
"""Ports that are tried before it is said that none is free for both protocols."""
NameFault = Literal["servfail", "refused", "silent", "tcp_only", "garbage"]
MAX_MESSAGE = 65_535


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    names: NameServer


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    names: NameServer


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        data, sock = self.request
        answer = self.server.names.respond(data, over_udp=True)
        if answer:
            sock.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        head = self.rfile.read(2)
        if len(head) == 2:
            answer = self.server.names.respond(self.rfile.read(struct.unpack("!H", head)[0]), over_udp=False)
            if answer:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)


def _servers(port: int) -> tuple[_Udp, _Tcp]:
    """Both on one port; where any will do (0), another one is tried while a port is somebody else's over TCP."""
    for left in reversed(range(TRIES if port == 0 else 1)):
        udp = _Udp((LOOPBACK, port), _UdpHandler)
        try:
            return udp, _Tcp((LOOPBACK, udp.server_address[1]), _TcpHandler)
        except OSError:
            udp.server_close()
            if not left:
                raise
    raise AssertionError


class NameServer:
    """Answers from zones; a context manager. `faults`: by name as it is asked for, with its last dot."""

    def __init__(self, zones: SignedZones, *, port: int = 0, faults: dict[str, NameFault] | None = None) -> None:
        self.zones = zones
        self.faults = faults or {}
        self.asked: list[str] = []
        self._udp, self._tcp = _servers(port)
        self.port: int = self._udp.server_address[1]
        self._threads = [threading.Thread(target=one.serve_forever, args=(0.05,)) for one in (self._udp, self._tcp)]
        self._udp.names = self._tcp.names = self

    def __enter__(self) -> NameServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def respond(self, data: bytes, *, over_udp: bool) -> bytes:
        """The answer's bytes; empty for silence."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return b""
        name = query.question[0].name.to_text() if query.question else ""
        self.asked.append(f"{name} {query.question[0].rdtype.name}" if query.question else "")
        fault = self.faults.get(name)
        if fault == "silent":
            return b""
        if fault == "garbage":
            return data[:2] + b"\xff" * 20
        if fault in ("servfail", "refused"):
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL if fault == "servfail" else dns.rcode.REFUSED)
            if fault == "servfail":
                option = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "practice failure")
                response.use_edns(0, 0, 1232, options=[option])
            return response.to_wire()
        response = self.zones.answer(query)
        whole = response.to_wire(max_size=MAX_MESSAGE)
        if over_udp and (fault == "tcp_only" or len(whole) > max(512, query.payload)):
            cut = dns.message.make_response(query)
            cut.flags |= dns.flags.TC
            return cut.to_wire()
        return whole
