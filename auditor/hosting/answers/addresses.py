"""What a text says as an address, and what the address is set aside for. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from auditor.model.hosting import AddressUse

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network
_SHARED, _BENCHMARK = ipaddress.ip_network("100.64.0.0/10"), ipaddress.ip_network("198.18.0.0/15")
_DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"))
)
_GLUED = re.compile(r"(\d{1,3}\.\d{1,3}\.\d{1,3}\.)(\d{4,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddressText:
    """What a text may mean as an address."""

    address: IpAddress | None
    """None where it is no address, or several are possible."""
    port: int | None = None
    mapped: bool = False
    """Whether it was written as an IPv6 address that stands for an IPv4 one."""
    zone: str = ""
    """The interface that a link-local address was written with."""
    readings: tuple[tuple[str, int], ...] = ()
    """Address and port, where a colon is missing and several places for it are possible."""


def parse_address(text: str) -> AddressText:
    """`203.0.113.5`, `203.0.113.5:90`, `[2001:db8::1]:443`, `::ffff:203.0.113.5`; a glued port gives its readings."""
    text = text.strip()
    host, port = _parted(text)
    host, _, zone = host.partition("%")
    try:
        address: IpAddress = ipaddress.ip_address(host)
    except ValueError:
        return AddressText(None, readings=_glued(text))
    mapped = getattr(address, "ipv4_mapped", None)
    return AddressText(mapped or address, port, mapped is not None, zone)


def _parted(text: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"\[([^]]+)\](?::(\d{1,5}))?|([0-9.]+):(\d{1,5})", text, re.ASCII)
    if match is None:
        return text, None
    port = match[2] or match[4]
    if port is not None and not 0 < int(port) < 65_536:
        return text, None
    return match[1] or match[3], None if port is None else int(port)


def _glued(text: str) -> tuple[tuple[str, int], ...]:
    """`223.247.185.12990` without its colon: every way to put it back that gives an address and a port."""
    match = _GLUED.fullmatch(text)
    if match is None:
        return ()
    found = []
    for length in (3, 2, 1):
        octet, port = match[2][:length], match[2][length:]
        if port.startswith("0") or not port or int(port) > 65_535 or (len(octet) > 1 and octet.startswith("0")):
            continue
        try:
            found.append((str(IPv4Address(match[1] + octet)), int(port)))
        except ValueError:
            continue
    return tuple(found)


def address_use(address: IpAddress) -> AddressUse:
    """What an address is set aside for; `public` for one that a registry gives out."""
    if any(address in network for network in _DOCUMENTATION if network.version == address.version):
        return "documentation"
    if address.version == 4 and address in _SHARED:
        return "shared"
    if address.version == 4 and address in _BENCHMARK:
        return "benchmark"
    for use, holds in (
        ("loopback", address.is_loopback),
        ("link_local", address.is_link_local),
        ("special", address.is_multicast or address.is_reserved or address.is_unspecified),
        ("private", address.is_private),
    ):
        if holds:
            return use  # type: ignore[return-value]
    return "public"


def address_folder(address: IpAddress) -> str:
    """The name of an address as a folder of evidence: the same on every file system, one for each address."""
    return address.exploded.replace(":", "-")


def parse_range(text: str) -> tuple[IpAddress, IpAddress] | None:
    """First and last address of `A - B` or of one or several prefixes (`A/24, B/24` gives the first); None for else."""
    first, dash, last = text.partition("-")
    try:
        if dash:
            low, high = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
        else:
            network = ipaddress.ip_network(text.split(",")[0].strip(), strict=False)
            low, high = network[0], network[-1]
    except ValueError:
        return None
    return (low, high) if low.version == high.version and int(low) <= int(high) else None


def range_holds(bounds: tuple[IpAddress, IpAddress], address: IpAddress) -> bool:
    """Whether an address lies in a range; never where they are of different versions."""
    return bounds[0].version == address.version and int(bounds[0]) <= int(address) <= int(bounds[1])


def is_whole_internet(bounds: tuple[IpAddress, IpAddress]) -> bool:
    """Whether a range is so large that nobody holds it: half of all addresses or more."""
    return int(bounds[1]) - int(bounds[0]) + 1 >= 1 << (bounds[0].max_prefixlen - 1)
