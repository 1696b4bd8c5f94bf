"""Resolving a deployment's host twice, by different ways: the system's resolver and a name server asked directly."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver

DIRECT_SECONDS = 4.0
SYSTEM_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class HostResolution:
    """What a host resolves to before the visit."""

    host: str
    literal: bool
    """Nothing to resolve: an address literal or this machine's own name."""
    system: tuple[str, ...] = ()
    direct: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    direct_problem: str = ""
    """Why the direct question could not be asked; an answer of "no such name" is an answer."""

    def record(self) -> dict[str, object]:
        """Machine-readable; `answers` holds what a connection may be compared with."""
        known = sorted({*self.system, *self.direct})
        return {
            "host": self.host,
            "literal": self.literal,
            "system": list(self.system),
            "direct": list(self.direct),
            "servers": list(self.servers),
            "directProblem": self.direct_problem,
            "answers": {} if self.literal else {self.host: known},
        }


async def resolve_host(host: str) -> HostResolution:
    """Both answers for a host name. Never raises: what cannot be asked is said."""
    try:
        ipaddress.ip_address(host)
        return HostResolution(host, literal=True)
    except ValueError:
        if not host or host == "localhost" or host.endswith(".localhost"):
            return HostResolution(host, literal=True)
    system, (direct, servers, problem) = await asyncio.gather(_system(host), _direct(host))
    return HostResolution(host, False, system, direct, servers, problem)


async def _system(host: str) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(SYSTEM_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return ()
    return tuple(sorted({str(item[4][0]) for item in found}))


async def _direct(host: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    try:
        resolver = dns.asyncresolver.Resolver()
    except (dns.exception.DNSException, OSError) as error:
        return (), (), f"no name server to ask ({type(error).__name__})"
    resolver.lifetime = DIRECT_SECONDS
    resolver.cache = None
    servers = tuple(str(server) for server in resolver.nameservers)
    found: set[str] = set()
    problem = ""
    for kind in ("A", "AAAA"):
        try:
            answer = await resolver.resolve(host, kind, search="." not in host, raise_on_no_answer=False)
            found |= {str(item) for item in answer.rrset or ()}
        except dns.resolver.NXDOMAIN:
            break
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            problem = f"not reachable ({type(error).__name__})"
            break
    return tuple(sorted(found)), servers, "" if found else problem
