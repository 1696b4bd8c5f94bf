"""The way to an address: TCP connections that live one hop, two hops … and who says that they ended (Linux, as root).

Each hop is what its router chose to answer with. A router that answers nothing is an empty address, never left out.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from auditor.clock import monotonic

MAX_HOPS = 30
HOP_SECONDS = 1.0
MAX_SILENT = 5
"""Silent hops one after another, after which nothing more is asked."""
HopKind = Literal["time_exceeded", "unreachable", "target", "refused", "silent"]


@dataclass(frozen=True, slots=True)
class RouteHop:
    """One hop: who answered, how, and after how long."""

    hops: int
    address: str
    kind: HopKind
    milliseconds: float | None


@dataclass(frozen=True, slots=True)
class TracedRoute:
    """Every hop in order. `reached`: whether the target itself answered."""

    hops: tuple[RouteHop, ...] = ()
    reached: bool = False
    problem: str = ""
    """Why it could not be traced; empty where it was."""


def trace_route(address: str, port: int, most: int = MAX_HOPS, seconds: float = HOP_SECONDS) -> TracedRoute:
    """Connections to `port` of `address`, at most `most`; each ends before anything is sent over it."""
    target = ip_address(address)
    family, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if target.version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    try:
        listening = socket.socket(family, socket.SOCK_RAW, protocol)
    except OSError as error:
        return TracedRoute(problem=error.strerror or type(error).__name__)
    hops: list[RouteHop] = []
    with listening:
        listening.setblocking(False)
        for count in range(1, most + 1):
            try:
                hop = _one_hop(listening, family, str(target), port, count, seconds)
            except (OSError, ValueError) as error:  # ValueError: a descriptor too high for `select`
                return TracedRoute(tuple(hops), problem=getattr(error, "strerror", "") or type(error).__name__)
            hops.append(hop)
            if hop.kind in ("target", "refused", "unreachable"):
                return TracedRoute(tuple(hops), reached=hop.kind != "unreachable")
            if all(one.kind == "silent" for one in hops[-MAX_SILENT:]) and len(hops) >= MAX_SILENT:
                break
    return TracedRoute(tuple(hops))


def _one_hop(
    listening: socket.socket, family: socket.AddressFamily, target: str, port: int, count: int, seconds: float
) -> RouteHop:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, count)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, count)
        sock.setblocking(False)
        sock.bind(("", 0))
        own = sock.getsockname()[1]
        began, failed = monotonic(), False
        error = sock.connect_ex((target, port))
        if error == 0:
            return RouteHop(count, target, "target", _since(began))
        if error != errno.EINPROGRESS:  # this machine itself has no way there: nobody was asked
            raise OSError(error, os.strerror(error))
        while (left := began + seconds - monotonic()) > 0:
            readable, writable, _ = select.select([listening], [] if failed else [sock], [], left)
            if readable:
                data, sender = listening.recvfrom(2048)
                kind = _read_icmp(data, family, own, port)
                if kind is not None:
                    return RouteHop(count, str(sender[0]).partition("%")[0], kind, _since(began))
            if writable:
                error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error == 0:
                    return RouteHop(count, target, "target", _since(began))
                if error == errno.ECONNREFUSED:  # the target itself said so
                    return RouteHop(count, target, "refused", _since(began))
                # Unreachable: who says so comes over the other socket. The error is told once: a second look at this
                # one would find none, as of a connection that was made.
                failed = True
    return RouteHop(count, "", "silent", None)


def _read_icmp(data: bytes, family: socket.AddressFamily, own: int, port: int) -> HopKind | None:
    """What a message says of our own connection; None where it is about another one."""
    if family == socket.AF_INET:
        start = (data[0] & 15) * 4 if data else 0
        inner = data[start + 8 :]
        tcp = inner[(inner[0] & 15) * 4 :] if inner else b""
        kinds: dict[int, HopKind] = {11: "time_exceeded", 3: "unreachable"}
    else:
        start, tcp = 0, data[8 + 40 :]
        kinds = {3: "time_exceeded", 1: "unreachable"}
    if len(data) <= start or len(tcp) < 4 or struct.unpack_from("!HH", tcp) != (own, port):
        return None
    return kinds.get(data[start])


def _since(began: float) -> float:
    return round((monotonic() - began) * 1000, 1)
